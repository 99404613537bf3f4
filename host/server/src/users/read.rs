//! Reading accounts.

use axum::{Json, extract::Path};
use serde::Deserialize;
use serde_json::{Value, json};
use wasmoat_core::users::{Scope, Sort, UserFilter};
use wasmoat_model::{AppError, User, UserSearch};

use super::{bounds, user_id, valid_id};
use crate::{Answer, Auth, Body, Error, Paging, Params, RequestContext};

/// Results of a search where the client names no limit, and the most.
const SEARCH_LIMIT: i32 = 100;
const SEARCH_LIMIT_MOST: i32 = 1000;

pub async fn get_user(Auth(rc): Auth, Path(id): Path<String>) -> Answer<User> {
    let id = user_id(&rc, &id)?;
    rc.require_sight(id).await?;
    let user = rc.core.get_user(id).await?;
    Ok(Json(rc.visible_user(user).await))
}

pub async fn get_user_by_username(Auth(rc): Auth, Path(name): Path<String>) -> Answer<User> {
    let user = rc.core.get_user_by_username(&name).await?;
    rc.require_sight(&user.id).await?;
    Ok(Json(rc.visible_user(user).await))
}

pub async fn get_user_by_email(Auth(rc): Auth, Path(email): Path<String>) -> Answer<User> {
    if !rc.core.privacy(rc.is_admin().await).email {
        return Err(AppError::new(
            "getUserByEmail",
            "api.user.get_user_by_email.permissions.app_error",
            403,
            "E-mail addresses are private on this server.",
        )
        .into());
    }
    let user = rc.core.get_user_by_email(&email).await?;
    rc.require_sight(&user.id).await?;
    Ok(Json(rc.visible_user(user).await))
}

pub async fn get_users_by_ids(Auth(rc): Auth, params: Params, Body(ids): Body<Vec<String>>) -> Answer<Vec<User>> {
    if ids.is_empty() {
        return Err(Error::invalid_body("user_ids"));
    }
    let mut users = rc.core.get_users_by_ids(&ids).await?;
    let since = params.number("since", 0);
    users.retain(|user| user.update_at > since);
    in_sight(&rc, users).await
}

pub async fn get_users_by_usernames(Auth(rc): Auth, Body(names): Body<Vec<String>>) -> Answer<Vec<User>> {
    if names.is_empty() {
        return Err(Error::invalid_body("usernames"));
    }
    let users = rc.core.get_users_by_usernames(&names).await?;
    in_sight(&rc, users).await
}

async fn in_sight(rc: &RequestContext, users: Vec<User>) -> Answer<Vec<User>> {
    let mut seen = Vec::with_capacity(users.len());
    let everybody = rc.core.session_has_permission_to(&rc.session, "view_members").await;
    for user in users {
        if everybody || rc.core.user_can_see_other_user(&rc.session, &user.id).await {
            seen.push(user);
        }
    }
    Ok(Json(rc.visible_users(seen).await))
}

pub async fn get_users(Auth(rc): Auth, params: Params, paging: Paging) -> Answer<Vec<User>> {
    let scope = scope(&rc, &params).await?;
    if params.flag("active") && params.flag("inactive") {
        return Err(Error::invalid_url("inactive"));
    }
    let (offset, limit) = bounds(paging);
    let filter = UserFilter {
        sort: sort(params.text("sort"), &scope)?,
        scope,
        active: active(&params),
        roles: roles(&params),
        team_roles: list(params.text("team_roles")),
        channel_roles: list(params.text("channel_roles")),
        updated_after: params.number("updated_after", 0),
        offset,
        limit,
        ..UserFilter::default()
    };
    let users = rc.core.list_users(&filter).await?;
    in_sight(&rc, users).await
}

/// Which accounts a list is asked for, and whether the user may have it.
async fn scope(rc: &RequestContext, params: &Params) -> Result<Scope, Error> {
    let text = |name: &str| params.text(name).to_owned();
    let (in_team, not_in_team) = (text("in_team"), text("not_in_team"));
    let (in_channel, not_in_channel) = (text("in_channel"), text("not_in_channel"));
    if !not_in_channel.is_empty() && in_team.is_empty() {
        return Err(Error::invalid_url("team_id"));
    }
    if params.flag("without_team") {
        rc.require("list_users_without_team").await?;
        return Ok(Scope::WithoutTeam);
    }
    if !not_in_channel.is_empty() {
        rc.require_channel(&not_in_channel, "read_channel").await?;
        return Ok(Scope::NotInChannel { team: in_team, channel: not_in_channel });
    }
    if !not_in_team.is_empty() {
        rc.require_team(&not_in_team, "view_team").await?;
        return Ok(Scope::NotInTeam(not_in_team));
    }
    if !in_channel.is_empty() {
        rc.require_channel(&in_channel, "read_channel").await?;
        return Ok(Scope::Channel(in_channel));
    }
    if !in_team.is_empty() {
        rc.require_team(&in_team, "view_team").await?;
        return Ok(Scope::Team(in_team));
    }
    Ok(Scope::Everywhere)
}

fn sort(name: &str, scope: &Scope) -> Result<Sort, Error> {
    match (name, scope) {
        ("" | "username" | "display_name", _) => Ok(Sort::Username),
        ("last_activity_at", Scope::Team(_)) => Ok(Sort::LastActivity),
        ("create_at", Scope::Team(_)) => Ok(Sort::CreateAt),
        ("status", Scope::Channel(_)) => Ok(Sort::Status),
        ("update_at_asc", Scope::Everywhere) => Ok(Sort::UpdateAt),
        _ => Err(Error::invalid_url("sort")),
    }
}

fn active(params: &Params) -> Option<bool> {
    match (params.flag("active"), params.flag("inactive")) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect()
}

fn roles(params: &Params) -> Vec<String> {
    let mut roles = list(params.text("roles"));
    roles.extend(list(params.text("role")));
    roles
}

/// Body of a search: what plugins can say, and roles.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Search {
    #[serde(flatten)]
    search: UserSearch,
    role: String,
    roles: Vec<String>,
}

pub async fn search_users(Auth(rc): Auth, Body(body): Body<Search>) -> Answer<Vec<User>> {
    let Search { mut search, role, mut roles } = body;
    if !search.not_in_channel_id.is_empty() && search.team_id.is_empty() {
        return Err(Error::invalid_body("team_id"));
    }
    for channel_id in [&search.in_channel_id, &search.not_in_channel_id] {
        if !channel_id.is_empty() {
            rc.require_channel(channel_id, "read_channel").await?;
        }
    }
    for team_id in [&search.team_id, &search.not_in_team_id] {
        if !team_id.is_empty() {
            rc.require_team(team_id, "view_team").await?;
        }
    }
    search.limit = match search.limit {
        limit if limit <= 0 => SEARCH_LIMIT,
        limit => limit.min(SEARCH_LIMIT_MOST),
    };
    let privacy = rc.core.privacy(rc.is_admin().await);
    let mut users = rc.core.search_users(&search, privacy).await?;
    if !role.is_empty() {
        roles.push(role);
    }
    if !roles.is_empty() {
        users.retain(|user| roles.iter().any(|role| user.has_role(role)));
    }
    in_sight(&rc, users).await
}

pub async fn autocomplete_users(Auth(rc): Auth, params: Params) -> Answer<Value> {
    let (team_id, channel_id) = (params.text("in_team").to_owned(), params.text("in_channel").to_owned());
    if !channel_id.is_empty() {
        rc.require_channel(&channel_id, "read_channel").await?;
    }
    if !team_id.is_empty() {
        rc.require_team(&team_id, "view_team").await?;
    }
    let privacy = rc.core.privacy(rc.is_admin().await);
    let limit = params.number("limit", SEARCH_LIMIT.into()).clamp(1, SEARCH_LIMIT_MOST.into());
    let within = |scope| UserFilter {
        scope,
        active: Some(true),
        term: params.text("name").to_owned(),
        match_full_name: privacy.full_name,
        limit,
        ..UserFilter::default()
    };
    if channel_id.is_empty() {
        let scope = if team_id.is_empty() { Scope::Everywhere } else { Scope::Team(team_id) };
        let users = rc.core.list_users(&within(scope)).await?;
        let Json(users) = in_sight(&rc, users).await?;
        return Ok(Json(json!({"users": users})));
    }
    let inside = rc.core.list_users(&within(Scope::Channel(channel_id.clone()))).await?;
    let outside = rc.core.list_users(&within(Scope::NotInChannel { team: team_id, channel: channel_id })).await?;
    let Json(inside) = in_sight(&rc, inside).await?;
    let Json(outside) = in_sight(&rc, outside).await?;
    Ok(Json(json!({"users": inside, "out_of_channel": outside})))
}

pub async fn get_known_users(Auth(rc): Auth) -> Answer<Vec<String>> {
    Ok(Json(rc.core.get_known_users(rc.user_id()).await?))
}

pub async fn get_total_users_stats(Auth(rc): Auth) -> Answer<Value> {
    let filter = UserFilter { active: Some(true), people_only: true, ..UserFilter::default() };
    Ok(Json(json!({"total_users_count": rc.core.count_users(&filter).await?})))
}

pub async fn get_filtered_users_stats(Auth(rc): Auth, params: Params) -> Answer<Value> {
    rc.require("sysconsole_read_user_management_users").await?;
    let filter = UserFilter {
        scope: scope(&rc, &params).await?,
        active: (!params.flag("include_deleted")).then_some(true),
        people_only: !params.flag("include_bots"),
        roles: roles(&params),
        team_roles: list(params.text("team_roles")),
        channel_roles: list(params.text("channel_roles")),
        ..UserFilter::default()
    };
    Ok(Json(json!({"total_users_count": rc.core.count_users(&filter).await?})))
}

/// This edition has no terms of service to accept.
pub async fn get_user_terms_of_service(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    valid_id(rc.me(&id), "user_id")?;
    Err(AppError::new(
        "GetUserTermsOfService",
        "app.user_terms_of_service.get_by_user.no_rows.app_error",
        404,
        "There are no terms of service on this server.",
    )
    .into())
}

/// There are no limits on accounts here; admins learn how many there are.
pub async fn get_server_limits(Auth(rc): Auth) -> Answer<Value> {
    let admin = rc.core.session_has_permission_to(&rc.session, "sysconsole_read_user_management_users").await;
    let filter = UserFilter { active: Some(true), people_only: true, ..UserFilter::default() };
    let count = if admin { rc.core.count_users(&filter).await? } else { 0 };
    Ok(Json(json!({
        "maxUsersLimit": 0,
        "maxUsersHardLimit": 0,
        "activeUserCount": count,
        "lastAccessiblePostTime": 0,
        "postHistoryLimit": 0,
    })))
}
