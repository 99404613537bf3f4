//! Waits in a call of the API, for the key `gate`, before it is active.

use wasmoat::prelude::*;

/// The plugin.
#[derive(Debug, Default)]
pub struct LateRiser;

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for LateRiser {
    fn on_activate(&self) -> Result<()> {
        kv::kv_get("gate").map(drop)
    }
}
