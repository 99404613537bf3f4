//! Settings: what the test says, over the manifest's defaults.

use serde_json::{Map, Value};

use super::{Platform, calls};

pub(super) fn install(platform: &Platform) {
    platform.answer(calls::config::LoadPluginConfiguration, |platform, ()| {
        let mut merged = lower_case(&platform.state.defaults.borrow());
        merged.extend(lower_case(&platform.state.settings.borrow()));
        Value::Object(merged).to_string()
    });
    platform.answer(calls::config::GetPluginConfig, |platform, ()| {
        Value::Object(platform.state.settings.borrow().clone()).to_string()
    });
}

/// The server hands settings to a plugin with every key in lower case.
fn lower_case(settings: &Map<String, Value>) -> Map<String, Value> {
    settings.iter().map(|(key, value)| (key.to_lowercase(), value.clone())).collect()
}

#[allow(clippy::panic, reason = "a test with a broken manifest must fail")]
pub(super) fn read_manifest(platform: &Platform, text: &str) {
    let manifest: Map<String, Value> = match serde_json::from_str(text) {
        Ok(manifest) => manifest,
        Err(error) => panic!("the manifest is no JSON object: {error}"),
    };
    if let Some(id) = manifest.get("id").and_then(Value::as_str) {
        *platform.state.plugin_id.borrow_mut() = id.to_lowercase();
    }
    let Some(schema) = manifest.get("settings_schema") else {
        return;
    };
    let sections = schema.get("sections").and_then(Value::as_array).into_iter().flatten();
    let mut defaults = platform.state.defaults.borrow_mut();
    for group in std::iter::once(schema).chain(sections) {
        for setting in group.get("settings").and_then(Value::as_array).into_iter().flatten() {
            let key = setting.get("key").and_then(Value::as_str);
            if let (Some(key), Some(default)) = (key, setting.get("default")) {
                defaults.insert(key.to_owned(), default.clone());
            }
        }
    }
}

impl Platform {
    /// Stores a setting of the plugin, over the manifest's default.
    pub fn set_setting(&self, key: &str, value: impl Into<Value>) -> &Self {
        self.state.settings.borrow_mut().insert(key.to_owned(), value.into());
        self
    }
}
