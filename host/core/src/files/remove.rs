//! Removing the bytes of files.

use object_store::{ObjectStoreExt as _, path::Path as Key};
use wasmoat_model::AppError;

use super::failed;
use crate::Core;

impl Core {
    /// Removes the bytes at a path of the file store; missing ones are no error.
    pub(crate) async fn remove_file_bytes(&self, path: &str) -> Result<(), AppError> {
        match self.files.0.delete(&Key::from_iter(path.split('/'))).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed("RemoveFile", "api.file.remove_file.app_error", error)),
        }
    }
}
