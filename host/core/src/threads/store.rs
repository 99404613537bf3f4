//! The SQL of threads.

use sqlx::AnyConnection;

use super::{Thread, ThreadMembership, ThreadOptions};
use crate::store::{Column, Queries as _, StoreError, args, record};

record!(Thread, "threads", key[post_id], [channel_id, team_id, reply_count, last_reply_at, delete_at, participants]);

record!(ThreadMembership, "thread_memberships", key [post_id, user_id], [
    following, last_viewed, last_updated, unread_mentions,
]);

pub(super) async fn membership(
    store: &mut AnyConnection,
    post_id: &str,
    user_id: &str,
) -> Result<Option<ThreadMembership>, StoreError> {
    store.one("WHERE post_id = $1 AND user_id = $2", args![post_id, user_id]).await
}

/// Live replies after a time.
pub(super) async fn replies_since(store: &mut AnyConnection, post_id: &str, time: i64) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) FROM posts WHERE root_id = $1 AND delete_at = 0 AND create_at > $2";
    Ok(store.value(sql, args![post_id, time]).await?.unwrap_or_default())
}

const FOLLOWED: &str = "FROM threads JOIN thread_memberships ON thread_memberships.post_id = threads.post_id
    WHERE thread_memberships.user_id = $1 AND thread_memberships.following = 1 AND threads.team_id IN ($2, $3)";

fn scope(options: &ThreadOptions) -> &'static str {
    if options.deleted { "" } else { " AND threads.delete_at = 0" }
}

/// Where a team's threads are: the team, and direct and group messages unless left out.
fn teams<'a>(team_id: &'a str, options: &ThreadOptions) -> (&'a str, &'a str) {
    (team_id, if options.exclude_direct { team_id } else { "" })
}

/// Threads followed, those of them with unread replies, and unread mentions.
pub(super) async fn totals(
    store: &mut AnyConnection,
    user_id: &str,
    team_id: &str,
    options: &ThreadOptions,
) -> Result<(i64, i64, i64), StoreError> {
    let (team, direct) = teams(team_id, options);
    let sql = format!(
        "SELECT COUNT(*) AS threads,
            CAST(COALESCE(SUM(CASE WHEN threads.last_reply_at > thread_memberships.last_viewed THEN 1 ELSE 0 END), 0) AS BIGINT) AS unread,
            CAST(COALESCE(SUM(thread_memberships.unread_mentions), 0) AS BIGINT) AS mentions {FOLLOWED}{}",
        scope(options)
    );
    let read = |row: &sqlx::any::AnyRow| {
        Ok((i64::read(row, "threads")?, i64::read(row, "unread")?, i64::read(row, "mentions")?))
    };
    let rows = store.rows(&sql, args![user_id, team, direct], read).await?;
    Ok(rows.into_iter().next().unwrap_or_default())
}

/// Ids of a page of followed threads, those with the latest replies first.
pub(super) async fn page(
    store: &mut AnyConnection,
    user_id: &str,
    team_id: &str,
    options: &ThreadOptions,
) -> Result<Vec<String>, StoreError> {
    let (team, direct) = teams(team_id, options);
    let mut sql = format!("SELECT threads.post_id {FOLLOWED}{}", scope(options));
    if options.unread {
        sql.push_str(" AND threads.last_reply_at > thread_memberships.last_viewed");
    }
    let order = if options.after.is_empty() { "DESC" } else { "ASC" };
    sql.push_str(
        " AND ($4 = 0 OR threads.last_reply_at >= $4 OR thread_memberships.last_updated >= $4)
          AND ($5 = '' OR threads.last_reply_at < (SELECT other.last_reply_at FROM threads other WHERE other.post_id = $5))
          AND ($6 = '' OR threads.last_reply_at > (SELECT other.last_reply_at FROM threads other WHERE other.post_id = $6))",
    );
    sql.push_str(&format!(" ORDER BY threads.last_reply_at {order}, threads.post_id {order} LIMIT $7"));
    let args = args![user_id, team, direct, options.since, options.before, options.after, options.page_size];
    store.values(&sql, args).await
}

/// Which of these threads a user follows, of those that the user ever had to do with.
pub(super) async fn following(
    store: &mut AnyConnection,
    user_id: &str,
    post_ids: &[String],
) -> Result<Vec<(String, bool)>, StoreError> {
    let mut found = Vec::new();
    for chunk in post_ids.chunks(crate::posts::store::CHUNK) {
        let mut arguments = args![user_id];
        chunk.iter().for_each(|id| Column::bind(id, &mut arguments));
        let rest = format!("WHERE user_id = $1 AND post_id IN ({})", crate::store::placeholders(1, chunk.len()));
        let memberships: Vec<ThreadMembership> = store.all(&rest, arguments).await?;
        found.extend(memberships.into_iter().map(|membership| (membership.post_id, membership.following)));
    }
    Ok(found)
}
