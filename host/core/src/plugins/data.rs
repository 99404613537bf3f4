//! Deleting what a plugin keeps: its keys, its files and its database stay until an admin says so.

use wasmoat_model::{AppError, is_valid_plugin_id};
use wasmoat_runtime::CallContext;

use super::install::error;
use crate::Core;

impl Core {
    /// Deletes all that a plugin has stored, of one that was removed too. Its settings and its bots
    /// stay.
    ///
    /// # Errors
    ///
    /// 400 where this is no id, 409 while the plugin runs.
    pub async fn delete_plugin_data(&self, cx: &CallContext, id: &str) -> Result<(), AppError> {
        let id = id.to_lowercase();
        if !is_valid_plugin_id(&id) {
            return Err(error("app.plugin.invalid_id.app_error", 400, "This is no id of a plugin."));
        }
        // Nobody installs or removes it meanwhile.
        let _one_at_a_time = self.plugins.installing.lock().await;
        if self.runtime.is_active(&id) {
            let message = format!("Plugin `{id}` runs; disable it before its data are deleted.");
            return Err(error("app.plugin.data_in_use.app_error", 409, message));
        }
        self.delete_all_keys_for_plugin(&id).await?;
        self.delete_directory_of(&id).await?;
        self.delete_database_of(&id).await?;
        tracing::info!(plugin_id = id, user_id = cx.user_id(), "the data of a plugin were deleted");
        Ok(())
    }
}
