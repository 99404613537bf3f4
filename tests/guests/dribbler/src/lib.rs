//! Never computes for long and never waits for long, and never ends: naps of a millisecond, and a
//! call of the host between them.

use std::time::Duration;

use wasmoat::{prelude::*, time};

/// The plugin.
#[derive(Debug, Default)]
pub struct Dribbler;

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for Dribbler {
    fn message_will_be_posted(&self, _: PluginContext, _: Post) -> MessageWillBePostedVerdict {
        loop {
            time::sleep(Duration::from_millis(1));
            let _ = kv::kv_get("key");
        }
    }
}
