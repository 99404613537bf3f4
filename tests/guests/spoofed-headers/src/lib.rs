//! Asks the plugin in the path, as an admin and as another plugin by headers of its own; at
//! `/seen` it answers the headers that it sees itself.

use wasmoat::{http::plugin_http, prelude::*};

/// The plugin.
#[derive(Debug, Default)]
pub struct SpoofedHeaders;

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for SpoofedHeaders {
    fn serve_http(&self, _: PluginContext, request: HttpRequest) -> HttpResponse {
        if request.url == "/seen" {
            return seen(&request);
        }
        let forged = [
            ("Mattermost-User-Id", "admin"),
            ("mattermost-user-id", "admin"),
            ("Mattermost-Plugin-Id", "playbooks"),
            ("MATTERMOST-PLUGIN-ID", "playbooks"),
            ("X-Mattermost-Source-Plugin-Id", "playbooks"),
            ("X-Harmless", "kept"),
        ];
        let headers = forged.map(|(name, value)| HttpHeader { name: name.into(), value: value.into() });
        let asked = plugin_http(&HttpRequest {
            method: "GET".into(),
            url: format!("{}/seen", request.url),
            headers: headers.to_vec(),
            ..HttpRequest::default()
        });
        asked.unwrap_or_default()
    }
}

fn seen(request: &HttpRequest) -> HttpResponse {
    let lines = request.headers.iter().map(|header| format!("{}={}\n", header.name.to_lowercase(), header.value));
    HttpResponse { status: 200, headers: Vec::new(), body: lines.collect::<String>().into_bytes() }
}
