//! Installing, upgrading and removing.

use std::sync::Arc;

use bytes::Bytes;
use wasmoat_model::{AppError, Manifest, new_id, now_ms};
use wasmoat_runtime::{Artifact, CallContext, LoadError};

use super::{Installed, bundle, bundle::Unpacked, store};
use crate::{Core, store::StoreError};

/// A file that an admin uploads.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The file.
    pub bytes: Bytes,
    /// Its name: what a component without a manifest is called.
    pub file_name: String,
    /// Replace an installed plugin of the same id.
    pub force: bool,
    /// The minisign signature over the file, where it has one.
    pub signature: Option<String>,
}

pub(super) fn error(id: &str, status: u16, message: impl Into<String>) -> AppError {
    AppError::new("Plugin", id, status, message)
}

fn not_installed(id: &str) -> AppError {
    error("app.plugin.not_installed.app_error", 404, format!("No plugin `{id}` is installed."))
}

fn not_loaded(error: &LoadError) -> AppError {
    match error {
        LoadError::Engine(reason) => {
            AppError::new("InstallPlugin", "app.plugin.compile.app_error", 500, "The component could not be compiled.")
                .detail(reason)
        }
        LoadError::TooLarge { .. } => {
            AppError::new("InstallPlugin", "api.context.request_body_too_large.app_error", 413, sentence(error))
        }
        _ => AppError::new("InstallPlugin", "app.plugin.component.app_error", 400, sentence(error)),
    }
}

/// An error's text as a sentence.
fn sentence(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

/// Runs what waits for the disk on a thread of its own.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
) -> Result<T, AppError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(AppError::new(
            "Plugin",
            "app.plugin.filesystem.app_error",
            500,
            "The work with the plugin's files ended early.",
        )
        .detail(error))
    })
}

impl Core {
    /// 501 where plugins are switched off as a whole.
    pub(super) fn require_plugins(&self) -> Result<(), AppError> {
        if self.config.flag("PluginSettings.Enable") {
            return Ok(());
        }
        Err(error("app.plugin.disabled.app_error", 501, "Plugins are switched off (PluginSettings.Enable)."))
    }

    /// Whether plugins may be uploaded. Asked before an upload is read.
    ///
    /// # Errors
    ///
    /// 501 where plugins or uploads are switched off.
    pub fn require_plugin_uploads(&self) -> Result<(), AppError> {
        self.require_plugins()?;
        if self.config.flag("PluginSettings.EnableUploads") {
            return Ok(());
        }
        let message = "Uploading plugins is switched off (PluginSettings.EnableUploads).";
        Err(error("app.plugin.upload_disabled.app_error", 501, message))
    }

    /// An installed plugin.
    ///
    /// # Errors
    ///
    /// 404 where it is not installed.
    pub fn get_plugin(&self, id: &str) -> Result<Arc<Installed>, AppError> {
        self.plugins.registry().get(id).cloned().ok_or_else(|| not_installed(id))
    }

    /// Mattermost's `InstallPlugin`: installs a component or a bundle. It is not enabled by that;
    /// where the configuration enables it already, or it replaces an active one, it is activated;
    /// where it asks for more than was granted, it waits, and what is installed goes on.
    /// An upgrade whose new version does not start leaves the old one running.
    ///
    /// # Errors
    ///
    /// 501 where uploads are off; 400 or 413, and nothing left behind, where the file is no plugin,
    /// its signature is not accepted, or its id is installed and `force` is not set; 500 where it
    /// does not start.
    pub async fn install_plugin(&self, cx: &CallContext, upload: Upload) -> Result<Manifest, AppError> {
        self.require_plugin_uploads()?;
        self.install_bundle(cx, upload).await
    }

    /// Installs a file, wherever it comes from: who may has been asked before.
    pub(super) async fn install_bundle(&self, cx: &CallContext, upload: Upload) -> Result<Manifest, AppError> {
        let scratch = self.plugins.files.scratch()?;
        let Upload { bytes, file_name, force, signature } = upload;
        bundle::check_size(bytes.len())?;
        self.verify_upload(&bytes, signature.as_deref()).await?;
        let read = bytes.clone();
        let unpacked = blocking(move || bundle::unpack(read, &file_name, &scratch)).await?;
        let id = unpacked.manifest.id.clone();
        // Compiling takes long: what would be refused after it is refused before.
        self.check_may_install(&id, force)?;
        let artifact = self.runtime.compile(unpacked.component.clone()).await.map_err(|error| not_loaded(&error))?;
        let _one_at_a_time = self.plugins.installing.lock().await;
        self.check_may_install(&id, force)?;
        let plugin =
            Arc::new(Installed { signature: signature.unwrap_or_default(), ..installed(cx, &unpacked, &artifact) });
        let (files, placed) = (self.plugins.files.clone(), Arc::clone(&plugin));
        blocking(move || files.place(&placed, &unpacked, &bytes)).await?;
        if self.must_wait(&plugin).await? {
            self.keep_pending(&plugin).await?;
        } else if cx.path.contains(&id) && self.runtime.is_active(&id) {
            self.install_after_call(Arc::clone(&plugin), artifact);
        } else {
            self.put_in_place(cx, &plugin, artifact).await?;
        }
        tracing::info!(plugin_id = id, version = plugin.manifest.version, digest = plugin.digest, "plugin installed");
        self.publish_plugin_statuses();
        Ok(plugin.manifest.clone())
    }

    pub(super) async fn put_in_place(
        &self,
        cx: &CallContext,
        plugin: &Arc<Installed>,
        artifact: Artifact,
    ) -> Result<(), AppError> {
        let put = match self.plugins.registry().get(plugin.id()).cloned() {
            Some(old) if self.runtime.is_active(plugin.id()) => self.upgrade(cx, plugin, &old, artifact).await,
            old => self.put_plugin(cx, plugin, old, artifact).await,
        };
        // Its manifest may mark secret what stands in the configuration already.
        self.seal_secrets();
        put
    }

    /// A plugin that replaces itself is swapped after its call has ended: the old version could not
    /// end otherwise. What becomes of it shows in the log and in its status.
    fn install_after_call(&self, plugin: Arc<Installed>, artifact: Artifact) {
        let core = self.clone();
        self.tasks.spawn(async move {
            let _one_at_a_time = core.plugins.installing.lock().await;
            if let Err(error) = core.put_in_place(&CallContext::core(), &plugin, artifact).await {
                tracing::error!(plugin_id = plugin.id(), %error, "a plugin could not replace itself");
            }
            core.publish_plugin_statuses();
        });
    }

    fn check_may_install(&self, id: &str, force: bool) -> Result<(), AppError> {
        if force || self.plugins.registry().get(id).is_none() {
            return Ok(());
        }
        let message = format!("Plugin `{id}` is installed already; upload with `force` to replace it.");
        Err(error("app.plugin.install_id.app_error", 400, message))
    }

    /// Swaps an active plugin: the new version starts beside the old one, and only then is it the
    /// installed one.
    async fn upgrade(
        &self,
        cx: &CallContext,
        plugin: &Arc<Installed>,
        old: &Arc<Installed>,
        artifact: Artifact,
    ) -> Result<(), AppError> {
        // The new version reads its settings while it starts, over the defaults of its manifest.
        self.plugins.registry.rcu(|registry| registry.with(Arc::clone(plugin)));
        let stored = match self.activate_artifact(cx, plugin, artifact).await {
            Ok(()) => self.store_plugin(plugin).await,
            Err(reason) => Err(not_activated(plugin.id(), &reason)),
        };
        if let Err(error) = stored {
            self.plugins.registry.rcu(|registry| registry.with(Arc::clone(old)));
            self.remove_files(plugin).await;
            // Where the store failed, the new version runs already; this brings the old one back.
            self.sync_plugins(cx).await;
            return Err(error);
        }
        self.remove_files(old).await;
        self.publish_plugin_enabled(plugin);
        Ok(())
    }

    /// Installs a plugin that does not run, and starts it where the configuration says so.
    async fn put_plugin(
        &self,
        cx: &CallContext,
        plugin: &Arc<Installed>,
        old: Option<Arc<Installed>>,
        artifact: Artifact,
    ) -> Result<(), AppError> {
        if let Err(error) = self.store_plugin(plugin).await {
            self.remove_files(plugin).await;
            return Err(error);
        }
        self.plugins.registry.rcu(|registry| registry.with(Arc::clone(plugin)));
        self.plugins.troubles().remove(plugin.id());
        if let Some(old) = old {
            self.remove_files(&old).await;
        }
        let enabled = self.config.get().is_plugin_enabled(plugin.id());
        // What nobody has approved waits, whatever is enabled.
        if !enabled || self.grant_to_activate(cx, plugin).await?.is_none() {
            return Ok(());
        }
        let activated = self.activate_artifact(cx, plugin, artifact).await;
        self.note_activation(plugin, &activated);
        activated.map_err(|reason| not_activated(plugin.id(), &reason))
    }

    async fn store_plugin(&self, plugin: &Installed) -> Result<(), AppError> {
        let mut tx = self.store.write().await?;
        store::put(&mut tx, plugin).await?;
        Ok(tx.commit().await.map_err(StoreError::from)?)
    }

    pub(super) async fn remove_files(&self, plugin: &Arc<Installed>) {
        let (files, plugin) = (self.plugins.files.clone(), Arc::clone(plugin));
        // A folder that stays is swept at the next start.
        let _ = blocking(move || {
            files.remove_folder(&plugin);
            Ok(())
        })
        .await;
    }

    /// Mattermost's `RemovePlugin`: disables, deactivates and deletes it. Its jobs go with it;
    /// its keys, files, database, bots and settings stay.
    ///
    /// # Errors
    ///
    /// 501 where plugins are off, 404 where it is not installed.
    pub async fn remove_plugin(&self, cx: &CallContext, id: &str) -> Result<(), AppError> {
        self.require_plugins()?;
        let id = id.to_lowercase();
        let plugin = self.get_plugin(&id)?;
        // So that a reinstall stays off.
        if self.config.get().is_plugin_enabled(&id) {
            self.save_plugin_state(cx, &id, false).await?;
        }
        if cx.path.contains(&id) {
            // It goes after its call has ended: it could not be deactivated before.
            let core = self.clone();
            self.tasks.spawn(async move {
                if let Err(error) = core.delete_plugin(&plugin).await {
                    tracing::error!(plugin_id = plugin.id(), %error, "a plugin could not remove itself");
                }
            });
            return Ok(());
        }
        self.delete_plugin(&plugin).await
    }

    async fn delete_plugin(&self, plugin: &Arc<Installed>) -> Result<(), AppError> {
        let _one_at_a_time = self.plugins.installing.lock().await;
        self.forget_plugin(plugin).await
    }

    /// Deletes a plugin with all its versions and what was granted to it, inside of an install.
    pub(super) async fn forget_plugin(&self, plugin: &Arc<Installed>) -> Result<(), AppError> {
        let id = plugin.id().to_owned();
        self.deactivate_plugin(plugin).await;
        // Without its manifest nobody knows any more what is secret.
        self.seal_secrets();
        self.drop_pending(&id).await?;
        let mut tx = self.store.write().await?;
        store::delete(&mut tx, &id).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.delete_jobs_of(&id).await?;
        self.plugins.registry.rcu(|registry| registry.without(&id));
        self.plugins.troubles().remove(&id);
        self.runtime.forget(&id);
        self.remove_files(plugin).await;
        tracing::info!(plugin_id = id, "plugin removed");
        self.publish_plugin_statuses();
        Ok(())
    }
}

fn installed(cx: &CallContext, unpacked: &Unpacked, artifact: &Artifact) -> Installed {
    Installed {
        manifest: unpacked.manifest.clone(),
        digest: artifact.digest().to_owned(),
        size: i64::try_from(unpacked.component.len()).unwrap_or(i64::MAX),
        folder: new_id(),
        // An inspection is texts and numbers: it has a JSON form.
        inspection: serde_json::to_value(artifact.inspection()).unwrap_or_default(),
        installed_at: now_ms(),
        installed_by: cx.user_id().to_owned(),
        signature: String::new(),
    }
}

pub(super) fn not_activated(id: &str, reason: &str) -> AppError {
    let message = format!("Plugin `{id}` did not start: {reason}.");
    error("app.plugin.activate.app_error", 500, message)
}
