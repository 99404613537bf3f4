//! About the server: which Mattermost it is compatible with, its id, its installation.

mod api;
mod features;
mod license;
mod limits;
mod telemetry;
#[cfg(test)]
mod tests;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use wasmoat_model::{AppError, new_id, now_ms};

pub use self::{
    features::Feature,
    license::{License, TrialRequest},
};
use crate::{
    Core,
    store::{Queries as _, Store, args},
};

/// The Mattermost whose behaviour this server follows.
pub const SERVER_VERSION: &str = "11.6.0";

/// What `X-Version-Id` and clients show after the version.
pub const BUILD_NUMBER: &str = env!("CARGO_PKG_VERSION");

/// What one installation keeps for ever.
#[derive(Clone)]
pub struct Identity {
    id: String,
    install_date: i64,
    signing_key: [u8; 32],
    /// PKCS#8 of the key that devices know this server by.
    push_key: Vec<u8>,
}

impl Identity {
    /// Reads it, or makes it at the first start.
    ///
    /// # Errors
    ///
    /// Where the store fails or holds something else.
    pub async fn load(store: &Store) -> Result<Self, AppError> {
        let mut tx = store.write().await?;
        let key = rand::random::<[u8; 32]>();
        let first = [
            ("DiagnosticId", new_id()),
            ("InstallationDate", now_ms().to_string()),
            ("TriggerSigningKey", blake3::Hash::from_bytes(key).to_hex().to_string()),
            ("AsymmetricSigningKey", STANDARD.encode(crate::notify::new_push_key()?)),
        ];
        for (name, value) in first {
            let insert = "INSERT INTO systems (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
            tx.run(insert, args![name, value]).await?;
        }
        let select = "SELECT value FROM systems WHERE name = $1";
        let id: Option<String> = tx.value(select, args!["DiagnosticId"]).await?;
        let date: Option<String> = tx.value(select, args!["InstallationDate"]).await?;
        let key: Option<String> = tx.value(select, args!["TriggerSigningKey"]).await?;
        let push_key: Option<String> = tx.value(select, args!["AsymmetricSigningKey"]).await?;
        tx.commit().await.map_err(crate::store::StoreError::from)?;
        let unreadable = |name: &str| {
            let message = format!("The stored `{name}` is unreadable.");
            AppError::new("loadIdentity", "app.system.get_by_name.app_error", 500, message)
        };
        let install_date = date.and_then(|date| date.parse().ok()).ok_or_else(|| unreadable("InstallationDate"))?;
        let key =
            key.and_then(|key| blake3::Hash::from_hex(key).ok()).ok_or_else(|| unreadable("TriggerSigningKey"))?;
        let push_key =
            push_key.and_then(|key| STANDARD.decode(key).ok()).ok_or_else(|| unreadable("AsymmetricSigningKey"))?;
        Ok(Self { id: id.unwrap_or_default(), install_date, signing_key: *key.as_bytes(), push_key })
    }

    /// Signs pushes, so that a device knows that they are from this server.
    pub(crate) fn push_key(&self) -> &[u8] {
        &self.push_key
    }

    /// Signs what clients carry for the server.
    pub(crate) const fn signing_key(&self) -> &[u8; 32] {
        &self.signing_key
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Identity").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Core {
    /// Mattermost's `GetServerVersion`: of the Mattermost that the server is compatible with.
    #[must_use]
    pub const fn get_server_version(&self) -> &'static str {
        SERVER_VERSION
    }

    /// Mattermost's `GetSystemInstallDate`: milliseconds of the first start.
    #[must_use]
    pub fn get_system_install_date(&self) -> i64 {
        self.identity.install_date
    }

    /// Whether the store answers now.
    pub async fn store_answers(&self) -> bool {
        let Ok(mut connection) = self.store.read().await else { return false };
        connection.value::<i64>("SELECT COUNT(*) FROM systems", args![]).await.is_ok()
    }

    /// Mattermost's `GetDiagnosticId`: id of the installation.
    #[must_use]
    pub fn get_diagnostic_id(&self) -> &str {
        &self.identity.id
    }
}
