//! A small server with one account and two plugins: the routes that the program uses, in the
//! shapes of Mattermost's API and of Wasmoat's own routes.

use std::sync::{Arc, Mutex};

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Multipart, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use serde_json::{Value, json};

pub const TOKEN: &str = "tok3nxxxxxxxxxxxxxxxxxxxxx";
const PASSWORD: &str = "Sup3rSecret!";

type Shared = Arc<Mutex<House>>;

/// What the server knows.
struct House {
    plugins: Vec<Plugin>,
    config: Value,
    /// Bodies of uploads: file name, bytes, `force`.
    uploads: Vec<(String, usize, bool)>,
    /// Signatures that came with them.
    signatures: Vec<String>,
    /// What is logged after the first two lines.
    later: Vec<String>,
    /// What was decided about plugins.
    decisions: Vec<Value>,
}

struct Plugin {
    manifest: Value,
    state: i32,
    error: &'static str,
}

pub struct Server {
    address: String,
    house: Shared,
    _runtime: tokio::runtime::Runtime,
}

impl Server {
    /// A server with word-filter running and poll failed.
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let house = Arc::new(Mutex::new(House::furnished()));
        let app = routes(Arc::clone(&house));
        runtime.spawn(async { axum::serve(listener, app).await.unwrap() });
        Self { address, house, _runtime: runtime }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn without_plugins(self) -> Self {
        self.house.lock().unwrap().plugins.clear();
        self
    }

    /// The plugin logs one line more.
    pub fn log(&self, message: &str) {
        self.house.lock().unwrap().later.push(message.to_owned());
    }

    pub fn uploads(&self) -> Vec<(String, usize, bool)> {
        self.house.lock().unwrap().uploads.clone()
    }

    pub fn decisions(&self) -> Vec<Value> {
        self.house.lock().unwrap().decisions.clone()
    }

    pub fn signatures(&self) -> Vec<String> {
        self.house.lock().unwrap().signatures.clone()
    }

    pub fn plugin_settings(&self) -> Value {
        self.house.lock().unwrap().config["PluginSettings"]["Plugins"].clone()
    }
}

impl House {
    fn furnished() -> Self {
        let filter = json!({
            "id": "word-filter", "name": "Word filter", "version": "1.0.0",
            "description": "Blocks, masks or warns of words.",
            "settings_schema": { "header": "", "footer": "", "settings": [
                { "key": "words", "display_name": "Words", "type": "text", "help_text": "", "default": "" },
                { "key": "action", "display_name": "Action", "type": "dropdown", "help_text": "", "default": "block",
                  "options": [{ "display_name": "Block", "value": "block" }, { "display_name": "Mask", "value": "mask" }] },
                { "key": "key", "display_name": "Key", "type": "text", "help_text": "", "default": "", "secret": true },
            ]},
            "wasmoat": { "permissions": { "config.read": "to know the site's name" } },
        });
        let poll = json!({ "id": "poll", "name": "Poll", "version": "0.3.1" });
        Self {
            plugins: vec![
                Plugin { manifest: filter, state: 2, error: "" },
                Plugin { manifest: poll, state: 3, error: "on-activate: no bot \u{1b}[2Jaccount" },
            ],
            config: json!({ "PluginSettings": { "Plugins": {
                "word-filter": { "words": "foo", "key": "********************************" },
                "poll": { "most": 5 },
            }}}),
            uploads: Vec::new(),
            signatures: Vec::new(),
            later: Vec::new(),
            decisions: Vec::new(),
        }
    }

    fn find(&mut self, id: &str) -> Result<&mut Plugin, Refusal> {
        let found = self.plugins.iter_mut().find(|plugin| plugin.manifest["id"] == id);
        found.ok_or(Refusal(404, "app.plugin.not_installed.app_error", "Plugin is not installed."))
    }
}

struct Refusal(u16, &'static str, &'static str);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, id, message) = self;
        let body = json!({
            "id": id, "message": message, "detailed_error": "",
            "request_id": "request0000000000000000000", "status_code": status,
        });
        (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
    }
}

fn routes(house: Shared) -> Router {
    let closed = Router::new()
        .route("/plugins", get(list).post(upload))
        .route("/plugins/statuses", get(statuses))
        .route("/plugins/{id}", delete(remove))
        .route("/plugins/{id}/enable", post(enable))
        .route("/plugins/{id}/disable", post(disable))
        .route("/plugins/{id}/inspection", get(inspection))
        .route("/plugins/{id}/permissions", get(permissions).post(decide))
        .route("/teams/name/{team}", get(team))
        .route("/teams/name/{team}/channels/name/{channel}", get(channel))
        .route("/plugins/{id}/logs", get(logs))
        .route("/config", get(config))
        .route("/config/patch", put(patch_config))
        .route_layer(middleware::from_fn(logged_in));
    let open = Router::new().route("/users/login", post(login)).route("/users", post(signup));
    Router::new()
        .nest("/api/v4", closed.merge(open))
        .fallback(|| async { (StatusCode::BAD_GATEWAY, "<html>bad gateway</html>") })
        .with_state(house)
}

async fn logged_in(headers: HeaderMap, request: Request, next: Next) -> Response {
    match headers.get("authorization").map(|value| value.to_str().unwrap()) {
        Some(value) if value == format!("Bearer {TOKEN}") => next.run(request).await,
        Some("Bearer member") => {
            Refusal(403, "api.context.permissions.app_error", "You do not have the appropriate permissions.")
                .into_response()
        }
        _ => Refusal(401, "api.context.session_expired.app_error", "Invalid or expired session, please login again.")
            .into_response(),
    }
}

async fn login(Json(body): Json<Value>) -> Response {
    if body["login_id"] == "admin" && body["password"] == PASSWORD {
        return ([("Token", TOKEN)], Json(json!({ "id": "u", "username": "admin" }))).into_response();
    }
    Refusal(
        401,
        "api.user.login.invalid_credentials_email_username",
        "Enter a valid email or username and/or password.",
    )
    .into_response()
}

async fn signup(Json(body): Json<Value>) -> Response {
    assert!(body["email"].is_string() && body["password"] == PASSWORD);
    (StatusCode::CREATED, Json(body)).into_response()
}

async fn list(State(house): State<Shared>) -> Json<Value> {
    let house = house.lock().unwrap();
    let manifests = |running: bool| -> Vec<Value> {
        let chosen = house.plugins.iter().filter(|plugin| (plugin.state == 2) == running);
        chosen.map(|plugin| plugin.manifest.clone()).collect()
    };
    Json(json!({ "active": manifests(true), "inactive": manifests(false) }))
}

async fn statuses(State(house): State<Shared>) -> Json<Value> {
    let house = house.lock().unwrap();
    let status = |plugin: &Plugin| {
        json!({
            "plugin_id": plugin.manifest["id"], "cluster_id": "", "plugin_path": "", "state": plugin.state,
            "error": plugin.error, "name": plugin.manifest["name"], "description": "",
            "version": plugin.manifest["version"],
        })
    };
    Json(house.plugins.iter().map(status).collect())
}

async fn upload(State(house): State<Shared>, mut form: Multipart) -> Result<(StatusCode, Json<Value>), Refusal> {
    let (mut file, mut force) = (None, false);
    while let Some(field) = form.next_field().await.unwrap() {
        match field.name() {
            Some("plugin") => {
                let name = field.file_name().unwrap().to_owned();
                file = Some((name, field.bytes().await.unwrap()));
            }
            Some("signature") => {
                let signature = field.text().await.unwrap();
                house.lock().unwrap().signatures.push(signature);
            }
            Some("force") => force = field.text().await.unwrap() == "true",
            _ => {}
        }
    }
    let (name, bytes): (String, Bytes) = file.unwrap();
    let mut house = house.lock().unwrap();
    house.uploads.push((name.clone(), bytes.len(), force));
    let id = name.trim_end_matches(".wasm").to_owned();
    if house.find(&id).is_ok() {
        if !force {
            return Err(Refusal(
                400,
                "app.plugin.install_id.app_error",
                "Unable to install plugin. A plugin with the same ID is already installed.",
            ));
        }
        let manifest = house.find(&id)?.manifest.clone();
        return Ok((StatusCode::CREATED, Json(manifest)));
    }
    let manifest = json!({ "id": id, "name": id, "version": "0.1.0" });
    // A plugin of this name starts without running.
    let (state, error) = if id == "broken" { (100, "") } else { (0, "") };
    house.plugins.push(Plugin { manifest: manifest.clone(), state, error });
    Ok((StatusCode::CREATED, Json(manifest)))
}

async fn enable(State(house): State<Shared>, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    let mut house = house.lock().unwrap();
    let plugin = house.find(&id)?;
    (plugin.state, plugin.error) = match plugin.state {
        100 => (3, "on-activate: out of fuel"),
        3 => (3, plugin.error),
        _ => (2, ""),
    };
    Ok(Json(json!({ "status": "OK" })))
}

async fn disable(State(house): State<Shared>, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    house.lock().unwrap().find(&id)?.state = 0;
    Ok(Json(json!({ "status": "OK" })))
}

async fn remove(State(house): State<Shared>, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    let mut house = house.lock().unwrap();
    house.find(&id)?;
    house.plugins.retain(|plugin| plugin.manifest["id"] != *id);
    Ok(Json(json!({ "status": "OK" })))
}

async fn inspection(State(house): State<Shared>, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    let mut house = house.lock().unwrap();
    let manifest = house.find(&id)?.manifest.clone();
    Ok(Json(json!({
        "digest": "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4",
        "size": 80_896,
        "hooks": ["message-will-be-posted", "message-will-be-updated"],
        "permissions": { "config.read": ["config.get-config"], "posts.read": [
                "posts.get-file-infos-of-post", "posts.get-post", "posts.get-post-thread",
                "posts.get-posts-after", "posts.get-posts-around",
            ],
        },
        "wasi": false,
        "producers": { "Rust": "", "rustc": "1.95.0" },
        "manifest": manifest,
        "signer": { "key_id": "0123456789ABCDEF", "trusted_comment": "file:word-filter.wasm" },
        "limits": { "fuel_per_call": 5_000_000_000_u64, "filter_ms": 5000 },
        "grant": {
            "plugin_id": id, "digest": "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4",
            "permissions": ["config.read"], "approved_by": "u", "approved_at": 1_700_000_000_000_i64,
        },
    })))
}

const DIGEST: &str = "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4";

/// Of word-filter a new version waits, of poll the first; everything else is approved.
async fn permissions(State(house): State<Shared>, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    let mut house = house.lock().unwrap();
    let version = house.find(&id)?.manifest["version"].clone();
    let installed = json!({ "version": version, "digest": DIGEST, "signer": "", "uploaded_by": "u",
        "uploaded_at": 1_700_000_000_000_i64 });
    let (approval, waiting) = match id.as_str() {
        "word-filter" => {
            let mut next = installed.clone();
            (next["version"], next["digest"]) = (json!("2.0.0"), json!("00ff".repeat(16)));
            ("upgrade_pending", next)
        }
        "poll" => ("pending", installed.clone()),
        _ => ("approved", Value::Null),
    };
    let permission = |name: &str, functions: &[&str], reason: &str, required: bool| {
        json!({ "permission": name, "functions": functions, "reason": reason, "required": required,
                "unexplained": reason.is_empty() })
    };
    let write = permission("posts.write", &["posts.create-post"], "to answer \u{1b}[2J", false);
    let asked = json!({
        "permissions": [permission("config.read", &["config.get-config"], "", false), write,
            permission("posts.read", &["posts.get-post"], "to look at posts", true)],
        "unused": { "users.read": "in case" },
        "hosts": { "*.example.org": { "reason": "lists of words", "required": true } }, "plugins": { "poll": "to ask" },
        "directory": { "reason": "to keep lists" }, "database": null,
        "limits": { "filter_ms": 900 }, "hooks": ["message-will-be-posted", "message-will-be-updated"],
    });
    let granted = json!({ "plugin_id": id, "digest": DIGEST, "signer": "", "permissions": ["config.read", "posts.read"],
        "hosts": ["api.example.org"], "plugins": ["poll"], "directory": false, "database": false,
        "channels": ["h5wgcjs9tfyzbnbd8mtzrp3cqa"], "approved_by": "u", "approved_at": 1_700_000_000_000_i64 });
    let difference = json!({ "permissions": [write], "unused": {}, "hosts": { "*.example.org": "lists of words" },
        "plugins": {}, "directory": { "reason": "to keep lists" }, "database": null, "limits": {},
        "hooks": ["message-will-be-updated"] });
    let first = approval == "pending";
    Ok(Json(json!({
        "plugin_id": id, "approval": approval, "waiting": waiting, "installed": installed, "asked": asked,
        "difference": if first { &asked } else { &difference }, "granted": if first { Value::Null } else { granted },
    })))
}

async fn decide(
    state: State<Shared>,
    Path(id): Path<String>,
    Json(decision): Json<Value>,
) -> Result<Json<Value>, Refusal> {
    let refused = {
        let mut house = state.lock().unwrap();
        house.find(&id)?;
        house.decisions.push(decision.clone());
        decision["approve"]["permissions"].as_array().is_some_and(|all| !all.contains(&json!("posts.read")))
    };
    if refused {
        return Err(Refusal(400, "app.plugin.required.app_error", "Plugin is nothing without posts.read."));
    }
    permissions(state, Path(id)).await
}

async fn team(Path(team): Path<String>) -> Result<Json<Value>, Refusal> {
    match team.as_str() {
        "moat" => Ok(Json(json!({ "id": "teamteamteamteamteamteam00" }))),
        _ => Err(Refusal(404, "app.team.get_by_name.missing.app_error", "Unable to find the existing team.")),
    }
}

async fn channel(Path((team, channel)): Path<(String, String)>) -> Json<Value> {
    assert_eq!((&*team, &*channel), ("moat", "town-square"));
    Json(json!({ "id": "channelchannelchannelchann" }))
}

async fn logs(
    State(house): State<Shared>,
    Path(id): Path<String>,
    Query(query): Query<std::collections::HashMap<String, u64>>,
) -> Result<Json<Value>, Refusal> {
    let mut house = house.lock().unwrap();
    house.find(&id)?;
    let mut lines = vec![
        json!({ "seq": 7, "time": 1_700_000_000_000_i64, "level": "info", "message": "activated" }),
        json!({ "seq": 8, "time": 1_700_000_001_250_i64, "level": "error", "message": "two\nlines and \u{1b}[31mred" }),
    ];
    for (message, seq) in house.later.iter().zip(9_i64..) {
        let time = 1_700_000_002_000 + (seq - 9);
        lines.push(json!({ "seq": seq, "time": time, "level": "info", "message": message }));
    }
    let after = query.get("after").copied().unwrap_or(0);
    let mut lines: Vec<_> = lines.into_iter().filter(|line| line["seq"].as_u64().unwrap() > after).collect();
    let wanted = usize::try_from(query["lines"]).unwrap();
    lines.drain(..lines.len().saturating_sub(wanted));
    Ok(Json(json!({ "lines": lines })))
}

async fn config(State(house): State<Shared>) -> Json<Value> {
    Json(house.lock().unwrap().config.clone())
}

/// Mattermost takes the map of plugins as one value: what is not sent is gone.
async fn patch_config(State(house): State<Shared>, Json(patch): Json<Value>) -> Json<Value> {
    let mut house = house.lock().unwrap();
    house.config["PluginSettings"]["Plugins"] = patch["PluginSettings"]["Plugins"].clone();
    Json(house.config.clone())
}
