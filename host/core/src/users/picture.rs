//! Pictures of accounts.

use bytes::Bytes;
use wasmoat_model::{AppError, now_ms};

use crate::Core;

fn path(user_id: &str) -> String {
    format!("users/{user_id}/profile.png")
}

impl Core {
    /// Mattermost's `GetProfileImage`: a PNG; a generated one where none was set.
    ///
    /// # Errors
    ///
    /// 404 for an unknown user.
    pub async fn get_profile_image(&self, user_id: &str) -> Result<Bytes, AppError> {
        let user = self.get_user(user_id).await?;
        if user.last_picture_update > 0
            && let Some(picture) = self.read_stored(&path(user_id)).await?
        {
            return Ok(picture);
        }
        self.letter_picture(&user.id, &user.username).await
    }

    /// Mattermost's `GetDefaultProfileImage`: the generated picture, whatever was set.
    ///
    /// # Errors
    ///
    /// 404 for an unknown user.
    pub async fn get_default_profile_image(&self, user_id: &str) -> Result<Bytes, AppError> {
        let user = self.get_user(user_id).await?;
        self.letter_picture(&user.id, &user.username).await
    }

    /// Mattermost's `SetProfileImage`: keeps the middle of an image as the picture. The same one
    /// again changes nothing.
    ///
    /// # Errors
    ///
    /// 404 for an unknown user, 400 for what is no image or has too many pixels.
    pub async fn set_profile_image(&self, user_id: &str, data: Bytes) -> Result<(), AppError> {
        let user = self.get_user(user_id).await?;
        let picture = self.square_picture("SetProfileImage", "api.user.upload_profile_user", data).await?;
        if user.last_picture_update > 0 && self.read_stored(&path(user_id)).await?.as_ref() == Some(&picture) {
            return Ok(());
        }
        self.write_stored(&path(user_id), picture).await?;
        self.note_picture(user_id, now_ms()).await
    }

    /// Mattermost's `SetDefaultProfileImage`: goes back to the generated picture.
    ///
    /// # Errors
    ///
    /// 404 for an unknown user.
    pub async fn set_default_profile_image(&self, user_id: &str) -> Result<(), AppError> {
        self.get_user(user_id).await?;
        // Clients compare the time, and take a negative one for the default.
        self.note_picture(user_id, -now_ms()).await?;
        self.remove_stored(&path(user_id)).await
    }

    async fn note_picture(&self, user_id: &str, time: i64) -> Result<(), AppError> {
        let set = |user: &mut wasmoat_model::User| {
            user.last_picture_update = time;
            Ok(())
        };
        let user = self.change_user(user_id, set).await?.after;
        self.send_user_updated(&user);
        Ok(())
    }
}
