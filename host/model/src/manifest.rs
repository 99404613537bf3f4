//! The plugin manifest: Mattermost's `plugin.json`, and what Wasmoat adds to it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{AppError, ManifestWasmoat, RESERVED_PLUGIN_IDS, json};

/// Fewest and most characters of a plugin id.
pub const PLUGIN_ID_LENGTH: std::ops::RangeInclusive<usize> = 3..=190;

/// Mattermost's `Manifest`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Manifest {
    /// 3 to 190 characters of `A-Z a-z 0-9 - _ .`; lower-cased on load.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// What the plugin does.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Home page, http or https.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub homepage_url: String,
    /// Where to get help, http or https.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub support_url: String,
    /// Release notes, http or https.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub release_notes_url: String,
    /// Relative path of an SVG in the bundle.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub icon_path: String,
    /// Strict semantic version.
    pub version: String,
    /// Oldest Mattermost version that the plugin works with.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub min_server_version: String,
    /// The server side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<ManifestServer>,
    /// The browser side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webapp: Option<ManifestWebapp>,
    /// The form of the System Console.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings_schema: Option<PluginSettingsSchema>,
    /// Free JSON for other plugins and clients.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub props: BTreeMap<String, Value>,
    /// Wasmoat's part: what the author asks for, and why.
    #[serde(skip_serializing_if = "json::is_default")]
    pub wasmoat: ManifestWasmoat,
}

/// The server side of a manifest. Wasmoat's bundles name the component in `executable` or hold
/// exactly one `.wasm`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ManifestServer {
    /// `os-arch` to relative path.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub executables: BTreeMap<String, String>,
    /// Relative path, for every platform.
    pub executable: String,
}

/// The browser side of a manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ManifestWebapp {
    /// Relative path of the JavaScript.
    pub bundle_path: String,
}

/// The settings form of a plugin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PluginSettingsSchema {
    /// Markdown above the form.
    pub header: String,
    /// Markdown below the form.
    pub footer: String,
    /// Settings outside sections.
    #[serde(deserialize_with = "null_is_empty")]
    pub settings: Vec<PluginSetting>,
    /// Settings in sections.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "null_is_empty")]
    pub sections: Vec<PluginSettingsSection>,
}

/// A section of the settings form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PluginSettingsSection {
    /// Name of the section.
    pub key: String,
    /// Title.
    pub title: String,
    /// Subtitle.
    pub subtitle: String,
    /// Settings.
    #[serde(deserialize_with = "null_is_empty")]
    pub settings: Vec<PluginSetting>,
    /// Markdown above.
    pub header: String,
    /// Markdown below.
    pub footer: String,
    /// Drawn by the browser side.
    pub custom: bool,
    /// Drawn as ordinary settings where the browser side is missing.
    pub fallback: bool,
}

/// One setting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PluginSetting {
    /// Name in the configuration; compared without case.
    pub key: String,
    /// Label.
    pub display_name: String,
    /// `bool`, `dropdown`, `generated`, `radio`, `text`, `longtext`, `number`, `username`, `custom`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Markdown.
    pub help_text: String,
    /// Type `generated` only.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub regenerate_help_text: String,
    /// Shown in the empty field.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub placeholder: String,
    /// Value where nothing is stored.
    pub default: Value,
    /// Choices of `dropdown` and `radio`.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "null_is_empty")]
    pub options: Vec<PluginOption>,
    /// `cloud` or `on-prem`: hides the field in the other kind of console.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hosting: String,
    /// Masked wherever configuration is shown.
    pub secret: bool,
}

/// A choice of a setting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PluginOption {
    /// Label.
    pub display_name: String,
    /// Stored value.
    pub value: String,
}

fn null_is_empty<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.unwrap_or_default())
}

/// Mattermost's `IsValidPluginId`: 3 to 190 characters of `A-Z a-z 0-9 - _ .`.
#[must_use]
pub fn is_valid_plugin_id(id: &str) -> bool {
    PLUGIN_ID_LENGTH.contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        // Ids become folder names.
        && !id.bytes().all(|byte| byte == b'.')
}

impl Manifest {
    /// Lower-cases the id and checks what an install checks.
    ///
    /// # Errors
    ///
    /// 400 for a bad id, version or `min_server_version`.
    pub fn normalise(mut self) -> Result<Self, AppError> {
        self.id = self.id.to_lowercase();
        if !is_valid_plugin_id(&self.id) {
            return Err(AppError::new(
                "Manifest.IsValid",
                "app.plugin.invalid_id.app_error",
                400,
                format!(
                    "Plugin id `{}` must be {} to {} characters of letters, digits, `-`, `_` and `.`.",
                    self.id.chars().take(200).collect::<String>(),
                    PLUGIN_ID_LENGTH.start(),
                    PLUGIN_ID_LENGTH.end()
                ),
            ));
        }
        if RESERVED_PLUGIN_IDS.contains(&self.id.as_str()) {
            let message = format!("Plugin id `{}` is what the server itself is called.", self.id);
            return Err(AppError::new("Manifest.IsValid", "app.plugin.invalid_id.app_error", 400, message));
        }
        Ok(self)
    }

    /// Every setting, of the form and of its sections.
    pub fn settings(&self) -> impl Iterator<Item = &PluginSetting> {
        self.settings_schema.iter().flat_map(|schema| {
            schema.settings.iter().chain(schema.sections.iter().flat_map(|section| &section.settings))
        })
    }

    /// Whether the setting of this key, compared without case, is marked secret.
    #[must_use]
    pub fn is_secret(&self, key: &str) -> bool {
        self.settings().any(|setting| setting.secret && setting.key.eq_ignore_ascii_case(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_plugin_passes_for_the_server() {
        for id in ["core", "Com.Mattermost.Server", "mattermost-server"] {
            let manifest = Manifest { id: id.to_owned(), ..Manifest::default() };
            assert!(manifest.normalise().unwrap_err().message.contains("the server itself"), "{id}");
        }
    }
}
