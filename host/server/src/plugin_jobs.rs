//! `/api/v4/plugins/{plugin_id}/jobs`: what plugins do in the background. Beside Mattermost's API.

use axum::{
    Json, Router,
    extract::Path,
    routing::{get, post},
};
use serde_json::{Value, json};
use wasmoat_model::Job;

use crate::{Answer, Auth, Paging, Server};

pub(crate) fn routes() -> Router<Server> {
    Router::new()
        .route("/plugins/{plugin_id}/jobs", get(list_jobs))
        .route("/plugins/{plugin_id}/jobs/{job_id}", get(get_job))
        .route("/plugins/{plugin_id}/jobs/{job_id}/cancel", post(cancel_job))
}

/// The jobs of a plugin, newest first. 404 where it is not installed.
async fn list_jobs(Auth(rc): Auth, Path(id): Path<String>, paging: Paging) -> Answer<Vec<Job>> {
    rc.require("sysconsole_read_plugins").await?;
    let plugin = rc.core.get_plugin(&id.to_lowercase())?;
    let number = |value: usize| i32::try_from(value).unwrap_or(i32::MAX);
    Ok(Json(rc.core.list_jobs(plugin.id(), number(paging.page), number(paging.per_page)).await?))
}

async fn get_job(Auth(rc): Auth, Path((id, job_id)): Path<(String, String)>) -> Answer<Job> {
    rc.require("sysconsole_read_plugins").await?;
    let plugin = rc.core.get_plugin(&id.to_lowercase())?;
    Ok(Json(rc.core.get_job(plugin.id(), &job_id).await?))
}

/// Ends a job; says whether there was anything to end.
async fn cancel_job(Auth(rc): Auth, Path((id, job_id)): Path<(String, String)>) -> Answer<Value> {
    rc.require("sysconsole_write_plugins").await?;
    let plugin = rc.core.get_plugin(&id.to_lowercase())?;
    Ok(Json(json!({ "cancelled": rc.core.cancel_job(plugin.id(), &job_id).await? })))
}
