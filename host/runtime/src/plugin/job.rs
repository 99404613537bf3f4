//! A run of a job: an instance of its own, with limits of its own, outside the pool of the hooks.

use std::time::Instant;

use super::{Plugin, call::classify, instance::Instance};
use crate::{CallContext, Cut, Fault, FaultKind, Hook, Platform, RunJob, fuel::Bill, state::Call};

type Args = <RunJob as Hook>::Args;
type Output = <RunJob as Hook>::Output;

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
