//! What runs, what does not, and why.

use serde_json::{Value, json};
use wasmoat_model::{AppError, Manifest, PluginState, PluginStatus};

use super::{Installed, settings};
use crate::{Core, websocket::Event};

/// Why a plugin does not run, or what went wrong in one that does.
#[derive(Clone, Debug)]
pub(crate) struct Trouble {
    /// Where it does not run, how it came to that.
    pub(crate) state: PluginState,
    /// The text for the admin.
    pub(crate) error: String,
}

/// Installed plugins, by whether they run.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct PluginsList {
    /// Those that run.
    pub active: Vec<Manifest>,
    /// Those that do not.
    pub inactive: Vec<Manifest>,
}

impl Core {
    /// Mattermost's `GetPlugins`: manifests of what is installed.
    ///
    /// # Errors
    ///
    /// 501 where plugins are off.
    pub fn get_plugins(&self) -> Result<PluginsList, AppError> {
        self.require_plugins()?;
        let mut list = PluginsList::default();
        for plugin in self.plugins.registry().iter() {
            let place = if self.runtime.is_active(plugin.id()) { &mut list.active } else { &mut list.inactive };
            place.push(plugin.manifest.clone());
        }
        Ok(list)
    }

    /// Mattermost's `GetPluginStatuses`: the state of everything that is installed.
    ///
    /// # Errors
    ///
    /// 501 where plugins are off.
    pub fn get_plugin_statuses(&self) -> Result<Vec<PluginStatus>, AppError> {
        self.require_plugins()?;
        Ok(self.plugin_statuses())
    }

    /// Mattermost's `GetPluginStatus`: a plugin on this node.
    ///
    /// # Errors
    ///
    /// 501 where plugins are off, 404 where it is not installed.
    pub fn get_plugin_status(&self, id: &str) -> Result<PluginStatus, AppError> {
        self.require_plugins()?;
        let plugin = self.get_plugin(&id.to_lowercase())?;
        Ok(self.plugin_status(&plugin))
    }

    /// Mattermost's `GetBundlePath`: where a plugin's installed copy lies, or would.
    #[must_use]
    pub fn get_bundle_path(&self, id: &str) -> String {
        let registry = self.plugins.registry();
        let folder = match registry.get(id) {
            Some(plugin) => self.plugins.files.folder(plugin),
            None => self.data.join("plugins").join(id),
        };
        std::path::absolute(&folder).unwrap_or(folder).display().to_string()
    }

    /// The folder of an installed plugin's files.
    pub(crate) fn plugin_folder(&self, id: &str) -> Result<std::path::PathBuf, AppError> {
        Ok(self.plugins.files.folder(&*self.get_plugin(id)?))
    }

    fn plugin_statuses(&self) -> Vec<PluginStatus> {
        self.plugins.registry().iter().map(|plugin| self.plugin_status(plugin)).collect()
    }

    fn plugin_status(&self, plugin: &Installed) -> PluginStatus {
        let trouble = self.plugins.troubles().get(plugin.id()).cloned();
        let state = match &trouble {
            _ if self.runtime.is_active(plugin.id()) => PluginState::Running,
            Some(trouble) => trouble.state,
            None => PluginState::NotRunning,
        };
        let waiting = self.plugins.pending().get(plugin.id()).map(|pending| {
            format!("Version {} waits for a system admin to approve what it asks for.", pending.manifest.version)
        });
        PluginStatus {
            plugin_id: plugin.id().to_owned(),
            cluster_id: self.cluster_id(),
            plugin_path: self.plugins.files.folder(plugin).display().to_string(),
            state,
            error: trouble.map(|trouble| trouble.error).or(waiting).unwrap_or_default(),
            name: plugin.manifest.name.clone(),
            description: plugin.manifest.description.clone(),
            version: plugin.manifest.version.clone(),
        }
    }

    /// What a plugin is and wants, what it may use and what it was granted: for the admin's eyes.
    ///
    /// # Errors
    ///
    /// 404 where it is not installed.
    pub async fn inspect_plugin(&self, id: &str) -> Result<Value, AppError> {
        let plugin = self.get_plugin(id)?;
        let config = self.config.get();
        let policy = settings::policy_of(&config, id);
        let mut shown = plugin.inspection.clone();
        if let Some(fields) = shown.as_object_mut() {
            let further = [
                ("manifest", json!(plugin.manifest)),
                ("limits", json!(settings::limits_of(&config, &plugin.manifest))),
                (
                    "policy",
                    json!({ "fail": if policy.fail_closed { "closed" } else { "open" }, "single_instance": policy.single_instance }),
                ),
                ("grant", json!(self.get_plugin_grant(&plugin).await?)),
                ("signer", json!(plugin.signer())),
                ("installed_at", json!(plugin.installed_at)),
                ("installed_by", json!(plugin.installed_by)),
            ];
            fields.extend(further.map(|(name, value)| (name.to_owned(), value)));
        }
        Ok(shown)
    }

    /// Tells admins that the state of a plugin changed.
    pub(super) fn publish_plugin_statuses(&self) {
        let statuses = json!(self.plugin_statuses());
        self.publish(Event::new("plugin_statuses_changed").data("plugin_statuses", statuses).to_everyone().sensitive());
    }

    /// Tells browsers that there is a plugin to load.
    pub(super) fn publish_plugin_enabled(&self, plugin: &Installed) {
        self.publish_manifest("plugin_enabled", plugin);
    }

    /// Tells browsers that a plugin is gone.
    pub(super) fn publish_plugin_disabled(&self, plugin: &Installed) {
        self.publish_manifest("plugin_disabled", plugin);
    }

    fn publish_manifest(&self, event: &str, plugin: &Installed) {
        if let Some(manifest) = self.client_manifest(plugin) {
            self.publish(Event::new(event).data("manifest", json!(manifest)).to_everyone());
        }
    }
}
