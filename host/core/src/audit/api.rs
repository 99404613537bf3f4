//! The door for plugins.

use wasmoat_model::{AuditRecord, LogLevel};
use wasmoat_runtime::bindings::audit::Host;

use super::Level;
use crate::api::Api;

impl Host for Api<'_> {
    async fn log_audit_rec(&mut self, rec: AuditRecord) {
        self.log(rec, Level::Cli);
    }

    async fn log_audit_rec_with_level(&mut self, rec: AuditRecord, level: LogLevel) {
        self.log(rec, Level::of(&level));
    }
}

impl Api<'_> {
    /// What a plugin writes too much of would push the records of others out of the queue. The call
    /// has no result: the plugin's log is where its author looks.
    fn log(&self, rec: AuditRecord, level: Level<'_>) {
        if self.caller.rates().audit_records.take().is_ok()
            && let Err(bytes) = self.core.log_plugin_audit_rec(self.plugin_id(), rec, level)
        {
            self.caller.warn(&format!("an audit record of {bytes} bytes is too long and lost"));
        }
    }
}
