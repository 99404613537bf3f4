//! Takes all the memory it can get.

use wasmoat::prelude::*;

const MEGABYTE: usize = 1 << 20;

/// The plugin.
#[derive(Debug, Default)]
pub struct MemoryBomb;

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for MemoryBomb {
    fn message_will_be_posted(&self, _: PluginContext, _: Post) -> MessageWillBePostedVerdict {
        let mut hoard = Vec::new();
        loop {
            hoard.push(std::hint::black_box(vec![1_u8; MEGABYTE]));
        }
    }
}
