//! Reads the assertion of a SAML login, and refuses whoever is of the department `sales`.

use serde_json::Value;
use wasmoat::prelude::*;

/// The plugin.
#[derive(Debug, Default)]
pub struct SamlGuard;

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for SamlGuard {
    fn on_saml_login(&self, _: PluginContext, user: User, assertion: String) -> OnSamlLoginVerdict {
        let assertion: Value = serde_json::from_str(&assertion).unwrap_or_default();
        if assertion["Values"]["department"]["Values"][0]["Value"] == "sales" {
            return OnSamlLoginVerdict::Reject(format!("{} is of sales", user.username));
        }
        OnSamlLoginVerdict::Allow
    }
}
