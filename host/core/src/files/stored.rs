//! Bytes that the server keeps for itself, by a path of its own: pictures and icons.

use bytes::Bytes;
use wasmoat_model::AppError;

use crate::{Core, filestore::FileStoreError};

impl Core {
    /// Mattermost's `WriteFile`.
    pub(crate) async fn write_stored(&self, path: &str, data: Bytes) -> Result<(), AppError> {
        let done = self.files.write(path, data).await;
        done.map_err(|error| error.app_error("WriteFile", "api.file.write_file.app_error"))
    }

    /// Mattermost's `ReadFile`; absent where there is none.
    pub(crate) async fn read_stored(&self, path: &str) -> Result<Option<Bytes>, AppError> {
        match self.files.read(path).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(FileStoreError::NotFound(_)) => Ok(None),
            Err(error) => Err(error.app_error("ReadFile", "api.file.read_file.app_error")),
        }
    }

    /// Mattermost's `RemoveFile`; a missing one is no error.
    pub(crate) async fn remove_stored(&self, path: &str) -> Result<(), AppError> {
        let done = self.files.delete(path).await;
        done.map_err(|error| error.app_error("RemoveFile", "api.file.remove_file.app_error"))
    }
}
