//! `http`: `PluginHTTP`, a request to another plugin inside the server.

use std::sync::Arc;

use wasmoat_model::{AppError, HttpHeader, HttpRequest, HttpResponse, PluginContext};

use crate::{CallContext, CallError, Caller, Platform, Runtime, ServeHTTP, State, bindings::http::Host};

/// Header that names a calling plugin.
pub const HEADER_PLUGIN_ID: &str = "Mattermost-Plugin-Id";

/// Header that names the user; there for logged-in users only.
pub const HEADER_USER_ID: &str = "Mattermost-User-Id";

/// Headers by which a plugin knows who asks: only the host sets them.
pub const IDENTITY_HEADERS: &[&str] = &[HEADER_PLUGIN_ID, HEADER_USER_ID, "X-Mattermost-Source-Plugin-Id"];

/// Takes every header away by which somebody could pass for somebody else: those of identity, in
/// whatever case and also with the underscores that CGI and WSGI make of dashes, and lines that are
/// no header at all, which a plugin that writes them down again could read as two.
pub fn strip_identity(headers: &mut Vec<HttpHeader>) {
    headers.retain(|header| is_header(header) && !is_identity(&header.name));
}

fn is_header(header: &HttpHeader) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !header.name.is_empty() && header.name.bytes().all(is_token) && !header.value.contains(['\r', '\n', '\0'])
}

fn is_identity(name: &str) -> bool {
    let name = name.replace('_', "-");
    IDENTITY_HEADERS.iter().any(|identity| name.eq_ignore_ascii_case(identity))
}

impl<P: Platform> Host for State<P> {
    async fn plugin_http(&mut self, request: HttpRequest) -> Result<HttpResponse, AppError> {
        let caller = self.caller();
        let Some(runtime) = self.runtime.upgrade() else {
            return Ok(text(501, "Plugins are switched off."));
        };
        let consent = &self.plugin.consent;
        Runtime::from_inner(runtime).plugin_http(&caller, request, |target| consent.may_call(target)).await
    }
}

impl<P: Platform> Runtime<P> {
    /// Passes a plugin's request on to another one. The target sees who asks, and an empty user:
    /// a plugin cannot speak for one.
    async fn plugin_http(
        &self,
        caller: &Caller,
        mut request: HttpRequest,
        allowed: impl Fn(&str) -> bool + Send,
    ) -> Result<HttpResponse, AppError> {
        let Some((target, rest)) = split_target(&request.url) else {
            return Ok(text(400, "Not a plugin's path: it must be /{plugin id}/{rest}."));
        };
        let target = target.to_owned();
        if !allowed(&target) {
            return Err(forbidden(not_allowed(&caller.plugin_id, &target)));
        }
        request.request_uri = request.url.clone();
        request.url = rest;
        strip_identity(&mut request.headers);
        request.headers.push(HttpHeader { name: HEADER_PLUGIN_ID.to_owned(), value: caller.plugin_id.to_string() });
        request.headers.push(HttpHeader { name: HEADER_USER_ID.to_owned(), value: String::new() });
        let context = narrow(&caller.context);
        let served = self.provide::<ServeHTTP>(&context, &target, |context| (context, Arc::new(request))).await;
        match served {
            Ok((response,)) => Ok(response),
            Err(CallError::NotActive(_) | CallError::NotImplemented { .. }) => Ok(text(404, "404 page not found")),
            Err(CallError::Fault(fault)) => Err(AppError::new(
                "PluginHTTP",
                "app.plugin.plugin_http.app_error",
                500,
                format!("Plugin `{target}` did not answer."),
            )
            .detail(fault)),
        }
    }
}

/// Why a plugin does not reach another one.
pub(super) fn not_allowed(caller: &str, target: &str) -> String {
    format!("plugin `{caller}` was not allowed to call plugin `{target}` (manifest: `wasmoat.plugins`)")
}

fn forbidden(message: String) -> AppError {
    AppError::new("PluginHTTP", "app.plugin.permission_denied.app_error", 403, message)
}

/// What a plugin may know of the chain that another plugin's request is part of: request id and
/// user agent.
pub(super) fn narrow(context: &CallContext) -> CallContext {
    let plugin_context = PluginContext {
        request_id: context.plugin_context.request_id.clone(),
        user_agent: context.plugin_context.user_agent.clone(),
        source_plugin_id: context.plugin_context.source_plugin_id.clone(),
        ..PluginContext::default()
    };
    CallContext { plugin_context: Arc::new(plugin_context), ..context.clone() }
}

/// `/{plugin id}/rest?query` in plugin and `/rest?query`.
fn split_target(url: &str) -> Option<(&str, String)> {
    let (target, rest) = url.strip_prefix('/')?.split_once('/')?;
    (!target.is_empty()).then(|| (target, format!("/{rest}")))
}

fn text(status: u16, body: &str) -> HttpResponse {
    HttpResponse {
        status,
        headers: vec![HttpHeader { name: "Content-Type".to_owned(), value: "text/plain; charset=utf-8".to_owned() }],
        body: body.as_bytes().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_is_stripped_however_it_is_spelt() {
        let header = |name: &str| HttpHeader { name: name.to_owned(), value: "x".to_owned() };
        let mut headers = [
            "mattermost-user-id",
            "MATTERMOST-PLUGIN-ID",
            " Mattermost-User-Id ",
            "Mattermost_User_Id",
            "mattermost-plugin_id",
            "x-mattermost-SOURCE-plugin-id",
            "Accept",
        ]
        .map(header)
        .to_vec();
        strip_identity(&mut headers);
        assert_eq!(headers, [header("Accept")]);
    }

    #[test]
    fn what_is_no_header_is_no_way_to_smuggle_one() {
        let header = |name: &str, value: &str| HttpHeader { name: name.to_owned(), value: value.to_owned() };
        let mut headers = vec![
            header("X-A: 1\r\nMattermost-User-Id", "admin"),
            header("Mattermost-User-Id\0", "admin"),
            header("Mattermost-User-Id:", "admin"),
            header("Mattermost\u{2010}User\u{2010}Id", "admin"),
            header("", "admin"),
            header("X-B", "1\r\nMattermost-User-Id: admin"),
            header("X-C", "ü"),
        ];
        strip_identity(&mut headers);
        assert_eq!(headers, [header("X-C", "ü")]);
    }

    #[test]
    fn a_target_is_the_first_part_of_the_path() {
        assert_eq!(split_target("/poll/api/v1?x=1"), Some(("poll", "/api/v1?x=1".to_owned())));
        for bad in ["", "/", "poll/x", "/poll", "//x"] {
            assert_eq!(split_target(bad), None, "{bad}");
        }
    }
}
