//! Keeps every post, answers every request with an empty answer, and every call over the bridge with
//! what came: what a call costs by itself.

use wasmoat::prelude::*;

/// The plugin.
#[derive(Debug, Default)]
pub struct BenchKeep;

#[wasmoat::plugin]
impl Plugin for BenchKeep {
    fn message_will_be_posted(&self, _ctx: PluginContext, _post: Post) -> MessageWillBePostedVerdict {
        MessageWillBePostedVerdict::Keep
    }

    fn execute_bridge_call(
        &self,
        _ctx: PluginContext,
        _method: String,
        request: Vec<u8>,
        _response_schema: Option<String>,
    ) -> Result<Vec<u8>> {
        Ok(request)
    }

    fn serve_http(&self, _ctx: PluginContext, _request: HttpRequest) -> HttpResponse {
        HttpResponse { status: 200, headers: Vec::new(), body: Vec::new() }
    }
}
