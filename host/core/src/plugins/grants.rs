//! What an admin allowed a plugin. A grant belongs to one component, by its digest: other code under
//! the same id has to be approved anew, unless it asks for no more.

use serde::Serialize;
use wasmoat_model::{AppError, Asked, Consent, now_ms};
use wasmoat_runtime::CallContext;

use super::{Installed, store};
use crate::Core;

/// What was granted to one component.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Grant {
    /// The plugin.
    pub plugin_id: String,
    /// BLAKE3 digest of the component, in hex.
    pub digest: String,
    /// Name of the key that it is signed with; empty for none.
    pub signer: String,
    /// What it may do.
    #[serde(flatten)]
    pub consent: Consent,
    /// The user who approved; empty for the server itself.
    pub approved_by: String,
    /// When.
    pub approved_at: i64,
}

impl Grant {
    /// A consent to a plugin, by whoever asks.
    pub(super) fn new(cx: &CallContext, plugin: &Installed, consent: Consent) -> Self {
        Self {
            plugin_id: plugin.id().to_owned(),
            digest: plugin.digest.clone(),
            signer: plugin.key_id(),
            consent,
            approved_by: cx.user_id().to_owned(),
            approved_at: now_ms(),
        }
    }
}

/// What becomes of a new version of a plugin that was approved.
pub(super) enum Renewal {
    /// It asks for no more: the grant is carried over, with its narrowing.
    Carried(Grant),
    /// It asks for this beside.
    More(Asked),
}

/// A new version beside the one that was granted.
pub(super) fn renewal(old: &Installed, granted: &Grant, new: &Installed) -> Renewal {
    let asked = new.asked();
    let mut more = asked.more_than(&old.asked());
    let consent = granted.consent.carried_to(&asked);
    // What was denied and is nothing to do without now is a new question as well.
    let denied = consent.missing_required(&asked);
    if more.is_empty() && denied.is_empty() && new.key_id() == granted.signer {
        let digest = new.digest.clone();
        return Renewal::Carried(Grant { digest, consent, ..granted.clone() });
    }
    if !denied.is_empty() {
        more = asked.beyond(&consent, Some(&old.asked()));
    }
    Renewal::More(more)
}

impl Core {
    /// What was granted to the component of a plugin.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_plugin_grant(&self, plugin: &Installed) -> Result<Option<Grant>, AppError> {
        let mut connection = self.store.read().await?;
        Ok(store::granted(&mut connection, plugin.id(), &plugin.digest).await?)
    }

    pub(super) async fn store_grant(&self, grant: &Grant) -> Result<(), AppError> {
        let mut connection = self.store.read().await?;
        store::grant(&mut connection, grant).await?;
        tracing::info!(
            plugin_id = grant.plugin_id,
            digest = grant.digest,
            permissions = ?grant.consent.permissions,
            approved_by = grant.approved_by,
            "plugin permissions granted"
        );
        Ok(())
    }

    /// What a plugin may be activated with. On a development server that is all it asks for, where
    /// nobody has said anything.
    pub(super) async fn grant_to_activate(
        &self,
        cx: &CallContext,
        plugin: &Installed,
    ) -> Result<Option<Grant>, AppError> {
        let granted = self.get_plugin_grant(plugin).await?;
        if granted.is_some() || !self.approves_on_enable() {
            return Ok(granted);
        }
        let grant = Grant::new(cx, plugin, plugin.asked().all());
        self.store_grant(&grant).await?;
        Ok(Some(grant))
    }

    /// Whether what a plugin asks for is granted by enabling it.
    pub(super) fn approves_on_enable(&self) -> bool {
        self.config.flag("PluginSettings.Wasmoat.ApproveOnEnable")
    }
}
