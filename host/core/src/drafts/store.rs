//! The SQL of drafts.

use sqlx::AnyConnection;
use wasmoat_model::Draft;

use crate::store::{Queries as _, StoreError, args, record};

record!(Draft, "drafts", key [user_id, channel_id, root_id], [
    create_at, update_at, message, r#type, props, file_ids, priority,
]);

/// Drafts that a list holds.
const LIMIT: i64 = 1000;

pub(super) async fn one(
    store: &mut AnyConnection,
    user_id: &str,
    channel_id: &str,
    root_id: &str,
) -> Result<Option<Draft>, StoreError> {
    store.one("WHERE user_id = $1 AND channel_id = $2 AND root_id = $3", args![user_id, channel_id, root_id]).await
}

/// A user's drafts where the user is a member: in a team and outside of teams, or everywhere.
pub(super) async fn of_user(store: &mut AnyConnection, user_id: &str, team_id: &str) -> Result<Vec<Draft>, StoreError> {
    let rest = "JOIN channels ON channels.id = drafts.channel_id
        JOIN channel_members ON channel_members.channel_id = drafts.channel_id AND channel_members.user_id = $1
        WHERE drafts.user_id = $1 AND ($2 = '' OR channels.team_id IN ($2, '')) AND channels.delete_at = 0
        ORDER BY drafts.update_at DESC LIMIT $3";
    store.all(rest, args![user_id, team_id, LIMIT]).await
}

pub(super) async fn delete(
    tx: &mut AnyConnection,
    user_id: &str,
    channel_id: &str,
    root_id: &str,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM drafts WHERE user_id = $1 AND channel_id = $2 AND root_id = $3";
    tx.run(sql, args![user_id, channel_id, root_id]).await?;
    Ok(())
}

/// Nobody goes on writing in a thread that is gone.
pub(crate) async fn delete_of_thread(
    tx: &mut AnyConnection,
    channel_id: &str,
    root_id: &str,
) -> Result<(), StoreError> {
    tx.run("DELETE FROM drafts WHERE channel_id = $1 AND root_id = $2", args![channel_id, root_id]).await?;
    Ok(())
}
