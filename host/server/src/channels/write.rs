//! Making and changing channels.

use axum::{Json, extract::Path};
use serde::Deserialize;
use serde_json::Value;
use wasmoat_model::{Channel, ChannelPatch, ChannelType, DEFAULT_CHANNEL_NAME, GroupSyncableType, is_valid_id};

use crate::{Answer, Auth, Body, Created, Error, RequestContext, ok, users::valid_id};

pub async fn create_channel(Auth(rc): Auth, Body(channel): Body<Channel>) -> Result<Created<Channel>, Error> {
    if channel.display_name.trim().is_empty() {
        return Err(Error::new(
            "model.channel.is_valid.display_name.app_error",
            400,
            "A channel needs a display name.",
        ));
    }
    if channel.team_id.is_empty() {
        return Err(Error::invalid_body("team_id"));
    }
    match channel.r#type {
        ChannelType::Open => rc.require_team(&channel.team_id, "create_public_channel").await?,
        ChannelType::Private => rc.require_team(&channel.team_id, "create_private_channel").await?,
        _ => {}
    }
    let user = rc.core.get_user(rc.user_id()).await?;
    Ok(Created(rc.core.create_channel_with_user(&rc.cx, channel, &user).await?))
}

pub async fn create_direct_channel(Auth(rc): Auth, Body(ids): Body<Vec<String>>) -> Result<Created<Channel>, Error> {
    let [one, other] = ids.as_slice() else { return Err(Error::invalid_body("user_ids")) };
    if !is_valid_id(one) || !is_valid_id(other) {
        return Err(Error::invalid_body("user_ids"));
    }
    rc.require("create_direct_channel").await?;
    if one != rc.user_id() && other != rc.user_id() {
        rc.require("manage_system").await?;
    }
    let other_id = if one == rc.user_id() { other } else { one };
    rc.require_sight(other_id).await?;
    Ok(Created(rc.core.get_direct_channel(&rc.cx, one, other).await?))
}

pub async fn create_group_channel(Auth(rc): Auth, Body(mut ids): Body<Vec<String>>) -> Result<Created<Channel>, Error> {
    if ids.is_empty() || ids.iter().any(|id| !is_valid_id(id)) {
        return Err(Error::invalid_body("user_ids"));
    }
    rc.require("create_group_channel").await?;
    if !ids.iter().any(|id| id == rc.user_id()) {
        ids.push(rc.user_id().to_owned());
    }
    for id in &ids {
        rc.require_sight(id).await?;
    }
    Ok(Created(rc.core.get_group_channel(&rc.cx, &ids, rc.user_id()).await?))
}

/// The channel that is to be changed, by somebody who may.
async fn changeable(rc: &RequestContext, id: &str) -> Result<Channel, Error> {
    let channel = rc.core.get_channel(valid_id(id, "channel_id")?).await?;
    rc.require_by_type(&channel, "manage_public_channel_properties", "manage_private_channel_properties").await?;
    if channel.delete_at > 0 {
        let id = "api.channel.update_channel.deleted.app_error";
        return Err(Error::new(id, 400, "The channel is archived: it stays as it is."));
    }
    Ok(channel)
}

fn check_default_name(old: &Channel, name: Option<&str>) -> Result<(), Error> {
    if old.name == DEFAULT_CHANNEL_NAME && name.is_some_and(|name| name != old.name) {
        let text = format!("The channel `{DEFAULT_CHANNEL_NAME}` keeps its name.");
        return Err(Error::new("api.channel.update_channel.tried.app_error", 400, text));
    }
    Ok(())
}

/// The whole channel, as far as it can be changed here: empty names stay as they are.
pub async fn update_channel(Auth(rc): Auth, Path(id): Path<String>, Body(new): Body<Channel>) -> Answer<Channel> {
    if new.id != id {
        return Err(Error::invalid_body("channel_id"));
    }
    let old = changeable(&rc, &id).await?;
    if new.r#type != old.r#type && new.r#type != ChannelType::Open {
        let id = "api.channel.update_channel.typechange.app_error";
        return Err(Error::new(id, 400, "The type of a channel is changed by its privacy."));
    }
    let text = |text: String| (!text.is_empty()).then_some(text);
    let patch = ChannelPatch {
        display_name: text(new.display_name),
        name: text(new.name),
        header: Some(new.header),
        purpose: Some(new.purpose),
        group_constrained: new.group_constrained,
        banner_info: new.banner_info,
    };
    check_default_name(&old, patch.name.as_deref())?;
    Ok(Json(rc.core.patch_channel(&rc.cx, &old, patch, rc.user_id()).await?))
}

pub async fn patch_channel(Auth(rc): Auth, Path(id): Path<String>, Body(patch): Body<ChannelPatch>) -> Answer<Channel> {
    let old = changeable(&rc, &id).await?;
    check_default_name(&old, patch.name.as_deref())?;
    if patch.banner_info.is_some() {
        rc.require_by_type(&old, "manage_public_channel_banner", "manage_private_channel_banner").await?;
    }
    let channel = rc.core.patch_channel(&rc.cx, &old, patch, rc.user_id()).await?;
    if channel.group_constrained == Some(true) && old.group_constrained != Some(true) {
        rc.core.sync_roles_and_membership_later(&rc.cx, GroupSyncableType::Channel, &channel.id);
    }
    Ok(Json(channel))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Privacy {
    privacy: String,
}

pub async fn update_channel_privacy(
    Auth(rc): Auth,
    Path(id): Path<String>,
    Body(body): Body<Privacy>,
) -> Answer<Channel> {
    let privacy = match body.privacy.as_str() {
        "O" => ChannelType::Open,
        "P" => ChannelType::Private,
        _ => return Err(Error::invalid_body("privacy")),
    };
    let channel = rc.core.get_channel(valid_id(&id, "channel_id")?).await?;
    let permission = if privacy == ChannelType::Open {
        "convert_private_channel_to_public"
    } else {
        "convert_public_channel_to_private"
    };
    rc.require_channel(&channel.id, permission).await?;
    Ok(Json(rc.core.update_channel_privacy(&rc.cx, channel, privacy, rc.user_id()).await?))
}

pub async fn delete_channel(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    let channel = rc.core.get_channel(valid_id(&id, "channel_id")?).await?;
    if channel.is_group_or_direct() {
        let id = "api.channel.delete_channel.type.invalid";
        return Err(Error::new(id, 400, "Direct and group messages are not archived."));
    }
    rc.require_by_type(&channel, "delete_public_channel", "delete_private_channel").await?;
    rc.core.delete_channel(&rc.cx, &channel, rc.user_id()).await?;
    Ok(ok())
}

pub async fn restore_channel(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Channel> {
    let channel = rc.core.get_channel(valid_id(&id, "channel_id")?).await?;
    rc.require_team(&channel.team_id, "manage_team").await?;
    Ok(Json(rc.core.restore_channel(&rc.cx, &channel, rc.user_id()).await?))
}
