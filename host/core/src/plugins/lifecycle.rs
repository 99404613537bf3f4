//! Starting and stopping: makes true what the configuration's `PluginStates` says.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
};

use futures::future::join_all;
use wasmoat_model::{AppError, PluginState};
use wasmoat_runtime::{Activation, Artifact, CallContext};

use super::{
    Grant, Installed, Registry, Terms, install::blocking, permissions::not_approved, settings, signature,
    status::Trouble, store,
};
use crate::{Core, server::SERVER_VERSION};

impl Core {
    /// Reads what is installed and starts what is enabled. Compiled code comes from the cache.
    pub(crate) async fn start_plugins(&self) -> Result<(), AppError> {
        let mut connection = self.store.read().await?;
        let registry = Arc::new(Registry::new(store::plugins(&mut connection).await?));
        drop(connection);
        self.load_pending(&registry).await?;
        self.plugins.registry.store(Arc::clone(&registry));
        let (files, pending) = (self.plugins.files.clone(), self.plugins.pending());
        blocking(move || {
            if let Err(error) = files.sweep(&registry, &pending) {
                tracing::warn!(%error, "left-over plugin files could not be deleted");
            }
            Ok(())
        })
        .await?;
        // What was written into the file by hand.
        self.seal_secrets();
        self.sync_plugins(&CallContext::core()).await;
        Ok(())
    }

    /// Mattermost's `EnablePlugin`: marks it enabled and saves. That it did not start shows in its
    /// status only. On a development server this grants what the plugin asks for.
    ///
    /// # Errors
    ///
    /// 501 where plugins are off, 404 where it is not installed, 403 where its permissions have to
    /// be approved first.
    pub async fn enable_plugin(&self, cx: &CallContext, id: &str) -> Result<(), AppError> {
        self.require_plugins()?;
        let plugin = self.get_plugin(&id.to_lowercase())?;
        if self.grant_to_activate(cx, &plugin).await?.is_none() {
            return Err(not_approved(&plugin));
        }
        self.save_plugin_state(cx, plugin.id(), true).await
    }

    /// Mattermost's `DisablePlugin`: marks it disabled and saves.
    ///
    /// # Errors
    ///
    /// 501 where plugins are off, 404 where it is not installed.
    pub async fn disable_plugin(&self, cx: &CallContext, id: &str) -> Result<(), AppError> {
        self.require_plugins()?;
        let plugin = self.get_plugin(&id.to_lowercase())?;
        self.save_plugin_state(cx, plugin.id(), false).await?;
        // Disabled after faults, it does not run, and its trouble is over.
        if self.plugins.troubles().remove(plugin.id()).is_some() {
            self.publish_plugin_statuses();
        }
        Ok(())
    }

    /// Starts what is to run and does not, stops what runs and is not to, and restarts what runs
    /// with other limits than are set.
    ///
    /// A plugin may save the configuration while it is being started. Such a save does not wait
    /// for the round that is going on, which waits for the plugin: it asks for another round.
    // Boxed: a save, an activation and a plugin's call lead here from each other.
    pub(crate) fn sync_plugins<'a>(&'a self, cx: &'a CallContext) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            let again = &self.plugins.sync_again;
            again.store(true, Ordering::Release);
            while again.load(Ordering::Acquire) {
                let _round = if cx.path.depth() == 0 {
                    self.plugins.syncing.lock().await
                } else {
                    let Ok(round) = self.plugins.syncing.try_lock() else { return };
                    round
                };
                while again.swap(false, Ordering::AcqRel) {
                    self.sync_round(cx).await;
                }
            }
        })
    }

    async fn sync_round(&self, cx: &CallContext) {
        let registry = self.plugins.registry();
        let changed = join_all(registry.iter().map(|plugin| self.sync_plugin(cx, plugin))).await;
        if changed.contains(&true) {
            self.publish_plugin_statuses();
        }
    }

    /// Says whether anything about the plugin changed.
    async fn sync_plugin(&self, cx: &CallContext, plugin: &Arc<Installed>) -> bool {
        let config = self.config.get();
        let wanted = config.flag("PluginSettings.Enable") && config.is_plugin_enabled(plugin.id());
        let active = self.runtime.is_active(plugin.id());
        if !wanted {
            if active {
                self.stop_from(cx, plugin).await;
            }
            return active;
        }
        let running = self.plugins.running().get(plugin.id()).cloned();
        let as_set = self.is_as_set(plugin, running.as_ref()).await;
        let in_clear = self.secrets_open(plugin);
        if active && (as_set && in_clear.is_ok() || cx.path.contains(plugin.id())) {
            return false;
        }
        // It ran until somebody took a key away.
        let stopped = match in_clear {
            Ok(()) if active => self.verify_installed(plugin).await,
            secrets => secrets,
        };
        let activated = match stopped {
            Ok(()) => self.activate_installed(cx, plugin).await,
            Err(reason) => {
                if active {
                    self.stop_from(cx, plugin).await;
                }
                Err(reason)
            }
        };
        if activated.is_err() && active && self.is_narrowed(plugin, running.as_ref()).await {
            // With what was taken from it, it must not go on.
            self.stop_from(cx, plugin).await;
        }
        self.note_activation(plugin, &activated);
        true
    }

    /// Whether a plugin's secrets can be decrypted: without them it is not run.
    fn secrets_open(&self, plugin: &Installed) -> Result<(), String> {
        self.config.plugin_in_clear(plugin.id()).1
    }

    /// Stops a plugin. One that stops itself is stopped after its call has ended: it could not
    /// end otherwise.
    async fn stop_from(&self, cx: &CallContext, plugin: &Arc<Installed>) {
        if cx.path.contains(plugin.id()) {
            let (core, plugin) = (self.clone(), Arc::clone(plugin));
            self.tasks.spawn(async move {
                core.deactivate_plugin(&plugin).await;
                core.publish_plugin_statuses();
            });
        } else {
            self.deactivate_plugin(plugin).await;
        }
    }

    fn terms(&self, plugin: &Installed, grant: Grant) -> Terms {
        let config = self.config.get();
        Terms {
            folder: plugin.folder.clone(),
            limits: settings::limits_of(&config, &plugin.manifest),
            policy: settings::policy_of(&config, plugin.id()),
            trusted: signature::terms(&config),
            consent: grant.consent,
        }
    }

    /// Whether a plugin runs with what is set and granted.
    async fn is_as_set(&self, plugin: &Installed, running: Option<&Terms>) -> bool {
        match self.get_plugin_grant(plugin).await {
            Ok(grant) => grant.is_some_and(|grant| running == Some(&self.terms(plugin, grant))),
            Err(error) => {
                tracing::error!(plugin_id = plugin.id(), %error, "what was granted to a plugin could not be read");
                true
            }
        }
    }

    /// Whether it was granted something else than it runs with.
    async fn is_narrowed(&self, plugin: &Installed, running: Option<&Terms>) -> bool {
        let granted = self.get_plugin_grant(plugin).await.ok().flatten();
        granted.map(|grant| grant.consent).as_ref() != running.map(|terms| &terms.consent)
    }

    /// Starts an installed plugin from the disk; the reason where it does not start. What is read
    /// here may have been put there by anybody.
    async fn activate_installed(&self, cx: &CallContext, plugin: &Arc<Installed>) -> Result<(), String> {
        let artifact = self.artifact_of(plugin).await?;
        self.activate_artifact(cx, plugin, artifact).await
    }

    /// Starts a plugin from its component, in place of a version that runs.
    pub(super) async fn activate_artifact(
        &self,
        cx: &CallContext,
        plugin: &Arc<Installed>,
        artifact: Artifact,
    ) -> Result<(), String> {
        check_min_server_version(&plugin.manifest.min_server_version)?;
        self.secrets_open(plugin)?;
        let grant = self.grant_to_activate(cx, plugin).await.map_err(|error| error.to_string())?;
        let grant = grant.ok_or_else(|| not_approved(plugin).message)?;
        let missing = grant.consent.missing_required(&plugin.asked());
        if !missing.is_empty() {
            return Err(format!("the author requires what an admin did not grant: {}", missing.join(", ")));
        }
        let terms = self.terms(plugin, grant);
        let activation = Activation {
            id: plugin.id().to_owned(),
            artifact,
            limits: terms.limits.clone(),
            policy: terms.policy,
            consent: terms.consent.clone(),
            bridge: plugin.manifest.wasmoat.bridge.clone(),
        };
        self.runtime.activate(self.clone(), activation).await.map_err(|error| error.to_string())?;
        self.plugins.running().insert(plugin.id().to_owned(), terms);
        Ok(())
    }

    /// Keeps what became of a start for the status.
    pub(super) fn note_activation(&self, plugin: &Arc<Installed>, activated: &Result<(), String>) {
        match activated {
            Ok(()) => {
                tracing::info!(plugin_id = plugin.id(), version = plugin.manifest.version, "plugin activated");
                self.plugins.troubles().remove(plugin.id());
                self.publish_plugin_enabled(plugin);
            }
            Err(reason) => {
                tracing::error!(plugin_id = plugin.id(), reason, "plugin did not start");
                let trouble = Trouble { state: PluginState::FailedToStart, error: reason.clone() };
                self.plugins.troubles().insert(plugin.id().to_owned(), trouble);
                if !self.runtime.is_active(plugin.id()) {
                    self.plugin_stopped(plugin.id());
                }
            }
        }
    }

    /// Stops a plugin: no new hook reaches it, then `on-deactivate` runs.
    pub(super) async fn deactivate_plugin(&self, plugin: &Arc<Installed>) {
        self.plugins.running().remove(plugin.id());
        self.plugins.troubles().remove(plugin.id());
        self.stop_jobs_of(plugin.id());
        if self.runtime.deactivate(plugin.id()).await {
            tracing::info!(plugin_id = plugin.id(), "plugin deactivated");
            self.publish_plugin_disabled(plugin);
        }
        self.databases.close(plugin.id());
        self.plugin_stopped(plugin.id());
    }
}

fn check_min_server_version(least: &str) -> Result<(), String> {
    if least.is_empty() {
        return Ok(());
    }
    let version = |text: &str| semver::Version::parse(text).map_err(|error| format!("version `{text}`: {error}"));
    if version(SERVER_VERSION)? < version(least)? {
        return Err(format!("the plugin needs Mattermost {least}; this server is compatible with {SERVER_VERSION}"));
    }
    Ok(())
}
