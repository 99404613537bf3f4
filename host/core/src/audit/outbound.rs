//! Requests of plugins to hosts outside, in the audit log.

use wasmoat_model::{AuditEventData, AuditEventError, AuditRecord};
use wasmoat_runtime::OutboundRecord;

use super::Level;
use crate::Core;

impl Core {
    /// Keeps a plugin's request: who asked which host, and what came of it.
    pub(crate) fn log_plugin_request(&self, plugin_id: &str, record: &OutboundRecord) {
        let done = matches!(record.outcome, "ok" | "dropped");
        let rec = AuditRecord {
            event_name: "pluginRequest".to_owned(),
            status: if done { "success" } else { "fail" }.to_owned(),
            event: AuditEventData {
                parameters: serde_json::to_string(record).unwrap_or_default(),
                object_type: "host".to_owned(),
                ..AuditEventData::default()
            },
            error: AuditEventError {
                description: if done { String::new() } else { record.outcome.to_owned() },
                ..AuditEventError::default()
            },
            ..AuditRecord::default()
        };
        // Made by the server and in bounds: it is never refused.
        let _ = self.log_plugin_audit_rec(plugin_id, rec, Level::Api);
    }
}
