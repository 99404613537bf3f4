//! Resumable uploads.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::{AppError, is_valid_id, json};

/// An upload of something that a post will take.
pub const UPLOAD_TYPE_ATTACHMENT: &str = "attachment";
/// An upload of data that an admin will import.
pub const UPLOAD_TYPE_IMPORT: &str = "import";
/// Who uploads what plugins upload.
pub const NO_USER: &str = "nouser";

/// A resumable upload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct UploadSession {
    /// Id.
    pub id: String,
    /// `attachment` or `import`.
    #[component(name = "type")]
    pub r#type: String,
    /// Time of creation.
    #[component(name = "create-at")]
    pub create_at: i64,
    /// Who uploads, or `nouser`.
    #[component(name = "user-id")]
    pub user_id: String,
    /// Where the file will be posted; an attachment needs it.
    #[component(name = "channel-id")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub channel_id: String,
    /// Name of the file.
    pub filename: String,
    /// Key in the file store; not in JSON.
    #[serde(skip)]
    pub path: String,
    /// Bytes of the whole file.
    #[component(name = "file-size")]
    pub file_size: i64,
    /// Bytes that are there.
    #[component(name = "file-offset")]
    pub file_offset: i64,
    /// Set for files of another server.
    #[component(name = "remote-id")]
    pub remote_id: String,
    /// Id that the file is to have; empty is any.
    #[component(name = "req-file-id")]
    pub req_file_id: String,
}

impl UploadSession {
    /// Mattermost's `UploadSession.IsValid`.
    ///
    /// # Errors
    ///
    /// 400 `model.upload_session.is_valid.…` for the first rule that is broken.
    pub fn is_valid(&self) -> Result<(), AppError> {
        let attachment = self.r#type == UPLOAD_TYPE_ATTACHMENT;
        let rules = [
            (is_valid_id(&self.id), "id", "The id is not valid."),
            (attachment || self.r#type == UPLOAD_TYPE_IMPORT, "type", "The type is `attachment` or `import`."),
            (self.user_id == NO_USER || is_valid_id(&self.user_id), "user_id", "The user's id is not valid."),
            (!attachment || is_valid_id(&self.channel_id), "channel_id", "The channel's id is not valid."),
            (self.create_at != 0, "create_at", "The upload has no time of creation."),
            (!self.filename.is_empty(), "filename", "The file needs a name."),
            (self.file_size > 0, "file_size", "The size of the file must be above 0."),
            ((0..=self.file_size).contains(&self.file_offset), "file_offset", "The offset lies outside the file."),
            (!self.path.is_empty(), "path", "The upload has no place in the file store."),
            (
                self.req_file_id.is_empty() || is_valid_id(&self.req_file_id),
                "req_file_id",
                "The id for the file is not valid.",
            ),
        ];
        let broken = rules.into_iter().find(|(holds, ..)| !holds);
        broken.map_or(Ok(()), |(_, field, message)| {
            let id = format!("model.upload_session.is_valid.{field}.app_error");
            Err(AppError::new("UploadSession.IsValid", &id, 400, message))
        })
    }
}
