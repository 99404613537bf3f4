//! Running what is due.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::Notify;
use wasmoat_model::{AppError, Job, new_id, now_ms};
use wasmoat_runtime::{CallContext, CallError, Cut, RunJob};

use super::{
    millis,
    schedule::{Outcome, settle},
    shortened, store,
    store::Run,
};
use crate::{Core, store::StoreError};

/// How often the store is asked for jobs whose time has come. A job that is started wakes the
/// round at once.
const ROUND: Duration = Duration::from_secs(1);

/// How long a job is held without a sign of life, and how often its run gives one.
const LEASE: Duration = Duration::from_secs(15);
const RENEWAL: Duration = Duration::from_secs(5);

/// How long a run may go on when its plugin or the server stops.
const STOP_GRACE: Duration = Duration::from_secs(3);

/// The runs of this node.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    wake: Notify,
    running: Mutex<HashMap<String, Held>>,
}

#[derive(Debug)]
struct Held {
    plugin_id: String,
    run_id: String,
    cut: Cut,
}

impl Runs {
    fn running(&self) -> MutexGuard<'_, HashMap<String, Held>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something may be due.
    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Ends a run of this node, if it is one.
    pub(super) fn cut(&self, job_id: &str, grace: Duration) {
        if let Some(held) = self.running().get(job_id) {
            held.cut.after(grace);
        }
    }

    /// Ends the runs of a plugin.
    pub(super) fn cut_plugin(&self, plugin_id: &str, grace: Duration) {
        for held in self.running().values().filter(|held| held.plugin_id == plugin_id) {
            held.cut.after(grace);
        }
    }

    fn cut_all(&self) {
        for held in self.running().values() {
            held.cut.after(STOP_GRACE);
        }
    }

    fn begin(&self, job: &Job, run_id: &str) -> Cut {
        let cut = Cut::default();
        let held = Held { plugin_id: job.plugin_id.clone(), run_id: run_id.to_owned(), cut: cut.clone() };
        self.running().insert(job.id.clone(), held);
        cut
    }

    fn end(&self, job_id: &str, run_id: &str) {
        let mut running = self.running();
        // A run that lost its job may end after the next one has begun.
        if running.get(job_id).is_some_and(|held| held.run_id == run_id) {
            running.remove(job_id);
        }
        drop(running);
        self.wake();
    }
}

impl Core {
    /// Runs jobs until the server stops; those that run then are cut short and run again later.
    pub(crate) fn start_jobs(&self) {
        let core = self.clone();
        self.tasks.spawn(async move {
            let stopping = core.tasks.stopping();
            while !stopping.is_cancelled() {
                core.run_due_jobs().await;
                tokio::select! {
                    () = stopping.cancelled() => {}
                    () = core.jobs.wake.notified() => {}
                    () = tokio::time::sleep(ROUND) => {}
                }
            }
            core.jobs.cut_all();
        });
        self.start_job_sweep();
    }

    /// Ends the runs of a plugin that is being stopped: they are run again when it is back.
    pub(crate) fn stop_jobs_of(&self, plugin_id: &str) {
        self.jobs.cut_plugin(plugin_id, STOP_GRACE);
    }

    async fn run_due_jobs(&self) {
        for plugin_id in self.runtime.implementers::<RunJob>() {
            match self.claim_jobs(&plugin_id, now_ms()).await {
                Ok(claimed) => {
                    for (job, run_id) in claimed {
                        let core = self.clone();
                        let cut = self.jobs.begin(&job, &run_id);
                        self.tasks.spawn(async move { core.run_job(job, &run_id, cut).await });
                    }
                }
                Err(error) => tracing::warn!(plugin_id = &*plugin_id, %error, "due jobs could not be taken"),
            }
        }
    }

    /// Takes the due jobs for which the plugin has places.
    pub(super) async fn claim_jobs(&self, plugin_id: &str, now: i64) -> Result<Vec<(Job, String)>, AppError> {
        let places = i64::try_from(self.plugin_limits(plugin_id).jobs_running).unwrap_or(i64::MAX);
        // The common case is that nothing is due: it takes no transaction.
        let mut connection = self.store.read().await?;
        if store::due(&mut connection, plugin_id, now, 1).await?.is_empty() {
            return Ok(Vec::new());
        }
        drop(connection);
        let mut tx = self.store.write().await?;
        let free = places - store::held(&mut tx, plugin_id, now).await?;
        let mut claimed = Vec::new();
        for mut job in store::due(&mut tx, plugin_id, now, free.max(0)).await? {
            if let Some(ended) = given_up(&job, now) {
                store::release(&mut tx, &ended).await?;
                continue;
            }
            job.attempt = job.attempt.saturating_add(1);
            let run_id = new_id();
            let run = Run { id: &run_id, lease_until: now.saturating_add(millis(LEASE)) };
            if store::claim(&mut tx, &job, &run, now).await?
                && let Some(job) = store::held_by(&mut tx, &job.id, &run_id).await?
            {
                claimed.push((job, run_id));
            }
        }
        tx.commit().await.map_err(StoreError::from)?;
        Ok(claimed)
    }

    async fn run_job(&self, job: Job, run_id: &str, cut: Cut) {
        let (id, plugin_id) = (job.id.clone(), job.plugin_id.clone());
        let job = Arc::new(job);
        let context = self.context_of(&job).await;
        let run = self.runtime.run_job(&context, &plugin_id, Arc::clone(&job), &cut);
        let ended = tokio::select! {
            ended = run => Some(ended),
            () = self.hold_job(&job, run_id, &cut) => None,
        };
        match ended {
            Some(ended) => {
                if let Err(error) = self.end_job(&id, run_id, outcome(ended, &cut)).await {
                    // The lease runs out, and the job is run again.
                    tracing::error!(plugin_id, job_id = id, %error, "the end of a job could not be stored");
                }
            }
            None => tracing::warn!(plugin_id, job_id = id, "a run has lost its job and was stopped"),
        }
        self.jobs.end(&id, run_id);
    }

    /// Goes on with the request that asked for the job, or begins one.
    async fn context_of(&self, job: &Job) -> CallContext {
        let request_id = async { store::request_id(&mut *self.store.read().await?, &job.id).await };
        match request_id.await {
            Ok(request_id) if !request_id.is_empty() => CallContext::core_for(request_id),
            Ok(_none) => CallContext::core(),
            Err(error) => {
                tracing::warn!(job_id = job.id, %error, "the request of a job could not be read");
                CallContext::core()
            }
        }
    }

    /// Renews the lease; returns where it is lost.
    async fn hold_job(&self, job: &Job, run_id: &str, cut: &Cut) {
        let mut held_until = Instant::now() + LEASE;
        loop {
            tokio::time::sleep(RENEWAL).await;
            let now = Instant::now();
            match self.renew_job(&job.id, run_id).await {
                Ok(None) => return,
                Ok(Some(cancelled)) => {
                    held_until = now + LEASE;
                    if cancelled && cut.at().is_none() {
                        // Cancelled on another node.
                        cut.after(Duration::from_millis(self.plugin_limits(&job.plugin_id).job_cancel_ms));
                    }
                }
                Err(error) if now < held_until => tracing::warn!(job_id = job.id, %error, "a lease was not renewed"),
                Err(_) => return,
            }
        }
    }

    async fn renew_job(&self, id: &str, run_id: &str) -> Result<Option<bool>, AppError> {
        let run = Run { id: run_id, lease_until: now_ms().saturating_add(millis(LEASE)) };
        Ok(store::renew(&mut *self.store.read().await?, id, &run).await?)
    }

    /// Stores what a run came to, if it still holds the job.
    pub(super) async fn end_job(&self, id: &str, run_id: &str, outcome: Outcome) -> Result<(), AppError> {
        let mut tx = self.store.write().await?;
        if let Some(job) = store::held_by(&mut tx, id, run_id).await? {
            store::release(&mut tx, &settle(job, outcome, now_ms())).await?;
        }
        tx.commit().await.map_err(StoreError::from)?;
        Ok(())
    }
}

/// A job whose server died: cancelled before that, or tried as often as it may be.
fn given_up(job: &Job, now: i64) -> Option<Job> {
    if !job.cancel_requested && job.attempt < job.max_attempts {
        return None;
    }
    let error = Outcome::Failed("the server stopped during the last try".to_owned());
    Some(settle(job.clone(), error, now))
}

fn outcome(ended: Result<Result<(), String>, CallError>, cut: &Cut) -> Outcome {
    match ended {
        Ok(Ok(())) => Outcome::Done,
        // Told to end, it ended: that is no failure.
        _ if cut.at().is_some() => Outcome::NotRun,
        Ok(Err(error)) => Outcome::Failed(shortened(&error)),
        Err(CallError::Fault(fault)) if fault.kind.counts() => Outcome::Failed(shortened(&fault.to_string())),
        Err(_) => Outcome::NotRun,
    }
}
