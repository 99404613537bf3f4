-- The request that started a job: what its run does belongs to the same trace.
ALTER TABLE plugin_jobs ADD COLUMN request_id TEXT NOT NULL DEFAULT '';
