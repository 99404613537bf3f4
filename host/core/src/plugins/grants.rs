//! What an admin allowed a plugin to import. A grant belongs to one component, by its digest: other
//! code under the same id has to be approved anew.

use serde::Serialize;
use wasmoat_model::{AppError, Consent, now_ms};
use wasmoat_runtime::CallContext;

use super::{Installed, store};
use crate::Core;

/// Permissions that were granted to one component.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Grant {
    /// The plugin.
    pub plugin_id: String,
    /// BLAKE3 digest of the component, in hex.
    pub digest: String,
    /// What it may do.
    #[serde(flatten)]
    pub consent: Consent,
    /// The user who approved; empty for the server itself.
    pub approved_by: String,
    /// When.
    pub approved_at: i64,
}

impl Core {
    /// What was granted to the installed component of a plugin.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_plugin_grant(&self, plugin: &Installed) -> Result<Option<Grant>, AppError> {
        let mut connection = self.store.read().await?;
        Ok(store::granted(&mut connection, plugin.id(), &plugin.digest).await?)
    }

    /// Grants a plugin what its component asks for, and records who did.
    ///
    /// # Errors
    ///
    /// 404 where it is not installed.
    pub async fn approve_plugin(&self, cx: &CallContext, id: &str) -> Result<Grant, AppError> {
        let plugin = self.get_plugin(id)?;
        let grant = self.record_grant(cx, &plugin).await?;
        Ok(grant)
    }

    pub(super) async fn record_grant(&self, cx: &CallContext, plugin: &Installed) -> Result<Grant, AppError> {
        if let Some(grant) = self.get_plugin_grant(plugin).await?
            && missing(&grant, plugin).is_empty()
        {
            return Ok(grant);
        }
        let grant = Grant {
            plugin_id: plugin.id().to_owned(),
            digest: plugin.digest.clone(),
            consent: Consent::to_all(plugin.permissions(), &plugin.manifest.wasmoat),
            approved_by: cx.user_id().to_owned(),
            approved_at: now_ms(),
        };
        let mut connection = self.store.read().await?;
        store::grant(&mut connection, &grant).await?;
        tracing::info!(
            plugin_id = grant.plugin_id,
            digest = grant.digest,
            permissions = ?grant.consent.permissions,
            approved_by = grant.approved_by,
            "plugin permissions granted"
        );
        Ok(grant)
    }

    /// What a plugin may be activated with.
    pub(super) async fn consent_to(&self, plugin: &Installed) -> Result<Consent, AppError> {
        Ok(self.get_plugin_grant(plugin).await?.map(|grant| grant.consent).unwrap_or_default())
    }
}

fn missing(grant: &Grant, plugin: &Installed) -> Vec<String> {
    plugin.permissions().into_iter().filter(|permission| !grant.consent.permissions.contains(permission)).collect()
}
