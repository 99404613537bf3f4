//! Computes for ever.

use wasmoat::prelude::*;

/// The plugin.
#[derive(Debug, Default)]
pub struct EndlessLoop;

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for EndlessLoop {
    fn message_will_be_posted(&self, _: PluginContext, _: Post) -> MessageWillBePostedVerdict {
        let mut turns = 0_u64;
        loop {
            turns = std::hint::black_box(turns.wrapping_add(1));
        }
    }
}
