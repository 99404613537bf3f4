//! The bridge from the server's side: features of the server call plugins, and every call between
//! plugins is written down. The calls themselves are the runtime's.

#[cfg(test)]
mod tests;

use serde_json::json;
use wasmoat_model::{AppError, AuditEventActor, AuditEventData, AuditEventError, AuditRecord};
use wasmoat_runtime::{BridgeCall, BridgeError, BridgeMap, CallContext, Hop};

use crate::{Core, audit::Level};

/// The id by which an [`AppError`] of the bridge is known.
const ERROR_ID: &str = "app.plugin.bridge.app_error";

impl Core {
    /// Mattermost's `CallPluginFromCore`: a feature of the server calls a plugin, on behalf of the
    /// user of the context. Checked, limited and written down as a plugin's own call.
    ///
    /// # Errors
    ///
    /// Why there is no answer; [`bridge_app_error`] makes of it what clients understand.
    pub async fn call_plugin_from_core(&self, cx: &CallContext, call: BridgeCall) -> Result<Vec<u8>, BridgeError> {
        self.runtime.call_plugin_from_core(self, cx, call).await
    }

    /// Who offers what to whom, and how it goes.
    #[must_use]
    pub fn bridge_map(&self) -> BridgeMap {
        self.runtime.bridge_map()
    }

    /// A call between plugins has ended: a line of the audit log, where there is one. What was said
    /// is not in it.
    pub(crate) fn audit_bridge_call(&self, hop: &Hop) {
        if !self.config.flag("ExperimentalAuditSettings.FileEnabled") {
            return;
        }
        let is_well = hop.error.is_empty() && hop.status == "ok";
        let rec = AuditRecord {
            event_name: "bridgeCall".to_owned(),
            status: if is_well { "success" } else { "fail" }.to_owned(),
            event: AuditEventData {
                parameters: json!({
                    "door": hop.door, "source": &*hop.source, "target": &*hop.target, "endpoint": &*hop.endpoint,
                    "took_us": hop.took_us, "outcome": hop.status,
                })
                .to_string(),
                object_type: "plugin".to_owned(),
                ..AuditEventData::default()
            },
            actor: AuditEventActor {
                user_id: hop.user_id.clone(),
                client: hop.source.to_string(),
                ..AuditEventActor::default()
            },
            meta: json!({ "request_id": hop.request_id, "span": hop.span, "parent": hop.parent }).to_string(),
            error: AuditEventError { description: hop.error.clone(), ..AuditEventError::default() },
        };
        self.log_audit_rec(&rec, Level::Api);
    }
}

/// What an error of the bridge is to a client of a feature that needed the call.
#[must_use]
pub fn bridge_app_error(place: &'static str, error: &BridgeError) -> AppError {
    // What a plugin answers is the feature's business, and not a status of its own.
    let status = match error.status() {
        status @ (501 | 503 | 504) => status,
        _ => 500,
    };
    AppError::new(place, ERROR_ID, status, "The plugin gave no answer.").detail(error.text())
}
