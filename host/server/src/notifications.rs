//! `/api/v4/email/test` and `/api/v4/notifications/…`.

use axum::{
    Json, Router,
    extract::{FromRequest as _, Request, State},
    response::{IntoResponse as _, Response},
    routing::post,
};
use serde::Deserialize;
use serde_json::Value;

use crate::{Answer, Auth, Body, Error, Server, ok, users::valid_body_id};

pub(crate) fn routes() -> Router<Server> {
    Router::new()
        .route("/email/test", post(test_email))
        .route("/notifications/test", post(test_notification))
        .route("/notifications/ack", post(acknowledge))
}

/// A mail to the asking user through the settings of the body, or through those in force.
async fn test_email(State(server): State<Server>, Auth(rc): Auth, request: Request) -> Answer<Value> {
    rc.require("test_email").await?;
    let submitted = Body::<Value>::from_request(request, &server).await.ok().map(|body| body.0);
    server.core.test_email(rc.user_id(), submitted.as_ref()).await?;
    Ok(ok())
}

/// A direct message to the asking user, who then sees which notifications arrive.
async fn test_notification(Auth(rc): Auth) -> Answer<Value> {
    rc.core.send_test_notification(rc.user_id()).await?;
    Ok(ok())
}

/// A device has got a push.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Ack {
    post_id: String,
    is_id_loaded: bool,
}

async fn acknowledge(Auth(rc): Auth, Body(ack): Body<Ack>) -> Result<Response, Error> {
    if !ack.is_id_loaded {
        return Ok(ok().into_response());
    }
    let post = rc.core.get_post(valid_body_id(&ack.post_id, "post_id")?).await?;
    rc.require_channel(&post.channel_id, "read_channel_content").await?;
    Ok(Json(rc.core.loaded_push(rc.user_id(), post).await?).into_response())
}
