//! No instance of it starts.

use wasmoat::prelude::*;

/// The plugin.
#[derive(Debug, Default)]
pub struct Stillborn;

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for Stillborn {
    fn on_instance_start(&self) -> Result<()> {
        Err(Error::new(500, "stillborn", "no map of the moat"))
    }

    fn message_will_be_posted(&self, _: PluginContext, _: Post) -> MessageWillBePostedVerdict {
        MessageWillBePostedVerdict::Keep
    }
}
