//! The parts of an upload in the file store.

use futures::StreamExt as _;
use wasmoat_model::{AppError, UploadSession};

use super::store;
use crate::{Core, files::Spool};

/// Folder of the parts.
fn folder(session: &UploadSession) -> String {
    format!("uploads/{}", session.id)
}

/// Path of the part that begins at the session's offset; names sort as offsets do.
pub(super) fn path(session: &UploadSession) -> String {
    format!("{}/{:020}", folder(session), session.file_offset)
}

impl Core {
    /// All parts as one.
    pub(super) async fn joined_parts(&self, session: &UploadSession) -> Result<Spool, AppError> {
        let at = "UploadData";
        let failed = |error: crate::filestore::FileStoreError| error.app_error(at, "api.file.read_file.app_error");
        let mut whole = self.new_spool(at).await?;
        for path in self.files.list(&folder(session)).await.map_err(failed)? {
            // A part whose offset was not recorded was sent again under the same name; one that
            // begins elsewhere is none of this file.
            let begins = path.rsplit('/').next().and_then(|name| name.parse::<u64>().ok());
            if begins != Some(whole.size()) {
                continue;
            }
            let mut part = self.files.stream(&path, None).await.map_err(failed)?;
            while let Some(chunk) = part.next().await {
                let chunk = chunk.map_err(|error| failed(error.into()))?;
                whole.push(&chunk).await.map_err(|error| error.app_error(at))?;
            }
        }
        if i64::try_from(whole.size()).is_ok_and(|size| size == session.file_size) {
            return Ok(whole.finish().await);
        }
        let text = "Parts of the upload are missing; it must be begun anew.";
        Err(AppError::new(at, "app.upload.upload_data.read_file.app_error", 400, text))
    }

    /// Deletes an upload and its parts.
    pub(super) async fn forget_upload(&self, session: &UploadSession) {
        let forget = async {
            for path in self.files.list(&folder(session)).await? {
                self.files.delete(&path).await?;
            }
            Ok::<_, crate::filestore::FileStoreError>(())
        };
        if let Err(error) = forget.await {
            tracing::warn!(upload_id = session.id, %error, "parts that nobody needs stay in the file store");
        }
        let deleted = async { store::delete(&mut *self.store.read().await?, &session.id).await };
        if let Err(error) = deleted.await {
            tracing::warn!(upload_id = session.id, %error, "an upload that has ended stays in the store");
        }
    }
}
