//! Work in the background: a job is started or scheduled here, and run by the hook
//! [`Plugin::run_job`](crate::Plugin::run_job), in an instance of its own with minutes of time.
//!
//! ```
//! # use wasmoat::{prelude::*, jobs::{self, Job, JobSchedule}};
//! #[derive(Default)]
//! struct Reports;
//!
//! # /*
//! #[wasmoat::plugin]
//! # */
//! impl Plugin for Reports {
//!     fn on_activate(&self) -> Result<()> {
//!         // The same again changes nothing.
//!         jobs::schedule("tidy up", &(), &JobSchedule::Cron("0 3 * * *".into()))?;
//!         Ok(())
//!     }
//!
//!     fn run_job(&self, _ctx: PluginContext, job: Job) -> Result<()> {
//!         let users: Vec<String> = jobs::payload(&job)?;
//!         for (done, user) in users.iter().enumerate() {
//!             jobs::progress(&job, done, users.len(), user)?;
//!         }
//!         Ok(())
//!     }
//! }
//! ```
//!
//! A job survives a restart, and is run again when the server died under it: write it so that running it
//! twice does no harm.

use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, Result};
#[doc(inline)]
pub use crate::{api::jobs::*, job_types::*};

impl Default for JobSchedule {
    fn default() -> Self {
        Self::Once(0)
    }
}

/// Starts a job with a payload in JSON.
///
/// # Errors
///
/// The payload cannot be JSON or is too long, the plugin does not implement `run_job`, or it has as
/// many jobs as it may.
pub fn start<T: Serialize + ?Sized>(name: &str, payload: &T) -> Result<Job> {
    start_job(&new_job(name, payload)?)
}

/// Schedules a job with a payload in JSON. An interval or a cron pattern is there once for each name, so
/// this may be done at each activation.
///
/// # Errors
///
/// As [`start`], or the schedule cannot be read.
pub fn schedule<T: Serialize + ?Sized>(name: &str, payload: &T, schedule: &JobSchedule) -> Result<Job> {
    schedule_job(&new_job(name, payload)?, schedule)
}

/// A job that is tried three times; change its fields before [`start_job`] to have it otherwise.
///
/// # Errors
///
/// The payload cannot be JSON.
pub fn new_job<T: Serialize + ?Sized>(name: &str, payload: &T) -> Result<NewJob> {
    let payload = serde_json::to_vec(payload).map_err(Error::json(format!("the payload of the job `{name}`")))?;
    Ok(NewJob { name: name.to_owned(), payload, max_attempts: 0, retry_after: 0 })
}

/// The payload of a job, from JSON.
///
/// # Errors
///
/// It is not a `T`.
pub fn payload<T: DeserializeOwned>(job: &Job) -> Result<T> {
    serde_json::from_slice(&job.payload).map_err(Error::json(format!("the payload of the job `{}`", job.name)))
}

/// Says how far a job is, and ends it by an error where it was cancelled: call it between steps, with
/// `?`.
///
/// # Errors
///
/// 499 `plugin.job.cancelled` where the job is to end, or the store failed.
pub fn progress(job: &Job, done: usize, of: usize, text: &str) -> Result<()> {
    let percent = done.saturating_mul(100).checked_div(of).unwrap_or(100);
    report_job_progress(&job.id, u32::try_from(percent).unwrap_or(100), text)?;
    if is_job_cancelled(&job.id)? {
        return Err(Error::new(499, "plugin.job.cancelled", "the job was cancelled"));
    }
    Ok(())
}
