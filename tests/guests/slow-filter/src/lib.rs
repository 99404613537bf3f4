//! Waits in a call of the API, for the key `gate`, before it lets a post pass.

use wasmoat::prelude::*;

/// The plugin.
#[derive(Debug, Default)]
pub struct SlowFilter;

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for SlowFilter {
    fn message_will_be_posted(&self, _: PluginContext, _: Post) -> MessageWillBePostedVerdict {
        let _ = kv::kv_get("gate");
        MessageWillBePostedVerdict::Keep
    }

    fn serve_http(&self, _: PluginContext, _: HttpRequest) -> HttpResponse {
        let _ = kv::kv_get("gate");
        HttpResponse { status: 200, headers: Vec::new(), body: Vec::new() }
    }
}
