//! What a remote does not know yet, and what it knows now.

use sqlx::{AnyConnection, any::AnyArguments};
use wasmoat_model::{FileInfo, Post, PostAcknowledgement, Reaction, SharedChannelRemote, User};

use crate::store::{Column as _, Queries as _, StoreError, args, placeholders, record};

record!(PostAcknowledgement, "post_acknowledgements", key [post_id, user_id], [acknowledged_at, channel_id, remote_id]);

/// Tries of a post and of a file that a remote could not take.
pub(super) const TRIES: i64 = 3;

/// What is told of a channel: people's own messages that are not the remote's. Lines of the server
/// stay where they were written: who comes and goes is told as membership.
const TOLD: &str = "posts.channel_id = $1 AND posts.original_id = '' AND posts.type NOT LIKE 'system%'
    AND (posts.remote_id IS NULL OR posts.remote_id <> $2)";

fn list(mut arguments: AnyArguments, values: &[String]) -> AnyArguments {
    values.iter().for_each(|value| value.bind(&mut arguments));
    arguments
}

/// Posts made since the cursor, oldest first.
pub(super) async fn new_posts(
    store: &mut AnyConnection,
    to: &SharedChannelRemote,
    limit: i64,
) -> Result<Vec<Post>, StoreError> {
    let rest = format!(
        "WHERE {TOLD} AND (create_at > $3 OR (create_at = $3 AND id > $4)) AND delete_at = 0
         ORDER BY create_at, id LIMIT $5"
    );
    let args = args![to.channel_id, to.remote_id, to.last_post_create_at, to.last_post_create_id, limit];
    store.all(&rest, args).await
}

/// Older posts changed since the cursor, in the order of their changes.
pub(super) async fn changed_posts(
    store: &mut AnyConnection,
    to: &SharedChannelRemote,
    limit: i64,
) -> Result<Vec<Post>, StoreError> {
    let rest = format!(
        "WHERE {TOLD} AND (update_at > $3 OR (update_at = $3 AND id > $4)) AND update_at > create_at
         AND (create_at < $5 OR (create_at = $5 AND id <= $6)) ORDER BY update_at, id LIMIT $7"
    );
    let args = args![
        to.channel_id,
        to.remote_id,
        to.last_post_update_at,
        to.last_post_update_id,
        to.last_post_create_at,
        to.last_post_create_id,
        limit
    ];
    store.all(&rest, args).await
}

/// Posts that the remote could not take before.
pub(super) async fn posts_to_retry(
    store: &mut AnyConnection,
    to: &SharedChannelRemote,
    limit: i64,
) -> Result<Vec<Post>, StoreError> {
    let rest = format!(
        "JOIN shared_channel_retries ON shared_channel_retries.post_id = posts.id
         AND shared_channel_retries.channel_id = $1 AND shared_channel_retries.remote_id = $2
         WHERE {TOLD} ORDER BY posts.create_at, posts.id LIMIT $3"
    );
    store.all(&rest, args![to.channel_id, to.remote_id, limit]).await
}

/// Reactions to these posts, removed ones too, that are not the remote's.
pub(super) async fn reactions(
    store: &mut AnyConnection,
    remote_id: &str,
    post_ids: &[String],
) -> Result<Vec<Reaction>, StoreError> {
    if post_ids.is_empty() {
        return Ok(Vec::new());
    }
    let rest = format!(
        "WHERE (remote_id IS NULL OR remote_id <> $1) AND post_id IN ({}) ORDER BY update_at",
        placeholders(1, post_ids.len())
    );
    store.all(&rest, list(args![remote_id], post_ids)).await
}

/// Acknowledgements of these posts that are not the remote's.
pub(super) async fn acknowledgements(
    store: &mut AnyConnection,
    remote_id: &str,
    post_ids: &[String],
) -> Result<Vec<PostAcknowledgement>, StoreError> {
    if post_ids.is_empty() {
        return Ok(Vec::new());
    }
    let rest = format!(
        "WHERE (remote_id IS NULL OR remote_id <> $1) AND post_id IN ({}) ORDER BY acknowledged_at",
        placeholders(1, post_ids.len())
    );
    store.all(&rest, list(args![remote_id], post_ids)).await
}

/// Members whom the remote does not know as such.
pub(super) async fn joined(
    store: &mut AnyConnection,
    to: &SharedChannelRemote,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT m.user_id FROM channel_members m JOIN users ON users.id = m.user_id
        WHERE m.channel_id = $1 AND (users.remote_id IS NULL OR users.remote_id <> $2)
        AND NOT EXISTS (SELECT 1 FROM shared_channel_memberships k
            WHERE k.channel_id = $1 AND k.remote_id = $2 AND k.user_id = m.user_id) ORDER BY m.user_id LIMIT $3";
    store.values(sql, args![to.channel_id, to.remote_id, limit]).await
}

/// Former members whom the remote still takes for members.
pub(super) async fn left(
    store: &mut AnyConnection,
    to: &SharedChannelRemote,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT k.user_id FROM shared_channel_memberships k WHERE k.channel_id = $1 AND k.remote_id = $2
        AND NOT EXISTS (SELECT 1 FROM channel_members m WHERE m.channel_id = $1 AND m.user_id = k.user_id)
        ORDER BY k.user_id LIMIT $3";
    store.values(sql, args![to.channel_id, to.remote_id, limit]).await
}

/// Of these users and of those the remote knows: who is new to it or has changed since.
pub(super) async fn users_to_tell(
    store: &mut AnyConnection,
    to: &SharedChannelRemote,
    ids: &[String],
    limit: i64,
) -> Result<Vec<User>, StoreError> {
    let named = if ids.is_empty() { "NULL".to_owned() } else { placeholders(3, ids.len()) };
    let rest = format!(
        "LEFT JOIN shared_channel_users k ON k.user_id = users.id AND k.channel_id = $1 AND k.remote_id = $2
         WHERE (users.remote_id IS NULL OR users.remote_id <> $2)
         AND (k.last_sync_at < users.update_at OR (k.user_id IS NULL AND users.id IN ({named})))
         ORDER BY users.update_at, users.id LIMIT $3"
    );
    store.all(&rest, list(args![to.channel_id, to.remote_id, limit], ids)).await
}

/// Those of these users whom the remote knows.
pub(super) async fn known(
    store: &mut AnyConnection,
    to: &SharedChannelRemote,
    ids: &[String],
) -> Result<Vec<String>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT user_id FROM shared_channel_users WHERE channel_id = $1 AND remote_id = $2 AND user_id IN ({})",
        placeholders(2, ids.len())
    );
    store.values(&sql, list(args![to.channel_id, to.remote_id], ids)).await
}

pub(super) async fn knows_user(
    tx: &mut AnyConnection,
    to: &SharedChannelRemote,
    user: &User,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO shared_channel_users (channel_id, remote_id, user_id, last_sync_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (channel_id, remote_id, user_id) DO UPDATE SET last_sync_at = excluded.last_sync_at";
    tx.run(sql, args![to.channel_id, to.remote_id, user.id, user.update_at]).await?;
    Ok(())
}

/// The remote knows that a user is a member, or is not.
pub(super) async fn knows_membership(
    tx: &mut AnyConnection,
    channel_id: &str,
    remote_id: &str,
    user_id: &str,
    is_member: bool,
) -> Result<(), StoreError> {
    let sql = if is_member {
        "INSERT INTO shared_channel_memberships (channel_id, remote_id, user_id) VALUES ($1, $2, $3)
         ON CONFLICT (channel_id, remote_id, user_id) DO NOTHING"
    } else {
        "DELETE FROM shared_channel_memberships WHERE channel_id = $1 AND remote_id = $2 AND user_id = $3"
    };
    tx.run(sql, args![channel_id, remote_id, user_id]).await?;
    Ok(())
}

/// The remote has taken a post, or has not: then it is sent again, so many times.
pub(super) async fn tried_post(
    tx: &mut AnyConnection,
    to: &SharedChannelRemote,
    post_id: &str,
    taken: bool,
) -> Result<(), StoreError> {
    let id = args![to.channel_id, to.remote_id, post_id];
    if !taken {
        let sql = "INSERT INTO shared_channel_retries (channel_id, remote_id, post_id, attempts) VALUES ($1, $2, $3, 1)
            ON CONFLICT (channel_id, remote_id, post_id) DO UPDATE SET attempts = shared_channel_retries.attempts + 1";
        tx.run(sql, id).await?;
    }
    let sql = "DELETE FROM shared_channel_retries WHERE channel_id = $1 AND remote_id = $2 AND post_id = $3
               AND ($4 = 1 OR attempts >= $5)";
    tx.run(sql, args![to.channel_id, to.remote_id, post_id, taken, TRIES]).await?;
    Ok(())
}

/// A file of a post that was sent is to be sent too.
pub(super) async fn queue_file(
    tx: &mut AnyConnection,
    to: &SharedChannelRemote,
    file_id: &str,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO shared_channel_attachments (file_id, remote_id, channel_id, last_sync_at, attempts)
        VALUES ($1, $2, $3, 0, 0) ON CONFLICT (file_id, remote_id) DO NOTHING";
    tx.run(sql, args![file_id, to.remote_id, to.channel_id]).await?;
    Ok(())
}

pub(super) async fn files_to_send(
    store: &mut AnyConnection,
    to: &SharedChannelRemote,
    limit: i64,
) -> Result<Vec<FileInfo>, StoreError> {
    let rest =
        "JOIN shared_channel_attachments k ON k.file_id = file_infos.id AND k.channel_id = $1 AND k.remote_id = $2
        WHERE k.last_sync_at = 0 AND k.attempts < $3 AND file_infos.delete_at = 0 AND file_infos.post_id <> ''
        AND (file_infos.remote_id IS NULL OR file_infos.remote_id <> $2) ORDER BY file_infos.create_at LIMIT $4";
    store.all(rest, args![to.channel_id, to.remote_id, TRIES, limit]).await
}

pub(super) async fn tried_file(
    store: &mut AnyConnection,
    to: &SharedChannelRemote,
    file_id: &str,
    sent_at: Option<i64>,
) -> Result<(), StoreError> {
    let sql = "UPDATE shared_channel_attachments SET attempts = attempts + 1, last_sync_at = $3
        WHERE file_id = $1 AND remote_id = $2";
    store.run(sql, args![file_id, to.remote_id, sent_at.unwrap_or_default()]).await?;
    Ok(())
}

/// Users whom the remote knows, and whose picture it does not.
pub(super) async fn pictures_to_send(
    store: &mut AnyConnection,
    to: &SharedChannelRemote,
    limit: i64,
) -> Result<Vec<User>, StoreError> {
    let rest = "JOIN shared_channel_users k ON k.user_id = users.id AND k.channel_id = $1 AND k.remote_id = $2
        WHERE users.last_picture_update > k.last_image_at AND (users.remote_id IS NULL OR users.remote_id <> $2)
        ORDER BY users.id LIMIT $3";
    store.all(rest, args![to.channel_id, to.remote_id, limit]).await
}

pub(super) async fn sent_picture(
    store: &mut AnyConnection,
    to: &SharedChannelRemote,
    user: &User,
) -> Result<(), StoreError> {
    let sql = "UPDATE shared_channel_users SET last_image_at = $3 WHERE remote_id = $1 AND user_id = $2";
    store.run(sql, args![to.remote_id, user.id, user.last_picture_update]).await?;
    Ok(())
}
