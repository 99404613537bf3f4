//! Saving: what is put back, checked, persisted, and who is told, in Mattermost's order.

use serde_json::{Map, Value};
use wasmoat_model::AppError;
use wasmoat_runtime::{CallContext, ConfigurationWillBeSaved};

use super::{Config, ConfigError, Saved, sanitise, secrets};
use crate::{Core, plugins::Registry, rejection::rejected, websocket::Event};

/// Settings of what may be installed at all. No save changes them, an admin's as little as a
/// plugin's: they are set in the file or in the environment.
const FILE_ONLY: [&str; 2] = ["PluginSettings.RequirePluginSignature", "PluginSettings.SignaturePublicKeyFiles"];

pub(super) fn not_persisted(error: &ConfigError) -> AppError {
    tracing::error!(%error, "configuration failed");
    AppError::new("saveConfig", "app.save_config.app_error", 500, "The configuration could not be stored.")
        .detail(error)
}

/// Who is let in, and within which limits: no plugin decides that, neither by saving the configuration
/// nor by having its way with one that is being saved. Beside it, [`FILE_ONLY`] is nobody's to save.
const ADMINS_ONLY: &str = "PluginSettings.Wasmoat";

impl Core {
    /// Mattermost's `GetSanitizedConfig`: secrets masked, settings of plugins that are not
    /// installed left out.
    #[must_use]
    pub fn get_sanitized_config(&self) -> Config {
        let registry = self.plugins.registry();
        sanitise::sanitised(&self.config.get(), &registry.manifests())
    }

    /// Mattermost's `SaveConfig`: replaces the whole configuration. Defaults are filled in, masked
    /// secrets put back, environment overrides kept out of the file; then, where anything
    /// changed, plugins are started and stopped and every active one is told, before this returns.
    ///
    /// # Errors
    ///
    /// 403 where the configuration is read-only, 400 where a setting makes no sense, 500 where it
    /// cannot be stored.
    pub async fn save_config(&self, cx: &CallContext, config: &Value) -> Result<(), AppError> {
        self.change_config(cx, |_| Config::with_defaults(config)).await
    }

    /// Mattermost's `PatchConfig`: replaces what the patch names.
    ///
    /// # Errors
    ///
    /// As [`Core::save_config`].
    pub async fn patch_config(&self, cx: &CallContext, patch: &Value) -> Result<(), AppError> {
        self.change_config(cx, |current| {
            let mut next = current.clone();
            next.patch(patch);
            next
        })
        .await
    }

    /// Mattermost's `SavePluginConfig`: replaces the settings of one plugin.
    ///
    /// # Errors
    ///
    /// As [`Core::save_config`].
    pub async fn save_plugin_config(
        &self,
        cx: &CallContext,
        plugin_id: &str,
        settings: Map<String, Value>,
    ) -> Result<(), AppError> {
        let id = plugin_id.to_lowercase();
        self.change_config(cx, move |current| {
            let mut next = current.clone();
            next.set_plugin(&id, settings.clone());
            next
        })
        .await
    }

    /// Flips `PluginStates` of one plugin and saves.
    pub(crate) async fn save_plugin_state(&self, cx: &CallContext, id: &str, enable: bool) -> Result<(), AppError> {
        let changed = self.replace_config(|_, current, _| {
            let mut next = current.clone();
            next.set_plugin_enabled(id, enable);
            Ok(next)
        })?;
        // Enabling what is enabled already tries a plugin again that did not start.
        match changed {
            Some(saved) => self.config_changed(cx, &saved).await,
            None => self.sync_plugins(cx).await,
        }
        Ok(())
    }

    /// Mattermost's `ReloadConfig`: reads the file again, as if it had been saved.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read or a setting makes no sense.
    pub async fn reload_config(&self, cx: &CallContext) -> Result<(), AppError> {
        if let Some(saved) = self.config.reload()? {
            self.config_changed(cx, &saved).await;
        }
        Ok(())
    }

    /// Asks the plugins, puts masked secrets back, checks, persists, and tells everybody.
    async fn change_config(
        &self,
        cx: &CallContext,
        change: impl Fn(&Config) -> Config + Send + Sync,
    ) -> Result<(), AppError> {
        let current = self.config.get();
        if current.flag("ExperimentalSettings.RestrictSystemAdmin") || current.flag("ClusterSettings.ReadOnlyConfig") {
            return Err(AppError::new(
                "saveConfig",
                "ent.cluster.save_config.error",
                403,
                "The configuration is read-only.",
            ));
        }
        let replaced = self.ask_plugins_about_config(cx, &change).await?;
        let changed = self.replace_config(|_, current, registry| {
            let manifests = registry.manifests();
            let submitted = change(current);
            let mut next = match replaced {
                Some(mut replaced) => {
                    sanitise::restore(&mut replaced, &submitted, &manifests);
                    replaced
                }
                None => submitted.clone(),
            };
            let decided = if cx.plugin_id().is_some() { current } else { &submitted };
            next.set(ADMINS_ONLY, decided.value(ADMINS_ONLY).cloned().unwrap_or_default());
            sanitise::restore(&mut next, current, &manifests);
            for path in FILE_ONLY {
                if let Some(value) = current.value(path) {
                    next.set(path, value.clone());
                }
            }
            Ok(next)
        })?;
        if let Some(saved) = changed {
            self.config_changed(cx, &saved).await;
        }
        Ok(())
    }

    /// `ConfigurationWillBeSaved`: the configuration that plugins want instead, if they want
    /// another one. They see it as submitted, but for secrets: those are masked, new ones too, and
    /// put back into what they answer. What a plugin may read of secrets, its permissions say.
    async fn ask_plugins_about_config(
        &self,
        cx: &CallContext,
        change: &(impl Fn(&Config) -> Config + Send + Sync),
    ) -> Result<Option<Config>, AppError> {
        if !self.runtime.implements::<ConfigurationWillBeSaved>() {
            return Ok(None);
        }
        let submitted = change(&self.get_sanitized_config());
        let submitted = sanitise::sanitised(&submitted, &self.plugins.registry().manifests()).json().to_string();
        let asked =
            self.runtime.filter::<ConfigurationWillBeSaved, String, _>(cx, submitted.clone(), |_, text| (text,));
        let id = "app.save_config.plugin_hook_error";
        let answer = asked.await.map_err(|rejection| rejected("saveConfig", id, "", rejection))?;
        if answer == submitted {
            return Ok(None);
        }
        match serde_json::from_str::<Value>(&answer) {
            Ok(config @ Value::Object(_)) => Ok(Some(Config::with_defaults(&config))),
            _ => Err(AppError::new("saveConfig", id, 400, "A plugin wants a configuration that is no JSON object.")),
        }
    }

    /// Encrypts secrets that stand in clear, where a manifest came or is about to go. Nobody is
    /// told: no setting changes.
    pub(crate) fn seal_secrets(&self) {
        if let Err(error) = self.replace_config(|_, current, _| Ok(current.clone())) {
            tracing::warn!(%error, "secret settings of plugins were not encrypted");
        }
    }

    fn replace_config(
        &self,
        change: impl FnOnce(&Self, &Config, &Registry) -> Result<Config, AppError>,
    ) -> Result<Option<Saved>, AppError> {
        let registry = self.plugins.registry();
        self.config.replace(|current| {
            let mut next = change(self, current, &registry)?;
            secrets::seal_all(&mut next, current, &registry.manifests(), &self.config.secrets)?;
            Ok(next)
        })
    }

    /// Tells everybody: plugins start and stop, then each active one hears of it, then clients do.
    async fn config_changed(&self, cx: &CallContext, saved: &Saved) {
        self.files.reconfigure(&saved.new);
        self.sync_plugins(cx).await;
        self.runtime.configuration_changed(cx).await;
        self.cloud_limits_changed(cx, &saved.old, &saved.new);
        if self.client_config(&saved.old, true) != self.client_config(&saved.new, true) {
            self.publish_config_changed(&saved.new);
        }
    }

    fn publish_config_changed(&self, config: &Config) {
        let config = Value::Object(self.client_config(config, true));
        self.publish(Event::new("config_changed").data("config", config).to_everyone());
    }

    /// What a client sees of a configuration.
    #[must_use]
    pub fn client_config(&self, config: &Config, logged_in: bool) -> Map<String, Value> {
        super::client_config(config, self.get_diagnostic_id(), self.get_system_install_date(), logged_in)
    }

    /// Mattermost's `LoadPluginConfiguration`: the stored settings over the manifest's defaults,
    /// those of sections too; every key in lower case, secrets in clear. A plugin whose secrets
    /// cannot be decrypted is not run; should it ask nonetheless, it gets the ciphertext.
    #[must_use]
    pub fn load_plugin_configuration(&self, plugin_id: &str) -> Map<String, Value> {
        let registry = self.plugins.registry();
        let defaults = registry.get(plugin_id).into_iter().flat_map(|plugin| plugin.manifest.settings());
        let mut settings: Map<String, Value> =
            defaults.map(|setting| (setting.key.to_lowercase(), setting.default.clone())).collect();
        let (stored, opened) = self.config.plugin_in_clear(plugin_id);
        if let Err(reason) = opened {
            tracing::error!(plugin_id, reason, "a plugin reads settings that are not in clear");
        }
        settings.extend(stored.into_iter().map(|(key, value)| (key.to_lowercase(), value)));
        settings
    }
}
