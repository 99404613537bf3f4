//! Lists and searches of channels.

use axum::{Json, extract::Path};
use serde::Deserialize;
use serde_json::{Value, json};
use wasmoat_core::channels::{ChannelSearch, Listing};
use wasmoat_model::{Channel, ChannelType};

use super::pages;
use crate::{
    Answer, Auth, Body, Error, Paging, Params,
    users::{user_id, valid_id},
};

/// Most channels that one search of all channels gives.
const SEARCH_PAGE: i64 = 200;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Search {
    term: String,
    page: Option<i64>,
    per_page: Option<i64>,
    include_deleted: bool,
    exclude_default_channels: bool,
}

pub async fn get_all_channels(Auth(rc): Auth, params: Params, paging: Paging) -> Answer<Value> {
    rc.require("sysconsole_read_user_management_channels").await?;
    let (page, per_page) = pages(paging);
    let deleted = params.flag("include_deleted");
    let channels = rc.core.get_all_channels(deleted, page, per_page).await?;
    if params.flag("include_total_count") {
        let all = ChannelSearch { include_deleted: deleted, ..ChannelSearch::default() };
        let (_, total) = rc.core.search_all_channels(&all).await?;
        return Ok(Json(json!({"channels": channels, "total_count": total})));
    }
    Ok(Json(json!(channels)))
}

pub async fn search_all_channels(Auth(rc): Auth, params: Params, Body(search): Body<Search>) -> Answer<Value> {
    // Without that permission the search is one over what the user is in.
    if rc.require("sysconsole_read_user_management_channels").await.is_err()
        || params.get("system_console") == Some("false")
    {
        let channels = rc.core.search_channels("", &search.term, rc.user_id()).await?;
        let mut mine = Vec::new();
        for channel in channels {
            if rc.core.get_channel_member(&channel.id, rc.user_id()).await.is_ok() {
                mine.push(channel);
            }
        }
        return Ok(Json(json!(mine)));
    }
    let paged = search.page.zip(search.per_page);
    let (page, per_page) = paged.map_or((0, SEARCH_PAGE), |(page, size)| (page.max(0), size.clamp(0, SEARCH_PAGE)));
    let wanted = ChannelSearch { term: search.term, include_deleted: search.include_deleted, page, per_page };
    let (mut channels, total) = rc.core.search_all_channels(&wanted).await?;
    if search.exclude_default_channels {
        channels.retain(|channel| !matches!(channel.name.as_str(), "town-square" | "off-topic"));
    }
    if paged.is_some() {
        return Ok(Json(json!({"channels": channels, "total_count": total})));
    }
    Ok(Json(json!(channels)))
}

pub async fn search_group_channels(Auth(rc): Auth, Body(search): Body<Search>) -> Answer<Vec<Channel>> {
    Ok(Json(rc.core.search_group_channels(rc.user_id(), &search.term).await?))
}

pub async fn get_public_channels_for_team(
    Auth(rc): Auth,
    Path(id): Path<String>,
    paging: Paging,
) -> Answer<Vec<Channel>> {
    let id = valid_id(&id, "team_id")?;
    rc.require_team(id, "list_team_channels").await?;
    let (page, per_page) = pages(paging);
    Ok(Json(rc.core.list_team_channels(id, Listing::Public, page, per_page).await?))
}

pub async fn get_private_channels_for_team(
    Auth(rc): Auth,
    Path(id): Path<String>,
    paging: Paging,
) -> Answer<Vec<Channel>> {
    let id = valid_id(&id, "team_id")?;
    rc.require("manage_system").await?;
    let (page, per_page) = pages(paging);
    Ok(Json(rc.core.list_team_channels(id, Listing::Private, page, per_page).await?))
}

pub async fn get_deleted_channels_for_team(
    Auth(rc): Auth,
    Path(id): Path<String>,
    paging: Paging,
) -> Answer<Vec<Channel>> {
    let id = valid_id(&id, "team_id")?;
    rc.require_team(id, "list_team_channels").await?;
    let (page, per_page) = pages(paging);
    let mut channels = rc.core.list_team_channels(id, Listing::Deleted, page, per_page).await?;
    if !rc.is_admin().await {
        let mut seen = Vec::with_capacity(channels.len());
        for channel in channels {
            if rc.require_channel_sight(&channel).await.is_ok() {
                seen.push(channel);
            }
        }
        channels = seen;
    }
    Ok(Json(channels))
}

pub async fn get_public_channels_by_ids(
    Auth(rc): Auth,
    Path(id): Path<String>,
    Body(ids): Body<Vec<String>>,
) -> Answer<Vec<Channel>> {
    let id = valid_id(&id, "team_id")?;
    if ids.is_empty() || ids.len() > 200 || ids.iter().any(|id| !wasmoat_model::is_valid_id(id)) {
        return Err(Error::invalid_body("channel_ids"));
    }
    rc.require_team(id, "view_team").await?;
    let mut channels = rc.core.get_channels(&ids).await?;
    channels.retain(|channel| channel.team_id == id && channel.r#type == ChannelType::Open && channel.delete_at == 0);
    Ok(Json(channels))
}

pub async fn search_channels(
    Auth(rc): Auth,
    Path(id): Path<String>,
    Body(search): Body<Search>,
) -> Answer<Vec<Channel>> {
    let id = valid_id(&id, "team_id")?;
    rc.require_team(id, "list_team_channels").await?;
    Ok(Json(rc.core.search_channels(id, &search.term, "").await?))
}

pub async fn autocomplete_channels(Auth(rc): Auth, Path(id): Path<String>, params: Params) -> Answer<Vec<Channel>> {
    let id = valid_id(&id, "team_id")?;
    rc.require_team(id, "list_team_channels").await?;
    Ok(Json(rc.core.autocomplete_channels_for_team(id, rc.user_id(), params.text("name")).await?))
}

/// Channels of a user in all teams; none at all is an empty list here.
pub async fn get_channels_for_user(Auth(rc): Auth, Path(id): Path<String>, params: Params) -> Answer<Vec<Channel>> {
    let id = user_id(&rc, &id)?;
    rc.require_user(id).await?;
    let (deleted, since) = (params.flag("include_deleted"), params.number("last_delete_at", 0));
    match rc.core.get_channels_for_team_for_user("", id, deleted, since).await {
        Err(error) if error.status() == 404 => Ok(Json(Vec::new())),
        found => Ok(Json(found?)),
    }
}

pub async fn get_channels_for_team_for_user(
    Auth(rc): Auth,
    Path((id, team_id)): Path<(String, String)>,
    params: Params,
) -> Answer<Vec<Channel>> {
    let (id, team_id) = (user_id(&rc, &id)?, valid_id(&team_id, "team_id")?);
    rc.require_user(id).await?;
    rc.require_team(team_id, "view_team").await?;
    let (deleted, since) = (params.flag("include_deleted"), params.number("last_delete_at", 0));
    Ok(Json(rc.core.get_channels_for_team_for_user(team_id, id, deleted, since).await?))
}
