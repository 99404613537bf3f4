//! Background work of plugins: rows that are due are handed to the plugin's `run-job`.
//!
//! A run holds its row by a lease that it renews; when the server dies, the lease runs out and
//! another node, or this one after its restart, runs the job again. Nothing of a job is in memory
//! only, but for the means to cut a run short. See `wit/jobs.wit` for what is promised to authors.

mod api;
mod run;
mod schedule;
mod store;
#[cfg(test)]
mod tests;

use std::time::Duration;

use wasmoat_model::{AppError, Job, JobSchedule, JobStatus, NewJob, new_id, now_ms};
use wasmoat_runtime::{CallContext, Hook as _, RunJob};

pub(crate) use self::run::Runs;
use crate::{Core, store::StoreError};

/// Tries of a job where the author names no number.
const ATTEMPTS: u32 = 3;

/// Milliseconds before the second try where the author names none.
const RETRY_AFTER: i64 = 10_000;

/// Jobs on a page, and most of them.
const PAGE: (i64, i64) = (60, 200);

/// Most characters of what a job says it is doing, and of an error that is kept.
const TEXT_CHARACTERS: usize = 500;

/// How long and how many jobs that have ended are kept.
const HISTORY: Duration = Duration::from_secs(7 * 24 * 3_600);
const HISTORY_PER_PLUGIN: i64 = 1_000;

/// How often the history is swept.
const SWEEP: Duration = Duration::from_secs(600);

fn error(id: &str, status: u16, message: impl Into<String>) -> AppError {
    AppError::new("Job", &format!("app.plugin_job.{id}.app_error"), status, message)
}

fn missing(id: &str) -> AppError {
    error("get", 404, "The plugin has no such job.").detail(format_args!("id={id}"))
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// The first characters of a text.
fn shortened(text: &str) -> String {
    text.chars().take(TEXT_CHARACTERS).collect()
}

impl Core {
    /// Runs a job as soon as there is a place for it.
    ///
    /// # Errors
    ///
    /// As [`Core::schedule_job`].
    pub async fn start_job(&self, cx: &CallContext, plugin_id: &str, new: NewJob) -> Result<Job, AppError> {
        self.schedule_job(cx, plugin_id, new, JobSchedule::Once(now_ms())).await
    }

    /// Runs a job at its times. A schedule that recurs is there once for each name. A run of one that
    /// does not belongs to the trace of the request that asked for it.
    ///
    /// # Errors
    ///
    /// 400 where the plugin has no `run-job`, or for a bad name, payload or schedule; 429 where it
    /// has as many jobs as it may.
    pub async fn schedule_job(
        &self,
        cx: &CallContext,
        plugin_id: &str,
        new: NewJob,
        schedule: JobSchedule,
    ) -> Result<Job, AppError> {
        self.check_runs_jobs(plugin_id)?;
        new.is_valid()?;
        let limits = self.plugin_limits(plugin_id);
        if u64::try_from(new.payload.len()).unwrap_or(u64::MAX) > limits.job_payload_bytes {
            let message = format!(
                "A job's payload has at most {} bytes (setting `job_payload_bytes`); this one has {}.",
                limits.job_payload_bytes,
                new.payload.len()
            );
            return Err(error("is_valid.payload", 400, message));
        }
        let job = new_job(plugin_id, new, schedule, now_ms())?;
        let mut tx = self.store.write().await?;
        if job.schedule.recurs()
            && let Some(old) = store::scheduled(&mut tx, plugin_id, &job.name).await?
        {
            let job = rescheduled(old, job);
            store::change(&mut tx, &job).await?;
            tx.commit().await.map_err(StoreError::from)?;
            self.jobs.wake();
            return Ok(job);
        }
        if store::live(&mut tx, plugin_id).await? >= i64::try_from(limits.jobs).unwrap_or(i64::MAX) {
            let message = format!("The plugin has {} jobs that have not ended (setting `jobs`).", limits.jobs);
            return Err(error("too_many", 429, message));
        }
        store::insert(&mut tx, &job, cx.request_id()).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.jobs.wake();
        Ok(job)
    }

    /// What is installed says whether it has the hook: while it is being activated, the runtime
    /// does not yet know it.
    fn check_runs_jobs(&self, plugin_id: &str) -> Result<(), AppError> {
        let registry = self.plugins.registry();
        let Some(plugin) = registry.get(plugin_id) else { return Ok(()) };
        let hooks = plugin.inspection.get("hooks").and_then(serde_json::Value::as_array);
        if hooks.is_some_and(|hooks| hooks.iter().any(|hook| hook == RunJob::NAME)) {
            return Ok(());
        }
        Err(error("no_hook", 400, format!("Plugin `{plugin_id}` does not implement `{}`.", RunJob::NAME)))
    }

    /// Ends a job: at once where it waits, else soon. False where it has ended already.
    ///
    /// # Errors
    ///
    /// 404 where the plugin has no such job.
    pub async fn cancel_job(&self, plugin_id: &str, id: &str) -> Result<bool, AppError> {
        let mut tx = self.store.write().await?;
        let mut job = store::get(&mut tx, plugin_id, id).await?.ok_or_else(|| missing(id))?;
        let now = now_ms();
        match job.status {
            JobStatus::Waiting => {
                (job.status, job.finished_at) = (JobStatus::Cancelled, now);
                (job.cancel_requested, job.update_at) = (true, now);
                store::release(&mut tx, &job).await?;
            }
            JobStatus::Running => {
                (job.cancel_requested, job.update_at) = (true, now);
                store::change(&mut tx, &job).await?;
            }
            JobStatus::Success | JobStatus::Failed | JobStatus::Cancelled => return Ok(false),
        }
        tx.commit().await.map_err(StoreError::from)?;
        self.jobs.cut(id, Duration::from_millis(self.plugin_limits(plugin_id).job_cancel_ms));
        Ok(true)
    }

    /// Keeps how far a running job is.
    ///
    /// # Errors
    ///
    /// 404 where the plugin has no such job, 400 where it does not run.
    pub async fn report_job_progress(
        &self,
        plugin_id: &str,
        id: &str,
        percent: u32,
        text: &str,
    ) -> Result<(), AppError> {
        let mut connection = self.store.read().await?;
        let mut job = store::get(&mut connection, plugin_id, id).await?.ok_or_else(|| missing(id))?;
        (job.progress, job.progress_text, job.update_at) = (percent.min(100), shortened(text), now_ms());
        if store::progress(&mut connection, &job).await? {
            return Ok(());
        }
        Err(error("not_running", 400, "The job does not run."))
    }

    /// Whether a job is to end, or has ended.
    ///
    /// # Errors
    ///
    /// 404 where the plugin has no such job.
    pub async fn is_job_cancelled(&self, plugin_id: &str, id: &str) -> Result<bool, AppError> {
        let job = self.get_job(plugin_id, id).await?;
        Ok(job.cancel_requested || !matches!(job.status, JobStatus::Waiting | JobStatus::Running))
    }

    /// One job of a plugin.
    ///
    /// # Errors
    ///
    /// 404 where the plugin has no such job.
    pub async fn get_job(&self, plugin_id: &str, id: &str) -> Result<Job, AppError> {
        store::get(&mut *self.store.read().await?, plugin_id, id).await?.ok_or_else(|| missing(id))
    }

    /// A plugin's jobs, newest first. A page size of 0 or less is 60.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn list_jobs(&self, plugin_id: &str, page: i32, per_page: i32) -> Result<Vec<Job>, AppError> {
        let limit = if per_page <= 0 { PAGE.0 } else { i64::from(per_page).min(PAGE.1) };
        let offset = i64::from(page).max(0).saturating_mul(limit);
        Ok(store::list(&mut *self.store.read().await?, plugin_id, limit, offset).await?)
    }

    /// Deletes the jobs of a plugin that is removed; those that run are stopped.
    pub(crate) async fn delete_jobs_of(&self, plugin_id: &str) -> Result<(), AppError> {
        self.jobs.cut_plugin(plugin_id, Duration::ZERO);
        store::delete_of(&mut *self.store.read().await?, plugin_id).await?;
        Ok(())
    }

    /// Deletes history that is old or more than enough, and says how many jobs that were.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn sweep_jobs(&self) -> Result<u64, AppError> {
        let before = now_ms().saturating_sub(millis(HISTORY));
        Ok(store::sweep(&mut *self.store.read().await?, before, HISTORY_PER_PLUGIN).await?)
    }

    pub(crate) fn start_job_sweep(&self) {
        let core = self.clone();
        self.tasks.every(SWEEP, move || {
            let core = core.clone();
            async move {
                if let Err(error) = core.sweep_jobs().await {
                    tracing::warn!(%error, "the history of jobs could not be swept");
                }
            }
        });
    }
}

fn new_job(plugin_id: &str, new: NewJob, schedule: JobSchedule, now: i64) -> Result<Job, AppError> {
    Ok(Job {
        id: new_id(),
        plugin_id: plugin_id.to_owned(),
        name: new.name,
        payload: new.payload,
        next_run_at: schedule::first_turn(&schedule, now)?,
        schedule,
        max_attempts: if new.max_attempts == 0 { ATTEMPTS } else { new.max_attempts },
        retry_after: if new.retry_after == 0 { RETRY_AFTER } else { new.retry_after },
        create_at: now,
        update_at: now,
        ..Job::default()
    })
}

/// A schedule that is there, as its author wants it now. The same again changes nothing, so that a
/// restart neither brings a turn forward nor puts it off.
fn rescheduled(old: Job, new: Job) -> Job {
    let same_times = old.schedule == new.schedule;
    Job {
        payload: new.payload,
        max_attempts: new.max_attempts,
        retry_after: new.retry_after,
        schedule: new.schedule,
        next_run_at: if same_times || old.status == JobStatus::Running { old.next_run_at } else { new.next_run_at },
        // Turns of an interval are counted from here.
        create_at: if same_times { old.create_at } else { new.create_at },
        update_at: new.update_at,
        ..old
    }
}
