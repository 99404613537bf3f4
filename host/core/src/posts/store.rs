//! The SQL of posts.

use sqlx::AnyConnection;
use wasmoat_model::Post;

use crate::store::{Queries as _, StoreError, args, placeholders, record};

record!(
    Post,
    "posts",
    key[id],
    [
        create_at,
        update_at,
        edit_at,
        delete_at,
        is_pinned,
        user_id,
        channel_id,
        root_id,
        original_id,
        message,
        r#type,
        props,
        hashtags,
        file_ids,
        has_reactions,
        remote_id,
    ]
);

/// Values of one `IN (…)`.
pub(crate) const CHUNK: usize = 500;

/// When the last post of a channel was made.
pub(crate) async fn last_post_at(tx: &mut AnyConnection, channel_id: &str) -> Result<i64, StoreError> {
    let time = tx.value("SELECT last_post_at FROM channels WHERE id = $1", args![channel_id]).await?;
    Ok(time.unwrap_or_default())
}

/// Counts a new post in its channel.
pub(crate) async fn count(tx: &mut AnyConnection, post: &Post) -> Result<(), StoreError> {
    let root = post.root_id.is_empty();
    let messages = i64::from(!post.is_join_leave_message());
    let sql = "UPDATE channels SET total_msg_count = total_msg_count + $2, total_msg_count_root = total_msg_count_root + $3,
        last_post_at = CASE WHEN last_post_at > $4 THEN last_post_at ELSE $4 END,
        last_root_post_at = CASE WHEN $5 = 0 OR last_root_post_at > $4 THEN last_root_post_at ELSE $4 END WHERE id = $1";
    let roots = if root { messages } else { 0 };
    tx.run(sql, args![post.channel_id, messages, roots, post.create_at, root]).await?;
    Ok(())
}

/// The author has read what the author wrote, and what was there before.
pub(crate) async fn viewed_by_author(tx: &mut AnyConnection, post: &Post) -> Result<(), StoreError> {
    let sql = "UPDATE channel_members SET last_viewed_at = $3, mention_count = 0, mention_count_root = 0, urgent_mention_count = 0,
        msg_count = (SELECT total_msg_count FROM channels WHERE id = $1),
        msg_count_root = (SELECT total_msg_count_root FROM channels WHERE id = $1), last_update_at = $3
        WHERE channel_id = $1 AND user_id = $2";
    tx.run(sql, args![post.channel_id, post.user_id, post.create_at]).await?;
    Ok(())
}

/// One mention more for each of these members.
pub(crate) async fn count_mentions(tx: &mut AnyConnection, post: &Post, user_ids: &[String]) -> Result<(), StoreError> {
    for chunk in user_ids.chunks(CHUNK) {
        let sql = format!(
            "UPDATE channel_members SET mention_count = mention_count + 1, mention_count_root = mention_count_root + $2,
             last_update_at = $3 WHERE channel_id = $1 AND user_id IN ({})",
            placeholders(3, chunk.len())
        );
        let mut arguments = args![post.channel_id, post.root_id.is_empty(), post.create_at];
        for user_id in chunk {
            crate::store::Column::bind(user_id, &mut arguments);
        }
        tx.run(&sql, arguments).await?;
    }
    Ok(())
}

/// Gives a post those of its files that are the author's and that no post has; the others are
/// dropped from its list.
pub(crate) async fn attach_files(tx: &mut AnyConnection, post: &mut Post) -> Result<(), StoreError> {
    let sql = "UPDATE file_infos SET post_id = $2, channel_id = $3, update_at = $4
        WHERE id = $1 AND delete_at = 0 AND (post_id = $2 OR (post_id = '' AND user_id IN ($5, 'nouser')))";
    let mut attached = Vec::with_capacity(post.file_ids.len());
    for id in std::mem::take(&mut post.file_ids) {
        if attached.contains(&id) {
            continue;
        }
        let args = args![id, post.id, post.channel_id, post.update_at, post.user_id];
        if tx.run(sql, args).await? > 0 {
            attached.push(id);
        }
    }
    post.file_ids = attached;
    Ok(())
}

/// One live post, or one in any state.
pub(crate) async fn one(
    store: &mut AnyConnection,
    id: &str,
    include_deleted: bool,
) -> Result<Option<Post>, StoreError> {
    store.one("WHERE id = $1 AND (delete_at = 0 OR $2 = 1)", args![id, include_deleted]).await
}

/// The posts there are of these, live ones only.
pub(crate) async fn by_ids(
    store: &mut AnyConnection,
    ids: &[String],
    include_deleted: bool,
) -> Result<Vec<Post>, StoreError> {
    let mut posts = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let mut arguments = args![include_deleted];
        for id in chunk {
            crate::store::Column::bind(id, &mut arguments);
        }
        let rest = format!("WHERE (delete_at = 0 OR $1 = 1) AND id IN ({})", placeholders(1, chunk.len()));
        posts.extend(store.all::<Post>(&rest, arguments).await?);
    }
    Ok(posts)
}

/// Where a page of a channel is.
#[derive(Clone, Debug)]
pub(crate) struct Window<'a> {
    pub channel_id: &'a str,
    /// Only root posts.
    pub roots_only: bool,
    pub include_deleted: bool,
    pub limit: i64,
    pub offset: i64,
}

impl Window<'_> {
    fn filter(&self) -> String {
        let deleted = if self.include_deleted { "original_id = ''" } else { "delete_at = 0" };
        let roots = if self.roots_only { " AND root_id = ''" } else { "" };
        format!("channel_id = $1 AND {deleted}{roots}")
    }
}

/// The newest posts, newest first.
pub(crate) async fn newest(store: &mut AnyConnection, window: &Window<'_>) -> Result<Vec<Post>, StoreError> {
    let rest = format!("WHERE {} ORDER BY create_at DESC, id DESC LIMIT $2 OFFSET $3", window.filter());
    store.all(&rest, args![window.channel_id, window.limit, window.offset]).await
}

/// Posts older than a point, newest first.
pub(crate) async fn before(
    store: &mut AnyConnection,
    window: &Window<'_>,
    at: (i64, &str),
) -> Result<Vec<Post>, StoreError> {
    let rest = format!(
        "WHERE {} AND (create_at < $2 OR (create_at = $2 AND id < $3)) ORDER BY create_at DESC, id DESC LIMIT $4 OFFSET $5",
        window.filter()
    );
    store.all(&rest, args![window.channel_id, at.0, at.1, window.limit, window.offset]).await
}

/// Posts newer than a point, newest first; the page nearest to the point is the first.
pub(crate) async fn after(
    store: &mut AnyConnection,
    window: &Window<'_>,
    at: (i64, &str),
) -> Result<Vec<Post>, StoreError> {
    let rest = format!(
        "WHERE {} AND (create_at > $2 OR (create_at = $2 AND id > $3)) ORDER BY create_at, id LIMIT $4 OFFSET $5",
        window.filter()
    );
    let mut posts: Vec<Post> =
        store.all(&rest, args![window.channel_id, at.0, at.1, window.limit, window.offset]).await?;
    posts.reverse();
    Ok(posts)
}

/// Posts created, edited or deleted after a time, newest first.
pub(crate) async fn since(
    store: &mut AnyConnection,
    channel_id: &str,
    time: i64,
    limit: i64,
) -> Result<Vec<Post>, StoreError> {
    let rest =
        "WHERE channel_id = $1 AND update_at > $2 AND original_id = '' ORDER BY create_at DESC, id DESC LIMIT $3";
    store.all(rest, args![channel_id, time, limit]).await
}

/// Live posts created at a time or later.
pub(crate) async fn from(store: &mut AnyConnection, channel_id: &str, time: i64) -> Result<Vec<Post>, StoreError> {
    store.all("WHERE channel_id = $1 AND create_at >= $2 AND delete_at = 0", args![channel_id, time]).await
}

/// Root and live replies, newest first.
pub(crate) async fn thread(
    store: &mut AnyConnection,
    root_id: &str,
    include_deleted: bool,
) -> Result<Vec<Post>, StoreError> {
    let rest = "WHERE (id = $1 OR root_id = $1) AND original_id = '' AND (delete_at = 0 OR $2 = 1)
        ORDER BY create_at DESC, id DESC";
    store.all(rest, args![root_id, include_deleted]).await
}

pub(crate) async fn pinned(store: &mut AnyConnection, channel_id: &str) -> Result<Vec<Post>, StoreError> {
    let rest = "WHERE channel_id = $1 AND is_pinned = 1 AND delete_at = 0 ORDER BY create_at DESC, id DESC";
    store.all(rest, args![channel_id]).await
}

/// Former versions of a post, the latest first.
pub(crate) async fn history(store: &mut AnyConnection, post_id: &str) -> Result<Vec<Post>, StoreError> {
    store.all("WHERE original_id = $1 ORDER BY edit_at DESC, update_at DESC", args![post_id]).await
}

/// Marks a post and its replies deleted; the ids of those that were live.
pub(crate) async fn delete(
    tx: &mut AnyConnection,
    post: &Post,
    now: i64,
    props: &str,
) -> Result<Vec<String>, StoreError> {
    let sql = "UPDATE posts SET delete_at = $2, update_at = $2 WHERE (id = $1 OR root_id = $1) AND delete_at = 0 RETURNING id";
    let ids = tx.values(sql, args![post.id, now]).await?;
    tx.run("UPDATE posts SET props = $2 WHERE id = $1", args![post.id, props]).await?;
    for id in &ids {
        tx.run(
            "UPDATE file_infos SET delete_at = $2, update_at = $2 WHERE post_id = $1 AND delete_at = 0",
            args![id, now],
        )
        .await?;
    }
    Ok(ids)
}
