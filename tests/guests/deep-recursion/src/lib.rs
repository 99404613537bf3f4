//! Calls itself until the stack ends.

use std::hint::black_box;

use wasmoat::prelude::*;

/// The plugin.
#[derive(Debug, Default)]
pub struct DeepRecursion;

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for DeepRecursion {
    fn message_will_be_posted(&self, _: PluginContext, _: Post) -> MessageWillBePostedVerdict {
        black_box(down(0));
        MessageWillBePostedVerdict::Keep
    }
}

/// Through a pointer that the compiler cannot see through, so that it makes no loop of it.
fn down(depth: u64) -> u64 {
    let next: fn(u64) -> u64 = black_box(down);
    next(depth + 1) ^ depth
}
