//! Jobs of plugins.

use serde::{Deserialize, Serialize, Serializer};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::{AppError, json};

/// When a job runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(variant)]
#[serde(rename_all = "snake_case")]
pub enum JobSchedule {
    /// Once, at this time in milliseconds.
    #[component(name = "once")]
    Once(i64),
    /// Now, and then every so many milliseconds.
    #[component(name = "interval")]
    Interval(i64),
    /// By a cron pattern, in UTC.
    #[component(name = "cron")]
    Cron(String),
}

impl Default for JobSchedule {
    fn default() -> Self {
        Self::Once(0)
    }
}

impl JobSchedule {
    /// Whether there is a turn after this one.
    #[must_use]
    pub const fn recurs(&self) -> bool {
        !matches!(self, Self::Once(_))
    }
}

/// Where a job is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(enum)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum JobStatus {
    /// It waits for its time, a place, or its plugin.
    #[component(name = "waiting")]
    #[default]
    Waiting,
    /// It runs, or the server that ran it died.
    #[component(name = "running")]
    Running,
    /// It has ended well.
    #[component(name = "success")]
    Success,
    /// Its last try failed.
    #[component(name = "failed")]
    Failed,
    /// It was cancelled.
    #[component(name = "cancelled")]
    Cancelled,
}

impl JobStatus {
    /// Its name in the store and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Waiting, Self::Running, Self::Success, Self::Failed, Self::Cancelled]
            .into_iter()
            .find(|status| status.name() == name)
    }
}

/// What to run.
#[derive(Clone, Debug, Default, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
pub struct NewJob {
    /// What kind of work it is.
    pub name: String,
    /// What it works on.
    pub payload: Vec<u8>,
    /// How often it is tried; 0 is 3 times.
    #[component(name = "max-attempts")]
    pub max_attempts: u32,
    /// Milliseconds before the second try; 0 is 10 seconds.
    #[component(name = "retry-after")]
    pub retry_after: i64,
}

/// Most characters of a job's name.
pub const JOB_NAME_MAX_LENGTH: usize = 100;

/// Most tries of a job.
pub const JOB_MAX_ATTEMPTS: u32 = 100;

/// Longest time between two tries, in milliseconds.
pub const JOB_MAX_RETRY_AFTER: i64 = 3_600_000;

impl NewJob {
    /// The rules of what an author may ask for.
    ///
    /// # Errors
    ///
    /// 400 `app.plugin_job.is_valid.…` for the first rule that is broken.
    pub fn is_valid(&self) -> Result<(), AppError> {
        let invalid = |field: &str, message: String| {
            Err(AppError::new("Job.IsValid", &format!("app.plugin_job.is_valid.{field}.app_error"), 400, message))
        };
        if !(1..=JOB_NAME_MAX_LENGTH).contains(&self.name.chars().count()) {
            return invalid("name", format!("A job's name has 1 to {JOB_NAME_MAX_LENGTH} characters."));
        }
        if self.max_attempts > JOB_MAX_ATTEMPTS {
            return invalid("max_attempts", format!("A job is tried at most {JOB_MAX_ATTEMPTS} times."));
        }
        if !(0..=JOB_MAX_RETRY_AFTER).contains(&self.retry_after) {
            let message = format!("A job is tried again after 0 to {JOB_MAX_RETRY_AFTER} milliseconds.");
            return invalid("retry_after", message);
        }
        Ok(())
    }
}

/// A job. Its payload is the plugin's: admins see how long it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ComponentType, Lift, Lower)]
#[component(record)]
pub struct Job {
    /// Id.
    pub id: String,
    /// Its plugin.
    #[component(name = "plugin-id")]
    pub plugin_id: String,
    /// What kind of work it is.
    pub name: String,
    /// What it works on.
    #[serde(rename = "payload_bytes", serialize_with = "length")]
    pub payload: Vec<u8>,
    /// When it runs.
    pub schedule: JobSchedule,
    /// Where it is in its life.
    pub status: JobStatus,
    /// Number of this try, from 1; 0 before the first.
    pub attempt: u32,
    /// How often it is tried.
    #[component(name = "max-attempts")]
    pub max_attempts: u32,
    /// Milliseconds before the second try.
    #[component(name = "retry-after")]
    pub retry_after: i64,
    /// When it runs next, or was to run.
    #[component(name = "next-run-at")]
    pub next_run_at: i64,
    /// When its last run began; 0 before the first.
    #[component(name = "started-at")]
    pub started_at: i64,
    /// When its last run ended; 0 before that.
    #[component(name = "finished-at")]
    pub finished_at: i64,
    /// How far it says it is, 0 to 100.
    pub progress: u32,
    /// What it says it is doing.
    #[component(name = "progress-text")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub progress_text: String,
    /// Why its last run failed.
    #[serde(skip_serializing_if = "json::is_default")]
    pub error: String,
    /// Somebody wants it to end.
    #[component(name = "cancel-requested")]
    pub cancel_requested: bool,
    /// Time of creation.
    #[component(name = "create-at")]
    pub create_at: i64,
    /// Time of the last change.
    #[component(name = "update-at")]
    pub update_at: i64,
}

fn length<S: Serializer>(payload: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    payload.len().serialize(serializer)
}
