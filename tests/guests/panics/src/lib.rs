//! Panics at the word `panic`, and is well otherwise.

use wasmoat::prelude::*;

/// The plugin.
#[derive(Debug, Default)]
pub struct Panics;

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for Panics {
    #[expect(clippy::panic, reason = "that is what it is for")]
    fn message_will_be_posted(&self, _: PluginContext, post: Post) -> MessageWillBePostedVerdict {
        if post.message.contains("panic") {
            panic!("the guest lost its head");
        }
        MessageWillBePostedVerdict::Keep
    }
}
