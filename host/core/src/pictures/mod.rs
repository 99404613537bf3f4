//! Pictures of people and icons of teams: whatever comes in is kept as a small square PNG.
//!
//! What comes in is anybody's bytes. Its size in pixels is read and bounded before anything is
//! decoded, decoding runs beside the requests, and few pictures are decoded at once.

mod letter;
mod square;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use wasmoat_model::AppError;

use self::square::Trouble;
use crate::Core;

/// Width and height of what is kept, in pixels.
pub(crate) const SIDE: u32 = 128;

/// Pictures that are decoded at once: the largest allowed one takes some 130 MiB.
pub(crate) const AT_ONCE: usize = 2;

impl Core {
    /// Makes the square picture that is kept of an image. `at` names the act and `ids` begins the
    /// ids of its errors.
    ///
    /// # Errors
    ///
    /// 400 for what is no image or has too many pixels.
    pub(crate) async fn square_picture(&self, at: &str, ids: &str, data: Bytes) -> Result<Bytes, AppError> {
        let limit = self.config.get().number("FileSettings.MaxImageResolution");
        let pixels = u64::try_from(limit).unwrap_or_default();
        let error = |trouble: Trouble| match trouble {
            Trouble::TooLarge => {
                let text =
                    format!("The image has more than {pixels} pixels (setting `FileSettings.MaxImageResolution`).");
                AppError::new(at, &format!("{ids}.check_image_limits.app_error"), 400, text)
            }
            Trouble::Unreadable(why) => {
                let text = "The image could not be decoded; PNG, JPEG, GIF, WebP and BMP are understood.";
                AppError::new(at, &format!("{ids}.decode.app_error"), 400, text).detail(why)
            }
            Trouble::Failed(why) => {
                let text = "The picture could not be made.";
                AppError::new(at, &format!("{ids}.encode.app_error"), 500, text).detail(why)
            }
        };
        self.drawing(move || square::square(&data, pixels)).await.map_err(error)
    }

    /// The picture of somebody who has set none: an initial on a colour that stays the same.
    pub(crate) async fn letter_picture(&self, user_id: &str, username: &str) -> Result<Bytes, AppError> {
        let (user_id, username) = (user_id.to_owned(), username.to_owned());
        self.drawing(move || letter::letter(&user_id, &username)).await.map_err(|trouble| {
            let id = "api.user.create_profile_image.encode.app_error";
            AppError::new("CreateProfileImage", id, 500, "The picture could not be made.").detail(trouble)
        })
    }

    async fn drawing(
        &self,
        work: impl FnOnce() -> Result<Vec<u8>, Trouble> + Send + 'static,
    ) -> Result<Bytes, Trouble> {
        let permit = self.people.pictures.clone().acquire_owned().await;
        let permit = permit.map_err(|error| Trouble::Failed(error.to_string()))?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        done.await.map_err(|error| Trouble::Failed(error.to_string()))?.map(Bytes::from)
    }
}
