//! Uploaded files: bytes in the file store, what is known of them in the store.

mod image;
mod kind;
mod stored;
#[cfg(test)]
mod tests;

use std::{path::Path, sync::Arc};

use bytes::Bytes;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload, local::LocalFileSystem, path::Path as Key};
use wasmoat_model::{AppError, FileInfo, new_id, now_ms};

use crate::{
    Core,
    posts::store::CHUNK,
    store::{Column as _, Queries as _, args, placeholders, record},
};

record!(
    FileInfo,
    "file_infos",
    key[id],
    [
        user_id, post_id, channel_id, create_at, update_at, delete_at, path, name, extension, size, mime_type, width,
        height, remote_id,
    ]
);

/// Longest name of a file, in bytes.
const NAME_LIMIT: usize = 255;

/// Where the bytes of files are.
#[derive(Clone, Debug)]
pub(crate) struct FileStore(Arc<dyn ObjectStore>);

impl FileStore {
    /// Files in a local folder, which is made where it is missing.
    pub(crate) fn local(directory: &Path) -> Result<Self, std::io::Error> {
        std::fs::create_dir_all(directory)?;
        let store = LocalFileSystem::new_with_prefix(directory).map_err(std::io::Error::other)?;
        // A file that was answered survives the loss of power.
        Ok(Self(Arc::new(store.with_fsync(true))))
    }
}

/// A file that a client sends.
#[derive(Clone, Debug, Default)]
pub struct Upload {
    /// Who sends it.
    pub user_id: String,
    /// Where it will be posted.
    pub channel_id: String,
    /// Name of the file; folders in it are dropped.
    pub name: String,
    /// Its bytes.
    pub data: Bytes,
}

fn failed(at: &str, id: &str, error: impl std::fmt::Display) -> AppError {
    tracing::error!(%error, "file store failed");
    AppError::new(at, id, 500, "The file store could not be read or written.").detail(error)
}

impl Core {
    /// Mattermost's `UploadFile`: stores a file. A post takes it later, by its id.
    ///
    /// # Errors
    ///
    /// 501 where files are switched off; 413 for one that is too large.
    pub async fn upload_file(&self, upload: Upload) -> Result<FileInfo, AppError> {
        let at = "UploadFile";
        self.check_files_enabled(at)?;
        self.check_file_size(at, upload.data.len())?;
        let name = plain_name(&upload.name);
        let now = now_ms();
        let id = new_id();
        let (extension, mime_type) = kind::of(&name);
        let (width, height) =
            if mime_type.starts_with("image/") { image::size(&upload.data).unwrap_or_default() } else { (0, 0) };
        let day = now / 86_400_000;
        let info = FileInfo {
            path: format!("files/{day}/channels/{}/users/{}/{id}/{name}", upload.channel_id, upload.user_id),
            id,
            user_id: upload.user_id,
            channel_id: upload.channel_id,
            create_at: now,
            update_at: now,
            size: i64::try_from(upload.data.len()).unwrap_or(i64::MAX),
            name,
            extension,
            mime_type,
            width,
            height,
            ..FileInfo::default()
        };
        let key = Key::from_iter(info.path.split('/'));
        self.files
            .0
            .put(&key, PutPayload::from_bytes(upload.data))
            .await
            .map_err(|error| failed(at, "api.file.write_file.app_error", error))?;
        self.store.read().await?.insert(&info).await?;
        Ok(info)
    }

    /// Whether files may be sent and fetched at all.
    ///
    /// # Errors
    ///
    /// 501 where they may not.
    pub fn check_files_enabled(&self, at: &str) -> Result<(), AppError> {
        if self.config.get().flag("FileSettings.EnableFileAttachments") {
            return Ok(());
        }
        let text = "File attachments are switched off (setting `FileSettings.EnableFileAttachments`).";
        Err(AppError::new(at, "api.file.attachments.disabled.app_error", 501, text))
    }

    /// Whether a file of so many bytes is taken.
    ///
    /// # Errors
    ///
    /// 413 where it is not.
    pub fn check_file_size(&self, at: &str, size: usize) -> Result<(), AppError> {
        let limit = self.config.get().number("FileSettings.MaxFileSize");
        if i64::try_from(size).is_ok_and(|size| size <= limit) {
            return Ok(());
        }
        let text = format!("The file has {size} bytes; {limit} are allowed (setting `FileSettings.MaxFileSize`).");
        Err(AppError::new(at, "api.file.upload_file.too_large_detailed.app_error", 413, text))
    }

    /// Mattermost's `GetFileInfo`: what is known of a file.
    ///
    /// # Errors
    ///
    /// 404 when unknown or deleted.
    pub async fn get_file_info(&self, file_id: &str) -> Result<FileInfo, AppError> {
        let info = self.store.read().await?.one("WHERE id = $1 AND delete_at = 0", args![file_id]).await?;
        info.ok_or_else(|| {
            AppError::new("GetFileInfo", "app.file_info.get.app_error", 404, "There is no such file.").detail(file_id)
        })
    }

    /// Mattermost's `GetFile`: the bytes of a file.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn get_file(&self, info: &FileInfo) -> Result<Bytes, AppError> {
        let at = "GetFile";
        let key = Key::from_iter(info.path.split('/'));
        match self.files.0.get(&key).await {
            Ok(found) => found.bytes().await.map_err(|error| failed(at, "api.file.read_file.app_error", error)),
            Err(object_store::Error::NotFound { .. }) => {
                Err(AppError::new(at, "api.file.read_file.app_error", 404, "The file's bytes are missing.")
                    .detail(&info.id))
            }
            Err(error) => Err(failed(at, "api.file.read_file.app_error", error)),
        }
    }

    /// Mattermost's `GetFileInfosForPost`: the files of a post, in the post's order.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_file_infos_for_post(&self, post: &wasmoat_model::Post) -> Result<Vec<FileInfo>, AppError> {
        let mut infos = self.file_infos_of_posts(std::slice::from_ref(&post.id)).await?;
        infos.sort_by_key(|info| post.file_ids.iter().position(|id| *id == info.id));
        Ok(infos)
    }

    /// The live files of several posts.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn file_infos_of_posts(&self, post_ids: &[String]) -> Result<Vec<FileInfo>, AppError> {
        let mut infos = Vec::new();
        if post_ids.is_empty() {
            return Ok(infos);
        }
        let mut connection = self.store.read().await?;
        for chunk in post_ids.chunks(CHUNK) {
            let mut arguments = args![];
            chunk.iter().for_each(|id| id.bind(&mut arguments));
            let rest =
                format!("WHERE delete_at = 0 AND post_id IN ({}) ORDER BY create_at, id", placeholders(0, chunk.len()));
            infos.extend(connection.all::<FileInfo>(&rest, arguments).await?);
        }
        Ok(infos)
    }
}

/// The last part of a path, short enough for every file system.
fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut plain: String = last.chars().filter(|c| !c.is_control()).collect();
    while plain.len() > NAME_LIMIT {
        plain.pop();
    }
    if plain.is_empty() || plain.chars().all(|c| c == '.') { "file".to_owned() } else { plain }
}
