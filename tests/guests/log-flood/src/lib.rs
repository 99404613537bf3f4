//! Logs far more than anybody reads.

use wasmoat::prelude::*;

/// The plugin.
#[derive(Debug, Default)]
pub struct LogFlood;

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for LogFlood {
    fn message_will_be_posted(&self, _: PluginContext, _: Post) -> MessageWillBePostedVerdict {
        let line = "blah ".repeat(20_000);
        for _ in 0..2_000 {
            log::info!(line);
        }
        MessageWillBePostedVerdict::Keep
    }
}
