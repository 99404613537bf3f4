//! Bytes that the server keeps for itself, by a path of its own: pictures and icons.

use bytes::Bytes;
use object_store::{ObjectStoreExt as _, PutPayload, path::Path as Key};
use wasmoat_model::AppError;

use super::failed;
use crate::Core;

fn key(path: &str) -> Key {
    Key::from_iter(path.split('/'))
}

impl Core {
    /// Mattermost's `WriteFile`.
    pub(crate) async fn write_stored(&self, path: &str, data: Bytes) -> Result<(), AppError> {
        let done = self.files.0.put(&key(path), PutPayload::from_bytes(data)).await;
        done.map(drop).map_err(|error| failed("WriteFile", "api.file.write_file.app_error", error))
    }

    /// Mattermost's `ReadFile`; absent where there is none.
    pub(crate) async fn read_stored(&self, path: &str) -> Result<Option<Bytes>, AppError> {
        let unreadable = |error| failed("ReadFile", "api.file.read_file.app_error", error);
        match self.files.0.get(&key(path)).await {
            Ok(found) => found.bytes().await.map(Some).map_err(unreadable),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(unreadable(error)),
        }
    }

    /// Mattermost's `RemoveFile`; a missing one is no error.
    pub(crate) async fn remove_stored(&self, path: &str) -> Result<(), AppError> {
        match self.files.0.delete(&key(path)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed("RemoveFile", "api.file.remove_file.app_error", error)),
        }
    }
}
