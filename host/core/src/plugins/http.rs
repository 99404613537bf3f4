//! Requests to plugins from outside and from the core itself. Requests between plugins are the
//! runtime's; identity headers have one list, there.

use std::sync::Arc;

use futures::StreamExt as _;
use wasmoat_model::{CORE_PLUGIN_ID, HttpHeader, HttpRequest, HttpResponse, PluginContext};
use wasmoat_runtime::{
    BodyStream, CallContext, CallError, Fault, HEADER_PLUGIN_ID, HEADER_USER_ID, Head, PluginBody, PluginResponse,
    ServeMetrics, strip_identity,
};

use crate::Core;

/// A streamed answer to the server itself is read up to here; what is longer is refused by whoever
/// asked.
const ANSWER_BYTES: usize = 1 << 20;

/// Why a plugin did not answer a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServeError {
    /// Plugins are switched off.
    #[error("plugins are switched off")]
    Disabled,
    /// Unknown, inactive, or without `serve-http`.
    #[error("no plugin `{0}` serves requests")]
    NotFound(String),
    /// It failed.
    #[error(transparent)]
    Fault(Fault),
}

impl Core {
    /// Hands a client's request to a plugin. The identity headers are set here and nowhere else:
    /// what the client sent under their names is gone, and the user is that of the context. `body` is
    /// for a plugin that reads bodies piece by piece; the answer may come so too.
    ///
    /// # Errors
    ///
    /// Where the plugin cannot be reached or fails.
    pub async fn serve_plugin_request(
        &self,
        cx: &CallContext,
        plugin_id: &str,
        mut request: HttpRequest,
        body: Option<BodyStream>,
    ) -> Result<PluginResponse, ServeError> {
        strip_identity(&mut request.headers);
        if !cx.user_id().is_empty() {
            request.headers.push(header(HEADER_USER_ID, cx.user_id()));
        }
        self.serve_http(cx, plugin_id, request, body).await
    }

    /// Sends a request of the core to a plugin, on behalf of the user of the context.
    ///
    /// # Errors
    ///
    /// Where the plugin cannot be reached or fails.
    pub async fn request_plugin(
        &self,
        cx: &CallContext,
        plugin_id: &str,
        mut request: HttpRequest,
    ) -> Result<HttpResponse, ServeError> {
        strip_identity(&mut request.headers);
        request.headers.push(header(HEADER_PLUGIN_ID, CORE_PLUGIN_ID));
        if !cx.user_id().is_empty() {
            request.headers.push(header(HEADER_USER_ID, cx.user_id()));
        }
        let response = self.serve_http(cx, plugin_id, request, None).await?;
        whole(response).await
    }

    async fn serve_http(
        &self,
        cx: &CallContext,
        plugin_id: &str,
        request: HttpRequest,
        body: Option<BodyStream>,
    ) -> Result<PluginResponse, ServeError> {
        if !self.config.flag("PluginSettings.Enable") {
            return Err(ServeError::Disabled);
        }
        answer(plugin_id, self.runtime.serve_http(cx, plugin_id, request, body).await)
    }

    /// Asks a plugin for its metrics, in nobody's name: the listener asks nobody who they are.
    ///
    /// # Errors
    ///
    /// Where the plugin cannot be reached or fails.
    pub async fn serve_plugin_metrics(
        &self,
        plugin_id: &str,
        mut request: HttpRequest,
    ) -> Result<HttpResponse, ServeError> {
        if !self.config.flag("PluginSettings.Enable") {
            return Err(ServeError::Disabled);
        }
        strip_identity(&mut request.headers);
        let cx = CallContext { plugin_context: Arc::new(PluginContext::default()), ..CallContext::core() };
        let request = Arc::new(request);
        let called = self.runtime.provide::<ServeMetrics>(&cx, plugin_id, |context| (context, request)).await;
        answer(plugin_id, called).map(|(response,)| response)
    }
}

fn answer<T>(plugin_id: &str, called: Result<T, CallError>) -> Result<T, ServeError> {
    called.map_err(|error| match error {
        CallError::NotActive(_) | CallError::NotImplemented { .. } => ServeError::NotFound(plugin_id.to_owned()),
        CallError::Fault(fault) => ServeError::Fault(fault),
    })
}

/// An answer of which the server reads a bounded part itself.
async fn whole(response: PluginResponse) -> Result<HttpResponse, ServeError> {
    let Head { status, headers } = response.head;
    let mut pieces = match response.body {
        PluginBody::Whole(body) => return Ok(HttpResponse { status, headers, body }),
        PluginBody::Pieces(pieces) => pieces,
    };
    let mut body = Vec::new();
    while let Some(piece) = pieces.next().await
        && body.len() <= ANSWER_BYTES
    {
        body.extend_from_slice(&answer("", piece)?);
    }
    Ok(HttpResponse { status, headers, body })
}

pub(crate) fn header(name: &str, value: &str) -> HttpHeader {
    HttpHeader { name: name.to_owned(), value: value.to_owned() }
}

/// `/plugins/{id}/rest` or `plugins/{id}/rest` in the plugin and `/rest`: the URLs of actions,
/// dialogs and commands that are delivered inside the server.
#[must_use]
pub fn plugin_target(url: &str) -> Option<(&str, &str)> {
    let path = url.strip_prefix('/').unwrap_or(url).strip_prefix("plugins/")?;
    let end = path.find(['/', '?']).unwrap_or(path.len());
    let (id, rest) = path.split_at(end);
    (!id.is_empty() && !rest.split(['/', '?']).any(|part| part == "..")).then_some((id, rest))
}

#[cfg(test)]
mod tests {
    use super::plugin_target;

    #[test]
    fn a_plugins_url_names_the_plugin_and_the_rest() {
        assert_eq!(plugin_target("/plugins/poll/vote/1?x=y"), Some(("poll", "/vote/1?x=y")));
        assert_eq!(plugin_target("plugins/poll"), Some(("poll", "")));
        for other in ["https://example.com/plugins/poll/x", "/plugins/", "/api/v4/users", "/plugins/poll/../evil/x"] {
            assert_eq!(plugin_target(other), None, "{other}");
        }
    }
}
