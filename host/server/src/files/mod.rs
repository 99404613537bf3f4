//! `/api/v4/files`, and public links.

mod download;
mod headers;
mod search;
mod send;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path},
    routing::{get, post},
};
use serde_json::{Value, json};
use wasmoat_model::FileInfo;

use crate::{Auth, Error, RequestContext, Server, users::valid_id};

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        // The size is limited file by file, by the configuration.
        .route("/files", post(send::upload_files).layer(DefaultBodyLimit::disable()))
        .route("/files/search", post(search::everywhere))
        .route("/teams/{team_id}/files/search", post(search::in_team))
        .route("/files/{file_id}", get(download::get_file))
        .route("/files/{file_id}/info", get(get_file_info))
        .route("/files/{file_id}/link", get(get_link))
        .route("/files/{file_id}/thumbnail", get(download::get_thumbnail))
        .route("/files/{file_id}/preview", get(download::get_preview))
}

/// What needs no login.
pub fn public_routes() -> Router<Server> {
    Router::new().route("/files/{file_id}/public", get(download::get_public))
}

/// What is known of a file that the user may have.
async fn readable(rc: &RequestContext, id: &str) -> Result<FileInfo, Error> {
    let info = rc.core.get_file_info(valid_id(id, "file_id")?).await?;
    if info.user_id != rc.user_id() || !info.post_id.is_empty() {
        rc.require_channel_content(&info.channel_id).await?;
    }
    Ok(info)
}

async fn get_file_info(Auth(rc): Auth, Path(id): Path<String>) -> Result<impl axum::response::IntoResponse, Error> {
    let never = [(http::header::CACHE_CONTROL, "no-cache, no-store, must-revalidate")];
    Ok((never, Json(readable(&rc, &id).await?)))
}

async fn get_link(Auth(rc): Auth, Path(id): Path<String>) -> Result<Json<Value>, Error> {
    let info = readable(&rc, &id).await?;
    Ok(Json(json!({"link": rc.core.public_link(&info)?})))
}
