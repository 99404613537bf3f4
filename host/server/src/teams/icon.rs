//! Icons of teams.

use axum::{
    extract::{Path, Request, State},
    http::HeaderMap,
    response::Response,
};
use serde_json::Value;

use crate::{Answer, Auth, Error, Server, ok, picture, users::valid_id};

pub async fn get_team_icon(Auth(rc): Auth, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, Error> {
    let id = valid_id(&id, "team_id")?;
    let team = rc.core.get_team(id).await?;
    if !team.allow_open_invite {
        rc.require_team(id, "view_team").await?;
    }
    let data = rc.core.get_team_icon(id).await?;
    Ok(picture::dated(&headers, team.last_team_icon_update, data))
}

pub async fn set_team_icon(
    State(server): State<Server>,
    Auth(rc): Auth,
    Path(id): Path<String>,
    request: Request,
) -> Answer<Value> {
    let id = valid_id(&id, "team_id")?;
    rc.require_team(id, "manage_team").await?;
    let data = picture::read(&server, &rc, request, "api.team.set_team_icon").await?;
    rc.core.set_team_icon(id, data).await?;
    Ok(ok())
}

pub async fn remove_team_icon(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    let id = valid_id(&id, "team_id")?;
    rc.require_team(id, "manage_team").await?;
    rc.core.remove_team_icon(id).await?;
    Ok(ok())
}
