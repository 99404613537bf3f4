//! Logging in and out, and the sessions of an account.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::{
    Json, Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use serde::Deserialize;
use serde_json::{Value, json};
use wasmoat_core::sessions::Login;
use wasmoat_model::{AppError, Session, json as maps, now_ms};

use crate::{Answer, Auth, Body, Error, MaybeAuth, Server, auth::TOKEN_COOKIE, ok, users::user_id};

/// Id of the user, for scripts.
const USER_COOKIE: &str = "MMUSERID";
/// Value that scripts send back in `X-CSRF-Token`.
const CSRF_COOKIE: &str = "MMCSRF";

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/users/login", post(login))
        .route("/users/login/type", post(login_type))
        .route("/users/logout", post(logout))
        .route("/users/sessions/revoke/all", post(revoke_sessions_from_all_users))
        .route("/users/sessions/device", put(attach_device))
        .route("/users/{user_id}/sessions", get(get_sessions))
        .route("/users/{user_id}/sessions/revoke", post(revoke_session))
        .route("/users/{user_id}/sessions/revoke/all", post(revoke_all_sessions))
}

/// Body of a login. Clients add keys of their own.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Credentials {
    id: String,
    login_id: String,
    password: String,
    device_id: String,
}

async fn login(
    State(server): State<Server>,
    MaybeAuth { cx, .. }: MaybeAuth,
    headers: HeaderMap,
    Body(body): Body<Credentials>,
) -> Result<Response, Error> {
    let login = Login { id: body.id, login_id: body.login_id, password: body.password, device_id: body.device_id };
    let (user, session) = server.core.login(&cx, &login).await?;
    let mut response = Json(user.for_self()).into_response();
    let token = HeaderValue::from_str(&session.token).map_err(|error| {
        AppError::new("login", "api.user.login.app_error", 500, "The session has no usable token.").detail(error)
    })?;
    response.headers_mut().insert(HeaderName::from_static("token"), token);
    if headers.get("x-requested-with").is_some_and(|value| value == "XMLHttpRequest") {
        for cookie in cookies(&session, is_https(&server, &headers)) {
            append(response.headers_mut(), &cookie);
        }
    }
    Ok(response)
}

/// What a web login gets: the token out of reach of scripts, and two values for them.
fn cookies(session: &Session, secure: bool) -> [String; 3] {
    let seconds = (session.expires_at - now_ms()).max(0) / 1000;
    let csrf = maps::get(&session.props, "csrf").unwrap_or_default();
    let secure = if secure { "; Secure" } else { "" };
    // Ids and tokens are letters and digits: nothing to escape.
    let cookie = |name: &str, value: &str, more: &str| {
        format!("{name}={value}; Path=/; Max-Age={seconds}; SameSite=Lax{secure}{more}")
    };
    [
        cookie(TOKEN_COOKIE, &session.token, "; HttpOnly"),
        cookie(USER_COOKIE, &session.user_id, ""),
        cookie(CSRF_COOKIE, csrf, ""),
    ]
}

fn is_https(server: &Server, headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|value| value == "https")
        || server.core.config.text("ServiceSettings.SiteURL").starts_with("https://")
}

fn append(headers: &mut HeaderMap, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        headers.append(header::SET_COOKIE, value);
    }
}

/// Every account logs in with a password here, and nobody learns which accounts there are.
async fn login_type(Body(_): Body<Credentials>) -> Json<Value> {
    Json(json!({"auth_service": ""}))
}

async fn logout(MaybeAuth { context: rc, .. }: MaybeAuth) -> Result<Response, Error> {
    if let Some(rc) = rc {
        rc.core.revoke_session(&rc.session).await?;
    }
    let mut response = ok().into_response();
    append(response.headers_mut(), &format!("{TOKEN_COOKIE}=; Path=/; Max-Age=0; HttpOnly"));
    Ok(response)
}

async fn get_sessions(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Vec<Session>> {
    let id = user_id(&rc, &id)?;
    rc.require_user(id).await?;
    let sessions = rc.core.get_sessions(id).await?;
    Ok(Json(sessions.into_iter().map(|session| Session { token: String::new(), ..session }).collect()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SessionId {
    session_id: String,
}

async fn revoke_session(Auth(rc): Auth, Path(id): Path<String>, Body(body): Body<SessionId>) -> Answer<Value> {
    let id = user_id(&rc, &id)?;
    rc.require_user(id).await?;
    if body.session_id.is_empty() {
        return Err(Error::invalid_body("session_id"));
    }
    let session = rc.core.get_session_by_id(&body.session_id).await?;
    if session.user_id != id {
        return Err(Error::invalid_url("user_id"));
    }
    rc.core.revoke_session(&session).await?;
    Ok(ok())
}

async fn revoke_all_sessions(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    let id = user_id(&rc, &id)?;
    rc.require_user(id).await?;
    rc.core.revoke_all_sessions(id).await?;
    Ok(ok())
}

async fn revoke_sessions_from_all_users(Auth(rc): Auth) -> Answer<Value> {
    rc.require("manage_system").await?;
    rc.core.revoke_sessions_from_all_users().await?;
    Ok(ok())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Device {
    device_id: String,
    device_notification_disabled: String,
    mobile_version: String,
}

async fn attach_device(Auth(rc): Auth, Body(body): Body<Device>) -> Answer<Value> {
    let props =
        [("device_notification_disabled", body.device_notification_disabled), ("mobile_version", body.mobile_version)];
    let props: Vec<_> =
        props.into_iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| (key.to_owned(), value)).collect();
    if body.device_id.is_empty() && props.is_empty() {
        return Err(Error::invalid_body("device_id"));
    }
    rc.core.attach_device(&rc.session, &body.device_id, &props).await?;
    Ok(ok())
}
