//! What happens to every request: an id, limits, the headers of the answer, errors as JSON.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use axum::{
    extract::{ConnectInfo, MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tracing::Instrument as _;
use wasmoat_core::{Core, server::SERVER_VERSION};
use wasmoat_model::{AppError, PluginContext, new_id};

use crate::{Error, Server, audits, auth::RequestInfo, error};

/// The outermost step of every request.
pub(crate) async fn request(State(server): State<Server>, mut request: Request, next: Next) -> Response {
    let request_id = new_id();
    let method = request.method().clone();
    let is_api = request.uri().path().starts_with("/api/");
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let plugin_context = plugin_context(&server.core, request.headers(), peer, &request_id);
    let info = RequestInfo { plugin_context, session: Arc::default() };
    let path = request.uri().path().to_owned();
    request.extensions_mut().insert(info.clone());
    let begun = Instant::now();
    let span = tracing::debug_span!("request", %method, path = request.uri().path(), request_id);
    let mut response = match too_long(&server.core, &request) {
        Some(error) => error.into_response(),
        None => run(&server, request, next).instrument(span).await,
    };
    measure(&method, route, response.status(), begun);
    let error = response.extensions().get::<AppError>();
    audits::note(&server.core, (&method, &path), &info, response.status(), error);
    if response.status().is_client_error() || response.status().is_server_error() {
        response = with_error_body(&server.core, response, &request_id, is_api);
    }
    set_headers(&server.core, response.headers_mut(), &request_id, &method, is_api);
    response
}

/// Runs the handler. What changes something goes on to its end when the client has gone: a post
/// that was half written must not be left so.
async fn run(server: &Server, request: Request, next: Next) -> Response {
    if request.method() == Method::GET || request.method() == Method::HEAD {
        return next.run(request).await;
    }
    let task = server.core.tasks.track(next.run(request).in_current_span());
    task.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a handler ended early");
        Error::new("api.context.internal.app_error", 500, "The request could not be completed.").into_response()
    })
}

/// 404 for every path and method that nothing answers.
pub(crate) async fn not_found(request: Request) -> Response {
    if request.uri().path().starts_with("/api/") {
        let message = "Sorry, we could not find the page.";
        return Error::new("api.context.404.app_error", 404, message).into_response();
    }
    (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "404 page not found\n")
        .into_response()
}

fn too_long(core: &Core, request: &Request) -> Option<Error> {
    let limit = core.config.number("ServiceSettings.MaximumURLLength");
    let length = request.uri().path_and_query().map_or(0, |url| url.as_str().len());
    if i64::try_from(length).is_ok_and(|length| length <= limit) {
        return None;
    }
    let message = format!("The URL has {length} characters; {limit} are allowed.");
    Some(Error::new("basic_security_check.url.too_long_error", 414, message))
}

fn plugin_context(core: &Core, headers: &HeaderMap, peer: Option<SocketAddr>, request_id: &str) -> PluginContext {
    let text = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    PluginContext {
        request_id: request_id.to_owned(),
        ip_address: client_address(core, headers, peer),
        accept_language: text("accept-language"),
        user_agent: text("user-agent"),
        connection_id: text("connection-id"),
        ..PluginContext::default()
    }
}

/// The peer, or whom a proxy that the admin trusts names.
fn client_address(core: &Core, headers: &HeaderMap, peer: Option<SocketAddr>) -> String {
    for name in core.config.get().list("ServiceSettings.TrustedProxyIPHeader") {
        let value = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let first = value.split(',').next().unwrap_or_default().trim();
        if first.parse::<std::net::IpAddr>().is_ok() {
            return first.to_owned();
        }
    }
    peer.map(|peer| peer.ip().to_string()).unwrap_or_default()
}

/// What `X-Version-Id` and the websocket's hello say.
pub(crate) fn version_id(core: &Core) -> String {
    // Parts of the version are counted from its end: the build has no dots of its own.
    let build = wasmoat_core::server::BUILD_NUMBER.replace('.', "-");
    format!("{SERVER_VERSION}.{build}.{}.false", core.config.fingerprint())
}

/// A plugin's own headers stay: only those of the API are the server's in any case.
fn set_headers(core: &Core, headers: &mut HeaderMap, request_id: &str, method: &Method, is_api: bool) {
    let mut set = |name: &'static str, value: &str| {
        if (is_api || !headers.contains_key(name))
            && let Ok(value) = HeaderValue::from_str(value)
        {
            headers.insert(name, value);
        }
    };
    set("x-request-id", request_id);
    set("x-version-id", &version_id(core));
    set("x-content-type-options", "nosniff");
    set("referrer-policy", "no-referrer");
    set("permissions-policy", "");
    if is_api && method == Method::GET && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::EXPIRES, HeaderValue::from_static("0"));
    }
}

/// Writes the body of an error. What axum itself refused has no [`AppError`] yet.
fn with_error_body(core: &Core, mut response: Response, request_id: &str, is_api: bool) -> Response {
    let error = match response.extensions_mut().remove::<AppError>() {
        Some(error) => error,
        None if is_api && !is_json(&response) => refused(response.status()),
        None => return response,
    };
    if error.status() >= 500 {
        tracing::error!(request_id, id = error.id, "{error}");
    }
    let body = error::body(&error, request_id, core.config.flag("ServiceSettings.EnableDeveloper"));
    *response.body_mut() = body.into();
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn is_json(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json")
}

fn refused(status: StatusCode) -> AppError {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let message = "The request body is larger than allowed here.";
            AppError::new("Rest", "api.context.request_body_too_large.app_error", 413, message)
        }
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
            AppError::new("Rest", "api.context.404.app_error", 404, "Sorry, we could not find the page.")
        }
        status => {
            let reason = status.canonical_reason().unwrap_or("The request was refused");
            AppError::new("Rest", "api.context.invalid_param.app_error", status.as_u16(), format!("{reason}."))
        }
    }
}

fn measure(method: &Method, route: String, status: StatusCode, begun: Instant) {
    // A client can make methods up; each would be a series of its own.
    let method = match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known,
        _ => "other",
    };
    let labels = [("method", method.to_owned()), ("route", route), ("status", status.as_u16().to_string())];
    metrics::histogram!("http_request_duration_seconds", &labels).record(begun.elapsed().as_secs_f64());
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::{Router, body::Body, routing::post};
    use tokio::sync::Notify;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn what_changes_something_goes_on_when_the_client_has_gone() {
        let directory = tempfile::tempdir().unwrap();
        let options = wasmoat_core::Options { data: directory.path().to_owned(), config: None, development: false };
        let server = Server::new(Core::open(options).await.unwrap());
        let (begun, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (begins, ends) = (Arc::clone(&begun), Arc::clone(&done));
        let handler = move || async move {
            begins.notify_one();
            tokio::time::sleep(Duration::from_millis(50)).await;
            ends.notify_one();
        };
        let router: Router = Router::new()
            .route("/change", post(handler))
            .layer(axum::middleware::from_fn_with_state(server.clone(), request))
            .with_state(server);
        let change = Request::builder().method(Method::POST).uri("/change").body(Body::empty()).unwrap();
        tokio::select! {
            _ = router.oneshot(change) => panic!("the client was to go first"),
            () = begun.notified() => {}
        }
        tokio::time::timeout(Duration::from_secs(30), done.notified()).await.unwrap();
    }
}
