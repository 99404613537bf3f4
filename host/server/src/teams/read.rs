//! Reading teams.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Deserialize;
use serde_json::{Value, json};
use wasmoat_core::teams::TeamFilter;
use wasmoat_model::{AppError, TEAM_OPEN, Team, TeamStats, TeamUnread};

use crate::{
    Answer, Auth, Body, Error, Paging, Params, RequestContext, Server,
    users::{bounds, user_id, valid_id},
};

/// Teams of a search without paging.
const SEARCH_MOST: i64 = 1000;

/// Which teams the asking user may list: all, those open to anybody, or the others.
async fn listable(rc: &RequestContext) -> Result<Option<bool>, Error> {
    let public = rc.core.session_has_permission_to(&rc.session, "list_public_teams").await;
    let private = rc.core.session_has_permission_to(&rc.session, "list_private_teams").await;
    match (public, private) {
        (true, true) => Ok(None),
        (true, false) => Ok(Some(true)),
        (false, true) => Ok(Some(false)),
        (false, false) => Err(Error::forbidden()),
    }
}

pub async fn get_teams(Auth(rc): Auth, params: Params, paging: Paging) -> Answer<Value> {
    let (offset, limit) = bounds(paging);
    let filter = TeamFilter {
        open: listable(&rc).await?,
        include_deleted: rc.is_admin().await,
        offset,
        limit,
        ..TeamFilter::default()
    };
    let listed = rc.core.list_teams(&filter).await?;
    let teams = rc.visible_teams(listed).await;
    if params.flag("include_total_count") {
        return Ok(Json(json!({"teams": teams, "total_count": rc.core.count_teams(&filter).await?})));
    }
    Ok(Json(json!(teams)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Search {
    term: String,
    page: Option<i64>,
    per_page: Option<i64>,
    allow_open_invite: Option<bool>,
}

pub async fn search_teams(Auth(rc): Auth, Body(search): Body<Search>) -> Answer<Value> {
    let open = listable(&rc).await?;
    // Wanting other teams than may be listed yields none.
    let wanted = search.allow_open_invite;
    let nothing = matches!((open, wanted), (Some(may), Some(wants)) if may != wants);
    let paged = search.page.zip(search.per_page).map(|(page, size)| (page.max(0), size.clamp(0, SEARCH_MOST)));
    let (page, size) = paged.unwrap_or((0, SEARCH_MOST));
    let filter = TeamFilter {
        term: search.term,
        open: open.or(wanted),
        include_deleted: false,
        offset: page.saturating_mul(size),
        limit: if nothing { 0 } else { size },
    };
    let listed = rc.core.list_teams(&filter).await?;
    let teams = rc.visible_teams(listed).await;
    if paged.is_none() {
        return Ok(Json(json!(teams)));
    }
    let total = if nothing { 0 } else { rc.core.count_teams(&filter).await? };
    Ok(Json(json!({"teams": teams, "total_count": total})))
}

/// Anybody may see a team that anybody may join.
async fn require_view(rc: &RequestContext, team: &Team) -> Result<(), Error> {
    if team.allow_open_invite
        && team.r#type == TEAM_OPEN
        && rc.core.session_has_permission_to(&rc.session, "list_public_teams").await
    {
        return Ok(());
    }
    rc.require_team(&team.id, "view_team").await
}

pub async fn get_team(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Team> {
    let team = rc.core.get_team(valid_id(&id, "team_id")?).await?;
    require_view(&rc, &team).await?;
    Ok(Json(rc.visible_team(team).await))
}

pub async fn get_team_by_name(Auth(rc): Auth, Path(name): Path<String>) -> Answer<Team> {
    let team = rc.core.get_team_by_name(&name).await?;
    require_view(&rc, &team).await?;
    Ok(Json(rc.visible_team(team).await))
}

pub async fn team_exists(Auth(rc): Auth, Path(name): Path<String>) -> Answer<Value> {
    let exists = match rc.core.get_team_by_name(&name).await {
        Ok(team) => {
            let list = if team.allow_open_invite { "list_public_teams" } else { "list_private_teams" };
            rc.core.session_has_permission_to(&rc.session, list).await
                || rc.core.session_has_permission_to_team(&rc.session, &team.id, "view_team").await
        }
        Err(error) if error.status_code == 404 => false,
        Err(error) => return Err(error.into()),
    };
    Ok(Json(json!({"exists": exists})))
}

pub async fn get_invite_info(State(server): State<Server>, Path(invite_id): Path<String>) -> Answer<Value> {
    let team = server.core.get_team_by_invite_id(&invite_id).await?;
    if team.r#type != TEAM_OPEN {
        let text = "This team takes no invitations by link.";
        return Err(AppError::new("getInviteInfo", "api.team.get_invite_info.not_open_team", 403, text).into());
    }
    Ok(Json(json!({
        "id": team.id,
        "name": team.name,
        "display_name": team.display_name,
        "description": team.description,
    })))
}

pub async fn get_team_stats(Auth(rc): Auth, Path(id): Path<String>) -> Answer<TeamStats> {
    let id = valid_id(&id, "team_id")?;
    rc.require_team(id, "view_team").await?;
    Ok(Json(rc.core.get_team_stats(id).await?))
}

pub async fn get_teams_for_user(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Vec<Team>> {
    let id = user_id(&rc, &id)?;
    if id != rc.user_id() {
        rc.require("sysconsole_read_user_management_users").await?;
    }
    let teams = rc.core.get_teams_for_user(id).await?;
    Ok(Json(rc.visible_teams(teams).await))
}

pub async fn get_teams_unread(Auth(rc): Auth, Path(id): Path<String>, params: Params) -> Answer<Vec<TeamUnread>> {
    let id = user_id(&rc, &id)?;
    if id != rc.user_id() {
        rc.require("manage_system").await?;
    }
    let mut unread = rc.core.get_teams_unread_for_user(id).await?;
    unread.retain(|team| team.team_id != params.text("exclude_team"));
    Ok(Json(unread))
}

pub async fn get_team_unread(Auth(rc): Auth, Path((id, team_id)): Path<(String, String)>) -> Answer<TeamUnread> {
    let id = user_id(&rc, &id)?;
    rc.require_user(id).await?;
    let team_id = valid_id(&team_id, "team_id")?;
    rc.require_team(team_id, "view_team").await?;
    Ok(Json(rc.core.get_team_unread(team_id, id).await?))
}
