//! Asks `bench-keep` as often as the path says: `/100` is a hundred calls of `plugin-http`,
//! `/bridge/100` a hundred over the bridge.

use wasmoat::prelude::*;

/// The plugin.
#[derive(Debug, Default)]
pub struct BenchCaller;

#[wasmoat::plugin]
impl Plugin for BenchCaller {
    fn serve_http(&self, _ctx: PluginContext, request: HttpRequest) -> HttpResponse {
        let path = request.url.trim_start_matches('/');
        let status = match path.strip_prefix("bridge/") {
            Some(calls) => by_bridge(calls.parse().unwrap_or(0), &request.body),
            None => by_http(path.parse().unwrap_or(0)),
        };
        HttpResponse { status, headers: Vec::new(), body: Vec::new() }
    }
}

fn by_http(calls: u32) -> u16 {
    let request = HttpRequest { method: "GET".into(), url: "/bench-keep/".into(), ..HttpRequest::default() };
    let mut status = 200;
    for _ in 0..calls {
        status = http::plugin_http(&request).map_or(500, |response| response.status);
    }
    status
}

fn by_bridge(calls: u32, request: &[u8]) -> u16 {
    let answers = (0..calls).map(|_| bridge::call_plugin("bench-keep", "/v1/keep", request, None));
    if answers.into_iter().all(|answer| answer.is_ok_and(|answer| answer == request)) { 200 } else { 500 }
}
