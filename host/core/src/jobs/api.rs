//! The Plugin API's `jobs`: each plugin sees its own.

use wasmoat_model::{AppError, Job, JobSchedule, NewJob};
use wasmoat_runtime::bindings::jobs::Host;

use crate::api::Api;

impl Host for Api<'_> {
    async fn start_job(&mut self, job: NewJob) -> Result<Job, AppError> {
        self.core.start_job(&self.caller.context, self.plugin_id(), job).await
    }

    async fn schedule_job(&mut self, job: NewJob, schedule: JobSchedule) -> Result<Job, AppError> {
        self.core.schedule_job(&self.caller.context, self.plugin_id(), job, schedule).await
    }

    async fn cancel_job(&mut self, id: String) -> Result<bool, AppError> {
        self.core.cancel_job(self.plugin_id(), &id).await
    }

    async fn report_job_progress(&mut self, id: String, percent: u32, text: String) -> Result<(), AppError> {
        self.core.report_job_progress(self.plugin_id(), &id, percent, &text).await
    }

    async fn is_job_cancelled(&mut self, id: String) -> Result<bool, AppError> {
        self.core.is_job_cancelled(self.plugin_id(), &id).await
    }

    async fn get_job(&mut self, id: String) -> Result<Job, AppError> {
        self.core.get_job(self.plugin_id(), &id).await
    }

    async fn list_jobs(&mut self, page: i32, per_page: i32) -> Result<Vec<Job>, AppError> {
        self.core.list_jobs(self.plugin_id(), page, per_page).await
    }
}
