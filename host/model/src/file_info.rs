//! Uploaded files.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::json;

/// An uploaded file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct FileInfo {
    /// Id.
    pub id: String,
    /// Who uploaded it, or `nouser`.
    #[component(name = "user-id")]
    pub user_id: String,
    /// Post it hangs on; empty until attached.
    #[component(name = "post-id")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub post_id: String,
    /// Channel of that post.
    #[component(name = "channel-id")]
    pub channel_id: String,
    /// Time of upload.
    #[component(name = "create-at")]
    pub create_at: i64,
    /// Time of the last change.
    #[component(name = "update-at")]
    pub update_at: i64,
    /// Time of deletion; 0 when live.
    #[component(name = "delete-at")]
    pub delete_at: i64,
    /// Key in the file store; not in JSON.
    #[serde(skip)]
    pub path: String,
    /// Key of the thumbnail; not in JSON.
    #[component(name = "thumbnail-path")]
    #[serde(skip)]
    pub thumbnail_path: String,
    /// Key of the preview; not in JSON.
    #[component(name = "preview-path")]
    #[serde(skip)]
    pub preview_path: String,
    /// File name.
    pub name: String,
    /// Extension without the dot.
    pub extension: String,
    /// Bytes.
    pub size: i64,
    /// Media type, from the extension.
    #[component(name = "mime-type")]
    pub mime_type: String,
    /// Pixels, for images.
    #[serde(skip_serializing_if = "json::is_default")]
    pub width: i32,
    /// Pixels, for images.
    #[serde(skip_serializing_if = "json::is_default")]
    pub height: i32,
    /// There is a preview.
    #[component(name = "has-preview-image")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub has_preview_image: bool,
    /// Tiny JPEG.
    #[component(name = "mini-preview")]
    #[serde(with = "json::base64")]
    pub mini_preview: Option<Vec<u8>>,
    /// Text for search; not in JSON.
    #[serde(skip)]
    pub content: String,
    /// Set for files of another server.
    #[component(name = "remote-id")]
    pub remote_id: Option<String>,
    /// Hidden by a plan limit.
    pub archived: bool,
}

/// Which files `GetFileInfos` returns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct GetFileInfosOptions {
    /// Uploaded by any of these; empty is anybody.
    #[component(name = "user-ids")]
    pub user_ids: Vec<String>,
    /// In any of these channels; empty is everywhere.
    #[component(name = "channel-ids")]
    pub channel_ids: Vec<String>,
    /// Uploaded at this time or later; 0 is ever.
    pub since: i64,
    /// Deleted ones too.
    #[component(name = "include-deleted")]
    pub include_deleted: bool,
    /// `CreateAt` (also when empty) or `Size`.
    #[component(name = "sort-by")]
    pub sort_by: String,
    /// Newest or largest first.
    #[component(name = "sort-descending")]
    pub sort_descending: bool,
}

/// As what a file is fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(enum)]
#[repr(u8)]
#[serde(rename_all = "lowercase")]
pub enum FileDownloadType {
    /// The file itself.
    #[component(name = "file")]
    #[default]
    File,
    /// Its small picture.
    #[component(name = "thumbnail")]
    Thumbnail,
    /// Its picture for the screen.
    #[component(name = "preview")]
    Preview,
    /// The file, by a public link.
    #[component(name = "public")]
    Public,
}

impl FileDownloadType {
    /// Its name in events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Thumbnail => "thumbnail",
            Self::Preview => "preview",
            Self::Public => "public",
        }
    }
}
