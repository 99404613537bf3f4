//! A target of the bridge in the direct form.

#[path = "../../echo/src/endpoints.rs"]
mod endpoints;

use wasmoat::prelude::*;

/// The plugin.
#[derive(Debug, Default)]
pub struct EchoDirect;

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for EchoDirect {
    fn execute_bridge_call(
        &self,
        context: PluginContext,
        method: String,
        request: Vec<u8>,
        response_schema: Option<String>,
    ) -> Result<Vec<u8>> {
        let seen = format!("{method} {}", response_schema.unwrap_or_default());
        endpoints::answer(&method, &context, &request, &seen)
    }
}
