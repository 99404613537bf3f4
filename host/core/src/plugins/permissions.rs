//! What a plugin asks for, what was granted, and an admin's word on it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;
use wasmoat_model::{AppError, Asked, AuditEventActor, AuditEventData, AuditEventError, AuditRecord, Consent};
use wasmoat_runtime::CallContext;

use super::{Grant, Installed, install::error};
use crate::{Core, audit::Level};

/// Whether somebody has to decide about a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    /// Nothing waits.
    Approved,
    /// The plugin was uploaded and waits; it cannot be enabled before.
    Pending,
    /// A new version waits; the approved one is still the installed one.
    UpgradePending,
}

/// One version of a plugin.
#[derive(Clone, Debug, Serialize)]
pub struct PluginVersion {
    /// The manifest's version.
    pub version: String,
    /// BLAKE3 digest of the component, in hex: what an approval is bound to.
    pub digest: String,
    /// Name of the key that it is signed with; empty for none.
    pub signer: String,
    /// The user who uploaded it; empty for the server itself.
    pub uploaded_by: String,
    /// When.
    pub uploaded_at: i64,
}

impl PluginVersion {
    fn of(plugin: &Installed) -> Self {
        Self {
            version: plugin.manifest.version.clone(),
            digest: plugin.digest.clone(),
            signer: plugin.key_id(),
            uploaded_by: plugin.installed_by.clone(),
            uploaded_at: plugin.installed_at,
        }
    }
}

/// What a plugin asks for and what was granted.
#[derive(Clone, Debug, Serialize)]
pub struct PluginPermissions {
    /// The plugin.
    pub plugin_id: String,
    /// Whether somebody has to decide.
    pub approval: Approval,
    /// What waits; absent where nothing does.
    pub waiting: Option<PluginVersion>,
    /// The installed version.
    pub installed: PluginVersion,
    /// What is asked for: by what waits, otherwise by the installed version.
    pub asked: Asked,
    /// What of it is not granted to the installed version.
    pub difference: Asked,
    /// What was granted to the installed version; absent for nothing.
    pub granted: Option<Grant>,
}

/// An admin's word: `{"approve": true}`, `{"approve": {…consent…}}` or `{"deny": true}`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Decision {
    /// Yes, to all or to this.
    pub approve: Option<Approve>,
    /// No.
    pub deny: bool,
    /// The component that the admin has seen; where it is another one by now, nothing happens.
    pub digest: Option<String>,
}

/// What is approved.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Approve {
    /// All that is asked for; `false` is no word at all.
    All(bool),
    /// This, and nothing else.
    Only(Consent),
}

impl Core {
    /// What a plugin asks for, what was granted, and what is different.
    ///
    /// # Errors
    ///
    /// 404 where it is not installed.
    pub async fn get_plugin_permissions(&self, id: &str) -> Result<PluginPermissions, AppError> {
        let installed = self.get_plugin(id)?;
        let granted = self.get_plugin_grant(&installed).await?;
        let pending = self.plugins.pending().get(id).cloned();
        let (approval, waiting) = match (&pending, &granted) {
            (Some(pending), _) => (Approval::UpgradePending, Some(pending)),
            (None, None) => (Approval::Pending, Some(&installed)),
            (None, Some(_)) => (Approval::Approved, None),
        };
        let asked = waiting.unwrap_or(&installed).asked();
        let before = granted.as_ref().map(|_| installed.asked());
        let consent = granted.as_ref().map(|grant| grant.consent.clone()).unwrap_or_default();
        Ok(PluginPermissions {
            plugin_id: id.to_owned(),
            approval,
            waiting: waiting.map(|plugin| PluginVersion::of(plugin)),
            installed: PluginVersion::of(&installed),
            difference: asked.beyond(&consent, before.as_ref()),
            asked,
            granted,
        })
    }

    /// Does what an admin decided about what waits, or about the installed version where nothing
    /// does: approves it whole or in part, or drops it. Written to the audit log.
    ///
    /// # Errors
    ///
    /// 404 where the plugin is not installed; 400 for a decision that is none, for a consent to what
    /// is not asked for or without what the author requires, and for a denial where nothing waits;
    /// 409 where another component waits than the admin has seen; 500 where it does not start.
    pub async fn decide_plugin(&self, cx: &CallContext, id: &str, decision: Decision) -> Result<(), AppError> {
        let consent = match (&decision.approve, decision.deny) {
            (Some(Approve::All(true)), false) => Some(None),
            (Some(Approve::Only(consent)), false) => Some(Some(consent.clone())),
            (None, true) => None,
            _ => {
                let message = "A decision is `approve` or `deny`, and not both.";
                return Err(error("app.plugin.decision.app_error", 400, message));
            }
        };
        let one_at_a_time = self.plugins.installing.lock().await;
        let subject = self.subject_of(id, decision.digest.as_deref());
        let done = match (subject, consent) {
            (Err(error), _) => Err(error),
            (Ok(plugin), Some(consent)) => {
                let consent = consent.unwrap_or_else(|| plugin.asked().all());
                let approved = self.approve(cx, &plugin, consent.clone()).await;
                self.audit_decision(cx, "approvePlugin", &plugin, &consent, &approved);
                approved
            }
            (Ok(plugin), None) => {
                let denied = self.deny(&plugin).await;
                self.audit_decision(cx, "denyPlugin", &plugin, &Consent::default(), &denied);
                denied
            }
        };
        drop(one_at_a_time);
        self.publish_plugin_statuses();
        done
    }

    /// What a decision is about.
    fn subject_of(&self, id: &str, seen: Option<&str>) -> Result<Arc<Installed>, AppError> {
        let installed = self.get_plugin(id)?;
        let plugin = self.plugins.pending().get(id).cloned().unwrap_or(installed);
        if seen.is_some_and(|seen| seen != plugin.digest) {
            let message = format!(
                "Another version of plugin `{id}` is there by now: {} with the digest {}. Look at what it asks for first.",
                plugin.manifest.version, plugin.digest
            );
            return Err(error("app.plugin.decision_outdated.app_error", 409, message));
        }
        Ok(plugin)
    }

    fn audit_decision(
        &self,
        cx: &CallContext,
        event: &str,
        plugin: &Installed,
        consent: &Consent,
        outcome: &Result<(), AppError>,
    ) {
        let failure = outcome.as_ref().err();
        let parameters = json!({
            "plugin_id": plugin.id(), "version": plugin.manifest.version, "digest": plugin.digest,
            "signer": plugin.key_id(), "consent": consent,
        });
        let record = AuditRecord {
            event_name: event.to_owned(),
            status: if failure.is_none() { "success" } else { "fail" }.to_owned(),
            event: AuditEventData {
                parameters: parameters.to_string(),
                object_type: "plugin".to_owned(),
                ..AuditEventData::default()
            },
            actor: AuditEventActor { user_id: cx.user_id().to_owned(), ..AuditEventActor::default() },
            error: failure
                .map(|error| AuditEventError { description: error.to_string(), status_code: error.status_code })
                .unwrap_or_default(),
            ..AuditRecord::default()
        };
        self.log_audit_rec(&record, Level::Permissions);
    }
}

/// 400 for a consent that does not fit what is asked for.
pub(super) fn check_consent(plugin: &Installed, consent: &Consent) -> Result<(), AppError> {
    let asked = plugin.asked();
    let unasked = consent.unasked(&asked);
    if !unasked.is_empty() {
        let message = format!("Plugin `{}` does not ask for {}.", plugin.id(), unasked.join(", "));
        return Err(error("app.plugin.not_asked.app_error", 400, message));
    }
    let mut required = consent.missing_required(&asked);
    let denied = asked.permissions.iter().filter(|asked| !consent.permissions.contains(&asked.permission));
    // A component that is built for WASI does not start without what it imports of it.
    let of_wasi = denied.filter(|asked| asked.functions.iter().any(|function| function.starts_with("wasi:")));
    required.extend(of_wasi.map(|asked| asked.permission.clone()));
    if !required.is_empty() {
        let message = format!(
            "Plugin `{}` is nothing without {}: approve that as well, or deny the plugin.",
            plugin.id(),
            required.join(", ")
        );
        return Err(error("app.plugin.required.app_error", 400, message));
    }
    Ok(())
}

/// 403 that says what waits for whom.
pub(super) fn not_approved(plugin: &Installed) -> AppError {
    let id = plugin.id();
    let message = format!(
        "Plugin `{id}` {} waits for a system admin to approve what it asks for: {}. `wasmoat plugin permissions {id}` \
         shows the reasons, `wasmoat plugin approve {id}` approves (POST /api/v4/plugins/{id}/permissions).",
        plugin.manifest.version,
        plugin.asked().summary()
    );
    error("app.plugin.not_approved.app_error", 403, message)
}
