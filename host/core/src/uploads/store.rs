//! The SQL of uploads.

use sqlx::AnyConnection;
use wasmoat_model::UploadSession;

use crate::store::{Queries as _, StoreError, args, record};

record!(
    UploadSession,
    "upload_sessions",
    key[id],
    [r#type, create_at, user_id, channel_id, filename, path, file_size, file_offset, remote_id, req_file_id,]
);

/// One upload.
pub(super) async fn one(store: &mut AnyConnection, id: &str) -> Result<Option<UploadSession>, StoreError> {
    store.one("WHERE id = $1", args![id]).await
}

/// Those of a user, the newest first.
pub(super) async fn of_user(store: &mut AnyConnection, user_id: &str) -> Result<Vec<UploadSession>, StoreError> {
    store.all("WHERE user_id = $1 ORDER BY create_at DESC LIMIT 1000", args![user_id]).await
}

/// Moves the offset; false where it is not where it was thought to be.
pub(super) async fn advance(store: &mut AnyConnection, id: &str, from: i64, to: i64) -> Result<bool, StoreError> {
    let sql = "UPDATE upload_sessions SET file_offset = $3 WHERE id = $1 AND file_offset = $2";
    Ok(store.run(sql, args![id, from, to]).await? > 0)
}

/// Deletes an upload.
pub(super) async fn delete(store: &mut AnyConnection, id: &str) -> Result<(), StoreError> {
    store.run("DELETE FROM upload_sessions WHERE id = $1", args![id]).await?;
    Ok(())
}
