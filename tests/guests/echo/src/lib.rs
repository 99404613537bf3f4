//! A target of the bridge in Mattermost's form: a POST, with headers that say who asks.

mod endpoints;

use wasmoat::{http::Response, prelude::*};

/// The plugin.
#[derive(Debug, Default)]
pub struct Echo;

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for Echo {
    fn serve_http(&self, context: PluginContext, request: HttpRequest) -> HttpResponse {
        let lines = request.headers.iter().map(|header| format!("{}={}\n", header.name.to_lowercase(), header.value));
        let seen = format!("{} {}\n{}", request.method, request.url, lines.collect::<String>());
        let answer = endpoints::answer(&request.url, &context, &request.body, &seen);
        let answer = answer.map(|body| Response::new(200).body(body));
        answer.unwrap_or_else(|error| Response::error(&error)).into()
    }
}
