//! Data retention: how long posts and files are kept, and the job that deletes what is too old.
//!
//! A channel's own policy beats that of its team, which beats the global one of
//! `DataRetentionSettings`.

mod job;
mod policies;
mod scope;
#[cfg(test)]
mod tests;

use wasmoat_model::{AppError, GlobalRetentionPolicy, now_ms};

pub use self::job::RetentionRun;
use crate::{Core, config::Config, server::Feature};

/// Milliseconds of a day, and of an hour.
const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;

/// How long messages, or files, are kept: hours where they are set, else days.
fn kept(config: &Config, what: &str) -> i64 {
    let hours = config.number(&format!("DataRetentionSettings.{what}RetentionHours")).max(0);
    let days = config.number(&format!("DataRetentionSettings.{what}RetentionDays")).max(1);
    if hours > 0 { hours.saturating_mul(HOUR) } else { days.saturating_mul(DAY) }
}

impl Core {
    /// Refuses what needs Mattermost's licence for data retention.
    ///
    /// # Errors
    ///
    /// 501 until the operator turns the feature on.
    pub(crate) fn check_data_retention(&self, method: &str) -> Result<(), AppError> {
        let id = "ent.data_retention.generic.license.error";
        self.check_feature(Feature::DataRetention, &format!("App.{method}"), id, 501)
    }

    /// Mattermost's `GetGlobalRetentionPolicy`: what holds where no granular policy does.
    ///
    /// # Errors
    ///
    /// 501 without the feature.
    pub fn get_global_retention_policy(&self) -> Result<GlobalRetentionPolicy, AppError> {
        self.check_data_retention("GetGlobalRetentionPolicy")?;
        let config = self.config.get();
        let now = now_ms();
        Ok(GlobalRetentionPolicy {
            message_deletion_enabled: config.flag("DataRetentionSettings.EnableMessageDeletion"),
            file_deletion_enabled: config.flag("DataRetentionSettings.EnableFileDeletion"),
            message_retention_cutoff: now.saturating_sub(kept(&config, "Message")),
            file_retention_cutoff: now.saturating_sub(kept(&config, "File")),
        })
    }
}
