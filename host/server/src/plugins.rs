//! `/api/v4/plugins/…`: upload, list, enable, disable, remove, and what a plugin is and did.

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, FromRequest as _, Multipart, Path, Request, State, multipart::Field},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use serde_json::{Value, json};
use wasmoat_core::plugins::{
    ClientManifest, Decision, MAX_SIGNATURE_BYTES, MAX_UPLOAD_BYTES, PluginPermissions, PluginsList, Upload,
};
use wasmoat_model::PluginStatus;

use crate::{Answer, Auth, Body, Error, Params, RequestContext, Server, ok};

/// What a form has around its file.
const FORM_BYTES: usize = 64 << 10;

/// Log lines where the request names no number, and most of them.
const LINES: (i64, i64) = (100, 10_000);

pub(crate) fn routes() -> Router<Server> {
    Router::new()
        .route("/plugins", get(get_plugins))
        .route("/plugins", post(upload_plugin).layer(DefaultBodyLimit::max(MAX_UPLOAD_BYTES + FORM_BYTES)))
        .route("/plugins/statuses", get(get_plugin_statuses))
        .route("/plugins/webapp", get(get_webapp_plugins))
        .route("/plugins/{plugin_id}", axum::routing::delete(remove_plugin))
        .route("/plugins/{plugin_id}/data", axum::routing::delete(delete_plugin_data))
        .route("/plugins/{plugin_id}/enable", post(enable_plugin))
        .route("/plugins/{plugin_id}/disable", post(disable_plugin))
        .route("/plugins/{plugin_id}/permissions", get(get_plugin_permissions).post(decide_plugin))
        .route("/plugins/{plugin_id}/inspection", get(get_plugin_inspection))
        .route("/plugins/{plugin_id}/logs", get(get_plugin_logs))
}

async fn may_read(rc: &RequestContext) -> Result<(), Error> {
    rc.require("sysconsole_read_plugins").await
}

async fn may_write(rc: &RequestContext) -> Result<(), Error> {
    rc.require("sysconsole_write_plugins").await
}

/// Multipart form: the file in `plugin`, `force` = `true` to replace an installed plugin, and in
/// `signature` the minisign signature over the file.
async fn upload_plugin(State(server): State<Server>, Auth(rc): Auth, request: Request) -> Result<Response, Error> {
    may_write(&rc).await?;
    // Before the file is read.
    server.core.require_plugin_uploads()?;
    let form = Multipart::from_request(request, &server).await.map_err(|error| not_a_form(&error.body_text()))?;
    let upload = read_form(form).await?;
    let manifest = server.core.install_plugin(&rc.cx, upload).await?;
    Ok((StatusCode::CREATED, Json(manifest)).into_response())
}

fn not_a_form(reason: &str) -> Error {
    Error::new("api.plugin.upload.form.app_error", 400, format!("The upload is no multipart form: {reason}."))
}

async fn read_form(mut form: Multipart) -> Result<Upload, Error> {
    let mut file: Option<(Bytes, String)> = None;
    let mut force = false;
    let mut signature = None;
    while let Some(field) = form.next_field().await.map_err(|error| unreadable(&error))? {
        match field.name().unwrap_or_default() {
            "plugin" if file.is_some() => {
                let message = "The form holds several files; one plugin is uploaded at a time.";
                return Err(Error::new("api.plugin.upload.array.app_error", 400, message));
            }
            "plugin" => {
                let name = field.file_name().unwrap_or_default().to_owned();
                file = Some((field.bytes().await.map_err(|error| unreadable(&error))?, name));
            }
            "force" => force = field.text().await.map_err(|error| unreadable(&error))? == "true",
            "signature" => signature = Some(read_signature(field).await?),
            _ => {}
        }
    }
    let (bytes, file_name) = file.ok_or_else(|| {
        Error::new("api.plugin.upload.no_file.app_error", 400, "The form holds no file in its field `plugin`.")
    })?;
    Ok(Upload { bytes, file_name, force, signature })
}

async fn read_signature(field: Field<'_>) -> Result<String, Error> {
    let bytes = field.bytes().await.map_err(|error| unreadable(&error))?;
    let text = String::from_utf8(bytes.to_vec()).ok().filter(|text| text.len() <= MAX_SIGNATURE_BYTES);
    text.ok_or_else(|| {
        let message =
            format!("The signature must be text of at most {MAX_SIGNATURE_BYTES} bytes; it has {}.", bytes.len());
        Error::new("api.plugin.verify_plugin.app_error", 400, message)
    })
}

fn unreadable(error: &axum::extract::multipart::MultipartError) -> Error {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Error::too_large(MAX_UPLOAD_BYTES);
    }
    Error::new("api.plugin.upload.file.app_error", 400, format!("The upload cannot be read: {}.", error.body_text()))
}

async fn get_plugins(State(server): State<Server>, Auth(rc): Auth) -> Answer<PluginsList> {
    may_read(&rc).await?;
    Ok(Json(server.core.get_plugins()?))
}

async fn get_plugin_statuses(State(server): State<Server>, Auth(rc): Auth) -> Answer<Vec<PluginStatus>> {
    may_read(&rc).await?;
    Ok(Json(server.core.get_plugin_statuses()?))
}

async fn get_webapp_plugins(State(server): State<Server>) -> Answer<Vec<ClientManifest>> {
    Ok(Json(server.core.get_webapp_plugins()?))
}

async fn enable_plugin(State(server): State<Server>, Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    may_write(&rc).await?;
    server.core.enable_plugin(&rc.cx, &id).await?;
    Ok(ok())
}

async fn disable_plugin(State(server): State<Server>, Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    may_write(&rc).await?;
    server.core.disable_plugin(&rc.cx, &id).await?;
    Ok(ok())
}

async fn remove_plugin(State(server): State<Server>, Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    may_write(&rc).await?;
    server.core.remove_plugin(&rc.cx, &id).await?;
    Ok(ok())
}

/// Deletes what a plugin has stored, of one that was removed too.
async fn delete_plugin_data(State(server): State<Server>, Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    may_write(&rc).await?;
    server.core.delete_plugin_data(&rc.cx, &id).await?;
    Ok(ok())
}

/// What a plugin asks for and why, what was granted, and what waits.
async fn get_plugin_permissions(
    State(server): State<Server>,
    Auth(rc): Auth,
    Path(id): Path<String>,
) -> Answer<PluginPermissions> {
    may_read(&rc).await?;
    Ok(Json(server.core.get_plugin_permissions(&id.to_lowercase()).await?))
}

/// Approves what waits, whole or in part, or denies it; answers with what is in force then. A plugin
/// that was denied and never approved is gone: the answer is what a removal answers.
async fn decide_plugin(
    State(server): State<Server>,
    Auth(rc): Auth,
    Path(id): Path<String>,
    decision: Result<Body<Decision>, Error>,
) -> Result<Response, Error> {
    may_write(&rc).await?;
    let Body(decision) = decision?;
    let id = id.to_lowercase();
    server.core.decide_plugin(&rc.cx, &id, decision).await?;
    if server.core.get_plugin(&id).is_err() {
        return Ok(ok().into_response());
    }
    Ok(Json(server.core.get_plugin_permissions(&id).await?).into_response())
}

/// What a plugin is and wants, what it may use and what it was granted.
async fn get_plugin_inspection(State(server): State<Server>, Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    may_read(&rc).await?;
    Ok(Json(server.core.inspect_plugin(&id.to_lowercase()).await?))
}

/// The newest log lines of a plugin: `lines` of them, those after the sequence number `after`.
async fn get_plugin_logs(
    State(server): State<Server>,
    Auth(rc): Auth,
    Path(id): Path<String>,
    params: Params,
) -> Answer<Value> {
    may_read(&rc).await?;
    let plugin = server.core.get_plugin(&id.to_lowercase())?;
    let after = u64::try_from(params.number("after", 0)).unwrap_or(0);
    let lines = usize::try_from(params.number("lines", LINES.0).clamp(0, LINES.1)).unwrap_or(0);
    Ok(Json(json!({ "lines": server.core.runtime.logs(plugin.id(), after, lines) })))
}
