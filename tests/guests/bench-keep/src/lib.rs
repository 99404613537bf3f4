//! Keeps every post, and answers every request with an empty one: what a call costs by itself.

use wasmoat::prelude::*;

/// The plugin.
#[derive(Debug, Default)]
pub struct BenchKeep;

#[wasmoat::plugin]
impl Plugin for BenchKeep {
    fn message_will_be_posted(&self, _ctx: PluginContext, _post: Post) -> MessageWillBePostedVerdict {
        MessageWillBePostedVerdict::Keep
    }

    fn serve_http(&self, _ctx: PluginContext, _request: HttpRequest) -> HttpResponse {
        HttpResponse { status: 200, headers: Vec::new(), body: Vec::new() }
    }
}
