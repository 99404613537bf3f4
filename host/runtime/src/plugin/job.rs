//! A run of a job: an instance of its own, with limits of its own, outside the pool of the hooks.

use std::{sync::Arc, time::Instant};

use wasmoat_model::{CORE_PLUGIN_ID, Job};

use super::{Plugin, call::classify, instance::Instance};
use crate::{
    CallContext, CallError, Cut, Fault, FaultKind, Hook, Hop, Platform, RunJob, Runtime, fuel::Bill, state::Call,
};

type Args = <RunJob as Hook>::Args;
type Output = <RunJob as Hook>::Output;

impl<P: Platform> Runtime<P> {
    /// Runs a job of a plugin, in an instance of its own, until the plugin's limit or the cut. It is a
    /// hop of the trace that it belongs to.
    ///
    /// # Errors
    ///
    /// Where the plugin is not active, does not export the hook, or faults.
    pub async fn run_job(
        &self,
        context: &CallContext,
        plugin_id: &str,
        job: Arc<Job>,
        cut: &Cut,
    ) -> Result<Result<(), String>, CallError> {
        let plugin = self.implementer::<RunJob>(plugin_id)?;
        let (started, target) = (Instant::now(), Arc::clone(&plugin.info.id));
        let hop = Hop::begin(context, RunJob::NAME, CORE_PLUGIN_ID.into(), target, job.name.as_str().into());
        let context = CallContext { hops: context.hops.caused_by(&hop), ..context.clone() };
        let ran = plugin.run_job(&context, (Arc::clone(&context.plugin_context), job), cut).await;
        let (status, error) = match &ran {
            Ok((Ok(()),)) => ("ok", String::new()),
            Ok((Err(error),)) => ("failed", error.clone()),
            Err(fault) => (fault.kind.name(), fault.to_string()),
        };
        self.note(hop.ended(started.elapsed(), status, &error));
        let (ended,) = ran?;
        Ok(ended)
    }
}

impl<P: Platform> Plugin<P> {
    /// Runs a job, until its deadline or the cut.
    pub(crate) async fn run_job(&self, context: &CallContext, args: Args, cut: &Cut) -> Result<Output, Fault> {
        let started = Instant::now();
        let ran = self.metered_job(context, args, cut, started).await;
        self.metrics.called(RunJob::INDEX, started.elapsed(), ran.is_ok());
        ran.map_err(|kind| self.fault::<RunJob>(kind))
    }

    async fn metered_job(
        &self,
        context: &CallContext,
        args: Args,
        cut: &Cut,
        started: Instant,
    ) -> Result<Output, FaultKind> {
        self.check_entry(context)?;
        let time = self.info.limits.time(RunJob::NAME, RunJob::KIND).within(context, started);
        let deadline = started + time.duration;
        let _using = self.pool.using();
        let call = Call::new(context.clone(), deadline, Bill::of_job(&self.job_info.fuel)).with_cut(cut.clone());
        let run = async {
            let mut instance = Instance::new(self, &self.job_info, call).await?;
            let output = instance.invoke::<RunJob>(self, args).await?;
            Ok((output, instance))
        };
        // A guest that computes gives its thread back at every tick, and a run that is dropped stops.
        let ran = tokio::select! {
            ran = run => ran,
            () = cut.passed() => return Err(FaultKind::Stopped),
            () = tokio::time::sleep_until(deadline.into()) => {
                return Err(FaultKind::Deadline { limit: time.duration, setting: time.setting });
            }
        };
        let (output, instance) = ran.map_err(|trapped| classify(&self.job_info, trapped, time))?;
        self.metrics.used(instance.fuel_used(), instance.memory_used());
        self.health.well();
        Ok(output)
    }
}
