//! `PluginSettings.Wasmoat`: limits of all plugins and of single ones, and how they are run.
//!
//! ```json
//! { "ApproveOnEnable": false, "RequestBytes": 10485760,
//!   "Defaults": { "filter_ms": 2000 },
//!   "Plugins": { "word-filter": { "fuel_per_call": 100000000, "fail": "closed", "single_instance": false } } }
//! ```

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use wasmoat_model::{AppError, Manifest};
use wasmoat_runtime::{Limits, Policy};

use crate::{Core, config::Config};

/// Beside the names of limits: what a faulting filter does, `open` or `closed`.
const FAIL: &str = "fail";

/// Beside the names of limits: one long-lived instance.
const SINGLE_INSTANCE: &str = "single_instance";

fn invalid(message: String) -> AppError {
    AppError::new("Config.IsValid", "model.config.is_valid.wasmoat_limits.app_error", 400, message)
}

/// Every limit and policy must be one that the runtime knows: a typing error must not leave a
/// plugin without its bound.
pub(crate) fn check(config: &Config) -> Result<(), AppError> {
    let defaults = config.map("PluginSettings.Wasmoat.Defaults").cloned().unwrap_or_default();
    limits(Limits::default(), defaults)
        .map_err(|error| invalid(format!("PluginSettings.Wasmoat.Defaults: {error}")))?;
    for (id, value) in config.map("PluginSettings.Wasmoat.Plugins").into_iter().flatten() {
        let place = format!("PluginSettings.Wasmoat.Plugins.{id}");
        let Value::Object(settings) = value else { return Err(invalid(format!("{place} must be an object."))) };
        limits(Limits::default(), settings.clone()).map_err(|error| invalid(format!("{place}: {error}")))?;
        if settings.get(FAIL).is_some_and(|fail| fail != "open" && fail != "closed") {
            return Err(invalid(format!("{place}.{FAIL} must be `open` or `closed`.")));
        }
        if settings.get(SINGLE_INSTANCE).is_some_and(|single| !single.is_boolean()) {
            return Err(invalid(format!("{place}.{SINGLE_INSTANCE} must be true or false.")));
        }
    }
    Ok(())
}

fn limits(base: Limits, mut settings: Map<String, Value>) -> Result<Limits, wasmoat_runtime::LimitError> {
    settings.remove(FAIL);
    settings.remove(SINGLE_INSTANCE);
    base.with(&settings.into_iter().collect::<BTreeMap<_, _>>())
}

fn own<'a>(config: &'a Config, id: &str) -> Option<&'a Map<String, Value>> {
    config.map("PluginSettings.Wasmoat.Plugins")?.get(id)?.as_object()
}

/// The limits of a plugin: the runtime's, the author's suggestion within what the admin set for
/// all, and what the admin set for this one.
pub(crate) fn limits_of(config: &Config, manifest: &Manifest) -> Limits {
    let defaults = config.map("PluginSettings.Wasmoat.Defaults").cloned().unwrap_or_default();
    // An author may ask for other limits where the admin says nothing, never against the admin.
    let mut suggested = Map::from_iter(manifest.wasmoat.limits.clone());
    suggested.retain(|name, _| !defaults.contains_key(name));
    let mut result = Limits::default();
    for settings in [Some(&suggested), Some(&defaults), own(config, &manifest.id)].into_iter().flatten() {
        // Checked when they were saved or installed.
        if let Ok(next) = limits(result.clone(), settings.clone()) {
            result = next;
        }
    }
    result
}

impl Core {
    /// The limits of a plugin as they are set now.
    pub(crate) fn plugin_limits(&self, plugin_id: &str) -> Limits {
        let registry = self.plugins.registry();
        // One that is not installed has no author who suggests anything.
        let unknown = Manifest { id: plugin_id.to_owned(), ..Manifest::default() };
        let manifest = registry.get(plugin_id).map_or(&unknown, |plugin| &plugin.manifest);
        limits_of(&self.config.get(), manifest)
    }
}

/// How a plugin is run.
pub(crate) fn policy_of(config: &Config, id: &str) -> Policy {
    let own = own(config, id);
    Policy {
        fail_closed: own.and_then(|own| own.get(FAIL)).is_some_and(|fail| fail == "closed"),
        single_instance: own.and_then(|own| own.get(SINGLE_INSTANCE)).and_then(Value::as_bool).unwrap_or_default(),
    }
}

/// What an author suggests must be limits that the runtime knows.
pub(crate) fn check_suggestion(manifest: &Manifest) -> Result<(), AppError> {
    Limits::default().with(&manifest.wasmoat.limits).map(drop).map_err(|error| {
        AppError::new("InstallPlugin", "app.plugin.manifest.app_error", 400, format!("The manifest's limits: {error}."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn manifest(limits: &Value) -> Manifest {
        serde_json::from_value(json!({ "id": "com.example.x", "wasmoat": { "limits": limits } })).unwrap()
    }

    #[test]
    fn the_admin_overrides_the_author() {
        let mut config = Config::default();
        config.set("PluginSettings.Wasmoat.Defaults", json!({ "filter_ms": 100 }));
        config.set("PluginSettings.Wasmoat.Plugins", json!({ "com.example.x": { "provide_ms": 7, "fail": "closed" } }));
        check(&config).unwrap();
        let limits = limits_of(&config, &manifest(&json!({ "filter_ms": 60_000, "instances": 3, "provide_ms": 9 })));
        assert_eq!((limits.filter_ms, limits.instances, limits.provide_ms), (100, 3, 7));
        assert!(policy_of(&config, "com.example.x").fail_closed);
        assert!(!policy_of(&config, "other").fail_closed);
    }

    #[test]
    fn what_the_runtime_does_not_know_is_refused() {
        for plugins in [
            json!({ "x": { "feul": 1 } }),
            json!({ "x": { "filter_ms": 0 } }),
            json!({ "x": { "fail": "sometimes" } }),
            json!({ "x": { "single_instance": 1 } }),
            json!({ "x": 1 }),
        ] {
            let mut config = Config::default();
            config.set("PluginSettings.Wasmoat.Plugins", plugins.clone());
            assert_eq!(check(&config).unwrap_err().id, "model.config.is_valid.wasmoat_limits.app_error", "{plugins}");
        }
        assert_eq!(check_suggestion(&manifest(&json!({ "filter_ms": -1 }))).unwrap_err().status_code, 400);
    }
}
