//! Settings from the environment: `MM_PLUGINSETTINGS_ENABLE=false` overrides `PluginSettings.Enable`.
//!
//! What is overridden is in force and shown, and never written to the file.

use serde_json::{Map, Number, Value, json};

use super::values::{Config, set};

/// Values that are in force whatever the file says, each with its path.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides(Vec<(String, Value)>);

impl Overrides {
    /// Those of the variables that name a setting; a value that does not fit its type is left out
    /// with a warning.
    pub fn read(variables: impl Iterator<Item = (String, String)>) -> Self {
        let defaults = Config::default();
        let known = defaults.leaves();
        let mut found = Vec::new();
        for (name, text) in variables {
            let Some(name) = name.strip_prefix("MM_") else { continue };
            let Some((path, default)) = known.iter().find(|(path, _)| variable(path) == name) else { continue };
            match parse(&text, default) {
                Some(value) => found.push((path.clone(), value)),
                None => tracing::warn!(variable = format!("MM_{name}"), "the value does not fit the setting `{path}`"),
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        Self(found)
    }

    /// Adds one.
    pub fn push(&mut self, path: &str, value: Value) {
        self.0.push((path.to_owned(), value));
    }

    /// Puts the overrides in force.
    pub fn apply(&self, config: &mut Config) {
        for (path, value) in &self.0 {
            config.set(path, value.clone());
        }
    }

    /// Puts back what the file says, so that an override is not written to it.
    pub fn revert(&self, config: &mut Config, stored: &Config) {
        for (path, _) in &self.0 {
            if let Some(value) = stored.value(path) {
                config.set(path, value.clone());
            }
        }
    }

    /// Mattermost's `GetEnvironmentConfig`: an object like the configuration, true where overridden.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut shown = Value::Object(Map::new());
        for (path, _) in &self.0 {
            set(&mut shown, path, json!(true));
        }
        shown
    }
}

fn variable(path: &str) -> String {
    path.replace('.', "_").to_uppercase()
}

fn parse(text: &str, default: &Value) -> Option<Value> {
    match default {
        Value::Bool(_) => match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "t" => Some(Value::Bool(true)),
            "false" | "0" | "f" => Some(Value::Bool(false)),
            _ => None,
        },
        Value::Number(_) => text.parse::<i64>().ok().map(|number| Value::Number(Number::from(number))),
        Value::String(_) => Some(Value::String(text.to_owned())),
        // Lists are separated by spaces, as in Mattermost, or written as JSON.
        Value::Array(_) => serde_json::from_str(text).ok().filter(Value::is_array).or_else(|| {
            Some(Value::Array(text.split_whitespace().map(|item| Value::String(item.to_owned())).collect()))
        }),
        Value::Object(_) => serde_json::from_str(text).ok().filter(Value::is_object),
        Value::Null => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Overrides {
        Overrides::read(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn a_variable_names_a_setting_by_section_and_key() {
        let overrides = read(&[
            ("MM_PLUGINSETTINGS_ENABLEUPLOADS", "true"),
            ("MM_TEAMSETTINGS_MAXUSERSPERTEAM", "7"),
            ("MM_SERVICESETTINGS_TRUSTEDPROXYIPHEADER", "X-Real-IP X-Forwarded-For"),
            ("MM_PLUGINSETTINGS_PLUGINSTATES", r#"{"demo":{"Enable":true}}"#),
            ("MM_SERVICESETTINGS_ENABLECOMMANDS", "perhaps"),
            ("MM_NOSUCHSETTINGS_KEY", "x"),
            ("PATH", "/bin"),
        ]);
        let mut config = Config::default();
        overrides.apply(&mut config);
        assert!(config.flag("PluginSettings.EnableUploads") && config.flag("ServiceSettings.EnableCommands"));
        assert_eq!(config.number("TeamSettings.MaxUsersPerTeam"), 7);
        assert_eq!(config.list("ServiceSettings.TrustedProxyIPHeader"), ["X-Real-IP", "X-Forwarded-For"]);
        assert!(config.is_plugin_enabled("demo"));
        assert_eq!(overrides.json().pointer("/TeamSettings/MaxUsersPerTeam"), Some(&json!(true)));
    }

    #[test]
    fn an_override_is_not_written_to_the_file() {
        let overrides = read(&[("MM_TEAMSETTINGS_SITENAME", "from the environment")]);
        let stored = Config::default();
        let mut submitted = stored.clone();
        overrides.apply(&mut submitted);
        overrides.revert(&mut submitted, &stored);
        assert_eq!(submitted, stored);
    }
}
