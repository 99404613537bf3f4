//! The daily moment for telemetry. The server itself sends nothing anywhere; plugins that want to
//! are told, where the admin allows it (`LogSettings.EnableDiagnostics`).

use std::time::Duration;

use wasmoat_model::{AppError, now_ms};
use wasmoat_runtime::{CallContext, OnSendDailyTelemetry};

use crate::{
    Core,
    store::{Queries as _, args},
};

/// How often the server looks whether a day has passed.
const LOOK: Duration = Duration::from_secs(10 * 60);

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

impl Core {
    pub(crate) fn start_telemetry(&self) {
        let core = self.clone();
        self.tasks.every(LOOK, move || {
            let core = core.clone();
            async move {
                if let Err(error) = core.send_daily_telemetry().await {
                    tracing::warn!(%error, "the day of the last telemetry is unknown");
                }
            }
        });
    }

    /// Tells plugins where a day has passed since they were told last; of several nodes one does.
    /// Says whether they were.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn send_daily_telemetry(&self) -> Result<bool, AppError> {
        if !self.config.flag("LogSettings.EnableDiagnostics") {
            return Ok(false);
        }
        let now = now_ms();
        let mut tx = self.store.write().await?;
        let select = "SELECT value FROM systems WHERE name = $1";
        let last: Option<String> = tx.value(select, args!["LastDailyTelemetry"]).await?;
        let last = last.and_then(|last| last.parse::<i64>().ok()).unwrap_or_default();
        // A clock that was set back must not silence it for ever.
        if last <= now && now - last < DAY_MS {
            return Ok(false);
        }
        let upsert = "INSERT INTO systems (name, value) VALUES ($1, $2)
                      ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        tx.run(upsert, args!["LastDailyTelemetry", now.to_string()]).await?;
        tx.commit().await.map_err(crate::store::StoreError::from)?;
        self.runtime.observe::<OnSendDailyTelemetry>(&CallContext::core(), |_| ());
        Ok(true)
    }
}
