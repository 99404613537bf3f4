//! `/api/v4/actions/dialogs/…`: interactive dialogs.

use axum::{Json, Router, extract::State, routing::post};
use serde_json::Value;
use wasmoat_model::{LookupDialogResponse, OpenDialogRequest, SubmitDialogRequest, SubmitDialogResponse};

use crate::{Answer, Auth, Body, Error, RequestContext, Server, ok};

pub(crate) fn routes() -> Router<Server> {
    Router::new()
        .route("/actions/dialogs/open", post(open_dialog))
        .route("/actions/dialogs/submit", post(submit_dialog))
        .route("/actions/dialogs/lookup", post(lookup_dialog))
}

/// An integration opens a dialog. The signed trigger id is its credential.
async fn open_dialog(State(server): State<Server>, Body(request): Body<OpenDialogRequest>) -> Answer<Value> {
    if request.url.is_empty() {
        return Err(Error::invalid_body("url"));
    }
    server.core.open_interactive_dialog(request)?;
    Ok(ok())
}

/// Whether the user may act where the dialog is.
async fn check(rc: &RequestContext, request: &SubmitDialogRequest) -> Result<(), Error> {
    rc.core.check_dialog_request(request)?;
    rc.require_channel(&request.channel_id, "read_channel_content").await?;
    if request.team_id.is_empty() {
        return Ok(());
    }
    rc.require_team(&request.team_id, "view_team").await
}

async fn submit_dialog(Auth(rc): Auth, Body(request): Body<SubmitDialogRequest>) -> Answer<SubmitDialogResponse> {
    check(&rc, &request).await?;
    Ok(Json(rc.core.submit_interactive_dialog(&rc.cx, request).await?))
}

async fn lookup_dialog(Auth(rc): Auth, Body(request): Body<SubmitDialogRequest>) -> Answer<LookupDialogResponse> {
    check(&rc, &request).await?;
    Ok(Json(rc.core.lookup_interactive_dialog(&rc.cx, request).await?))
}
