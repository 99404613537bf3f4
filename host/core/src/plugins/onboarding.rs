//! The first admin sets the server up: a name, and plugins from those that lie beside it.

use std::{path::Path, sync::Arc};

use bytes::Bytes;
use serde::Deserialize;
use wasmoat_model::{AppError, OnInstallEvent};
use wasmoat_runtime::{CallContext, CallError, OnInstall};

use super::{MAX_UPLOAD_BYTES, Upload, install::blocking, read_upload};
use crate::{
    Core,
    store::{Queries as _, args},
};

/// Folder of the bundles that a server is delivered with, below its data.
const PREPACKAGED: &str = "prepackaged_plugins";

/// Most plugins that are chosen at once, and most files that are looked at.
const MOST: usize = 50;

/// Says in `systems` that the server has been set up.
const DONE: &str = "FirstAdminSetupComplete";

/// What the first admin chose.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Onboarding {
    /// Name of the organisation.
    pub organization: String,
    /// Ids of plugins.
    pub install_plugins: Vec<String>,
}

impl Core {
    /// Mattermost's `CompleteOnboarding`: keeps the organisation's name, installs and enables the
    /// chosen plugins, calls their `OnInstall`, and notes that the server has been set up. A plugin
    /// that fails is logged and shows in its status.
    ///
    /// # Errors
    ///
    /// 400 for too many plugins, or where the store fails.
    pub async fn complete_onboarding(&self, cx: &CallContext, chosen: &Onboarding) -> Result<(), AppError> {
        if chosen.install_plugins.len() > MOST {
            let message = format!("At most {MOST} plugins are installed at once.");
            return Err(super::install::error("app.system.complete_onboarding_request.app_error", 400, message));
        }
        let name: String = chosen.organization.trim().chars().take(64).collect();
        if !name.is_empty() {
            self.put_system("OrganizationName", &name).await?;
        }
        for id in &chosen.install_plugins {
            let id = id.to_lowercase();
            if let Err(error) = self.install_chosen(cx, &id).await {
                tracing::error!(plugin_id = id, %error, "a plugin that was chosen at the start was not installed");
            }
        }
        self.put_system(DONE, "true").await
    }

    /// Whether the server has been set up.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn is_onboarding_complete(&self) -> Result<bool, AppError> {
        let sql = "SELECT value FROM systems WHERE name = $1";
        let value: Option<String> = self.store.read().await?.value(sql, args![DONE]).await?;
        Ok(value.as_deref() == Some("true"))
    }

    async fn put_system(&self, name: &str, value: &str) -> Result<(), AppError> {
        let sql = "INSERT INTO systems (name, value) VALUES ($1, $2)
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.store.read().await?.run(sql, args![name, value]).await?;
        Ok(())
    }

    async fn install_chosen(&self, cx: &CallContext, id: &str) -> Result<(), AppError> {
        self.require_plugins()?;
        if self.get_plugin(id).is_err() {
            let (folder, wanted) = (self.data.join(PREPACKAGED), id.to_owned());
            let found = blocking(move || Ok(prepackaged(&folder, &wanted))).await?;
            let (bytes, file_name, signature) = found.ok_or_else(|| {
                let message = format!("There is no plugin `{id}` in `{PREPACKAGED}`.");
                super::install::error("app.plugin.marketplace_plugins.not_found.app_error", 404, message)
            })?;
            self.install_bundle(cx, Upload { bytes, file_name, force: false, signature }).await?;
        }
        self.enable_plugin(cx, id).await?;
        let event = Arc::new(OnInstallEvent { user_id: cx.user_id().to_owned() });
        match self.runtime.provide::<OnInstall>(cx, id, |ctx| (ctx, event)).await {
            Ok((Err(error),)) => tracing::error!(plugin_id = id, error, "on-install failed"),
            Err(CallError::Fault(fault)) => tracing::error!(plugin_id = id, %fault, "on-install failed"),
            Ok((Ok(()),)) | Err(_) => {}
        }
        Ok(())
    }
}

/// The bundle of a plugin among those that the server was delivered with: the file, its name, and
/// the signature in `NAME.minisig` beside it.
fn prepackaged(folder: &Path, id: &str) -> Option<(Bytes, String, Option<String>)> {
    let files = folder.read_dir().ok()?.filter_map(Result::ok);
    let plugins = files.filter(|file| file.path().extension().is_none_or(|ending| ending != "minisig"));
    plugins.take(MOST).find_map(|file| {
        let size = file.metadata().ok().filter(std::fs::Metadata::is_file)?.len();
        if usize::try_from(size).is_ok_and(|size| size > MAX_UPLOAD_BYTES) {
            return None;
        }
        let bytes = Bytes::from(std::fs::read(file.path()).ok()?);
        let name = file.file_name().to_string_lossy().into_owned();
        let (manifest, _) = read_upload(bytes.clone(), &name).ok()?;
        let signature = std::fs::read_to_string(folder.join(format!("{name}.minisig"))).ok();
        (manifest.id == id).then_some((bytes, name, signature))
    })
}
