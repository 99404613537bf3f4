//! Refuses to be activated.

use wasmoat::prelude::*;

/// The plugin.
#[derive(Debug, Default)]
pub struct ErrorInOnActivate;

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for ErrorInOnActivate {
    fn on_activate(&self) -> Result<()> {
        Err(Error::new(500, "weather.no_key", "no key for the weather service"))
    }
}
