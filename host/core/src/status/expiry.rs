//! The end of a timed `dnd`: noted where a status is read, and told to clients by a sweep.

use std::time::Duration;

use wasmoat_model::{AppError, STATUS_DND, STATUS_ONLINE, now_ms};

use super::status_event;
use crate::{
    Core,
    store::{Column as _, Queries as _, args},
};

/// How late clients may hear that a `dnd` is over.
const SWEEP_INTERVAL: Duration = Duration::from_secs(30);

impl Core {
    /// Begins the sweep.
    pub(crate) fn start_dnd_sweep(&self) {
        let core = self.clone();
        self.tasks.every(SWEEP_INTERVAL, move || {
            let core = core.clone();
            async move {
                if let Err(error) = core.end_timed_dnd().await {
                    tracing::warn!(%error, "timed do-not-disturb was not ended");
                }
            }
        });
    }

    /// Mattermost's `UpdateDNDStatusOfUsers`: whoever did not want to be disturbed until now has
    /// the status from before again.
    pub(crate) async fn end_timed_dnd(&self) -> Result<(), AppError> {
        // One statement: a choice that the user makes meanwhile is not overwritten.
        let sql = "UPDATE statuses SET status = CASE WHEN prev_status = '' THEN $3 ELSE prev_status END,
                   manual = 0, dnd_end_time = 0, prev_status = ''
                   WHERE status = $1 AND dnd_end_time > 0 AND dnd_end_time <= $2 RETURNING user_id, status";
        let read = |row: &sqlx::any::AnyRow| Ok((String::read(row, "user_id")?, String::read(row, "status")?));
        let arguments = args![STATUS_DND, now_ms() / 1000, STATUS_ONLINE];
        let ended = self.store.read().await?.rows(sql, arguments, read).await?;
        for (user_id, status) in ended {
            self.people.statuses.invalidate(&user_id);
            self.publish(status_event(&user_id, &status));
        }
        Ok(())
    }
}
