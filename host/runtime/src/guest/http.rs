//! `http`: `PluginHTTP`, a request to another plugin inside the server.

use std::sync::Arc;

use wasmoat_model::{AppError, HttpHeader, HttpRequest, HttpResponse, PluginContext};

use crate::{
    BridgeError, CallContext, HEADER_PLUGIN_ID, HEADER_USER_ID, Platform, Runtime, State,
    bindings::http::Host,
    bridge::call::{Account, Door, PLUGIN_HTTP},
    strip_identity,
};

impl<P: Platform> Host for State<P> {
    async fn plugin_http(&mut self, request: HttpRequest) -> Result<HttpResponse, AppError> {
        let caller = self.caller();
        let Some(runtime) = self.runtime.upgrade() else {
            return Ok(text(501, "Plugins are switched off."));
        };
        let Some((target, rest)) = split_target(&request.url) else {
            return Ok(text(400, "Not a plugin's path: it must be /{plugin id}/{rest}."));
        };
        let (target, context) = (target.to_owned(), narrow(&caller.context));
        let door = Door {
            name: PLUGIN_HTTP,
            context: &context,
            plugin: Some((&caller.plugin_id, &self.plugin.consent)),
            target: &target,
            endpoint: &rest,
        };
        let request = as_sent_on(request, &caller.plugin_id, &rest);
        match Runtime::from_inner(runtime).plugin_http(&self.platform, door, request).await {
            Ok(response) => Ok(response),
            Err(error) => refused(&target, error),
        }
    }
}

/// The request as the target sees it: from the calling plugin, and from no user, because a plugin
/// cannot speak for one.
fn as_sent_on(mut request: HttpRequest, caller: &str, rest: &str) -> HttpRequest {
    strip_identity(&mut request.headers);
    request.headers.push(HttpHeader { name: HEADER_PLUGIN_ID.to_owned(), value: caller.to_owned() });
    request.headers.push(HttpHeader { name: HEADER_USER_ID.to_owned(), value: String::new() });
    HttpRequest { request_uri: request.url, url: rest.to_owned(), ..request }
}

/// What a call that was refused or failed is over HTTP.
fn refused(target: &str, error: BridgeError) -> Result<HttpResponse, AppError> {
    match error {
        BridgeError::Unauthorised(text) => {
            Err(AppError::new("PluginHTTP", "app.plugin.permission_denied.app_error", 403, text))
        }
        BridgeError::NotFound(_) | BridgeError::NotActive(_) | BridgeError::NoEndpoint(_) => {
            Ok(text(404, "404 page not found"))
        }
        BridgeError::Fault(reason)
        | BridgeError::Timeout(reason)
        | BridgeError::Overloaded(reason)
        | BridgeError::TooDeep(reason) => {
            let message = format!("Plugin `{target}` did not answer.");
            Err(AppError::new("PluginHTTP", "app.plugin.plugin_http.app_error", 500, message).detail(reason))
        }
        error => Ok(text(error.status(), &error.text())),
    }
}

impl<P: Platform> Runtime<P> {
    /// Passes a plugin's request on to another one, through the gate of the bridge.
    async fn plugin_http(
        &self,
        platform: &P,
        door: Door<'_>,
        request: HttpRequest,
    ) -> Result<HttpResponse, BridgeError> {
        let (account, mut passage) = Account::enter(self, platform, &door, request.body.len())?;
        let served = passage.serve(request).await;
        account.close(Some(passage), served.as_ref().err());
        served
    }
}

/// What a plugin may know of the chain that another plugin's request is part of: request id and
/// user agent.
fn narrow(context: &CallContext) -> CallContext {
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
    fn a_target_is_the_first_part_of_the_path() {
        assert_eq!(split_target("/poll/api/v1?x=1"), Some(("poll", "/api/v1?x=1".to_owned())));
        for bad in ["", "/", "poll/x", "/poll", "//x"] {
            assert_eq!(split_target(bad), None, "{bad}");
        }
    }
}
