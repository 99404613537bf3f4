//! Writing posts.

use axum::{Json, extract::Path};
use serde::Deserialize;
use serde_json::Value;
use wasmoat_model::{ChannelType, ChannelUnreadAt, Post, PostPatch, now_ms};

use crate::{
    Answer, Auth, Body, Created, Error, Params, RequestContext, ok,
    users::{user_id, valid_id},
};

/// Props that say that an integration speaks: a person's client does not set them.
const INTEGRATION_PROPS: [&str; 5] =
    ["from_webhook", "override_username", "override_icon_url", "override_icon_emoji", "webhook_display_name"];

/// Whether the user may post there.
pub(crate) async fn require_posting(rc: &RequestContext, channel_id: &str) -> Result<(), Error> {
    if rc.core.session_has_permission_to_channel(&rc.session, channel_id, "create_post").await {
        return Ok(());
    }
    let channel = rc.core.get_channel(channel_id).await?;
    if channel.r#type == ChannelType::Open
        && rc.core.session_has_permission_to_channel(&rc.session, channel_id, "create_post_public").await
    {
        return Ok(());
    }
    Err(Error::forbidden())
}

pub async fn create_post(Auth(rc): Auth, params: Params, Body(sent): Body<Post>) -> Result<Created<Post>, Error> {
    let mut post = Post {
        user_id: rc.user_id().to_owned(),
        delete_at: 0,
        edit_at: 0,
        remote_id: None,
        metadata: String::new(),
        participants: Vec::new(),
        ..sent
    };
    valid_channel(&post.channel_id)?;
    require_posting(&rc, &post.channel_id).await?;
    if !post.file_ids.is_empty() {
        rc.require_channel(&post.channel_id, "upload_file").await?;
    }
    if post.create_at != 0 && !rc.is_admin().await {
        post.create_at = 0;
    }
    drop_integration_props(&rc, &mut post);
    let set_online = params.get("set_online") != Some("false");
    Ok(Created(rc.core.create_post_as_user(&rc.cx, post, set_online).await?))
}

fn valid_channel(id: &str) -> Result<(), Error> {
    crate::users::valid_body_id(id, "channel_id").map(|_| ())
}

/// Tokens of bots and integrations may speak under other names; a person's session may not.
fn drop_integration_props(rc: &RequestContext, post: &mut Post) {
    let integration =
        rc.session.is_oauth || wasmoat_model::json::get(&rc.session.props, "type") == Some("UserAccessToken");
    let mut props = post.props_map();
    let before = props.len();
    if !integration {
        props.retain(|key, _| !INTEGRATION_PROPS.contains(&key.as_str()));
    }
    if props.len() != before {
        post.set_props(&props);
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ephemeral {
    user_id: String,
    post: Post,
}

pub async fn create_ephemeral_post(Auth(rc): Auth, Body(body): Body<Ephemeral>) -> Result<Created<Post>, Error> {
    if body.user_id.is_empty() {
        return Err(Error::invalid_body("user_id"));
    }
    valid_channel(&body.post.channel_id)?;
    rc.require_channel(&body.post.channel_id, "create_post_ephemeral").await?;
    let post = Post { user_id: rc.user_id().to_owned(), create_at: 0, update_at: 0, id: String::new(), ..body.post };
    Ok(Created(rc.core.send_ephemeral_post(&body.user_id, post).await))
}

/// The post that is to be edited, by somebody who may.
async fn editable(rc: &RequestContext, id: &str) -> Result<Post, Error> {
    let post = rc.core.get_post(valid_id(id, "post_id")?).await?;
    let permission = if post.user_id == rc.user_id() { "edit_post" } else { "edit_others_posts" };
    rc.require_channel(&post.channel_id, permission).await?;
    Ok(post)
}

fn check_edit_time(rc: &RequestContext, post: &Post) -> Result<(), Error> {
    let limit = rc.core.config.number("ServiceSettings.PostEditTimeLimit");
    if limit < 0 || now_ms() <= post.create_at.saturating_add(limit.saturating_mul(1000)) {
        return Ok(());
    }
    let text = format!("Posts can be edited for {limit} seconds (setting `ServiceSettings.PostEditTimeLimit`).");
    Err(Error::new("api.post.update_post.permissions_time_limit.app_error", 400, text))
}

async fn require_files(rc: &RequestContext, old: &Post, file_ids: &[String]) -> Result<(), Error> {
    if file_ids.iter().any(|id| !old.file_ids.contains(id)) {
        rc.require_channel(&old.channel_id, "upload_file").await?;
    }
    Ok(())
}

pub async fn update_post(Auth(rc): Auth, Path(id): Path<String>, Body(mut new): Body<Post>) -> Answer<Post> {
    if new.id != id {
        return Err(Error::invalid_body("id"));
    }
    let old = editable(&rc, &id).await?;
    check_edit_time(&rc, &old)?;
    require_files(&rc, &old, &new.file_ids).await?;
    drop_integration_props(&rc, &mut new);
    // The server keeps count of reactions itself.
    new.has_reactions = old.has_reactions;
    let post = rc.core.update_post(&rc.cx, &new).await?;
    Ok(Json(rc.core.prepare_post(&rc.cx, post).await?))
}

pub async fn patch_post(Auth(rc): Auth, Path(id): Path<String>, Body(mut patch): Body<PostPatch>) -> Answer<Post> {
    let old = editable(&rc, &id).await?;
    if patch.message.is_some() || patch.file_ids.is_some() || patch.props.is_some() {
        check_edit_time(&rc, &old)?;
    }
    require_files(&rc, &old, patch.file_ids.as_deref().unwrap_or_default()).await?;
    if let Some(props) = &mut patch.props {
        props.retain(|key, _| !INTEGRATION_PROPS.contains(&key.as_str()));
    }
    // The server keeps count of reactions itself.
    patch.has_reactions = None;
    let post = rc.core.patch_post(&rc.cx, &old.id, patch).await?;
    Ok(Json(rc.core.prepare_post(&rc.cx, post).await?))
}

pub async fn delete_post(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    let post = rc.core.get_post(valid_id(&id, "post_id")?).await?;
    let permission = if post.user_id == rc.user_id() { "delete_post" } else { "delete_others_posts" };
    rc.require_channel(&post.channel_id, permission).await?;
    rc.core.delete_post(&rc.cx, &post.id, rc.user_id()).await?;
    Ok(ok())
}

async fn pin(rc: &RequestContext, id: &str, is_pinned: bool) -> Answer<Value> {
    let post = rc.core.get_post(valid_id(id, "post_id")?).await?;
    rc.require_channel_content(&post.channel_id).await?;
    require_posting(rc, &post.channel_id).await?;
    rc.core.pin_post(&rc.cx, &post.id, is_pinned).await?;
    Ok(ok())
}

pub async fn pin_post(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    pin(&rc, &id, true).await
}

pub async fn unpin_post(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    pin(&rc, &id, false).await
}

pub async fn set_post_unread(Auth(rc): Auth, Path((id, post_id)): Path<(String, String)>) -> Answer<ChannelUnreadAt> {
    let id = user_id(&rc, &id)?;
    rc.require_user(id).await?;
    let post = rc.core.get_post(valid_id(&post_id, "post_id")?).await?;
    rc.require_channel(&post.channel_id, "read_channel_content").await?;
    Ok(Json(rc.core.mark_channel_as_unread_from_post(&post, id).await?))
}
