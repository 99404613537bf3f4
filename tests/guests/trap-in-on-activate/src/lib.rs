//! Traps while it is activated, without a word.

use wasmoat::prelude::*;

/// The plugin.
#[derive(Debug, Default)]
pub struct TrapInOnActivate;

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for TrapInOnActivate {
    fn on_activate(&self) -> Result<()> {
        std::process::abort()
    }
}
