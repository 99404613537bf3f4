//! The configuration as a value: Mattermost's sections and names, read by path.

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::{Map, Value};

/// What holds where nothing is stored. Its types are also what a save is checked against.
static DEFAULTS: LazyLock<Value> =
    // A test reads it; an unreadable file would show as every default missing.
    LazyLock::new(|| serde_json::from_str(include_str!("defaults.json")).unwrap_or_default());

/// Objects whose keys are data, not settings: a save or a patch replaces them whole.
const MAPS: [&str; 5] = [
    "PluginSettings.Plugins",
    "PluginSettings.PluginStates",
    "PluginSettings.Wasmoat.Defaults",
    "PluginSettings.Wasmoat.Plugins",
    "FeatureFlags",
];

/// The whole configuration, defaults filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub(super) values: Value,
}

impl Default for Config {
    fn default() -> Self {
        Self { values: DEFAULTS.clone() }
    }
}

impl Config {
    /// The stored values over the defaults. Keys that no default knows pass through.
    #[must_use]
    pub fn with_defaults(stored: &Value) -> Self {
        let mut values = DEFAULTS.clone();
        overlay(&mut values, stored, "");
        Self { values }
    }

    /// The whole as JSON.
    #[must_use]
    pub const fn json(&self) -> &Value {
        &self.values
    }

    /// The value at a path like `ServiceSettings.SiteURL`.
    #[must_use]
    pub fn value(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(&self.values, |value, key| value.get(key))
    }

    /// A boolean setting.
    #[must_use]
    pub fn flag(&self, path: &str) -> bool {
        let flag = self.value(path).and_then(Value::as_bool);
        debug_assert!(flag.is_some(), "the setting `{path}` has no default");
        flag.unwrap_or_default()
    }

    /// A feature flag; off where it is not set.
    #[must_use]
    pub fn feature_flag(&self, name: &str) -> bool {
        self.map("FeatureFlags").and_then(|flags| flags.get(name)?.as_bool()).unwrap_or_default()
    }

    /// A number.
    #[must_use]
    pub fn number(&self, path: &str) -> i64 {
        let number = self.value(path).and_then(Value::as_i64);
        debug_assert!(number.is_some(), "the setting `{path}` has no default");
        number.unwrap_or_default()
    }

    /// A text.
    #[must_use]
    pub fn text(&self, path: &str) -> &str {
        let text = self.value(path).and_then(Value::as_str);
        debug_assert!(text.is_some(), "the setting `{path}` has no default");
        text.unwrap_or_default()
    }

    /// A list of texts.
    #[must_use]
    pub fn list(&self, path: &str) -> Vec<&str> {
        let list = self.value(path).and_then(Value::as_array);
        debug_assert!(list.is_some(), "the setting `{path}` has no default");
        list.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// A setting whose keys are data.
    #[must_use]
    pub fn map(&self, path: &str) -> Option<&Map<String, Value>> {
        self.value(path).and_then(Value::as_object)
    }

    /// The stored settings of a plugin; keys as stored.
    #[must_use]
    pub fn plugin(&self, id: &str) -> Map<String, Value> {
        let plugins = self.map("PluginSettings.Plugins");
        plugins.and_then(|plugins| plugins.get(id)).and_then(Value::as_object).cloned().unwrap_or_default()
    }

    /// Whether `PluginStates` says that a plugin is to run.
    #[must_use]
    pub fn is_plugin_enabled(&self, id: &str) -> bool {
        let states = self.map("PluginSettings.PluginStates");
        states.and_then(|states| states.get(id)?.get("Enable")?.as_bool()).unwrap_or_default()
    }

    /// Sets the value at a path, making the objects on the way.
    pub fn set(&mut self, path: &str, value: Value) {
        set(&mut self.values, path, value);
    }

    /// Sets whether a plugin is to run.
    pub fn set_plugin_enabled(&mut self, id: &str, enable: bool) {
        // An id has dots of its own, so it is no part of a path.
        let mut states = self.map("PluginSettings.PluginStates").cloned().unwrap_or_default();
        states.insert(id.to_owned(), serde_json::json!({ "Enable": enable }));
        self.set("PluginSettings.PluginStates", Value::Object(states));
    }

    /// Replaces the stored settings of a plugin.
    pub fn set_plugin(&mut self, id: &str, settings: Map<String, Value>) {
        let mut plugins = self.map("PluginSettings.Plugins").cloned().unwrap_or_default();
        plugins.insert(id.to_owned(), Value::Object(settings));
        self.set("PluginSettings.Plugins", Value::Object(plugins));
    }

    /// The values of `patch` over these; what is absent or null in it stays.
    pub fn patch(&mut self, patch: &Value) {
        overlay(&mut self.values, patch, "");
    }

    /// The first setting whose type is not that of its default, with both types.
    pub(super) fn mistyped(&self) -> Option<(String, &'static str, &'static str)> {
        mistyped(&self.values, &DEFAULTS, "")
    }

    /// Every setting that is not an object, with its path.
    pub(super) fn leaves(&self) -> BTreeMap<String, &Value> {
        let mut found = BTreeMap::new();
        leaves(&self.values, "", &mut found);
        found
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn overlay(base: &mut Value, over: &Value, path: &str) {
    match (base, over) {
        // As in Go, null is as if absent.
        (_, Value::Null) => {}
        (Value::Object(base), Value::Object(over)) if !MAPS.contains(&path) => {
            for (key, value) in over {
                match base.get_mut(key) {
                    Some(old) => overlay(old, value, &join(path, key)),
                    None if value.is_null() => {}
                    None => {
                        base.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (base, over) => *base = over.clone(),
    }
}

pub(super) fn set(values: &mut Value, path: &str, value: Value) {
    let Some((key, rest)) = path.split_once('.') else {
        if let Value::Object(object) = values {
            object.insert(path.to_owned(), value);
        }
        return;
    };
    if let Value::Object(object) = values {
        let inner = object.entry(key).or_insert_with(|| Value::Object(Map::new()));
        set(inner, rest, value);
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(number) if number.is_i64() || number.is_u64() => "a whole number",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn mistyped(value: &Value, default: &Value, path: &str) -> Option<(String, &'static str, &'static str)> {
    let (is, should) = (kind(value), kind(default));
    if is != should {
        return Some((path.to_owned(), is, should));
    }
    let (Value::Object(values), Value::Object(defaults)) = (value, default) else { return None };
    defaults.iter().find_map(|(key, default)| mistyped(values.get(key)?, default, &join(path, key)))
}

fn leaves<'a>(value: &'a Value, path: &str, found: &mut BTreeMap<String, &'a Value>) {
    match value {
        Value::Object(object) if !MAPS.contains(&path) => {
            for (key, value) in object {
                leaves(value, &join(path, key), found);
            }
        }
        _ => {
            found.insert(path.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn defaults_are_filled_in_and_unknown_keys_pass_through() {
        let config = Config::with_defaults(&json!({
            "TeamSettings": { "SiteName": "Moat", "FromTheFuture": 1, "MaxUsersPerTeam": null },
            "FutureSettings": { "On": true },
        }));
        assert_eq!(config.text("TeamSettings.SiteName"), "Moat");
        assert_eq!(config.number("TeamSettings.MaxUsersPerTeam"), 50);
        assert!(config.flag("FutureSettings.On"));
        assert_eq!(config.number("TeamSettings.FromTheFuture"), 1);
        assert!(!config.flag("PluginSettings.EnableUploads"));
    }

    #[test]
    fn a_plugin_with_dots_in_its_id_has_settings_and_a_state() {
        let mut config = Config::default();
        config.set_plugin("com.example.x", Map::from_iter([("Key".to_owned(), json!("v"))]));
        config.set_plugin_enabled("com.example.x", true);
        assert_eq!(config.plugin("com.example.x").get("Key"), Some(&json!("v")));
        assert!(config.is_plugin_enabled("com.example.x"));
        assert!(!config.is_plugin_enabled("com"));
    }

    #[test]
    fn a_patch_replaces_maps_and_merges_sections() {
        let mut config = Config::default();
        config.set_plugin("a", Map::new());
        config.patch(&json!({ "PluginSettings": { "Plugins": { "b": {} }, "EnableUploads": true } }));
        assert_eq!(config.map("PluginSettings.Plugins").unwrap().keys().collect::<Vec<_>>(), ["b"]);
        assert!(config.flag("PluginSettings.EnableUploads") && config.flag("PluginSettings.Enable"));
    }

    #[test]
    fn a_value_of_the_wrong_type_is_named() {
        let mut config = Config::default();
        assert_eq!(config.mistyped(), None);
        config.set("ServiceSettings.EnableCommands", json!("yes"));
        assert_eq!(config.mistyped(), Some(("ServiceSettings.EnableCommands".to_owned(), "text", "true or false")));
    }
}
