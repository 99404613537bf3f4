//! The door for plugins.

use wasmoat_model::{AppError, Manifest, PluginStatus};
use wasmoat_runtime::bindings::plugins::Host;

use super::Upload;
use crate::api::Api;

fn text(manifest: &Manifest) -> String {
    // A manifest always has a JSON form.
    serde_json::to_string(manifest).unwrap_or_default()
}

impl Host for Api<'_> {
    async fn get_bundle_path(&mut self) -> String {
        self.core.get_bundle_path(self.plugin_id())
    }

    async fn get_plugins(&mut self) -> Result<Vec<String>, AppError> {
        let list = self.core.get_plugins()?;
        Ok(list.active.iter().chain(&list.inactive).map(text).collect())
    }

    async fn enable_plugin(&mut self, id: String) -> Result<(), AppError> {
        self.core.enable_plugin(&self.caller.context, &id).await
    }

    async fn disable_plugin(&mut self, id: String) -> Result<(), AppError> {
        self.core.disable_plugin(&self.caller.context, &id).await
    }

    async fn remove_plugin(&mut self, id: String) -> Result<(), AppError> {
        self.core.remove_plugin(&self.caller.context, &id).await
    }

    async fn get_plugin_status(&mut self, id: String) -> Result<PluginStatus, AppError> {
        self.core.get_plugin_status(&id)
    }

    async fn install_plugin(&mut self, file: Vec<u8>, replace: bool) -> Result<String, AppError> {
        // Without a file's name, a component without a manifest is named after its digest. Without
        // a signature, it is refused where one is required.
        let upload = Upload { bytes: file.into(), file_name: String::new(), force: replace, signature: None };
        Ok(text(&self.core.install_plugin(&self.caller.context, upload).await?))
    }

    async fn get_plugin_id(&mut self) -> String {
        self.plugin_id().to_owned()
    }
}
