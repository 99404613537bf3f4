//! What happens beside the call when a plugin breaks a limit, and when it broke too many. The
//! runtime calls from the task that made the call, so nothing here waits.

use std::sync::Arc;

use wasmoat_model::PluginState;
use wasmoat_runtime::Fault;

use super::status::Trouble;
use crate::Core;

impl Core {
    /// A plugin broke a limit: its status shows the last fault until it is started anew.
    pub(crate) fn plugin_faulted(&self, plugin_id: &Arc<str>, fault: &Fault) {
        let mut troubles = self.plugins.troubles();
        let trouble = troubles
            .entry(plugin_id.to_string())
            .or_insert_with(|| Trouble { state: PluginState::NotRunning, error: String::new() });
        trouble.error = fault.to_string();
    }

    /// A plugin was disabled after too many faults. The configuration still says enabled: the next
    /// save of it, or the next start, tries again.
    pub(crate) fn plugin_disabled(&self, plugin_id: &Arc<str>, reason: &str) {
        let id = plugin_id.to_string();
        tracing::error!(plugin_id = id, reason, "plugin disabled");
        metrics::counter!("plugin_disabled_total", "plugin_id" => id.clone()).increment(1);
        self.plugins.running().remove(&id);
        let trouble = Trouble { state: PluginState::FailedToStayRunning, error: reason.to_owned() };
        self.plugins.troubles().insert(id.clone(), trouble);
        self.plugin_stopped(&id);
        if let Some(plugin) = self.plugins.registry().get(&id) {
            self.publish_plugin_disabled(plugin);
        }
        self.publish_plugin_statuses();
        let (core, message) = (self.clone(), format!("Plugin `{id}` does not run any more: {reason}"));
        self.tasks.spawn(async move { core.tell_admins(&message).await });
    }

    /// What a plugin keeps in the server's memory goes with it.
    pub(super) fn plugin_stopped(&self, plugin_id: &str) {
        self.drop_plugin_commands(plugin_id);
        self.stop_jobs_of(plugin_id);
    }
}
