//! `/api/v4/teams/{team_id}/members`.

use axum::{
    Json, Router,
    extract::Path,
    routing::{get, post, put},
};
use serde::Deserialize;
use serde_json::{Value, json};
use wasmoat_core::team_members::MemberPage;
use wasmoat_model::TeamMember;

use crate::{
    Answer, Auth, Body, Created, Error, Paging, Params, RequestContext, Server, ok,
    users::{bounds, user_id, valid_body_id, valid_id},
};

/// Members of one batch.
const AT_ONCE: usize = 20;

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/teams/members/invite", post(add_by_invite))
        .route("/teams/{team_id}/members", get(get_members).post(add_member))
        .route("/teams/{team_id}/members/batch", post(add_members))
        .route("/teams/{team_id}/members/ids", post(get_members_by_ids))
        .route("/teams/{team_id}/members/{user_id}", get(get_member).delete(remove_member))
        .route("/teams/{team_id}/members/{user_id}/roles", put(update_roles))
        .route("/teams/{team_id}/members/{user_id}/schemeRoles", put(update_scheme_roles))
        .route("/users/{user_id}/teams/members", get(get_members_for_user))
}

async fn get_members(
    Auth(rc): Auth,
    Path(id): Path<String>,
    params: Params,
    paging: Paging,
) -> Answer<Vec<TeamMember>> {
    let id = valid_id(&id, "team_id")?;
    rc.require_team(id, "view_team").await?;
    let (offset, limit) = bounds(paging);
    let page = MemberPage {
        by_username: params.text("sort") == "Username",
        exclude_deleted_users: params.flag("exclude_deleted_users"),
        offset,
        limit,
    };
    Ok(Json(rc.core.get_team_members(id, page).await?))
}

async fn get_members_by_ids(
    Auth(rc): Auth,
    Path(id): Path<String>,
    Body(ids): Body<Vec<String>>,
) -> Answer<Vec<TeamMember>> {
    let id = valid_id(&id, "team_id")?;
    if ids.is_empty() {
        return Err(Error::invalid_body("user_ids"));
    }
    rc.require_team(id, "view_team").await?;
    Ok(Json(rc.core.get_team_members_by_ids(id, &ids).await?))
}

async fn get_members_for_user(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Vec<TeamMember>> {
    let id = user_id(&rc, &id)?;
    if !rc.core.session_has_permission_to_user(&rc.session, id).await {
        rc.require("read_other_users_teams").await?;
    }
    // Clients keep former memberships too, and look at `delete_at`.
    Ok(Json(rc.core.get_team_members_for_user(id, true).await?))
}

async fn get_member(Auth(rc): Auth, Path((team_id, id)): Path<(String, String)>) -> Answer<TeamMember> {
    let (team_id, id) = (valid_id(&team_id, "team_id")?, user_id(&rc, &id)?);
    rc.require_team(team_id, "view_team").await?;
    rc.require_sight(id).await?;
    Ok(Json(rc.core.get_team_member(team_id, id).await?))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewMember {
    team_id: String,
    user_id: String,
}

async fn add_member(
    Auth(rc): Auth,
    Path(id): Path<String>,
    Body(member): Body<NewMember>,
) -> Result<Created<TeamMember>, Error> {
    let id = valid_id(&id, "team_id")?;
    if member.team_id != id {
        return Err(Error::invalid_body("team_id"));
    }
    let added = valid_body_id(&member.user_id, "user_id")?;
    require_add(&rc, id, added).await?;
    check_group_constraint(&rc, id, std::slice::from_ref(&member.user_id)).await?;
    let requestor = if added == rc.user_id() { "" } else { rc.user_id() };
    Ok(Created(rc.core.add_team_member(&rc.cx, id, added, requestor).await?))
}

async fn check_group_constraint(rc: &RequestContext, team_id: &str, user_ids: &[String]) -> Result<(), Error> {
    let team = rc.core.get_team(team_id).await?;
    Ok(rc.core.check_team_group_constraint(&team, user_ids).await?)
}

/// Joining by oneself needs another right than adding others.
async fn require_add(rc: &RequestContext, team_id: &str, user_id: &str) -> Result<(), Error> {
    if user_id != rc.user_id() || rc.core.session_has_permission_to_team(&rc.session, team_id, "add_user_to_team").await
    {
        return rc.require_team(team_id, "add_user_to_team").await;
    }
    let open = rc.core.get_team(team_id).await?.allow_open_invite;
    rc.require(if open { "join_public_teams" } else { "join_private_teams" }).await
}

async fn add_members(
    Auth(rc): Auth,
    Path(id): Path<String>,
    params: Params,
    Body(members): Body<Vec<NewMember>>,
) -> Result<Created<Value>, Error> {
    let id = valid_id(&id, "team_id")?;
    if members.is_empty() || members.len() > AT_ONCE {
        return Err(Error::invalid_body("members"));
    }
    for member in &members {
        if member.team_id != id {
            return Err(Error::invalid_body("team_id"));
        }
        valid_body_id(&member.user_id, "user_id")?;
    }
    rc.require_team(id, "add_user_to_team").await?;
    let ids: Vec<String> = members.into_iter().map(|member| member.user_id).collect();
    check_group_constraint(&rc, id, &ids).await?;
    if params.flag("graceful") {
        rc.core.get_team(id).await?;
        return Ok(Created(json!(rc.core.add_team_members_gracefully(&rc.cx, id, &ids, rc.user_id()).await)));
    }
    let mut added = Vec::with_capacity(ids.len());
    for user_id in &ids {
        added.push(rc.core.add_team_member(&rc.cx, id, user_id, rc.user_id()).await?);
    }
    Ok(Created(json!(added)))
}

async fn add_by_invite(Auth(rc): Auth, params: Params) -> Result<Created<TeamMember>, Error> {
    let invite_id = params.text("invite_id");
    if invite_id.is_empty() {
        return Err(Error::invalid_url("invite_id"));
    }
    Ok(Created(rc.core.add_team_member_by_invite_id(&rc.cx, invite_id, rc.user_id()).await?))
}

async fn remove_member(Auth(rc): Auth, Path((team_id, id)): Path<(String, String)>) -> Answer<Value> {
    let (team_id, id) = (valid_id(&team_id, "team_id")?, user_id(&rc, &id)?);
    if id != rc.user_id() {
        rc.require_team(team_id, "remove_user_from_team").await?;
        let constrained = rc.core.get_team(team_id).await?.group_constrained == Some(true);
        if constrained && !rc.core.get_user(id).await?.is_bot {
            let text = "The team's groups say who is in it.";
            return Err(Error::new("api.team.remove_member.group_constrained.app_error", 400, text));
        }
    }
    rc.core.remove_user_from_team(&rc.cx, team_id, id, rc.user_id()).await?;
    Ok(ok())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Roles {
    roles: String,
}

async fn update_roles(
    Auth(rc): Auth,
    Path((team_id, id)): Path<(String, String)>,
    Body(body): Body<Roles>,
) -> Answer<Value> {
    let (team_id, id) = (valid_id(&team_id, "team_id")?, user_id(&rc, &id)?);
    if body.roles.trim().is_empty() {
        return Err(Error::invalid_body("team_roles"));
    }
    rc.require_team(team_id, "manage_team_roles").await?;
    rc.core.update_team_member_roles(team_id, id, &body.roles).await?;
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
    Path((team_id, id)): Path<(String, String)>,
    Body(body): Body<SchemeRoles>,
) -> Answer<Value> {
    let (team_id, id) = (valid_id(&team_id, "team_id")?, user_id(&rc, &id)?);
    rc.require_team(team_id, "manage_team_roles").await?;
    let flags = (body.scheme_guest, body.scheme_user, body.scheme_admin);
    rc.core.update_team_member_scheme_roles(team_id, id, flags).await?;
    Ok(ok())
}
