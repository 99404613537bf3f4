//! `/api/v4/sharedchannels/…` and who is invited: channels that are shared with remotes.

use axum::{
    Json, Router,
    extract::Path,
    http::StatusCode,
    routing::{get, post},
};
use serde_json::{Value, json};
use wasmoat_model::{RemoteCluster, SharedChannel, SharedChannelRemote};

use crate::{
    Answer, Auth, Error, Paging, Server, ok,
    users::{user_id, valid_id},
};

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/sharedchannels/{id}", get(get_all_shared_channels))
        .route("/sharedchannels/{id}/remotes", get(get_shared_channel_remotes))
        .route("/sharedchannels/remote_info/{remote_id}", get(get_remote_info))
        .route("/sharedchannels/users/{user_id}/can_dm/{other_user_id}", get(can_user_direct_message))
        .route("/remotecluster/{remote_id}/sharedchannelremotes", get(get_remotes_of_cluster))
        .route("/remotecluster/{remote_id}/channels/{channel_id}/invite", post(invite))
        .route("/remotecluster/{remote_id}/channels/{channel_id}/uninvite", post(uninvite))
}

fn pages(paging: Paging) -> (i64, i64) {
    let number = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
    (number(paging.page), number(paging.per_page))
}

/// What a remote is, without what is secret or this server's alone.
fn info(remote: &RemoteCluster) -> Value {
    json!({
        "name": remote.name,
        "display_name": remote.display_name,
        "create_at": remote.create_at,
        "delete_at": remote.delete_at,
        "last_ping_at": remote.last_ping_at,
    })
}

async fn get_all_shared_channels(Auth(rc): Auth, Path(id): Path<String>, paging: Paging) -> Answer<Vec<SharedChannel>> {
    let team_id = valid_id(&id, "team_id")?;
    if rc.require("manage_shared_channels").await.is_err() {
        rc.require_team(team_id, "view_team").await?;
    }
    rc.core.require_shared_channels()?;
    let (page, per_page) = pages(paging);
    let mut channels = rc.core.get_shared_channels(team_id, page, per_page).await?;
    // A member of the team sees the channels that it could see anyway.
    if rc.require("manage_shared_channels").await.is_err() {
        let mut seen = Vec::new();
        for channel in channels {
            if rc.require_channel(&channel.id, "read_channel").await.is_ok() {
                seen.push(channel);
            }
        }
        channels = seen;
    }
    Ok(Json(channels))
}

async fn get_shared_channel_remotes(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Vec<Value>> {
    let channel_id = valid_id(&id, "channel_id")?;
    rc.require_channel(channel_id, "read_channel").await?;
    rc.core.require_shared_channels()?;
    let remotes = rc.core.shared_channel_remotes(channel_id).await?;
    Ok(Json(remotes.iter().map(|(_, remote)| info(remote)).collect()))
}

async fn get_remote_info(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    let remote_id = valid_id(&id, "remote_id")?;
    rc.core.require_shared_channels()?;
    Ok(Json(info(&rc.core.get_remote_cluster(remote_id, true).await?)))
}

async fn can_user_direct_message(Auth(rc): Auth, Path((id, other)): Path<(String, String)>) -> Answer<Value> {
    let id = user_id(&rc, &id)?;
    if id != rc.user_id() {
        rc.require("edit_other_users").await?;
    }
    let other = valid_id(&other, "other_user_id")?;
    Ok(Json(json!({ "can_dm": rc.core.can_user_direct_message(id, other).await? })))
}

async fn get_remotes_of_cluster(
    Auth(rc): Auth,
    Path(id): Path<String>,
    paging: Paging,
) -> Answer<Vec<SharedChannelRemote>> {
    rc.require("manage_secure_connections").await?;
    let remote_id = valid_id(&id, "remote_id")?;
    rc.core.require_shared_channels()?;
    rc.core.get_remote_cluster(remote_id, false).await?;
    let (page, per_page) = pages(paging);
    Ok(Json(rc.core.shared_channel_remotes_of(remote_id, page, per_page).await?))
}

async fn invite(Auth(rc): Auth, Path((remote_id, channel_id)): Path<(String, String)>) -> Answer<Value> {
    rc.require("manage_shared_channels").await?;
    let (remote_id, channel_id) = (valid_id(&remote_id, "remote_id")?, valid_id(&channel_id, "channel_id")?);
    rc.core.invite_remote_to_channel(channel_id, remote_id, rc.user_id(), true).await?;
    Ok(ok())
}

async fn uninvite(Auth(rc): Auth, Path((remote_id, channel_id)): Path<(String, String)>) -> Result<StatusCode, Error> {
    rc.require("manage_shared_channels").await?;
    let (remote_id, channel_id) = (valid_id(&remote_id, "remote_id")?, valid_id(&channel_id, "channel_id")?);
    rc.core.uninvite_remote_from_channel(channel_id, remote_id).await?;
    Ok(StatusCode::NO_CONTENT)
}
