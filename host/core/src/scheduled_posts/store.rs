//! The SQL of scheduled posts.

use sqlx::AnyConnection;
use wasmoat_model::{AppError, ScheduledPost};

use crate::store::{Queries as _, StoreError, args, record};

record!(
    ScheduledPost,
    "scheduled_posts",
    key[id],
    [
        create_at,
        update_at,
        user_id,
        channel_id,
        root_id,
        message,
        r#type,
        props,
        file_ids,
        priority,
        scheduled_at,
        processed_at,
        error_code,
    ]
);

/// Scheduled posts that a list holds.
const LIMIT: i64 = 1000;

pub(super) async fn one(store: &mut AnyConnection, id: &str) -> Result<Option<ScheduledPost>, StoreError> {
    store.one("WHERE id = $1", args![id]).await
}

/// Those of a user in a team; in no team where it is empty.
pub(super) async fn of_user(
    store: &mut AnyConnection,
    user_id: &str,
    team_id: &str,
) -> Result<Vec<ScheduledPost>, StoreError> {
    let rest = "JOIN channels ON channels.id = scheduled_posts.channel_id
        WHERE scheduled_posts.user_id = $1 AND channels.team_id = $2
        ORDER BY scheduled_posts.scheduled_at, scheduled_posts.create_at LIMIT $3";
    store.all(rest, args![user_id, team_id, LIMIT]).await
}

/// Those whose time has come, the oldest first.
pub(super) async fn due(store: &mut AnyConnection, now: i64, limit: i64) -> Result<Vec<ScheduledPost>, StoreError> {
    let rest = "WHERE error_code = '' AND scheduled_at <= $1 ORDER BY scheduled_at, create_at LIMIT $2";
    store.all(rest, args![now, limit]).await
}

/// When the next one is due.
pub(super) async fn next(store: &mut AnyConnection) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT scheduled_at FROM scheduled_posts WHERE error_code = '' ORDER BY scheduled_at LIMIT 1";
    store.value(sql, args![]).await
}

/// Notes why a post could not be sent; says whether it was still there.
pub(super) async fn fail(store: &mut AnyConnection, failed: &ScheduledPost) -> Result<bool, StoreError> {
    let sql = "UPDATE scheduled_posts SET error_code = $2, processed_at = $3 WHERE id = $1 AND update_at = $4";
    let args = args![failed.id, failed.error_code, failed.processed_at, failed.update_at];
    Ok(store.run(sql, args).await? > 0)
}

/// Takes a scheduled post out, in the transaction that makes it a post.
///
/// # Errors
///
/// 404 where it is gone already: it was sent, or its author took it back or changed it just now.
pub(crate) async fn take(tx: &mut AnyConnection, id: &str, update_at: i64) -> Result<(), AppError> {
    if tx.run("DELETE FROM scheduled_posts WHERE id = $1 AND update_at = $2", args![id, update_at]).await? > 0 {
        return Ok(());
    }
    Err(super::missing("delete", id))
}
