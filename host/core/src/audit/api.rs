//! The door for plugins.

use wasmoat_model::{AuditRecord, LogLevel};
use wasmoat_runtime::bindings::audit::Host;

use super::Level;
use crate::api::Api;

impl Host for Api<'_> {
    async fn log_audit_rec(&mut self, rec: AuditRecord) {
        self.core.log_plugin_audit_rec(self.plugin_id(), rec, Level::Cli);
    }

    async fn log_audit_rec_with_level(&mut self, rec: AuditRecord, level: LogLevel) {
        self.core.log_plugin_audit_rec(self.plugin_id(), rec, Level::of(&level));
    }
}
