-- Background work of plugins. A row is a job until it has ended, and history for a while after.

CREATE TABLE plugin_jobs (
    id               TEXT   PRIMARY KEY,
    plugin_id        TEXT   NOT NULL,
    name             TEXT   NOT NULL,
    payload          BLOB   NOT NULL,
    schedule         TEXT   NOT NULL,
    status           TEXT   NOT NULL,
    attempt          BIGINT NOT NULL,
    max_attempts     BIGINT NOT NULL,
    retry_after      BIGINT NOT NULL,
    next_run_at      BIGINT NOT NULL,
    started_at       BIGINT NOT NULL,
    finished_at      BIGINT NOT NULL,
    progress         BIGINT NOT NULL,
    progress_text    TEXT   NOT NULL,
    error            TEXT   NOT NULL,
    cancel_requested BIGINT NOT NULL,
    create_at        BIGINT NOT NULL,
    update_at        BIGINT NOT NULL,
    -- The run that holds the job, and until when nobody else may take it.
    run_id           TEXT   NOT NULL DEFAULT '',
    lease_until      BIGINT NOT NULL DEFAULT 0,
    -- The name of a live interval or cron job, which is there once.
    recurring_name   TEXT
);
CREATE UNIQUE INDEX plugin_jobs_recurring ON plugin_jobs (plugin_id, recurring_name);
CREATE INDEX plugin_jobs_due ON plugin_jobs (plugin_id, status, next_run_at);
CREATE INDEX plugin_jobs_finished ON plugin_jobs (finished_at);
