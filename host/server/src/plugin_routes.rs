//! `/plugins/{id}/…`: requests that plugins answer.
//!
//! The server says who asks and nobody else: identity headers of the client are removed whatever
//! their spelling, and so is every way in which a token reaches the server. A token that does not
//! hold makes the request anonymous, not refused: the plugin decides what a stranger may see.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header, request::Parts},
    response::{IntoResponse, Response},
    routing::any,
};
use bytes::Bytes;
use futures::StreamExt as _;
use wasmoat_core::plugins::ServeError;
use wasmoat_model::{AppError, HttpHeader, HttpRequest, Session};
use wasmoat_runtime::{BodyStream, FaultKind, PluginBody, PluginResponse};

use crate::{
    Error, Server,
    auth::{self, TOKEN_COOKIE, TokenPlace},
    extract, plugin_files,
};

pub(crate) fn routes() -> Router<Server> {
    Router::new()
        .route("/plugins/{id}", any(serve))
        .route("/plugins/{id}/", any(serve))
        .route("/plugins/{id}/{*rest}", any(serve))
}

/// Headers that belong to one connection, not to the answer.
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "content-length",
    "keep-alive",
    "proxy-authenticate",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

async fn serve(State(server): State<Server>, request: Request) -> Result<Response, Error> {
    let Some((id, rest)) = target(request.uri().path()) else { return Ok(not_found()) };
    let (id, rest) = (id.to_owned(), rest.to_owned());
    if let Some(file) = rest.strip_prefix("/public/") {
        return plugin_files::public(&server, &id, file, request.method(), request.headers()).await;
    }
    if !server.core.config.flag("PluginSettings.Enable") {
        return Err(Error::new(
            "app.plugin.disabled.app_error",
            501,
            "Plugins are switched off (PluginSettings.Enable).",
        ));
    }
    // Before the body is read: nobody uploads to a plugin that is not there.
    if !server.core.runtime.is_active(&id) {
        return Ok(not_found());
    }
    let limit = server.core.config.number("PluginSettings.Wasmoat.RequestBytes");
    let limit = usize::try_from(limit).unwrap_or(0);
    let (mut parts, body) = request.into_parts();
    // A form may hold the proof of who sends it, and is read whole in any case.
    let (body, pieces) = if server.core.runtime.reads_bodies(&id) && !is_form(&parts.headers) {
        (Bytes::new(), Some(pieces(body)))
    } else {
        (to_bytes(body, limit).await.map_err(|error| extract::read_error(&error, limit))?, None)
    };
    let session = session(&server, &mut parts, &body).await?;
    let cx = auth::context(&parts, session);
    let request = plugin_request(&parts, &rest, body.to_vec());
    match server.core.serve_plugin_request(&cx, &id, request, pieces).await {
        Ok(response) => Ok(client_response(response)),
        Err(error) => refused(error),
    }
}

/// A body for a plugin that reads it itself.
fn pieces(body: Body) -> BodyStream {
    Box::pin(body.into_data_stream().map(|piece| piece.map_err(|error| error.to_string())))
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")
}

/// `/plugins/{id}/rest` in the id and `/rest`.
pub(crate) fn target(path: &str) -> Option<(&str, &str)> {
    let path = path.strip_prefix("/plugins/")?;
    let (id, rest) = path.split_at(path.find('/').unwrap_or(path.len()));
    wasmoat_model::is_valid_plugin_id(id).then_some((id, rest))
}

pub(crate) fn not_found() -> Response {
    (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "404 page not found\n")
        .into_response()
}

fn refused(error: ServeError) -> Result<Response, Error> {
    let fault = match error {
        ServeError::NotFound(_) => return Ok(not_found()),
        ServeError::Disabled => {
            return Err(Error::new(
                "app.plugin.disabled.app_error",
                501,
                "Plugins are switched off (PluginSettings.Enable).",
            ));
        }
        ServeError::Fault(fault) => fault,
    };
    let status = match &fault.kind {
        FaultKind::Overloaded { .. }
        | FaultKind::NoRoom { .. }
        | FaultKind::BackingOff { .. }
        | FaultKind::FuelMinute { .. } => 503,
        FaultKind::Deadline { .. } => 504,
        _ => 500,
    };
    let message = format!("Plugin `{}` did not answer.", fault.plugin);
    Err(Error(AppError::new("ServeHTTP", "app.plugin.serve_http.app_error", status, message).detail(fault)))
}

/// The session of the request, where its token holds and the application made it. Takes
/// `Authorization` away where the token is known.
async fn session(server: &Server, parts: &mut Parts, body: &[u8]) -> Result<Option<Arc<Session>>, Error> {
    let Some((token, place)) = auth::plugin_token(&parts.headers, &parts.uri) else { return Ok(None) };
    let session = match server.core.session_by_token(&token).await {
        Ok(Some(session)) => session,
        Ok(None) => return Ok(None),
        Err(error) if auth::is_lookup_fault(&error) => return Err(error.into()),
        Err(_) => return Ok(None),
    };
    parts.headers.remove(header::AUTHORIZATION);
    if server.core.lacks_second_factor(&session).await? {
        return Ok(None);
    }
    if place == TokenPlace::Cookie && parts.method != Method::GET {
        let form = form_token(&parts.headers, body);
        if !auth::passes_csrf(&parts.headers, form.as_deref(), &session, auth::strict_csrf(&server.core)) {
            return Ok(None);
        }
    }
    Ok(Some(session))
}

/// The field `csrf` of a form.
fn form_token(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    if !is_form(headers) {
        return None;
    }
    let pairs = query_pairs(std::str::from_utf8(body).ok()?)?;
    pairs.into_iter().find(|(name, _)| name == "csrf").map(|(_, value)| value)
}

fn query_pairs(query: &str) -> Option<Vec<(String, String)>> {
    let mut deserialised = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let uri = Uri::builder().path_and_query(format!("/?{pair}")).build().ok()?;
        deserialised.extend(axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri).ok()?.0);
    }
    Some(deserialised)
}

/// The query without tokens. A part that cannot be read is kept: it names no token.
fn without_token(query: &str) -> String {
    let is_token =
        |pair: &&str| query_pairs(pair).is_some_and(|pairs| pairs.iter().any(|(name, _)| name == "access_token"));
    query.split('&').filter(|pair| !is_token(pair)).collect::<Vec<_>>().join("&")
}

fn with_query(path: &str, query: &str) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

pub(crate) fn plugin_request(parts: &Parts, rest: &str, body: Vec<u8>) -> HttpRequest {
    let query = without_token(parts.uri.query().unwrap_or_default());
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    HttpRequest {
        method: parts.method.as_str().to_owned(),
        url: with_query(rest, &query),
        headers: plugin_headers(&parts.headers),
        body,
        host: host.or_else(|| parts.uri.host()).unwrap_or_default().to_owned(),
        remote_addr: peer.map(|peer| peer.0.to_string()).unwrap_or_default(),
        request_uri: with_query(parts.uri.path(), &query),
    }
}

/// The headers for the plugin; the core removes those of identity and sets them anew.
fn plugin_headers(headers: &HeaderMap) -> Vec<HttpHeader> {
    let mut lines = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        let value = match name {
            &header::REFERER | &header::HOST => continue,
            &header::COOKIE => match other_cookies(&value) {
                Some(cookies) => cookies,
                None => continue,
            },
            _ => value.into_owned(),
        };
        lines.push(HttpHeader { name: canonical(name.as_str()), value });
    }
    lines
}

/// The cookies that are not the session's.
fn other_cookies(line: &str) -> Option<String> {
    let is_ours = |cookie: &&str| cookie.split('=').next().unwrap_or_default().trim() == TOKEN_COOKIE;
    let kept: Vec<&str> =
        line.split(';').map(str::trim).filter(|cookie| !cookie.is_empty() && !is_ours(cookie)).collect();
    (!kept.is_empty()).then(|| kept.join("; "))
}

/// `content-type` as Go writes it: `Content-Type`.
fn canonical(name: &str) -> String {
    let mut upper = true;
    name.chars()
        .map(|letter| {
            let written = if upper { letter.to_ascii_uppercase() } else { letter };
            upper = letter == '-';
            written
        })
        .collect()
}

/// The plugin's answer. Header lines that are none are dropped.
pub(crate) fn client_response(answer: impl Into<PluginResponse>) -> Response {
    let PluginResponse { head: answer, body } = answer.into();
    // An interim status is no answer, and beyond 999 there is none.
    let status = StatusCode::from_u16(answer.status).ok().filter(|status| !status.is_informational());
    let Some(status) = status else {
        tracing::warn!(status = answer.status, "a plugin answered with a status that is none");
        return (StatusCode::INTERNAL_SERVER_ERROR, "The plugin's answer has no valid status.\n").into_response();
    };
    let mut response = Response::new(match body {
        PluginBody::Whole(body) => Body::from(body),
        PluginBody::Pieces(pieces) => Body::from_stream(pieces),
    });
    *response.status_mut() = status;
    for line in answer.headers {
        let (Ok(name), Ok(value)) = (line.name.parse::<HeaderName>(), HeaderValue::from_str(&line.value)) else {
            continue;
        };
        if !HOP_BY_HOP.contains(&name.as_str()) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmoat_model::HttpResponse;

    #[test]
    fn a_target_is_a_valid_id_and_the_rest_as_it_came() {
        assert_eq!(target("/plugins/poll"), Some(("poll", "")));
        assert_eq!(target("/plugins/poll/"), Some(("poll", "/")));
        assert_eq!(target("/plugins/com.x/a%2Fb/../c"), Some(("com.x", "/a%2Fb/../c")));
        for other in ["/plugins/", "/plugins/..", "/plugins/po%6cl/x", "/pluginsx/poll"] {
            assert_eq!(target(other), None, "{other}");
        }
    }

    #[test]
    fn a_token_leaves_the_query_however_it_is_written() {
        assert_eq!(without_token("a=1&access_token=x&b=2"), "a=1&b=2");
        assert_eq!(without_token("access%5Ftoken=x&a=%20"), "a=%20");
        assert_eq!(without_token("access_token=x"), "");
    }

    #[test]
    fn only_the_session_cookie_is_kept_back() {
        assert_eq!(other_cookies("a=1; MMAUTHTOKEN=x;b=2").as_deref(), Some("a=1; b=2"));
        assert_eq!(other_cookies("MMAUTHTOKEN=x"), None);
        assert_eq!(other_cookies("MMAUTHTOKENS=x").as_deref(), Some("MMAUTHTOKENS=x"));
    }

    #[test]
    fn headers_are_written_as_go_does_and_referer_stays_behind() {
        let mut headers = HeaderMap::new();
        headers.insert("x-requested-with", HeaderValue::from_static("x"));
        headers.insert(header::REFERER, HeaderValue::from_static("https://secret.example/"));
        let expected = HttpHeader { name: "X-Requested-With".to_owned(), value: "x".to_owned() };
        assert_eq!(plugin_headers(&headers), [expected]);
    }

    #[test]
    fn an_answer_that_is_none_is_an_error_and_bad_lines_are_dropped() {
        for status in [0, 42, 101, 1_000] {
            let answer = HttpResponse { status, ..HttpResponse::default() };
            assert_eq!(client_response(answer).status(), 500, "{status}");
        }
        let line = |name: &str, value: &str| HttpHeader { name: name.to_owned(), value: value.to_owned() };
        let headers =
            vec![line("X-Good", "1"), line("X Bad", "1"), line("X-Bad", "1\r\nX-Evil: 1"), line("Content-Length", "9")];
        let response = client_response(HttpResponse { status: 418, headers, body: Vec::new() });
        assert_eq!(response.status(), 418);
        assert_eq!(response.headers().len(), 1);
    }
}
