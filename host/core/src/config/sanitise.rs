//! Secrets: masked wherever the configuration is shown, put back where a mask is saved.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use wasmoat_model::Manifest;

use super::{Config, secrets};

/// What is shown in place of a secret: 32 asterisks.
pub const MASK: &str = "********************************";

/// The server's own secrets.
const SECRETS: &[&str] = &[
    "ServiceSettings.GoogleDeveloperKey",
    "ServiceSettings.GiphySdkKey",
    "ServiceSettings.SplitKey",
    "SqlSettings.DataSource",
    "SqlSettings.DataSourceReplicas",
    "SqlSettings.DataSourceSearchReplicas",
    "SqlSettings.AtRestEncryptKey",
    "FileSettings.PublicLinkSalt",
    "FileSettings.AmazonS3SecretAccessKey",
    "EmailSettings.SMTPPassword",
    "GitLabSettings.Secret",
    "GoogleSettings.Secret",
    "Office365Settings.Secret",
    "OpenIdSettings.Secret",
    "LdapSettings.BindPassword",
    "ElasticsearchSettings.Password",
    "CacheSettings.RedisPassword",
    "PluginSettings.Wasmoat.Database.DataSource",
    "MessageExportSettings.GlobalRelaySettings.SMTPPassword",
];

/// Manifests of the installed plugins, by id.
pub type Manifests<'a> = BTreeMap<&'a str, &'a Manifest>;

/// The whole configuration with secrets masked, without the settings of plugins that are not
/// installed.
pub fn sanitised(config: &Config, manifests: &Manifests<'_>) -> Config {
    let mut shown = config.clone();
    for path in SECRETS {
        match config.value(path) {
            Some(Value::String(secret)) if !secret.is_empty() => shown.set(path, Value::from(MASK)),
            Some(Value::Array(secrets)) => {
                shown.set(path, secrets.iter().map(|_| MASK).collect());
            }
            _ => {}
        }
    }
    let stored = config.map("PluginSettings.Plugins").into_iter().flatten();
    let plugins: Map<String, Value> =
        stored.filter_map(|(id, settings)| Some((id.clone(), masked(settings, manifests.get(id.as_str())?)))).collect();
    shown.set("PluginSettings.Plugins", Value::Object(plugins));
    shown
}

/// A plugin's settings with those masked that its manifest marks secret, empty ones too, and those
/// that were encrypted when an earlier manifest did.
fn masked(settings: &Value, manifest: &Manifest) -> Value {
    let Value::Object(settings) = settings else { return settings.clone() };
    let mask = |(key, value): (&String, &Value)| {
        let secret = manifest.is_secret(key) || secrets::is_sealed(value);
        let value = if secret { Value::from(MASK) } else { value.clone() };
        (key.clone(), value)
    };
    Value::Object(settings.iter().map(mask).collect())
}

/// Puts the secrets in force back where a masked one was submitted.
pub fn restore(submitted: &mut Config, current: &Config, manifests: &Manifests<'_>) {
    for path in SECRETS {
        let masked = match submitted.value(path) {
            Some(Value::String(text)) => text == MASK,
            Some(Value::Array(list)) => !list.is_empty() && list.iter().all(|item| item == MASK),
            _ => false,
        };
        if masked && let Some(secret) = current.value(path) {
            submitted.set(path, secret.clone());
        }
    }
    let mut plugins = submitted.map("PluginSettings.Plugins").cloned().unwrap_or_default();
    for (id, settings) in &mut plugins {
        if let Value::Object(settings) = settings {
            restore_plugin(settings, &current.plugin(id), manifests.get(id.as_str()).copied());
        }
    }
    // What is not shown cannot be sent back: settings of plugins that are not installed stay.
    for (id, settings) in current.map("PluginSettings.Plugins").into_iter().flatten() {
        if !manifests.contains_key(id.as_str()) {
            plugins.entry(id.clone()).or_insert_with(|| settings.clone());
        }
    }
    submitted.set("PluginSettings.Plugins", Value::Object(plugins));
}

fn restore_plugin(settings: &mut Map<String, Value>, current: &Map<String, Value>, manifest: Option<&Manifest>) {
    for (key, value) in settings.iter_mut().filter(|(_, value)| *value == MASK) {
        let stored = secrets::stored(Some(current), key);
        if manifest.is_some_and(|manifest| manifest.is_secret(key)) || stored.is_some_and(secrets::is_sealed) {
            // A mask over nothing is nothing.
            *value = stored.cloned().unwrap_or_else(|| Value::from(""));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn manifest() -> Manifest {
        serde_json::from_value(json!({
            "id": "moat",
            "settings_schema": {
                "settings": [{ "key": "Token", "secret": true }, { "key": "Name" }],
                "sections": [{ "key": "s", "settings": [{ "key": "Deep", "secret": true }] }],
            },
        }))
        .unwrap()
    }

    fn config() -> Config {
        let mut config = Config::default();
        config.set("EmailSettings.SMTPPassword", json!("mail"));
        let settings = json!({ "token": "s3cret", "Name": "n", "Deep": "" });
        config.set_plugin("moat", settings.as_object().unwrap().clone());
        config.set_plugin("gone", Map::from_iter([("k".to_owned(), json!(1))]));
        config
    }

    #[test]
    fn secrets_are_masked_and_plugins_that_are_not_installed_are_left_out() {
        let (config, manifest) = (config(), manifest());
        let shown = sanitised(&config, &Manifests::from([("moat", &manifest)]));
        assert_eq!(shown.text("EmailSettings.SMTPPassword"), MASK);
        assert_eq!(shown.text("LdapSettings.BindPassword"), "", "an empty secret of the server is shown empty");
        let expected = json!({ "token": MASK, "Name": "n", "Deep": MASK });
        assert_eq!(Value::Object(shown.plugin("moat")), expected, "an empty one of a plugin is not");
        assert!(shown.plugin("gone").is_empty());
    }

    #[test]
    fn saving_what_was_shown_changes_nothing() {
        let (config, manifest) = (config(), manifest());
        let manifests = Manifests::from([("moat", &manifest)]);
        let mut submitted = sanitised(&config, &manifests);
        restore(&mut submitted, &config, &manifests);
        assert_eq!(submitted, config);
    }

    #[test]
    fn a_mask_under_another_spelling_of_the_key_is_restored() {
        let (config, manifest) = (config(), manifest());
        let manifests = Manifests::from([("moat", &manifest)]);
        let mut submitted = config.clone();
        submitted.set_plugin("moat", Map::from_iter([("TOKEN".to_owned(), json!(MASK))]));
        restore(&mut submitted, &config, &manifests);
        assert_eq!(submitted.plugin("moat").get("TOKEN"), Some(&json!("s3cret")));
    }
}
