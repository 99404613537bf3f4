//! `/api/v4/emoji`: the emoji that this server has beyond those of every client. There are none
//! yet, and that is what clients are told.

use axum::{
    Json, Router,
    extract::Path,
    routing::{get, post},
};
use serde_json::Value;

use crate::{Answer, Auth, Error, Server};

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/emoji", get(none))
        .route("/emoji/autocomplete", get(none))
        .route("/emoji/search", post(none))
        .route("/emoji/names", post(none))
        .route("/emoji/name/{emoji_name}", get(missing))
        .route("/emoji/{emoji_id}", get(missing))
        .route("/emoji/{emoji_id}/image", get(missing))
}

async fn none(Auth(_): Auth) -> Json<Vec<Value>> {
    Json(Vec::new())
}

async fn missing(Auth(_): Auth, Path(name): Path<String>) -> Answer<Value> {
    Err(Error::new("app.emoji.get.no_result", 404, format!("There is no emoji `{name}`.")))
}
