//! Asks `bench-keep` as often as the path says: `/100` is a hundred calls.

use wasmoat::prelude::*;

/// The plugin.
#[derive(Debug, Default)]
pub struct BenchCaller;

#[wasmoat::plugin]
impl Plugin for BenchCaller {
    fn serve_http(&self, _ctx: PluginContext, request: HttpRequest) -> HttpResponse {
        let calls = request.url.trim_start_matches('/').parse().unwrap_or(0_u32);
        let request = HttpRequest { method: "GET".into(), url: "/bench-keep/".into(), ..HttpRequest::default() };
        let mut status = 200;
        for _ in 0..calls {
            status = http::plugin_http(&request).map_or(500, |response| response.status);
        }
        HttpResponse { status, headers: Vec::new(), body: Vec::new() }
    }
}
