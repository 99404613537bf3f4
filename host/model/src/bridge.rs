//! What a plugin offers over the bridge, to other plugins and to the server.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::EVERY_PLUGIN;

/// Stands for the server itself in an endpoint's callers.
pub const CORE_CALLER: &str = "core";

/// Who calls a plugin where the server itself does, in headers and contexts.
pub const CORE_PLUGIN_ID: &str = "com.mattermost.server";

/// Ids that no plugin may have: it would pass for the server. The last is what the server is called
/// in headers of older releases.
pub const RESERVED_PLUGIN_IDS: [&str; 3] = [CORE_CALLER, CORE_PLUGIN_ID, "mattermost-server"];

/// An endpoint that a manifest declares. A plugin that declares some is reached by these only; one
/// that declares none answers whatever it is asked, as in Mattermost.
///
/// The version is a part of the path, so that versions live side by side: `/v1/votes`, `/v2/votes`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BridgeEndpoint {
    /// What callers name: `/api/v1/votes`, with `{name}` for a part that varies.
    pub path: String,
    /// Its version, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// What it does.
    pub description: String,
    /// Who may call it: ids of plugins, [`CORE_CALLER`], [`EVERY_PLUGIN`] for everybody.
    pub callers: BTreeSet<String>,
    /// JSON Schema of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Value>,
    /// JSON Schema of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Value>,
    /// Milliseconds for a call, where that is less than the plugin's limit `provide_ms`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// Calls a minute from each caller, where that is less than the plugin's limit
    /// `bridge_calls_per_minute`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
}

impl BridgeEndpoint {
    /// Whether a plugin, or the server where there is none, may call it.
    #[must_use]
    pub fn admits(&self, caller: Option<&str>) -> bool {
        self.callers.contains(EVERY_PLUGIN) || self.callers.contains(caller.unwrap_or(CORE_CALLER))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_are_listed_and_nobody_else_is_admitted() {
        let endpoint = |callers: &[&str]| BridgeEndpoint {
            callers: callers.iter().map(|&id| id.to_owned()).collect(),
            ..BridgeEndpoint::default()
        };
        assert!(!endpoint(&[]).admits(None) && !endpoint(&[]).admits(Some("poll")));
        assert!(endpoint(&["core"]).admits(None) && !endpoint(&["core"]).admits(Some("poll")));
        assert!(endpoint(&["poll"]).admits(Some("poll")) && !endpoint(&["poll"]).admits(None));
        assert!(endpoint(&["*"]).admits(Some("poll")) && endpoint(&["*"]).admits(None));
    }

    #[test]
    fn a_declaration_with_a_typing_error_is_refused() {
        let json = r#"{"path": "/x", "description": "d", "callers": ["*"], "respones": {}}"#;
        assert!(serde_json::from_str::<BridgeEndpoint>(json).unwrap_err().to_string().contains("respones"));
    }
}
