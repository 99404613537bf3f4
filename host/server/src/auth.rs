//! Who asks: the session behind a request.
//!
//! Under `/api/v4` the cookie beats the `Authorization` header; under `/plugins` it is the other
//! way round. A session that came by cookie must prove, for everything but GET, that the request
//! was made by the application and not by a page that the browser happened to show.

use std::sync::{Arc, OnceLock};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, Uri, header, request::Parts},
};
use subtle::ConstantTimeEq;
use wasmoat_core::Core;
use wasmoat_model::{AppError, PluginContext, Session, json};
use wasmoat_runtime::CallContext;

use crate::{Error, Server};

/// Cookie of a web session.
pub(crate) const TOKEN_COOKIE: &str = "MMAUTHTOKEN";

/// Longer tokens are cut.
const MAX_TOKEN: usize = 50;

/// Where a token was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenPlace {
    /// The cookie.
    Cookie,
    /// The `Authorization` header.
    Header,
    /// The query.
    Query,
}

/// What the middleware found out about a request.
#[derive(Clone, Debug)]
pub(crate) struct RequestInfo {
    /// What plugins see of it.
    pub(crate) plugin_context: PluginContext,
    /// Whose session it has turned out to be, for whoever comes by afterwards.
    pub(crate) session: Arc<OnceLock<Arc<Session>>>,
}

/// Who asks, and on what way.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// The context that services and hooks get.
    pub cx: CallContext,
    /// The session.
    pub session: Arc<Session>,
    /// The services.
    pub(crate) core: Core,
}

/// A handler that takes this answers 401 without a session.
#[derive(Clone, Debug)]
pub struct Auth(pub RequestContext);

/// A handler that takes this knows the session, if there is one. An invalid token is none.
#[derive(Clone, Debug)]
pub struct MaybeAuth {
    /// The context that services and hooks get.
    pub cx: CallContext,
    /// The session, if there is one.
    pub context: Option<RequestContext>,
}

impl RequestContext {
    /// The user.
    #[must_use]
    pub fn user_id(&self) -> &str {
        &self.session.user_id
    }

    /// A user id of a path, where `me` is the user.
    #[must_use]
    pub fn me<'a>(&'a self, id: &'a str) -> &'a str {
        if id == "me" { self.user_id() } else { id }
    }

    /// 403 without a permission of the system.
    ///
    /// # Errors
    ///
    /// Where the session has not got it.
    pub async fn require(&self, permission: &str) -> Result<(), Error> {
        allowed(self.core.session_has_permission_to(&self.session, permission).await)
    }

    /// 403 without a permission in a team.
    ///
    /// # Errors
    ///
    /// Where the session has not got it.
    pub async fn require_team(&self, team_id: &str, permission: &str) -> Result<(), Error> {
        allowed(self.core.session_has_permission_to_team(&self.session, team_id, permission).await)
    }

    /// 403 without a permission in a channel.
    ///
    /// # Errors
    ///
    /// Where the session has not got it.
    pub async fn require_channel(&self, channel_id: &str, permission: &str) -> Result<(), Error> {
        allowed(self.core.session_has_permission_to_channel(&self.session, channel_id, permission).await)
    }

    /// 403 unless the user is this one or may act for others.
    ///
    /// # Errors
    ///
    /// Where neither holds.
    pub async fn require_user(&self, user_id: &str) -> Result<(), Error> {
        allowed(self.core.session_has_permission_to_user(&self.session, user_id).await)
    }
}

fn allowed(allowed: bool) -> Result<(), Error> {
    if allowed { Ok(()) } else { Err(Error::forbidden()) }
}

impl FromRequestParts<Server> for Auth {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Error> {
        let maybe = MaybeAuth::from_request_parts(parts, server).await?;
        maybe.context.map(Self).ok_or_else(Error::no_session)
    }
}

impl FromRequestParts<Server> for MaybeAuth {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Error> {
        let found = api_token(&parts.headers, &parts.uri);
        let session = match &found {
            Some((token, _)) => server.core.session_by_token(token).await?,
            None => None,
        };
        if let (Some(session), Some((_, place))) = (&session, &found) {
            if *place == TokenPlace::Query && !session.is_oauth {
                let message = "A session token must not be in the URL.";
                return Err(Error::new("api.context.token_provided.app_error", 401, message));
            }
            let strict = strict_csrf(&server.core);
            if *place == TokenPlace::Cookie
                && parts.method != Method::GET
                && !passes_csrf(&parts.headers, None, session, strict)
            {
                return Err(Error::no_session());
            }
        }
        let cx = context(parts, session.clone());
        let context = session.map(|session| RequestContext { cx: cx.clone(), session, core: server.core.clone() });
        Ok(Self { cx, context })
    }
}

/// The context of a request with this session.
pub(crate) fn context(parts: &Parts, session: Option<Arc<Session>>) -> CallContext {
    let info = parts.extensions.get::<RequestInfo>();
    if let (Some(info), Some(session)) = (info, &session) {
        // A second look finds the same session.
        let _ = info.session.set(Arc::clone(session));
    }
    CallContext::client(info.map(|info| info.plugin_context.clone()).unwrap_or_default(), session)
}

/// Whether `X-Requested-With` is not enough.
pub(crate) fn strict_csrf(core: &Core) -> bool {
    let config = core.config.get();
    config.flag("ServiceSettings.ExperimentalStrictCSRFEnforcement")
        || config.flag("ServiceSettings.StrictCSRFEnforcement")
}

/// Whether a request with a cookie was made by the application. `form` is a token that came in the
/// body, where that counts.
pub(crate) fn passes_csrf(headers: &HeaderMap, form: Option<&str>, session: &Session, strict: bool) -> bool {
    let own = json::get(&session.props, "csrf").unwrap_or_default();
    let sent = headers.get("X-CSRF-Token").and_then(|value| value.to_str().ok()).or(form).unwrap_or_default();
    if !own.is_empty() && bool::from(own.as_bytes().ct_eq(sent.as_bytes())) {
        return true;
    }
    !strict && headers.get("X-Requested-With").is_some_and(|value| value == "XMLHttpRequest")
}

fn cut(token: &str) -> String {
    token.chars().take(MAX_TOKEN).collect()
}

/// The token of a request under `/api/v4`.
fn api_token(headers: &HeaderMap, uri: &Uri) -> Option<(String, TokenPlace)> {
    let cookie = || Some((cookie(headers, TOKEN_COOKIE)?, TokenPlace::Cookie));
    cookie().or_else(|| header_token(headers)).or_else(|| query_token(uri)).map(|(token, place)| (cut(&token), place))
}

/// The token of a request under `/plugins`.
pub(crate) fn plugin_token(headers: &HeaderMap, uri: &Uri) -> Option<(String, TokenPlace)> {
    let cookie = || Some((cookie(headers, TOKEN_COOKIE)?, TokenPlace::Cookie));
    header_token(headers).or_else(cookie).or_else(|| query_token(uri)).map(|(token, place)| (cut(&token), place))
}

fn header_token(headers: &HeaderMap) -> Option<(String, TokenPlace)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token");
    (known && !token.trim().is_empty()).then(|| (token.trim().to_owned(), TokenPlace::Header))
}

fn query_token(uri: &Uri) -> Option<(String, TokenPlace)> {
    let query = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri).ok()?;
    let (_, token) = query.0.into_iter().find(|(name, token)| name == "access_token" && !token.is_empty())?;
    Some((token, TokenPlace::Query))
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let jar = axum_extra::extract::CookieJar::from_headers(headers);
    jar.get(name).map(|cookie| cookie.value().to_owned()).filter(|value| !value.is_empty())
}

/// An error of a lookup that is not the client's fault.
pub(crate) fn is_lookup_fault(error: &AppError) -> bool {
    error.status() >= 500
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        let line = |(name, value): &(&str, &str)| (name.parse::<header::HeaderName>().unwrap(), value.parse().unwrap());
        lines.iter().map(line).collect()
    }

    #[test]
    fn the_cookie_beats_the_header_for_the_api_and_not_for_plugins() {
        let headers = headers(&[("cookie", "a=b; MMAUTHTOKEN=c"), ("authorization", "BEARER h")]);
        let uri: Uri = "/x?access_token=q".parse().unwrap();
        assert_eq!(api_token(&headers, &uri).unwrap(), ("c".to_owned(), TokenPlace::Cookie));
        assert_eq!(plugin_token(&headers, &uri).unwrap(), ("h".to_owned(), TokenPlace::Header));
        assert_eq!(api_token(&HeaderMap::new(), &uri).unwrap(), ("q".to_owned(), TokenPlace::Query));
    }

    #[test]
    fn schemes_are_matched_without_case_and_long_tokens_are_cut() {
        let uri = Uri::from_static("/x");
        for scheme in ["bearer", "Bearer", "BEARER", "token", "TOKEN"] {
            let headers = headers(&[("authorization", &format!("{scheme} {}", "t".repeat(90)))]);
            assert_eq!(api_token(&headers, &uri).unwrap().0.len(), 50);
        }
        assert_eq!(api_token(&headers(&[("authorization", "Basic dTpw")]), &uri), None);
    }

    #[test]
    fn a_cookie_needs_a_proof_that_the_application_asks() {
        let session = Session { props: vec![("csrf".to_owned(), "secret".to_owned())], ..Session::default() };
        let passes = |lines: &[(&str, &str)], strict| passes_csrf(&headers(lines), None, &session, strict);
        assert!(passes(&[("x-csrf-token", "secret")], true));
        assert!(passes(&[("x-requested-with", "XMLHttpRequest")], false));
        assert!(!passes(&[("x-requested-with", "XMLHttpRequest")], true));
        assert!(!passes(&[("x-csrf-token", "guess")], false));
        assert!(!passes(&[], false));
        assert!(passes_csrf(&HeaderMap::new(), Some("secret"), &session, true));
        assert!(!passes_csrf(&HeaderMap::new(), None, &Session::default(), true), "no secret is no proof");
    }
}
