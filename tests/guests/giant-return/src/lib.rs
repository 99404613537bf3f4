//! Answers more than anybody can take.

use wasmoat::prelude::*;

const MEGABYTE: usize = 1 << 20;

/// The plugin.
#[derive(Debug, Default)]
pub struct GiantReturn;

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for GiantReturn {
    /// One text of 32 MiB.
    fn message_will_be_posted(&self, _: PluginContext, post: Post) -> MessageWillBePostedVerdict {
        MessageWillBePostedVerdict::Replace(Post { message: "x".repeat(32 * MEGABYTE), ..post })
    }

    /// Ten thousand headers, each of which points to the same megabyte: small in here, 10 GiB
    /// for a host that copies them one by one.
    fn serve_http(&self, _: PluginContext, _: HttpRequest) -> HttpResponse {
        let shared = "x".repeat(MEGABYTE).leak();
        let headers = (0..10_000).map(|_| HttpHeader { name: "X".into(), value: alias(shared) });
        HttpResponse { status: 200, headers: headers.collect(), body: Vec::new() }
    }
}

#[allow(unsafe_code, reason = "an attacker has no rules to keep")]
fn alias(shared: &mut str) -> String {
    // SAFETY: none: every string claims to own the same bytes. They are read by the host, which
    // never gets to the point where the guest would free them.
    unsafe { String::from_raw_parts(shared.as_mut_ptr(), shared.len(), shared.len()) }
}
