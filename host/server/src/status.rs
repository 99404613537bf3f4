//! Presence over REST.

use axum::{
    Json, Router,
    extract::Path,
    routing::{get, post},
};
use serde::Deserialize;
use wasmoat_model::Status;

use crate::{Answer, Auth, Body, Error, Server, users::user_id};

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/users/{user_id}/status", get(get_user_status).put(update_user_status))
        .route("/users/status/ids", post(get_user_statuses_by_ids))
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
