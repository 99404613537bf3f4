//! New versions that wait: their files lie beside those of the installed one, their row says so, and
//! the installed version goes on until an admin has decided.

use std::sync::Arc;

use wasmoat_model::{AppError, Consent};
use wasmoat_runtime::{Artifact, CallContext};

use super::{
    Grant, Installed, Registry,
    grants::{Renewal, renewal},
    install::{blocking, error, not_activated},
    permissions::check_consent,
    store,
};
use crate::Core;

impl Core {
    /// Whether a new version has to wait. One that asks for no more gets the grant of the installed
    /// one; on a development server any does, and what is new beside.
    pub(super) async fn must_wait(&self, plugin: &Installed) -> Result<bool, AppError> {
        let Some(old) = self.plugins.registry().get(plugin.id()).cloned() else { return Ok(false) };
        // What replaces an upload that nobody has approved is as new as that was.
        let Some(granted) = self.get_plugin_grant(&old).await? else { return Ok(false) };
        let grant = match renewal(&old, &granted, plugin) {
            Renewal::Carried(grant) => grant,
            Renewal::More(more) if self.approves_on_enable() => {
                let consent = granted.consent.carried_to(&plugin.asked()).and(&more);
                Grant { digest: plugin.digest.clone(), signer: plugin.key_id(), consent, ..granted }
            }
            Renewal::More(more) => {
                tracing::warn!(
                    plugin_id = plugin.id(),
                    version = plugin.manifest.version,
                    more = more.summary(),
                    "a new version of a plugin waits for approval"
                );
                return Ok(true);
            }
        };
        self.store_grant(&grant).await?;
        Ok(false)
    }

    /// Keeps a new version until somebody decides; another one that waits gives way.
    pub(super) async fn keep_pending(&self, plugin: &Arc<Installed>) -> Result<(), AppError> {
        let mut connection = self.store.read().await?;
        if let Err(error) = store::put_pending(&mut connection, plugin).await {
            drop(connection);
            self.remove_files(plugin).await;
            return Err(error.into());
        }
        drop(connection);
        let before = self.plugins.pending.rcu(|pending| pending.with(Arc::clone(plugin)));
        if let Some(older) = before.get(plugin.id()) {
            self.remove_files(older).await;
        }
        Ok(())
    }

    /// Reads what waits. A row that was left behind by a server that was killed while it swapped
    /// names the folder of the installed version, and is no more than that.
    pub(super) async fn load_pending(&self, installed: &Registry) -> Result<(), AppError> {
        let mut connection = self.store.read().await?;
        let rows = store::pending(&mut connection).await?;
        let waits =
            |plugin: &Installed| installed.get(plugin.id()).is_some_and(|installed| installed.folder != plugin.folder);
        let (waiting, left): (Vec<_>, Vec<_>) = rows.into_iter().partition(waits);
        for plugin in left {
            store::delete_pending(&mut connection, plugin.id()).await?;
        }
        self.plugins.pending.store(Arc::new(Registry::new(waiting)));
        Ok(())
    }

    /// Approves what waits, and puts it in the place of the installed version; or gives the installed
    /// version another grant, and starts it anew with that.
    pub(super) async fn approve(
        &self,
        cx: &CallContext,
        plugin: &Arc<Installed>,
        consent: Consent,
    ) -> Result<(), AppError> {
        check_consent(plugin, &consent)?;
        let grant = Grant::new(cx, plugin, consent);
        if self.plugins.pending().get(plugin.id()).is_none() {
            self.store_grant(&grant).await?;
            self.sync_plugins(cx).await;
            return Ok(());
        }
        let artifact = self.artifact_of(plugin).await.map_err(|reason| not_activated(plugin.id(), &reason))?;
        self.store_grant(&grant).await?;
        let placed = self.put_in_place(cx, plugin, artifact).await;
        // It runs, or it was given up: in both cases it waits no more.
        self.plugins.pending.rcu(|pending| pending.without(plugin.id()));
        let mut connection = self.store.read().await?;
        store::delete_pending(&mut connection, plugin.id()).await?;
        placed
    }

    /// Drops what waits: a new version, or a plugin that was never approved.
    pub(super) async fn deny(&self, plugin: &Arc<Installed>) -> Result<(), AppError> {
        if self.plugins.pending().get(plugin.id()).is_some() {
            return self.drop_pending(plugin.id()).await;
        }
        if self.get_plugin_grant(plugin).await?.is_none() {
            return self.forget_plugin(plugin).await;
        }
        let message = format!(
            "Nothing of plugin `{}` waits for approval. To stop an approved plugin, disable or remove it.",
            plugin.id()
        );
        Err(error("app.plugin.nothing_pending.app_error", 400, message))
    }

    /// Deletes what waits.
    pub(super) async fn drop_pending(&self, id: &str) -> Result<(), AppError> {
        let mut connection = self.store.read().await?;
        store::delete_pending(&mut connection, id).await?;
        drop(connection);
        let before = self.plugins.pending.rcu(|pending| pending.without(id));
        if let Some(plugin) = before.get(id) {
            self.remove_files(plugin).await;
            tracing::info!(plugin_id = id, version = plugin.manifest.version, "a version that waited was dropped");
        }
        Ok(())
    }

    /// The component of an installed copy, or of one that waits, ready to run. What is read here may
    /// have been put there by anybody.
    pub(super) async fn artifact_of(&self, plugin: &Arc<Installed>) -> Result<Artifact, String> {
        self.verify_installed(plugin).await?;
        let (files, read) = (self.plugins.files.clone(), Arc::clone(plugin));
        let bytes = blocking(move || files.component(&read)).await.map_err(|error| error.to_string())?;
        let artifact = self.runtime.compile(bytes).await.map_err(|error| error.to_string())?;
        if artifact.digest() != plugin.digest {
            return Err("the component on disk is not the one that was installed".to_owned());
        }
        Ok(artifact)
    }
}
