//! The server about itself: `/api/v4/system/…`, and the page at `/`.

use axum::{
    Json, Router,
    extract::State,
    http::header,
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use wasmoat_core::server::SERVER_VERSION;

use crate::{MaybeAuth, Params, Server};

pub(crate) fn routes() -> Router<Server> {
    Router::new().route("/system/ping", get(ping))
}

pub(crate) fn pages() -> Router<Server> {
    Router::new().route("/", get(home))
}

/// Answers that a cache must not keep.
pub(crate) const NO_CACHE: (header::HeaderName, &str) = (header::CACHE_CONTROL, "no-cache, no-store, must-revalidate");

async fn ping(State(server): State<Server>, auth: MaybeAuth, params: Params) -> Response {
    let config = server.core.config.get();
    let mut answer = json!({
        "status": "OK",
        "AndroidLatestVersion": config.text("ClientRequirements.AndroidLatestVersion"),
        "AndroidMinVersion": config.text("ClientRequirements.AndroidMinVersion"),
        "IosLatestVersion": config.text("ClientRequirements.IosLatestVersion"),
        "IosMinVersion": config.text("ClientRequirements.IosMinVersion"),
        "CanReceiveNotifications": "false",
        "ActiveSearchBackend": "database",
    });
    if params.flag("get_server_status") {
        let stored = server.core.store_answers().await;
        let status = |good: bool| Value::from(if good { "OK" } else { "UNHEALTHY" });
        if let Some(fields) = answer.as_object_mut() {
            fields.insert("status".to_owned(), status(stored));
            fields.insert("database_status".to_owned(), status(stored));
            fields.insert("filestore_status".to_owned(), status(server.core.data.is_dir()));
            if let Some(context) = &auth.context
                && context.require("manage_system").await.is_ok()
            {
                fields.insert("root_status".to_owned(), Value::from(false));
            }
        }
    }
    ([NO_CACHE], Json(answer)).into_response()
}

async fn home(State(server): State<Server>) -> Html<String> {
    let name = escape(server.core.config.get().text("TeamSettings.SiteName"));
    Html(format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{name}</title>\n<h1>{name}</h1>\n\
         <p>A Wasmoat server, compatible with Mattermost {SERVER_VERSION}: it runs Mattermost server plugins as \
         WebAssembly components. Point a Mattermost client at this address; the API is at <code>/api/v4</code>.</p>\n\
         </html>\n"
    ))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
