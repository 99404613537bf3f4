//! The rows of remotes, of shared channels and of who is invited to which.

use sqlx::AnyConnection;
use wasmoat_model::{GetPostsSinceForSyncCursor, RemoteCluster, SharedChannel, SharedChannelRemote};

use crate::store::{Queries as _, StoreError, args, record};

record!(
    RemoteCluster,
    "remote_clusters",
    key[remote_id],
    [
        remote_team_id,
        name,
        display_name,
        site_url,
        default_team_id,
        create_at,
        delete_at,
        last_ping_at,
        last_global_user_sync_at,
        token,
        remote_token,
        topics,
        creator_id,
        plugin_id,
        options,
    ]
);

record!(
    SharedChannel,
    "shared_channels",
    key[id],
    [team_id, home, readonly, name, display_name, purpose, header, creator_id, create_at, update_at, remote_id, r#type,]
);

record!(
    SharedChannelRemote,
    "shared_channel_remotes",
    key[id],
    [
        channel_id,
        creator_id,
        create_at,
        update_at,
        delete_at,
        is_invite_accepted,
        is_invite_confirmed,
        remote_id,
        last_post_update_at,
        last_post_update_id,
        last_post_create_at,
        last_post_create_id,
    ]
);

/// Remotes and invitations that one question answers with at most.
const MOST: i64 = 1_000;

/// A remote, deleted or not.
pub(super) async fn remote(store: &mut AnyConnection, remote_id: &str) -> Result<Option<RemoteCluster>, StoreError> {
    store.one("WHERE remote_id = $1", args![remote_id]).await
}

/// All remotes of a plugin, deleted ones too.
pub(super) async fn remotes_of(store: &mut AnyConnection, plugin_id: &str) -> Result<Vec<RemoteCluster>, StoreError> {
    store.all("WHERE plugin_id = $1 ORDER BY create_at, remote_id LIMIT $2", args![plugin_id, MOST]).await
}

/// The live remotes that plugins stand for.
pub(super) async fn plugin_remotes(store: &mut AnyConnection) -> Result<Vec<RemoteCluster>, StoreError> {
    store.all("WHERE plugin_id <> '' AND delete_at = 0 ORDER BY remote_id LIMIT $1", args![MOST]).await
}

pub(super) async fn pinged(store: &mut AnyConnection, remote_id: &str, now: i64) -> Result<(), StoreError> {
    store.run("UPDATE remote_clusters SET last_ping_at = $2 WHERE remote_id = $1", args![remote_id, now]).await?;
    Ok(())
}

/// Deletes remotes and their invitations.
pub(super) async fn delete_remote(tx: &mut AnyConnection, remote_id: &str, now: i64) -> Result<(), StoreError> {
    tx.run("UPDATE remote_clusters SET delete_at = $2 WHERE remote_id = $1", args![remote_id, now]).await?;
    let sql = "UPDATE shared_channel_remotes SET delete_at = $2, update_at = $2 WHERE remote_id = $1 AND delete_at = 0";
    tx.run(sql, args![remote_id, now]).await?;
    Ok(())
}

pub(super) async fn shared(store: &mut AnyConnection, channel_id: &str) -> Result<Option<SharedChannel>, StoreError> {
    store.one("WHERE id = $1", args![channel_id]).await
}

pub(super) async fn shared_ids(store: &mut AnyConnection) -> Result<Vec<String>, StoreError> {
    store.values("SELECT id FROM shared_channels ORDER BY id", args![]).await
}

/// The shared channels of a team, or of all where it is empty.
pub(super) async fn shared_of_team(
    store: &mut AnyConnection,
    team_id: &str,
    limit: i64,
    offset: i64,
) -> Result<Vec<SharedChannel>, StoreError> {
    let rest = "WHERE $1 = '' OR team_id = $1 ORDER BY display_name, id LIMIT $2 OFFSET $3";
    store.all(rest, args![team_id, limit, offset]).await
}

/// Keeps on the channel itself whether it is shared.
pub(super) async fn mark(tx: &mut AnyConnection, channel_id: &str, shared: bool, now: i64) -> Result<(), StoreError> {
    let sql = "UPDATE channels SET shared = $2, update_at = CASE WHEN update_at >= $3 THEN update_at + 1 ELSE $3 END
               WHERE id = $1";
    tx.run(sql, args![channel_id, shared, now]).await?;
    Ok(())
}

/// What hangs on an invitation, of one remote or of all.
const BELONGINGS: [&str; 4] =
    ["shared_channel_users", "shared_channel_memberships", "shared_channel_attachments", "shared_channel_retries"];

pub(super) async fn unshare(tx: &mut AnyConnection, channel_id: &str, now: i64) -> Result<bool, StoreError> {
    let deleted = tx.run("DELETE FROM shared_channels WHERE id = $1", args![channel_id]).await?;
    tx.run("DELETE FROM shared_channel_remotes WHERE channel_id = $1", args![channel_id]).await?;
    for table in BELONGINGS {
        tx.run(&format!("DELETE FROM {table} WHERE channel_id = $1"), args![channel_id]).await?;
    }
    if deleted > 0 {
        mark(tx, channel_id, false, now).await?;
    }
    Ok(deleted > 0)
}

/// An invitation, live or not.
pub(super) async fn invitation(
    store: &mut AnyConnection,
    channel_id: &str,
    remote_id: &str,
) -> Result<Option<SharedChannelRemote>, StoreError> {
    store.one("WHERE channel_id = $1 AND remote_id = $2", args![channel_id, remote_id]).await
}

/// The live invitations to a channel.
pub(super) async fn invitations(
    store: &mut AnyConnection,
    channel_id: &str,
) -> Result<Vec<SharedChannelRemote>, StoreError> {
    store.all("WHERE channel_id = $1 AND delete_at = 0 ORDER BY id LIMIT $2", args![channel_id, MOST]).await
}

/// The live invitations of a remote.
pub(super) async fn invitations_of(
    store: &mut AnyConnection,
    remote_id: &str,
    limit: i64,
    offset: i64,
) -> Result<Vec<SharedChannelRemote>, StoreError> {
    let rest = "WHERE remote_id = $1 AND delete_at = 0 ORDER BY channel_id LIMIT $2 OFFSET $3";
    store.all(rest, args![remote_id, limit, offset]).await
}

/// Ends an invitation, and forgets what the remote knew.
pub(super) async fn uninvite(
    tx: &mut AnyConnection,
    channel_id: &str,
    remote_id: &str,
    now: i64,
) -> Result<bool, StoreError> {
    let sql = "UPDATE shared_channel_remotes SET delete_at = $3, update_at = $3
               WHERE channel_id = $1 AND remote_id = $2 AND delete_at = 0";
    let ended = tx.run(sql, args![channel_id, remote_id, now]).await?;
    for table in BELONGINGS {
        let sql = format!("DELETE FROM {table} WHERE channel_id = $1 AND remote_id = $2");
        tx.run(&sql, args![channel_id, remote_id]).await?;
    }
    Ok(ended > 0)
}

/// Moves how far a remote has been told; false where it is not invited.
pub(super) async fn move_cursor(
    store: &mut AnyConnection,
    channel_id: &str,
    remote_id: &str,
    cursor: &GetPostsSinceForSyncCursor,
) -> Result<bool, StoreError> {
    let sql = "UPDATE shared_channel_remotes SET last_post_update_at = $3, last_post_update_id = $4,
               last_post_create_at = $5, last_post_create_id = $6
               WHERE channel_id = $1 AND remote_id = $2 AND delete_at = 0";
    let args = args![
        channel_id,
        remote_id,
        cursor.last_post_update_at,
        cursor.last_post_update_id,
        cursor.last_post_create_at,
        cursor.last_post_create_id
    ];
    Ok(store.run(sql, args).await? > 0)
}
