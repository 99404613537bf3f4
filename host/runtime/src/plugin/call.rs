//! One call of a hook, under all meters.

use std::{pin::pin, sync::Arc, time::Instant};

use wasmoat_model::PluginContext;
use wasmtime::Trap;

use super::{
    Plugin,
    health::Verdict,
    instance::{DeadlinePassed, Instance, Trapped},
};
use crate::{
    CallContext, Fault, FaultKind, Hook, HookKind, MAX_DEPTH, Placed, Platform, engine, fault,
    fuel::Bill,
    limits::TimeLimit,
    log::LogLevel,
    state::{Call, PluginInfo},
};

impl<P: Platform> Plugin<P> {
    /// Calls a hook that the plugin exports, unless what it is about is not for the plugin's eyes:
    /// then nothing happens, and nothing comes back.
    pub(crate) async fn call<H: Hook>(
        &self,
        context: &CallContext,
        args: impl FnOnce(Arc<PluginContext>) -> H::Args,
    ) -> Result<Option<H::Output>, Fault> {
        let args = args(Arc::clone(&context.plugin_context));
        if !self.may_see(&args).await {
            return Ok(None);
        }
        self.ask::<H>(context, args).await.map(Some)
    }

    /// Calls a hook that this plugin alone answers; a fault where it is not for its eyes.
    pub(crate) async fn provide<H: Hook>(
        &self,
        context: &CallContext,
        args: impl FnOnce(Arc<PluginContext>) -> H::Args,
    ) -> Result<H::Output, Fault> {
        self.call::<H>(context, args).await?.ok_or_else(|| self.out_of_scope::<H>())
    }

    /// Calls a hook that is about the plugin itself.
    pub(super) async fn tell<H: Hook<Args = ()>>(&self, context: &CallContext) -> Result<H::Output, Fault> {
        self.ask::<H>(context, ()).await
    }

    /// Whether all places that something names are within the plugin's teams and channels.
    pub(crate) async fn may_see(&self, what: &(impl Placed + ?Sized + Sync)) -> bool {
        if !self.info.consent.is_scoped() {
            return true;
        }
        let mut places = Vec::new();
        what.places(&mut places);
        for place in places {
            if !self.platform.is_in_scope(&self.info.consent, place).await {
                return false;
            }
        }
        true
    }

    /// What is said where a plugin had to be asked and what it is about is not for its eyes.
    pub(crate) fn out_of_scope<H: Hook>(&self) -> Fault {
        Fault { plugin: self.info.id.to_string(), hook: H::NAME, kind: FaultKind::OutOfScope }
    }

    async fn ask<H: Hook>(&self, context: &CallContext, args: H::Args) -> Result<H::Output, Fault> {
        let started = Instant::now();
        let called = self.metered::<H>(context, args, started).await;
        self.metrics.called(H::INDEX, started.elapsed(), called.is_ok());
        called.map_err(|kind| self.fault::<H>(kind))
    }

    async fn metered<H: Hook>(
        &self,
        context: &CallContext,
        args: H::Args,
        started: Instant,
    ) -> Result<H::Output, FaultKind> {
        let time = self.info.limits.time(H::NAME, H::KIND).within(context, started);
        let deadline = started + time.duration;
        self.check_entry(context)?;
        let bill = Bill::new(&self.info.fuel, context.fuel.as_ref(), H::KIND != HookKind::Provide);
        bill.refusal(started).map_or(Ok(()), Err)?;
        let slot = self.pool.slots.take(context.path.depth(), deadline).await;
        let _slot = slot.ok_or_else(|| self.no_slot(context))?;
        let _using = self.pool.using();
        let call = Call::new(context.clone(), deadline, bill);
        // The guest is also stopped where it waits for the host.
        let call = pin!(self.on_instance::<H>(call, args));
        let called = tokio::time::timeout_at(deadline.into(), call).await;
        let (output, instance) = match called {
            Ok(Ok(done)) => done,
            Ok(Err(trapped)) => return Err(classify(&self.info, trapped, time)),
            Err(_) => return Err(FaultKind::Deadline { limit: time.duration, setting: time.setting }),
        };
        self.metrics.used(instance.fuel_used(), instance.memory_used());
        self.health.well();
        self.pool.give_back(instance);
        Ok(output)
    }

    pub(super) fn check_entry(&self, context: &CallContext) -> Result<(), FaultKind> {
        if context.path.depth() >= MAX_DEPTH {
            let path = context.path.enter(Arc::clone(&self.info.id)).to_string();
            return Err(FaultKind::TooDeep { path, limit: MAX_DEPTH });
        }
        if let Some((wait, faults)) = self.health.backing_off() {
            return Err(FaultKind::BackingOff { wait, faults });
        }
        Ok(())
    }

    fn no_slot(&self, context: &CallContext) -> FaultKind {
        if self.policy.single_instance && context.path.contains(&self.info.id) {
            return FaultKind::Reentrant { path: context.path.to_string() };
        }
        FaultKind::Overloaded { limit: self.pool.slots.limit() }
    }

    async fn on_instance<H: Hook>(&self, call: Call, args: H::Args) -> Result<(H::Output, Instance<P>), Trapped> {
        let mut instance = match self.pool.take() {
            Some(mut instance) => {
                instance.enter(call);
                instance
            }
            None => Instance::new(self, &self.info, call).await?,
        };
        let output = instance.invoke::<H>(self, args).await?;
        // The context of this call must not be there for the next.
        instance.enter(Call::default());
        Ok((output, instance))
    }

    pub(super) fn fault<H: Hook>(&self, kind: FaultKind) -> Fault {
        let fault = Fault { plugin: self.info.id.to_string(), hook: H::NAME, kind };
        self.metrics.fault(&fault);
        if fault.kind.counts() {
            self.info.log.host(LogLevel::Error, &fault.to_string());
            self.platform.faulted(&self.info.id, &fault);
            if let Verdict::Disable { faults } = self.health.fault() {
                self.disable(&fault, faults);
            }
        } else {
            // There may be one for every request: said as often as the plugin itself may log.
            self.info.log.guest(LogLevel::Error, &fault.to_string(), &[]);
        }
        fault
    }

    fn disable(&self, fault: &Fault, faults: usize) {
        let window = super::health::WINDOW.as_secs() / 60;
        let reason = format!(
            "disabled after {faults} faults within {window} minutes (setting `faults_until_disabled`); the last: {fault}"
        );
        self.info.log.host(LogLevel::Error, &reason);
        if let Some(runtime) = self.runtime.upgrade() {
            runtime.drop_plugin(self);
        }
        self.platform.disabled(&self.info.id, &reason);
    }

    /// Whether a fault in this hook of this plugin refuses what it was asked about.
    pub(crate) fn fails_closed<H: Hook>(&self) -> bool {
        self.policy.fail_closed && matches!(H::KIND, HookKind::Filter | HookKind::Reject)
    }
}

/// Says what a trap was. What the host itself stopped or refused comes first: the trap is only how
/// the guest ended after it.
pub(super) fn classify(plugin: &PluginInfo, trapped: Trapped, time: TimeLimit) -> FaultKind {
    if let Some(stop) = trapped.stop {
        return stop;
    }
    if trapped.error.is::<DeadlinePassed>() {
        return FaultKind::Deadline { limit: time.duration, setting: time.setting };
    }
    match trapped.error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => {
            return FaultKind::Fuel { limit: plugin.limits.fuel_per_call, setting: plugin.names.fuel };
        }
        Some(Trap::StackOverflow) => return FaultKind::StackOverflow { limit: engine::GUEST_STACK },
        _ => {}
    }
    if let Some(refused) = trapped.refused {
        return refused;
    }
    if let Some(message) = trapped.panic {
        return FaultKind::Panic { message };
    }
    let message = fault::words(format!("{:#}", trapped.error));
    if trapped.error.is::<wasmtime::PoolConcurrencyLimitError>() {
        let limit = usize::try_from(engine::INSTANCES_TOTAL).unwrap_or(usize::MAX);
        return FaultKind::NoRoom { limit };
    }
    if message.contains("too much data") || message.contains("hostcall fuel") {
        return FaultKind::Result { limit: plugin.limits.result() };
    }
    FaultKind::Trap { message }
}
