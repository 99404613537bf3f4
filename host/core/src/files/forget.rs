//! Files that are gone for good.

use wasmoat_model::{AppError, FileInfo};

use super::store;
use crate::{Core, store::StoreError};

impl Core {
    /// Mattermost's `PermanentDeleteFile`: the bytes and pictures, unless a copy shares them, then the
    /// record and its text. The bytes come first: a record without bytes is seen and tried again,
    /// bytes without a record never.
    ///
    /// # Errors
    ///
    /// Where the file store or the store fails.
    pub(crate) async fn delete_file_for_good(&self, info: &FileInfo) -> Result<(), AppError> {
        if !store::shares_bytes(&mut *self.store.read().await?, info).await? {
            for path in [&info.path, &info.thumbnail_path, &info.preview_path] {
                if !path.is_empty() {
                    self.remove_stored(path).await?;
                }
            }
        }
        let mut tx = self.store.write().await?;
        store::delete(&mut tx, &info.id).await?;
        Ok(tx.commit().await.map_err(StoreError::from)?)
    }
}
