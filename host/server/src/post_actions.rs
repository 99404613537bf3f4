//! `POST /api/v4/posts/{post_id}/actions/{action_id}`: somebody clicks a button of a post.

use axum::{
    Json, Router,
    extract::{FromRequest as _, Path, Request, State},
    routing::post,
};
use serde_json::{Value, json};
use wasmoat_core::plugins::DoPostAction;

use crate::{Answer, Auth, Body, Server};

pub(crate) fn routes() -> Router<Server> {
    Router::new().route("/posts/{post_id}/actions/{action_id}", post(do_post_action))
}

async fn do_post_action(
    State(server): State<Server>,
    Auth(rc): Auth,
    Path((post_id, action_id)): Path<(String, String)>,
    request: Request,
) -> Answer<Value> {
    let post = server.core.get_post(&post_id).await?;
    rc.require_channel(&post.channel_id, "read_channel_content").await?;
    // A button has nothing to choose, and some clients send no body for it.
    let choice = Body::<DoPostAction>::from_request(request, &server).await.map(|body| body.0).unwrap_or_default();
    let trigger_id = server.core.do_post_action(&rc.cx, &post_id, &action_id, &choice).await?;
    Ok(Json(json!({ "status": "OK", "trigger_id": trigger_id })))
}
