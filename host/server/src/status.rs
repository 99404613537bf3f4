//! Presence over REST.

use axum::{
    Json, Router,
    extract::Path,
    routing::{delete, get, post, put},
};
use serde::Deserialize;
use serde_json::Value;
use wasmoat_model::{CustomStatus, Status};

use crate::{Answer, Auth, Body, Error, RequestContext, Server, ok, users::user_id};

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/users/{user_id}/status", get(get_user_status).put(update_user_status))
        .route("/users/status/ids", post(get_user_statuses_by_ids))
        .route("/users/{user_id}/status/custom", put(update_custom_status).delete(remove_custom_status))
        .route("/users/{user_id}/status/custom/recent", delete(remove_recent_custom_status))
        .route("/users/{user_id}/status/custom/recent/delete", post(remove_recent_custom_status))
}

async fn get_user_status(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Status> {
    let id = user_id(&rc, &id)?;
    rc.core.get_user(id).await?;
    Ok(Json(rc.core.user_status(id).await?))
}

async fn get_user_statuses_by_ids(Auth(rc): Auth, Body(ids): Body<Vec<String>>) -> Answer<Vec<Status>> {
    if ids.is_empty() {
        return Err(Error::invalid_body("user_ids"));
    }
    Ok(Json(rc.core.get_user_statuses_by_ids(&ids).await?))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewStatus {
    user_id: String,
    status: String,
    dnd_end_time: i64,
}

async fn update_user_status(Auth(rc): Auth, Path(id): Path<String>, Body(body): Body<NewStatus>) -> Answer<Status> {
    let id = user_id(&rc, &id)?;
    if body.user_id != id {
        return Err(Error::invalid_body("user_id"));
    }
    rc.require_user(id).await?;
    Ok(Json(rc.core.update_user_status(id, &body.status, body.dnd_end_time).await?))
}

/// The user of a path whose custom status the asking user may change.
async fn editable<'a>(rc: &'a RequestContext, id: &'a str) -> Result<&'a str, Error> {
    let id = user_id(rc, id)?;
    if !rc.core.config.flag("TeamSettings.EnableCustomUserStatuses") {
        let text = "Custom statuses are switched off (setting `TeamSettings.EnableCustomUserStatuses`).";
        return Err(Error::new("api.custom_status.disabled", 501, text));
    }
    rc.require_user(id).await?;
    Ok(id)
}

async fn update_custom_status(
    Auth(rc): Auth,
    Path(id): Path<String>,
    Body(status): Body<CustomStatus>,
) -> Answer<Value> {
    let id = editable(&rc, &id).await?;
    if (status.emoji.is_empty() && status.text.is_empty()) || !status.has_valid_duration() {
        return Err(Error::invalid_body("custom_status"));
    }
    rc.core.set_custom_status(&rc.cx, id, status).await?;
    Ok(ok())
}

async fn remove_custom_status(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    rc.core.remove_custom_status(editable(&rc, &id).await?).await?;
    Ok(ok())
}

async fn remove_recent_custom_status(
    Auth(rc): Auth,
    Path(id): Path<String>,
    Body(status): Body<CustomStatus>,
) -> Answer<Value> {
    rc.core.remove_recent_custom_status(&rc.cx, editable(&rc, &id).await?, status).await?;
    Ok(ok())
}
