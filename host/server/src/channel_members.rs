//! `/api/v4/channels/{channel_id}/members`, and what a user has read.

use axum::{
    Json, Router,
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use serde::Deserialize;
use serde_json::{Value, json};
use wasmoat_core::channel_members::{Added, ChannelView};
use wasmoat_model::{Channel, ChannelMember, ChannelType, ChannelUnread, Texts, is_valid_id};

use crate::{
    Answer, Auth, Body, Created, Error, Paging, Params, RequestContext, Server,
    channels::pages,
    ok,
    users::{user_id, valid_id},
};

/// Members that are added at once.
const ADDED_AT_ONCE: usize = 1000;
/// Lines of a streamed list that are read at once.
const STREAM_PAGE: i64 = 500;

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/channels/members/{user_id}/view", post(view_channel))
        .route("/channels/{channel_id}/members", get(get_members).post(add_member))
        .route("/channels/{channel_id}/members/ids", post(get_members_by_ids))
        .route("/channels/{channel_id}/members/{user_id}", get(get_member).delete(remove_member))
        .route("/channels/{channel_id}/members/{user_id}/roles", put(update_roles))
        .route("/channels/{channel_id}/members/{user_id}/schemeRoles", put(update_scheme_roles))
        .route("/channels/{channel_id}/members/{user_id}/notify_props", put(update_notify_props))
        .route("/users/{user_id}/channel_members", get(get_members_with_team))
        .route("/users/{user_id}/channels/{channel_id}/unread", get(get_unread))
        .route("/users/{user_id}/teams/{team_id}/channels/members", get(get_members_in_team))
        .route("/users/{user_id}/typing", post(publish_typing))
}

async fn get_members(Auth(rc): Auth, Path(id): Path<String>, paging: Paging) -> Answer<Vec<ChannelMember>> {
    let id = valid_id(&id, "channel_id")?;
    rc.require_channel(id, "read_channel").await?;
    let (page, per_page) = pages(paging);
    Ok(Json(rc.core.get_channel_members(id, page, per_page).await?))
}

async fn get_members_by_ids(
    Auth(rc): Auth,
    Path(id): Path<String>,
    Body(ids): Body<Vec<String>>,
) -> Answer<Vec<ChannelMember>> {
    let id = valid_id(&id, "channel_id")?;
    if ids.is_empty() {
        return Err(Error::invalid_body("user_ids"));
    }
    rc.require_channel(id, "read_channel").await?;
    Ok(Json(rc.core.get_channel_members_by_ids(id, &ids).await?))
}

async fn get_member(Auth(rc): Auth, Path((channel_id, id)): Path<(String, String)>) -> Answer<ChannelMember> {
    let (channel_id, id) = (valid_id(&channel_id, "channel_id")?, user_id(&rc, &id)?);
    rc.require_channel(channel_id, "read_channel").await?;
    Ok(Json(rc.core.get_channel_member(channel_id, id).await?))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Addition {
    user_id: String,
    user_ids: Vec<String>,
    post_root_id: String,
}

async fn add_member(
    Auth(rc): Auth,
    Path(id): Path<String>,
    Body(addition): Body<Addition>,
) -> Result<Created<Value>, Error> {
    let channel = rc.core.get_channel(valid_id(&id, "channel_id")?).await?;
    let many = !addition.user_ids.is_empty();
    let ids = if many { addition.user_ids } else { vec![addition.user_id] };
    if ids.len() > ADDED_AT_ONCE || ids.iter().any(|id| !is_valid_id(id)) {
        return Err(Error::invalid_body("user_id or user_ids"));
    }
    if channel.is_group_or_direct() {
        let id = "api.channel.add_user_to_channel.type.app_error";
        return Err(Error::new(id, 400, "Nobody is added to a direct or group message."));
    }
    let actor = rc.core.get_user(rc.user_id()).await?;
    let mut members = Vec::with_capacity(ids.len());
    for id in &ids {
        require_addition(&rc, &channel, id).await?;
        let added = Added { by: Some(&actor), root_id: &addition.post_root_id };
        members.push(rc.core.add_channel_member(&rc.cx, id, &channel, added).await?);
    }
    if many {
        return Ok(Created(json!(members)));
    }
    Ok(Created(json!(members.first())))
}

/// Who joins an open channel needs to be of its team; who adds others may manage members.
async fn require_addition(rc: &RequestContext, channel: &Channel, user_id: &str) -> Result<(), Error> {
    if channel.r#type == ChannelType::Open
        && user_id == rc.user_id()
        && rc.core.session_has_permission_to_team(&rc.session, &channel.team_id, "join_public_channels").await
    {
        return Ok(());
    }
    rc.require_by_type(channel, "manage_public_channel_members", "manage_private_channel_members").await
}

async fn remove_member(Auth(rc): Auth, Path((channel_id, id)): Path<(String, String)>) -> Answer<Value> {
    let channel = rc.core.get_channel(valid_id(&channel_id, "channel_id")?).await?;
    let id = user_id(&rc, &id)?;
    if channel.is_group_or_direct() {
        let id = "api.channel.remove_channel_member.type.app_error";
        return Err(Error::new(id, 400, "Nobody leaves a direct or group message."));
    }
    if id != rc.user_id() {
        rc.require_by_type(&channel, "manage_public_channel_members", "manage_private_channel_members").await?;
        if channel.group_constrained == Some(true) && !rc.core.get_user(id).await?.is_bot {
            let text = "The channel's groups say who is in it.";
            return Err(Error::new("api.channel.remove_member.group_constrained.app_error", 400, text));
        }
    }
    rc.core.remove_user_from_channel(&rc.cx, id, rc.user_id(), &channel).await?;
    Ok(ok())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Roles {
    roles: String,
}

async fn update_roles(
    Auth(rc): Auth,
    Path((channel_id, id)): Path<(String, String)>,
    Body(body): Body<Roles>,
) -> Answer<Value> {
    let (channel_id, id) = (valid_id(&channel_id, "channel_id")?, user_id(&rc, &id)?);
    rc.require_channel(channel_id, "manage_channel_roles").await?;
    rc.core.update_channel_member_roles(channel_id, id, &body.roles).await?;
    Ok(ok())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SchemeRoles {
    scheme_guest: bool,
    scheme_user: bool,
    scheme_admin: bool,
}

async fn update_scheme_roles(
    Auth(rc): Auth,
    Path((channel_id, id)): Path<(String, String)>,
    Body(roles): Body<SchemeRoles>,
) -> Answer<Value> {
    let (channel_id, id) = (valid_id(&channel_id, "channel_id")?, user_id(&rc, &id)?);
    rc.require_channel(channel_id, "manage_channel_roles").await?;
    let SchemeRoles { scheme_guest, scheme_user, scheme_admin } = roles;
    rc.core.update_channel_member_scheme_roles(channel_id, id, scheme_guest, scheme_user, scheme_admin).await?;
    Ok(ok())
}

async fn update_notify_props(
    Auth(rc): Auth,
    Path((channel_id, id)): Path<(String, String)>,
    Body(props): Body<Texts>,
) -> Answer<Value> {
    let (channel_id, id) = (valid_id(&channel_id, "channel_id")?, user_id(&rc, &id)?);
    rc.require_user(id).await?;
    rc.core.update_channel_member_notify_props(channel_id, id, &props.0).await?;
    Ok(ok())
}

async fn view_channel(Auth(rc): Auth, Path(id): Path<String>, Body(view): Body<ChannelView>) -> Answer<Value> {
    let id = user_id(&rc, &id)?;
    rc.require_user(id).await?;
    let times = rc.core.view_channel(id, &view).await?;
    Ok(Json(json!({"status": "OK", "last_viewed_at_times": times})))
}

async fn get_unread(Auth(rc): Auth, Path((id, channel_id)): Path<(String, String)>) -> Answer<ChannelUnread> {
    let (id, channel_id) = (user_id(&rc, &id)?, valid_id(&channel_id, "channel_id")?);
    rc.require_user(id).await?;
    rc.require_channel(channel_id, "read_channel").await?;
    Ok(Json(rc.core.get_channel_unread(channel_id, id).await?))
}

async fn get_members_in_team(
    Auth(rc): Auth,
    Path((id, team_id)): Path<(String, String)>,
) -> Answer<Vec<ChannelMember>> {
    let (id, team_id) = (user_id(&rc, &id)?, valid_id(&team_id, "team_id")?);
    rc.require_team(team_id, "view_team").await?;
    if id != rc.user_id() {
        rc.require("manage_system").await?;
    }
    Ok(Json(rc.core.get_channel_members_in_team(id, team_id).await?))
}

/// A page as JSON, or with `page=-1` all, one per line.
async fn get_members_with_team(
    Auth(rc): Auth,
    Path(id): Path<String>,
    params: Params,
    paging: Paging,
) -> Result<Response, Error> {
    let id = user_id(&rc, &id)?;
    rc.require_user(id).await?;
    if params.get("page") != Some("-1") {
        let (page, per_page) = pages(paging);
        return Ok(Json(rc.core.get_channel_members_with_team(id, page, per_page).await?).into_response());
    }
    let mut lines = String::new();
    for page in 0.. {
        let members = rc.core.get_channel_members_with_team(id, page, STREAM_PAGE).await?;
        for member in &members {
            // Members always have a JSON form.
            lines.push_str(&serde_json::to_string(member).unwrap_or_default());
            lines.push('\n');
        }
        if i64::try_from(members.len()).unwrap_or(i64::MAX) < STREAM_PAGE {
            break;
        }
    }
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], lines).into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typing {
    channel_id: String,
    parent_id: String,
}

async fn publish_typing(Auth(rc): Auth, Path(id): Path<String>, Body(typing): Body<Typing>) -> Answer<Value> {
    let id = user_id(&rc, &id)?;
    if id != rc.user_id() {
        rc.require("manage_system").await?;
    }
    rc.require_channel(&typing.channel_id, "create_post").await?;
    rc.core.publish_user_typing(id, &typing.channel_id, &typing.parent_id)?;
    Ok(ok())
}
