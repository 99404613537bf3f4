//! When a job runs, and what becomes of it after a run.

use std::str::FromStr as _;

use croner::Cron;
use jiff::{Timestamp, tz::TimeZone};
use rand::RngExt as _;
use wasmoat_model::{AppError, JOB_MAX_RETRY_AFTER, Job, JobSchedule, JobStatus};

/// Shortest and longest interval, in milliseconds: a second, ten years.
const INTERVAL: std::ops::RangeInclusive<i64> = 1_000..=315_576_000_000;

/// Most characters of a cron pattern.
const CRON_CHARACTERS: usize = 200;

/// How long a job waits that could not be run for a reason that is not its own.
const NOT_RUN_PAUSE: i64 = 1_000;

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It ended well.
    Done,
    /// It failed.
    Failed(String),
    /// It was not run, or cut short, by no fault of its own: the try does not count.
    NotRun,
}

fn invalid(message: String) -> AppError {
    AppError::new("Job.IsValid", "app.plugin_job.is_valid.schedule.app_error", 400, message)
}

/// The first turn of a schedule.
///
/// # Errors
///
/// 400 for an interval out of bounds, or a pattern that cannot be read or never comes.
pub(super) fn first_turn(schedule: &JobSchedule, now: i64) -> Result<i64, AppError> {
    match schedule {
        JobSchedule::Once(at) => Ok(*at),
        JobSchedule::Interval(interval) if INTERVAL.contains(interval) => Ok(now),
        JobSchedule::Interval(_) => {
            Err(invalid(format!("An interval is {} to {} milliseconds.", INTERVAL.start(), INTERVAL.end())))
        }
        JobSchedule::Cron(pattern) => next_cron(pattern, now),
    }
}

fn next_cron(pattern: &str, now: i64) -> Result<i64, AppError> {
    if pattern.chars().count() > CRON_CHARACTERS {
        return Err(invalid(format!("A cron pattern has at most {CRON_CHARACTERS} characters.")));
    }
    let cron = Cron::from_str(pattern).map_err(|error| invalid(format!("The cron pattern: {error}.")))?;
    let now = Timestamp::from_millisecond(now).map_err(|error| invalid(error.to_string()))?;
    let next = cron
        .find_next_occurrence(&now.to_zoned(TimeZone::UTC), false)
        .map_err(|error| invalid(format!("The cron pattern has no next time: {error}.")))?;
    Ok(next.timestamp().as_millisecond())
}

/// The turn after now; turns that were missed are left out.
fn next_turn(job: &Job, now: i64) -> Result<i64, AppError> {
    match &job.schedule {
        JobSchedule::Once(at) => Ok(*at),
        JobSchedule::Interval(interval) => {
            let interval = (*interval).max(*INTERVAL.start());
            let turns = now.saturating_sub(job.create_at).max(0) / interval;
            Ok(job.create_at.saturating_add(interval.saturating_mul(turns.saturating_add(1))))
        }
        JobSchedule::Cron(pattern) => next_cron(pattern, now),
    }
}

/// Milliseconds before the try after this one: doubled each time, a quarter more or less by chance,
/// so that jobs which failed together are not tried together.
fn backoff(job: &Job) -> i64 {
    let doublings = job.attempt.saturating_sub(1).min(30);
    let wait = job.retry_after.saturating_mul(1 << doublings).min(JOB_MAX_RETRY_AFTER);
    let quarter = wait / 4;
    wait - quarter + rand::rng().random_range(0..=quarter.saturating_mul(2))
}

/// The job after a run.
pub(super) fn settle(mut job: Job, outcome: Outcome, now: i64) -> Job {
    job.update_at = now;
    job.finished_at = now;
    if job.cancel_requested {
        if let Outcome::Failed(error) = outcome {
            job.error = error;
        }
        job.status = JobStatus::Cancelled;
        return job;
    }
    match outcome {
        Outcome::Done => {
            job.progress = 100;
            job.error.clear();
            end_turn(job, JobStatus::Success, now)
        }
        Outcome::Failed(error) => {
            job.error = error;
            if job.attempt >= job.max_attempts {
                return end_turn(job, JobStatus::Failed, now);
            }
            job.status = JobStatus::Waiting;
            job.next_run_at = now.saturating_add(backoff(&job));
            job
        }
        Outcome::NotRun => {
            job.attempt = job.attempt.saturating_sub(1);
            job.status = JobStatus::Waiting;
            job.next_run_at = now.saturating_add(NOT_RUN_PAUSE);
            job
        }
    }
}

fn end_turn(mut job: Job, end: JobStatus, now: i64) -> Job {
    if !job.schedule.recurs() {
        job.status = end;
        return job;
    }
    match next_turn(&job, now) {
        Ok(next) => (job.status, job.attempt, job.next_run_at) = (JobStatus::Waiting, 0, next),
        // A pattern can come to its end, as with a year in it.
        Err(error) => (job.status, job.error) = (end, error.message),
    }
    job
}
