//! The rows of jobs. Which node runs a job is settled here: by one statement that only one wins.

use sqlx::{AnyConnection, Row as _, any::AnyArguments, any::AnyRow};
use wasmoat_model::{Job, JobSchedule, JobStatus};

use crate::store::{Column, Queries as _, StoreError, args, record};

record!(
    Job,
    "plugin_jobs",
    key[id],
    [
        plugin_id,
        name,
        payload,
        schedule,
        status,
        attempt,
        max_attempts,
        retry_after,
        next_run_at,
        started_at,
        finished_at,
        progress,
        progress_text,
        error,
        cancel_requested,
        create_at,
        update_at,
    ]
);

impl Column for JobStatus {
    fn read(row: &AnyRow, name: &str) -> Result<Self, sqlx::Error> {
        let text: String = row.try_get(name)?;
        Self::from_name(&text).ok_or_else(|| sqlx::Error::ColumnDecode {
            index: name.to_owned(),
            source: format!("unknown status `{text}`").into(),
        })
    }

    fn bind(&self, arguments: &mut AnyArguments) {
        self.name().bind(arguments);
    }
}

impl Column for JobSchedule {
    fn read(row: &AnyRow, name: &str) -> Result<Self, sqlx::Error> {
        let value: serde_json::Value = Column::read(row, name)?;
        serde_json::from_value(value)
            .map_err(|error| sqlx::Error::ColumnDecode { index: name.to_owned(), source: error.into() })
    }

    fn bind(&self, arguments: &mut AnyArguments) {
        serde_json::json!(self).bind(arguments);
    }
}

/// What `status` says of a job that has not ended.
const LIVE: &str = "status IN ('waiting', 'running')";

/// Stores a new job. Every turn of one that recurs is a request of its own.
pub(super) async fn insert(store: &mut AnyConnection, job: &Job, request_id: &str) -> Result<(), StoreError> {
    store.insert(job).await?;
    if !job.schedule.recurs() {
        store.run("UPDATE plugin_jobs SET request_id = $2 WHERE id = $1", args![job.id, request_id]).await?;
    }
    name_it(store, job).await
}

/// The request that asked for a job; empty for none.
pub(super) async fn request_id(store: &mut AnyConnection, job_id: &str) -> Result<String, StoreError> {
    let sql = "SELECT request_id FROM plugin_jobs WHERE id = $1";
    Ok(store.value(sql, args![job_id]).await?.unwrap_or_default())
}

/// Only a live schedule holds its name.
async fn name_it(store: &mut AnyConnection, job: &Job) -> Result<(), StoreError> {
    let live = matches!(job.status, JobStatus::Waiting | JobStatus::Running);
    let name = (live && job.schedule.recurs()).then(|| job.name.clone());
    store.run("UPDATE plugin_jobs SET recurring_name = $2 WHERE id = $1", args![job.id, name]).await?;
    Ok(())
}

pub(super) async fn get(store: &mut AnyConnection, plugin_id: &str, id: &str) -> Result<Option<Job>, StoreError> {
    store.one("WHERE id = $1 AND plugin_id = $2", args![id, plugin_id]).await
}

pub(super) async fn scheduled(
    store: &mut AnyConnection,
    plugin_id: &str,
    name: &str,
) -> Result<Option<Job>, StoreError> {
    store.one("WHERE plugin_id = $1 AND recurring_name = $2", args![plugin_id, name]).await
}

pub(super) async fn list(
    store: &mut AnyConnection,
    plugin_id: &str,
    limit: i64,
    offset: i64,
) -> Result<Vec<Job>, StoreError> {
    let rest = "WHERE plugin_id = $1 ORDER BY create_at DESC, id LIMIT $2 OFFSET $3";
    store.all(rest, args![plugin_id, limit, offset]).await
}

pub(super) async fn live(store: &mut AnyConnection, plugin_id: &str) -> Result<i64, StoreError> {
    let sql = format!("SELECT COUNT(*) FROM plugin_jobs WHERE plugin_id = $1 AND {LIVE}");
    Ok(store.value(&sql, args![plugin_id]).await?.unwrap_or_default())
}

/// Runs that nobody else may take over.
pub(super) async fn held(store: &mut AnyConnection, plugin_id: &str, now: i64) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) FROM plugin_jobs WHERE plugin_id = $1 AND status = 'running' AND lease_until > $2";
    Ok(store.value(sql, args![plugin_id, now]).await?.unwrap_or_default())
}

/// Jobs whose time has come, and those whose server died.
const DUE: &str = "((status = 'waiting' AND next_run_at <= $2) OR (status = 'running' AND lease_until <= $2))";

pub(super) async fn due(
    store: &mut AnyConnection,
    plugin_id: &str,
    now: i64,
    limit: i64,
) -> Result<Vec<Job>, StoreError> {
    let rest = format!("WHERE plugin_id = $1 AND {DUE} ORDER BY next_run_at, id LIMIT $3");
    store.all(&rest, args![plugin_id, now, limit]).await
}

/// Gives a due job to a run; false where another node was faster.
pub(super) async fn claim(store: &mut AnyConnection, job: &Job, run: &Run<'_>, now: i64) -> Result<bool, StoreError> {
    let sql = format!(
        "UPDATE plugin_jobs SET run_id = $3, lease_until = $4, status = 'running', attempt = $5, started_at = $2,
         finished_at = 0, progress = 0, progress_text = '', update_at = $2 WHERE id = $1 AND {DUE}"
    );
    Ok(store.run(&sql, args![job.id, now, run.id, run.lease_until, job.attempt]).await? > 0)
}

/// Who holds a job, and until when.
pub(super) struct Run<'a> {
    pub(super) id: &'a str,
    pub(super) lease_until: i64,
}

/// Holds a job longer. Whether it is to be cancelled; `None` where the run has lost it.
pub(super) async fn renew(store: &mut AnyConnection, job_id: &str, run: &Run<'_>) -> Result<Option<bool>, StoreError> {
    let sql = "UPDATE plugin_jobs SET lease_until = $3 WHERE id = $1 AND run_id = $2 AND status = 'running'
               RETURNING cancel_requested";
    store.value(sql, args![job_id, run.id, run.lease_until]).await
}

/// The job, as long as this run holds it.
pub(super) async fn held_by(store: &mut AnyConnection, job_id: &str, run_id: &str) -> Result<Option<Job>, StoreError> {
    store.one("WHERE id = $1 AND run_id = $2 AND status = 'running'", args![job_id, run_id]).await
}

/// Stores a job that nobody holds now.
pub(super) async fn release(store: &mut AnyConnection, job: &Job) -> Result<(), StoreError> {
    store.update(job).await?;
    store.run("UPDATE plugin_jobs SET run_id = '', lease_until = 0 WHERE id = $1", args![job.id]).await?;
    name_it(store, job).await
}

/// Stores what an author changed, and leaves a run of it alone.
pub(super) async fn change(store: &mut AnyConnection, job: &Job) -> Result<(), StoreError> {
    store.update(job).await.map(drop)
}

pub(super) async fn progress(store: &mut AnyConnection, job: &Job) -> Result<bool, StoreError> {
    let sql = "UPDATE plugin_jobs SET progress = $2, progress_text = $3, update_at = $4
               WHERE id = $1 AND status = 'running'";
    Ok(store.run(sql, args![job.id, job.progress, job.progress_text, job.update_at]).await? > 0)
}

pub(super) async fn delete_of(store: &mut AnyConnection, plugin_id: &str) -> Result<u64, StoreError> {
    store.run("DELETE FROM plugin_jobs WHERE plugin_id = $1", args![plugin_id]).await
}

/// Deletes history: what ended before a time, and what is beyond the newest of each plugin.
pub(super) async fn sweep(store: &mut AnyConnection, before: i64, keep: i64) -> Result<u64, StoreError> {
    let sql = format!(
        "DELETE FROM plugin_jobs WHERE NOT {LIVE} AND (finished_at < $1 OR id IN (
        SELECT id FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY plugin_id ORDER BY finished_at DESC, id) AS place
                        FROM plugin_jobs WHERE NOT {LIVE}) AS ended WHERE place > $2))"
    );
    store.run(&sql, args![before, keep]).await
}
