//! `/api/v4/config/…`.

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use serde_json::{Map, Value};

use crate::{Answer, Auth, Body, Error, MaybeAuth, RequestContext, Server, ok, system::NO_CACHE};

pub(crate) fn routes() -> Router<Server> {
    Router::new()
        .route("/config", get(get_config).put(update_config))
        .route("/config/patch", put(patch_config))
        .route("/config/client", get(get_client_config))
        .route("/config/environment", get(get_environment))
        .route("/config/reload", post(reload_config))
}

/// Which permission of the System Console a section belongs to. Sections that are not listed are
/// for those who may manage the whole system.
const SECTIONS: &[(&str, &str)] = &[
    ("AnnouncementSettings", "site_announcement_banner"),
    ("EmailSettings", "environment_smtp"),
    ("ExperimentalSettings", "experimental_features"),
    ("FileSettings", "environment_file_storage"),
    ("GuestAccountsSettings", "authentication_guest_access"),
    ("ImageProxySettings", "environment_image_proxy"),
    ("LocalizationSettings", "site_localization"),
    ("LogSettings", "environment_logging"),
    ("MetricsSettings", "environment_performance_monitoring"),
    ("PasswordSettings", "authentication_password"),
    ("PluginSettings", "plugins"),
    ("PrivacySettings", "site_users_and_teams"),
    ("RateLimitSettings", "environment_rate_limiting"),
    ("ServiceSettings", "environment_web_server"),
    ("SupportSettings", "site_customization"),
    ("TeamSettings", "site_users_and_teams"),
];

/// What the API never changes: whoever has the file decides about code on the server.
const FILE_ONLY: &[&str] = &["EnableUploads", "SignaturePublicKeyFiles", "RequirePluginSignature"];

/// The sections of a configuration that the session may read or write; 403 where it is none.
async fn permitted(rc: &RequestContext, verb: &str, config: &Value) -> Result<Value, Error> {
    if rc.require("manage_system").await.is_ok() {
        return Ok(config.clone());
    }
    let mut allowed = Map::new();
    let mut any = false;
    for (section, subject) in SECTIONS {
        if rc.require(&format!("sysconsole_{verb}_{subject}")).await.is_ok() {
            any = true;
            if let Some(values) = config.get(section) {
                allowed.insert((*section).to_owned(), values.clone());
            }
        }
    }
    if any { Ok(Value::Object(allowed)) } else { Err(Error::forbidden()) }
}

async fn shown(rc: &RequestContext, server: &Server) -> Result<Value, Error> {
    permitted(rc, "read", server.core.get_sanitized_config().json()).await
}

async fn get_config(State(server): State<Server>, Auth(rc): Auth) -> Result<Response, Error> {
    Ok(([NO_CACHE], Json(shown(&rc, &server).await?)).into_response())
}

/// Replaces the configuration. Sections that the session may not write stay as they are.
async fn update_config(
    State(server): State<Server>,
    Auth(rc): Auth,
    Body(submitted): Body<Value>,
) -> Result<Response, Error> {
    if !submitted.is_object() {
        return Err(Error::invalid_body("config"));
    }
    let mut allowed = permitted(&rc, "write", &submitted).await?;
    keep_file_only(&server, &mut allowed);
    if rc.require("manage_system").await.is_ok() {
        server.core.save_config(&rc.cx, &allowed).await?;
    } else {
        server.core.patch_config(&rc.cx, &allowed).await?;
    }
    get_config(State(server), Auth(rc)).await
}

/// Puts what only the file decides in the place of what was submitted.
fn keep_file_only(server: &Server, submitted: &mut Value) {
    let current = server.core.config.get();
    let Some(config) = submitted.as_object_mut() else { return };
    let plugins = config.entry("PluginSettings").or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(plugins) = plugins {
        for name in FILE_ONLY {
            let value = current.value(&format!("PluginSettings.{name}")).cloned();
            plugins.insert((*name).to_owned(), value.unwrap_or_default());
        }
    }
}

/// Changes what the body names.
async fn patch_config(
    State(server): State<Server>,
    Auth(rc): Auth,
    Body(patch): Body<Value>,
) -> Result<Response, Error> {
    if !patch.is_object() {
        return Err(Error::invalid_body("config"));
    }
    let current = server.core.config.get();
    for name in FILE_ONLY {
        let wanted = patch.get("PluginSettings").and_then(|plugins| plugins.get(name));
        if wanted.is_some_and(|wanted| Some(wanted) != current.value(&format!("PluginSettings.{name}"))) {
            return Err(Error::new(
                "api.config.update_config.not_allowed_security.app_error",
                403,
                format!("PluginSettings.{name} can be changed in the configuration file only."),
            ));
        }
    }
    let allowed = permitted(&rc, "write", &patch).await?;
    server.core.patch_config(&rc.cx, &allowed).await?;
    get_config(State(server), Auth(rc)).await
}

async fn get_client_config(State(server): State<Server>, auth: MaybeAuth) -> Response {
    let config = server.core.client_config(&server.core.config.get(), auth.context.is_some());
    ([NO_CACHE], Json(config)).into_response()
}

async fn get_environment(State(server): State<Server>, Auth(rc): Auth) -> Result<Response, Error> {
    let shown = permitted(&rc, "read", &server.core.config.environment()).await?;
    Ok(([NO_CACHE], Json(shown)).into_response())
}

async fn reload_config(State(server): State<Server>, Auth(rc): Auth) -> Answer<Value> {
    rc.require("reload_config").await?;
    server.core.reload_config(&rc.cx).await?;
    Ok(ok())
}
