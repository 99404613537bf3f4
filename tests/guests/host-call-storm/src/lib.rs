//! Calls the host without end: at a message that begins with `kv` one that the platform answers, else one that
//! the runtime itself does.

use wasmoat::{prelude::*, sandbox};

/// The plugin.
#[derive(Debug, Default)]
pub struct HostCallStorm;

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for HostCallStorm {
    fn message_will_be_posted(&self, _: PluginContext, post: Post) -> MessageWillBePostedVerdict {
        loop {
            if post.message.starts_with("kv") {
                let _ = std::hint::black_box(kv::kv_get("key"));
            } else {
                std::hint::black_box(sandbox::now());
            }
        }
    }
}
