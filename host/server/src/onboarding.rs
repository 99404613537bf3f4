//! `/api/v4/system/onboarding/complete` and `/api/v4/system/support_packet`.

use axum::{
    Json, Router,
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
    routing::get,
};
use serde_json::{Value, json};
use wasmoat_core::plugins::{Onboarding, SupportOptions};

use crate::{Answer, Auth, Body, Error, Params, Server, ok, system::NO_CACHE};

pub(crate) fn routes() -> Router<Server> {
    Router::new()
        .route("/system/onboarding/complete", get(get_onboarding).post(complete_onboarding))
        .route("/system/support_packet", get(generate_support_packet))
}

async fn get_onboarding(Auth(rc): Auth) -> Answer<Value> {
    rc.require("manage_system").await?;
    let done = rc.core.is_onboarding_complete().await?;
    Ok(Json(json!({ "name": "FirstAdminSetupComplete", "value": done.to_string() })))
}

async fn complete_onboarding(Auth(rc): Auth, Body(chosen): Body<Onboarding>) -> Answer<Value> {
    rc.require("manage_system").await?;
    rc.core.complete_onboarding(&rc.cx, &chosen).await?;
    Ok(ok())
}

/// `basic_server_logs=false` leaves the logs out; `plugin_packets` names plugins that are asked on
/// demand, separated by commas.
async fn generate_support_packet(
    State(server): State<Server>,
    Auth(rc): Auth,
    params: Params,
) -> Result<Response, Error> {
    rc.require("manage_system").await?;
    let plugins = params.text("plugin_packets").split(',').map(str::trim).filter(|id| !id.is_empty());
    let options = SupportOptions {
        logs: params.get("basic_server_logs").is_none() || params.flag("basic_server_logs"),
        plugins: plugins.map(str::to_lowercase).collect(),
    };
    let zip = server.core.generate_support_packet(&rc.cx, &options).await?;
    let name = [
        (header::CONTENT_TYPE, "application/zip"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"support_packet.zip\""),
    ];
    Ok(([NO_CACHE], name, zip).into_response())
}
