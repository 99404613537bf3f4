//! What a plugin's author asks for beside Mattermost's manifest, and why; and what an admin
//! allowed of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::{BridgeEndpoint, json};

/// Stands for every plugin in a list of plugins.
pub const EVERY_PLUGIN: &str = "*";

/// What a Wasmoat plugin says about itself beside Mattermost's manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ManifestWasmoat {
    /// Permission to the author's reason for it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub permissions: BTreeMap<String, Reason>,
    /// Host for outbound HTTP to the reason for it: `api.example.org`, `*.example.org`, with
    /// `:port` where it is not that of the scheme, `http://` before it for plain HTTP and `private:`
    /// before that for a name in a private network. The runtime's `HostRule` has the whole form.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub hosts: BTreeMap<String, Reason>,
    /// Id of a plugin that this one calls to the reason for it; [`EVERY_PLUGIN`] for any.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub plugins: BTreeMap<String, Reason>,
    /// A directory of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<StorageNeed>,
    /// An SQL database of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<StorageNeed>,
    /// Limits that the author suggests; names and units are those of the plugin's limit settings.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<String, Value>,
    /// What it offers to other plugins and to the server.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bridge: Vec<BridgeEndpoint>,
}

/// Why something is needed. In JSON a text, or an object where the plugin is nothing without it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reason {
    /// The author's words.
    pub reason: String,
    /// Without it the plugin is not to be activated.
    pub required: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LongReason {
    reason: String,
    #[serde(default)]
    required: bool,
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.required {
            LongReason { reason: self.reason.clone(), required: true }.serialize(serializer)
        } else {
            self.reason.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a text, or an object of `reason` and `required`")]
        enum Form {
            Short(String),
            Long(LongReason),
        }
        Ok(match Form::deserialize(deserializer)? {
            Form::Short(reason) => Self { reason, required: false },
            Form::Long(LongReason { reason, required }) => Self { reason, required },
        })
    }
}

/// Storage that a plugin asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StorageNeed {
    /// The author's words.
    pub reason: String,
    /// Without it the plugin is not to be activated.
    #[serde(skip_serializing_if = "json::is_default")]
    pub required: bool,
}

/// What an admin allowed a plugin. What is not listed is denied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Consent {
    /// Permissions of its imports.
    pub permissions: BTreeSet<String>,
    /// Hosts for outbound HTTP, as in [`ManifestWasmoat::hosts`].
    pub hosts: BTreeSet<String>,
    /// Plugins that it may call, as in [`ManifestWasmoat::plugins`].
    pub plugins: BTreeSet<String>,
    /// It may have a directory of its own.
    pub directory: bool,
    /// It may have a database of its own.
    pub database: bool,
    /// The only teams whose content it may see and change; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teams: Option<BTreeSet<String>>,
    /// The only channels whose content it may see and change; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<BTreeSet<String>>,
}

impl Consent {
    /// Whether it may call a plugin.
    #[must_use]
    pub fn may_call(&self, plugin_id: &str) -> bool {
        self.plugins.contains(EVERY_PLUGIN) || self.plugins.contains(plugin_id)
    }

    /// Whether it is kept to some teams or channels.
    #[must_use]
    pub const fn is_scoped(&self) -> bool {
        self.teams.is_some() || self.channels.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_reason_is_a_text_or_says_that_it_is_required() {
        let asked =
            json!({ "permissions": { "kv": "Votes.", "posts.write": { "reason": "Polls.", "required": true } } });
        let read: ManifestWasmoat = serde_json::from_value(asked.clone()).unwrap();
        assert!(!read.permissions["kv"].required && read.permissions["posts.write"].required);
        assert_eq!(json!(read), asked);
        let nonsense = json!({ "permissions": { "kv": 1 } });
        assert!(serde_json::from_value::<ManifestWasmoat>(nonsense).unwrap_err().to_string().contains("a text"));
    }

    #[test]
    fn who_may_be_called_is_listed() {
        let consent = |plugins: &[&str]| Consent {
            plugins: plugins.iter().map(|&id| id.to_owned()).collect(),
            ..Consent::default()
        };
        assert!(!consent(&[]).may_call("poll"));
        assert!(consent(&["poll"]).may_call("poll") && !consent(&["poll"]).may_call("polls"));
        assert!(consent(&["*"]).may_call("poll"));
    }
}
