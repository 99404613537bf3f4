//! Policies of data retention.

use serde::{Deserialize, Serialize};

use crate::{AppError, json};

/// Longest display name of a policy, in characters.
pub const RETENTION_POLICY_DISPLAY_NAME_MAX_RUNES: usize = 64;

/// A granular policy: how long posts of some teams and channels are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RetentionPolicy {
    /// Id; filled on create.
    pub id: String,
    /// 1 to 64 characters.
    pub display_name: String,
    /// Days; -1 is for ever.
    #[serde(rename = "post_duration")]
    pub post_duration_days: i64,
    /// Teams in it; filled on read.
    pub team_count: i64,
    /// Channels in it; filled on read.
    pub channel_count: i64,
    /// Teams it begins with; only on create.
    #[serde(skip_serializing_if = "json::is_default")]
    pub team_ids: Vec<String>,
    /// Channels it begins with; only on create.
    #[serde(skip_serializing_if = "json::is_default")]
    pub channel_ids: Vec<String>,
}

impl RetentionPolicy {
    /// Checks name and duration.
    ///
    /// # Errors
    ///
    /// 400 for a name of no or more than 64 characters, or a duration that is neither -1 nor at
    /// least a day.
    pub fn is_valid(&self) -> Result<(), AppError> {
        let name = self.display_name.chars().count();
        let days = self.post_duration_days;
        if (1..=RETENTION_POLICY_DISPLAY_NAME_MAX_RUNES).contains(&name) && (days == -1 || days > 0) {
            return Ok(());
        }
        let text = "A policy has a name of 1 to 64 characters and a duration of at least a day, or -1 for ever.";
        Err(AppError::new("RetentionPolicy.IsValid", "ent.data_retention.policies.invalid_policy", 400, text))
    }
}

/// What a client changes of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RetentionPolicyPatch {
    /// New name.
    pub display_name: Option<String>,
    /// New duration in days.
    #[serde(rename = "post_duration")]
    pub post_duration_days: Option<i64>,
    /// The teams from now on.
    pub team_ids: Option<Vec<String>>,
    /// The channels from now on.
    pub channel_ids: Option<Vec<String>>,
}

/// What holds where no granular policy does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GlobalRetentionPolicy {
    /// Old posts are deleted.
    pub message_deletion_enabled: bool,
    /// Old files are deleted.
    pub file_deletion_enabled: bool,
    /// Posts older than this time go.
    pub message_retention_cutoff: i64,
    /// Files older than this time go.
    pub file_retention_cutoff: i64,
}

/// The policy of a team that a user is in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RetentionPolicyForTeam {
    /// The team.
    pub team_id: String,
    /// Days.
    #[serde(rename = "post_duration")]
    pub post_duration_days: i64,
}

/// The policy of a channel that a user is in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RetentionPolicyForChannel {
    /// The channel.
    pub channel_id: String,
    /// Days.
    #[serde(rename = "post_duration")]
    pub post_duration_days: i64,
}
