//! Uploaded files: bytes in the file store, what is known of them in the store.

mod api;
mod download;
mod forget;
pub(crate) mod image;
mod kind;
mod links;
mod search;
mod spool;
mod store;
mod stored;
#[cfg(test)]
pub(crate) mod tests;
mod upload;

use std::ops::Range;

use bytes::Bytes;
use futures::stream::BoxStream;
use wasmoat_model::{AppError, FileInfo, GetFileInfosOptions, new_id, now_ms};

pub(crate) use self::upload::path_of;
pub use self::{
    download::Download,
    search::FileSearch,
    spool::{Spool, SpoolError, SpoolWriter},
    upload::Upload,
};
use crate::{Core, filestore::FileStoreError, store::Queries as _};

/// Longest name of a file, in bytes.
const NAME_LIMIT: usize = 255;

/// Largest page of records.
const PAGE_LIMIT: i32 = 10_000;

/// Most ids that one call may name.
const IDS_LIMIT: usize = 1_000;

fn missing(at: &str, file_id: &str) -> AppError {
    AppError::new(at, "app.file_info.get.app_error", 404, "There is no such file.").detail(file_id)
}

impl Core {
    /// Mattermost's `GetFileInfo`: what is known of a file, without its text.
    ///
    /// # Errors
    ///
    /// 404 when unknown or deleted.
    pub async fn get_file_info(&self, file_id: &str) -> Result<FileInfo, AppError> {
        let info = store::one(&mut *self.store.read().await?, file_id).await?;
        info.ok_or_else(|| missing("GetFileInfo", file_id))
    }

    /// The same with the text by which it is found.
    ///
    /// # Errors
    ///
    /// 404 when unknown or deleted.
    pub async fn get_file_info_with_text(&self, file_id: &str) -> Result<FileInfo, AppError> {
        let mut info = self.get_file_info(file_id).await?;
        info.content = store::text(&mut *self.store.read().await?, file_id).await?;
        Ok(info)
    }

    /// Mattermost's `GetFile`: the bytes of a file.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn get_file(&self, info: &FileInfo) -> Result<Bytes, AppError> {
        self.read_file("GetFile", &info.path).await
    }

    /// Mattermost's `ReadFile`: bytes of the file store, by path.
    ///
    /// # Errors
    ///
    /// 400 for a path that leaves the store, 404 where there is nothing.
    pub async fn read_file(&self, at: &str, path: &str) -> Result<Bytes, AppError> {
        let found = self.files.read(path).await;
        found.map_err(|error| error.app_error(at, "api.file.read_file.app_error"))
    }

    /// Size of bytes in the file store.
    ///
    /// # Errors
    ///
    /// As [`Core::read_file`].
    pub async fn file_size(&self, path: &str) -> Result<u64, AppError> {
        let missing = || FileStoreError::NotFound(path.to_owned());
        let found = self.files.stat(path).await.and_then(|stat| stat.ok_or_else(missing));
        let stat = found.map_err(|error| error.app_error("GetFile", "api.file.read_file.app_error"))?;
        Ok(stat.size)
    }

    /// Bytes of the file store as they come: all, or a range of them.
    ///
    /// # Errors
    ///
    /// As [`Core::read_file`].
    pub async fn stream_file(
        &self,
        path: &str,
        range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, std::io::Result<Bytes>>, AppError> {
        let found = self.files.stream(path, range).await;
        found.map_err(|error| error.app_error("GetFile", "api.file.read_file.app_error"))
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
        if post_ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(store::of_posts(&mut *self.store.read().await?, post_ids).await?)
    }

    /// Mattermost's `GetFileInfos`: a page of records.
    ///
    /// # Errors
    ///
    /// 400 for a negative or too large page, too many ids or an unknown order.
    pub async fn get_file_infos(
        &self,
        page: i32,
        per_page: i32,
        options: &GetFileInfosOptions,
    ) -> Result<Vec<FileInfo>, AppError> {
        let refused = |text: &str| AppError::new("GetFileInfos", "app.file_info.get_with_options.app_error", 400, text);
        if page < 0 || !(0..=PAGE_LIMIT).contains(&per_page) {
            return Err(refused("The page is 0 or more and its size 0 to 10000."));
        }
        if options.user_ids.len() > IDS_LIMIT || options.channel_ids.len() > IDS_LIMIT {
            return Err(refused("At most 1000 users and 1000 channels can be asked for at once."));
        }
        let order = match (options.sort_by.as_str(), options.sort_descending) {
            ("" | "CreateAt", false) => "create_at, id",
            ("" | "CreateAt", true) => "create_at DESC, id DESC",
            ("Size", false) => "size, id",
            ("Size", true) => "size DESC, id DESC",
            _ => return Err(refused("The order is `CreateAt` or `Size`.")),
        };
        if per_page == 0 {
            return Ok(Vec::new());
        }
        let window = (i64::from(page) * i64::from(per_page), i64::from(per_page));
        Ok(store::page(&mut *self.store.read().await?, options, order, window).await?)
    }

    /// Mattermost's `CopyFileInfos`: new records of the same bytes. The copies before an unknown
    /// id stay.
    ///
    /// # Errors
    ///
    /// 404 for an unknown id, 400 for more than 1000.
    pub async fn copy_file_infos(&self, user_id: &str, file_ids: &[String]) -> Result<Vec<String>, AppError> {
        if file_ids.len() > IDS_LIMIT {
            let text = "At most 1000 files can be copied at once.";
            return Err(AppError::new("CopyFileInfos", "app.file_info.save.app_error", 400, text));
        }
        let mut copies = Vec::with_capacity(file_ids.len());
        for id in file_ids {
            let info = self.get_file_info_with_text(id).await.map_err(|_error| missing("CopyFileInfos", id))?;
            let now = now_ms();
            let copy = FileInfo {
                id: new_id(),
                user_id: user_id.to_owned(),
                post_id: String::new(),
                channel_id: String::new(),
                create_at: now,
                update_at: now,
                ..info
            };
            let mut tx = self.store.write().await?;
            tx.insert(&copy).await?;
            if !copy.content.is_empty() {
                store::set_text(&mut tx, &copy.id, &copy.content).await?;
            }
            tx.commit().await.map_err(crate::store::StoreError::from)?;
            copies.push(copy.id);
        }
        Ok(copies)
    }

    /// Mattermost's `SetFileSearchableContent`: replaces the text by which a file is found.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn set_file_searchable_content(&self, file_id: &str, text: &str) -> Result<(), AppError> {
        self.get_file_info(file_id).await?;
        let text = upload::cut(text).replace('\0', "");
        Ok(store::set_text(&mut *self.store.read().await?, file_id, &text).await?)
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
