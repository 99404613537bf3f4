//! Resumable uploads.
//!
//! Every part is a file of its own below the path of the upload, named by its offset, so that it
//! does not matter whether the file store can append; when the last one is there they become one
//! spool, which takes the way of every other upload.

mod api;
mod parts;
mod store;
#[cfg(test)]
mod tests;

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use wasmoat_model::{
    AppError, FileInfo, NO_USER, UPLOAD_TYPE_ATTACHMENT, UPLOAD_TYPE_IMPORT, UploadSession, new_id, now_ms,
};
use wasmoat_runtime::CallContext;

use crate::{
    Core,
    files::{Upload, path_of},
    store::Queries as _,
};

/// Least bytes of a first part that is not the whole file.
const FIRST_PART: u64 = 5 << 20;

/// Ids of the uploads of which a part is on its way, in this server.
#[derive(Clone, Debug, Default)]
pub struct Busy(Arc<Mutex<HashSet<String>>>);

/// Gives the upload free when the part is done or given up.
#[derive(Debug)]
struct Part {
    busy: Busy,
    id: String,
}

impl Busy {
    fn begin(&self, id: &str) -> Option<Part> {
        let fresh = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
        fresh.then(|| Part { busy: self.clone(), id: id.to_owned() })
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.busy.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

fn refused(id: &str, text: &str) -> AppError {
    AppError::new("UploadData", id, 400, text)
}

impl Core {
    /// Mattermost's `CreateUploadSession`.
    ///
    /// # Errors
    ///
    /// 400 for what is not valid or an unknown or archived channel, 413 above the limit, 501
    /// where files are switched off.
    pub async fn create_upload_session(&self, mut session: UploadSession) -> Result<UploadSession, AppError> {
        let at = "CreateUploadSession";
        self.check_files_enabled(at)?;
        if session.id.is_empty() {
            session.id = new_id();
        }
        session.create_at = now_ms();
        session.file_offset = 0;
        session.path = place(&session);
        session.is_valid()?;
        let limit = self.config.number("FileSettings.MaxFileSize");
        if session.file_size > limit {
            let text = format!("The file would be larger than {limit} bytes (setting `FileSettings.MaxFileSize`).");
            return Err(AppError::new(at, "api.upload.create.upload_too_large.app_error", 413, text));
        }
        if session.r#type == UPLOAD_TYPE_ATTACHMENT {
            self.check_upload_channel(at, &session.channel_id).await?;
        }
        match self.store.read().await?.insert(&session).await {
            Err(error) if error.is_unique_violation() => {
                let text = "There is an upload of this id already.";
                Err(AppError::new(at, "app.upload.create.save.app_error", 400, text))
            }
            Err(error) => Err(error.into()),
            Ok(()) => Ok(session),
        }
    }

    async fn check_upload_channel(&self, at: &str, channel_id: &str) -> Result<(), AppError> {
        let Ok(channel) = self.get_channel(channel_id).await else {
            let id = "app.upload.create.incorrect_channel_id.app_error";
            return Err(AppError::new(at, id, 400, "There is no such channel.").detail(channel_id));
        };
        if channel.delete_at > 0 {
            let id = "app.upload.create.cannot_upload_to_deleted_channel.app_error";
            return Err(AppError::new(at, id, 400, "The channel is archived."));
        }
        Ok(())
    }

    /// Mattermost's `GetUploadSession`.
    ///
    /// # Errors
    ///
    /// 404 when unknown or complete.
    pub async fn get_upload_session(&self, upload_id: &str) -> Result<UploadSession, AppError> {
        store::one(&mut *self.store.read().await?, upload_id).await?.ok_or_else(|| {
            AppError::new("GetUpload", "app.upload.get.app_error", 404, "There is no such upload.").detail(upload_id)
        })
    }

    /// Mattermost's `GetUploadSessionsForUser`: those that a user has begun and not ended, the
    /// newest first; at most 1000.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_upload_sessions_for_user(&self, user_id: &str) -> Result<Vec<UploadSession>, AppError> {
        Ok(store::of_user(&mut *self.store.read().await?, user_id).await?)
    }

    /// Mattermost's `UploadData`: the next part. The file, when it was the last one.
    ///
    /// # Errors
    ///
    /// 400 for a part beside another one, at another offset or too small; 404 for an unknown
    /// upload; where the file is refused at the end, as [`Core::upload_file`], and then the upload
    /// is gone.
    pub async fn upload_data(
        &self,
        cx: &CallContext,
        session: &UploadSession,
        data: impl Stream<Item = std::io::Result<Bytes>> + Send + Unpin,
    ) -> Result<Option<FileInfo>, AppError> {
        self.check_files_enabled("UploadData")?;
        let concurrent = "app.upload.upload_data.concurrent.app_error";
        let _part = self
            .uploading
            .begin(&session.id)
            .ok_or_else(|| refused(concurrent, "Another part of this upload is on its way."))?;
        let mut stored = self.get_upload_session(&session.id).await?;
        if stored.file_offset != session.file_offset {
            let text = format!("The upload is at {}, the part at {}.", stored.file_offset, session.file_offset);
            return Err(refused(concurrent, &text));
        }
        self.keep_part(&mut stored, data).await?;
        if stored.file_offset < stored.file_size {
            return Ok(None);
        }
        let done = self.complete_upload(cx, &stored).await;
        // What a plugin refused does not become better by being sent again.
        if done.as_ref().map_or_else(|error| error.status_code < 500, |_| true) {
            self.forget_upload(&stored).await;
        }
        done.map(Some)
    }

    /// Stores a part and moves the offset behind it; no byte beyond the end is taken.
    async fn keep_part(
        &self,
        session: &mut UploadSession,
        mut data: impl Stream<Item = std::io::Result<Bytes>> + Send + Unpin,
    ) -> Result<(), AppError> {
        let at = "UploadData";
        let left = u64::try_from(session.file_size.saturating_sub(session.file_offset)).unwrap_or_default();
        let mut spool = self.new_spool(at).await?;
        while let Some(chunk) = data.next().await {
            let Ok(chunk) = chunk else {
                // What came is kept: that is what resuming means.
                break;
            };
            let room = usize::try_from(left - spool.size()).unwrap_or(usize::MAX);
            let taken = chunk.get(..room.min(chunk.len())).unwrap_or_default();
            spool.push(taken).await.map_err(|error| error.app_error(at))?;
            if spool.size() == left {
                break;
            }
        }
        let part = spool.finish().await;
        if session.file_offset == 0 && part.size() < FIRST_PART.min(left) {
            let id = "app.upload.upload_data.first_part_too_small.app_error";
            return Err(refused(id, "The first part has 5 MiB, or is the whole file."));
        }
        if part.size() == 0 {
            return Ok(());
        }
        let written = self.files.write_stream(&parts::path(session), part.stream()).await;
        written.map_err(|error| error.app_error(at, "api.file.write_file.app_error"))?;
        let next = session.file_offset.saturating_add(i64::try_from(part.size()).unwrap_or(i64::MAX));
        if !store::advance(&mut *self.store.read().await?, &session.id, session.file_offset, next).await? {
            let text = "Another part of this upload was faster.";
            return Err(refused("app.upload.upload_data.concurrent.app_error", text));
        }
        session.file_offset = next;
        Ok(())
    }

    async fn complete_upload(&self, cx: &CallContext, session: &UploadSession) -> Result<FileInfo, AppError> {
        let content = self.joined_parts(session).await?;
        if session.r#type == UPLOAD_TYPE_IMPORT {
            let written = self.files.write_stream(&session.path, content.stream()).await;
            written.map_err(|error| error.app_error("UploadData", "api.file.write_file.app_error"))?;
            return Ok(FileInfo { path: session.path.clone(), ..record_of(session) });
        }
        let upload = Upload {
            user_id: session.user_id.clone(),
            channel_id: session.channel_id.clone(),
            name: session.filename.clone(),
            content,
            id: session.req_file_id.clone(),
            remote_id: Some(session.remote_id.clone()).filter(|id| !id.is_empty()),
        };
        self.upload_file(cx, upload).await.map_err(|mut error| {
            if error.id == "api.file.upload_file.rejected_by_plugin.app_error" {
                "app.upload.run_plugins_hook.rejected".clone_into(&mut error.id);
            }
            error
        })
    }
}

/// What an import has of a file's record.
fn record_of(session: &UploadSession) -> FileInfo {
    FileInfo {
        id: session.id.clone(),
        user_id: session.user_id.clone(),
        create_at: session.create_at,
        update_at: session.create_at,
        name: session.filename.clone(),
        size: session.file_size,
        ..FileInfo::default()
    }
}

/// Where an upload lies: an import where admins look for it, an attachment where its file would.
fn place(session: &UploadSession) -> String {
    let name = session.filename.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = name.chars().filter(|c| !c.is_control()).collect();
    let info = FileInfo {
        id: session.id.clone(),
        user_id: if session.user_id.is_empty() { NO_USER.to_owned() } else { session.user_id.clone() },
        channel_id: session.channel_id.clone(),
        create_at: session.create_at,
        name: plain,
        ..FileInfo::default()
    };
    if session.r#type == UPLOAD_TYPE_IMPORT {
        let path = path_of(&info);
        let name = path.rsplit('/').next().unwrap_or_default();
        return format!("import/{}_{name}", session.id);
    }
    path_of(&info)
}
