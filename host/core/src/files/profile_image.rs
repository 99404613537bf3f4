//! The picture of an account, as it was sent.

use bytes::Bytes;
use object_store::{ObjectStoreExt as _, PutPayload, path::Path as Key};
use wasmoat_model::{AppError, now_ms};

use super::{failed, image};
use crate::Core;

impl Core {
    /// Mattermost's `SetProfileImage`.
    ///
    /// # Errors
    ///
    /// 404 for an unknown user, 400 for what is no image.
    pub async fn set_profile_image(&self, user_id: &str, data: Bytes) -> Result<(), AppError> {
        let at = "SetProfileImage";
        self.get_user(user_id).await?;
        if image::size(&data).is_none() {
            let id = "api.user.upload_profile_user.decode.app_error";
            return Err(AppError::new(at, id, 400, "The bytes are no image that can be read."));
        }
        let key = Key::from(format!("users/{user_id}/profile.png"));
        self.files
            .0
            .put(&key, PutPayload::from_bytes(data))
            .await
            .map_err(|error| failed(at, "api.file.write_file.app_error", error))?;
        let set = |user: &mut wasmoat_model::User| {
            user.last_picture_update = now_ms();
            Ok(())
        };
        let user = self.change_user(user_id, set).await?.after;
        self.send_user_updated(&user);
        Ok(())
    }
}
