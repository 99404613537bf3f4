//! Making and changing teams.

use axum::{Json, extract::Path};
use serde::Deserialize;
use serde_json::Value;
use wasmoat_model::{AppError, GroupSyncableType, TEAM_INVITE, TEAM_OPEN, Team, TeamPatch};

use crate::{Answer, Auth, Body, Created, Error, Params, ok, users::valid_id};

pub async fn create_team(Auth(rc): Auth, Body(team): Body<Team>) -> Result<Created<Team>, Error> {
    if !rc.core.session_has_permission_to(&rc.session, "create_team").await {
        let text = "You do not have the permission to create a team.";
        return Err(
            AppError::new("createTeam", "api.team.is_team_creation_allowed.disabled.app_error", 403, text).into()
        );
    }
    let team = Team { scheme_id: None, group_constrained: None, policy_id: None, cloud_limits_archived: false, ..team };
    let team =
        rc.core.create_team_with_user(&rc.cx, Team { email: team.email.to_lowercase(), ..team }, rc.user_id()).await?;
    Ok(Created(rc.visible_team(team).await))
}

pub async fn update_team(Auth(rc): Auth, Path(id): Path<String>, Body(team): Body<Team>) -> Answer<Team> {
    let id = valid_id(&id, "team_id")?;
    if team.id != id {
        return Err(Error::invalid_body("id"));
    }
    rc.require_team(id, "manage_team").await?;
    let team = rc.core.update_team(team).await?;
    Ok(Json(rc.visible_team(team).await))
}

pub async fn patch_team(Auth(rc): Auth, Path(id): Path<String>, Body(patch): Body<TeamPatch>) -> Answer<Team> {
    let id = valid_id(&id, "team_id")?;
    rc.require_team(id, "manage_team").await?;
    let was_constrained = rc.core.get_team(id).await?.group_constrained == Some(true);
    let team = rc.core.patch_team(id, patch).await?;
    if team.group_constrained == Some(true) && !was_constrained {
        rc.core.sync_roles_and_membership_later(&rc.cx, GroupSyncableType::Team, id);
    }
    Ok(Json(rc.visible_team(team).await))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Privacy {
    privacy: String,
}

pub async fn update_team_privacy(Auth(rc): Auth, Path(id): Path<String>, Body(body): Body<Privacy>) -> Answer<Team> {
    let id = valid_id(&id, "team_id")?;
    if body.privacy != TEAM_OPEN && body.privacy != TEAM_INVITE {
        return Err(Error::invalid_body("privacy"));
    }
    rc.require_team(id, "manage_team").await?;
    let team = rc.core.update_team_privacy(id, &body.privacy).await?;
    Ok(Json(rc.visible_team(team).await))
}

pub async fn restore_team(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Team> {
    let id = valid_id(&id, "team_id")?;
    rc.require_team(id, "manage_team").await?;
    let team = rc.core.restore_team(id).await?;
    Ok(Json(rc.visible_team(team).await))
}

pub async fn regenerate_invite_id(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Team> {
    let id = valid_id(&id, "team_id")?;
    rc.require_team(id, "invite_user").await?;
    let team = rc.core.regenerate_team_invite_id(id).await?;
    Ok(Json(rc.visible_team(team).await))
}

pub async fn delete_team(Auth(rc): Auth, Path(id): Path<String>, params: Params) -> Answer<Value> {
    let id = valid_id(&id, "team_id")?;
    rc.require_team(id, "manage_team").await?;
    if params.flag("permanent") {
        let text = "Teams cannot be deleted for good on this server; they can be archived.";
        return Err(AppError::new("deleteTeam", "api.user.delete_team.not_enabled.app_error", 401, text).into());
    }
    rc.core.delete_team(id).await?;
    Ok(ok())
}
