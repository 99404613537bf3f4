//! Active twice, as `ping` and as `pong`: each calls the other without end, by the way that the
//! path names, `/bridge` or `/http`. The first that gets no further answers why.

use wasmoat::{http::plugin_http, prelude::*, sandbox};

/// The plugin.
#[derive(Debug, Default)]
pub struct PingPong;

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for PingPong {
    fn serve_http(&self, _: PluginContext, request: HttpRequest) -> HttpResponse {
        let partner = if sandbox::plugin_id() == "ping" { "pong" } else { "ping" };
        let called = match request.url.as_str() {
            "/bridge" => bridge::call_plugin(partner, "/bridge", &request.body, None),
            _ => plugin_http(&HttpRequest {
                method: "POST".into(),
                url: format!("/{partner}/http"),
                ..HttpRequest::default()
            })
            .map(|response| response.body),
        };
        let body = called.unwrap_or_else(|error| format!("{error:?}").into_bytes());
        HttpResponse { status: 200, headers: Vec::new(), body }
    }
}
