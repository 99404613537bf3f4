//! `/api/v4/license/…`, `/api/v4/trial-license/…` and `/api/v4/cloud/…`: what a server without a
//! licence answers, and one with a trial of its operator's licence service.

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::{any, get, post},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use wasmoat_core::server::TrialRequest;
use wasmoat_model::ProductLimits;

use crate::{Answer, Auth, Body, Error, MaybeAuth, Server, ok, system::NO_CACHE};

/// Routes of hosted workspaces, which this server is not.
const HOSTED: [&str; 7] = [
    "/cloud/customer",
    "/cloud/customer/address",
    "/cloud/installation",
    "/cloud/products",
    "/cloud/subscription",
    "/cloud/subscription/invoices",
    "/cloud/preview/modal_data",
];

pub(crate) fn routes() -> Router<Server> {
    let routes = Router::new()
        .route("/license", post(upload_license).delete(remove_license))
        .route("/license/client", get(get_client_license))
        .route("/license/load_metric", get(get_load_metric))
        .route("/trial-license", post(request_trial_license))
        .route("/trial-license/prev", get(get_prev_trial_license))
        .route("/cloud/limits", get(get_cloud_limits))
        .route("/cloud/check-cws-connection", get(check_service));
    HOSTED.into_iter().fold(routes, |routes, path| routes.route(path, any(hosted)))
}

fn unlicensed() -> Map<String, Value> {
    Map::from_iter([("IsLicensed".to_owned(), "false".into())])
}

fn upgrade_needed() -> Error {
    let message = "This server takes no licence files: its operator turns features on.";
    Error::new("api.license.upgrade_needed.app_error", 403, message)
}

fn not_hosted() -> Error {
    Error::new("api.cloud.license_error", 403, "This server is no hosted workspace.")
}

async fn get_client_license(State(server): State<Server>, auth: MaybeAuth) -> Response {
    let whole = match &auth.context {
        Some(rc) => rc.require("read_license_information").await.is_ok(),
        None => false,
    };
    let license = server.core.get_license().map_or_else(unlicensed, |license| license.client(whole));
    ([NO_CACHE], Json(license)).into_response()
}

async fn upload_license(Auth(rc): Auth) -> Answer<Value> {
    rc.require("manage_license_information").await?;
    Err(upgrade_needed())
}

async fn remove_license(Auth(rc): Auth) -> Answer<Value> {
    rc.require("manage_license_information").await?;
    rc.core.remove_license().await?;
    Ok(ok())
}

/// Accounts in use for each thousand that a licence allows: nothing is counted here.
async fn get_load_metric(Auth(_): Auth) -> Json<Value> {
    Json(json!({ "load": 0 }))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Trial {
    users: i32,
    terms_accepted: bool,
    receive_emails_accepted: bool,
}

async fn request_trial_license(Auth(rc): Auth, Body(trial): Body<Trial>) -> Answer<Value> {
    rc.require("manage_license_information").await?;
    let request = TrialRequest {
        requester_id: rc.user_id().to_owned(),
        users: trial.users,
        terms_accepted: trial.terms_accepted,
        receive_emails_accepted: trial.receive_emails_accepted,
    };
    rc.core.request_trial_license(&request).await?;
    Ok(ok())
}

async fn get_prev_trial_license(Auth(rc): Auth) -> Answer<Map<String, Value>> {
    rc.require("read_license_information").await?;
    Ok(Json(rc.core.get_license().map_or_else(unlicensed, |license| license.client(true))))
}

async fn get_cloud_limits(Auth(rc): Auth) -> Answer<ProductLimits> {
    match rc.core.get_cloud_limits()? {
        limits if limits == ProductLimits::default() => Err(not_hosted()),
        limits => Ok(Json(limits)),
    }
}

async fn check_service() -> Json<Value> {
    Json(json!({ "status": "unavailable" }))
}

async fn hosted(Auth(_): Auth) -> Error {
    not_hosted()
}
