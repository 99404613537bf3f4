//! What a store holds: whose instance it is, the call it is in, and its meters.

use std::{
    fmt,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use wasmoat_model::Consent;
use wasmtime::{ResourceLimiter, component::ResourceTable};

use crate::{
    CallContext, Caller, Cut, FaultKind, Kept, Limits, Rates,
    bridge::OpenStreams,
    fuel::{Bill, FuelAccount},
    guest::Wasi,
    log::GuestLog,
    outbound::{Outbound, Requests},
    runtime::RuntimeInner,
};

/// What all instances of a plugin share.
#[derive(Debug)]
pub(crate) struct PluginInfo {
    pub(crate) id: Arc<str>,
    pub(crate) limits: Limits,
    pub(crate) consent: Consent,
    pub(crate) log: Arc<GuestLog>,
    pub(crate) rates: Arc<Rates>,
    pub(crate) fuel: Arc<FuelAccount>,
    pub(crate) outbound: Arc<Outbound>,
    pub(crate) names: Names,
}

/// What the limits of a call are called in the settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names {
    pub(crate) fuel: &'static str,
    pub(crate) memory: &'static str,
    host_calls: &'static str,
}

impl Names {
    pub(crate) const HOOK: Self =
        Self { fuel: "fuel_per_call", memory: "memory_bytes", host_calls: "host_calls_per_call" };
    pub(crate) const JOB: Self =
        Self { fuel: "fuel_per_job", memory: "job_memory_bytes", host_calls: "host_calls_per_job" };
}

/// The data of a plugin's store.
pub struct State<P: 'static> {
    pub(crate) platform: P,
    pub(crate) runtime: Weak<RuntimeInner<P>>,
    pub(crate) plugin: Arc<PluginInfo>,
    pub(crate) call: Call,
    pub(crate) meter: Meter,
    pub(crate) table: ResourceTable,
    pub(crate) streams: OpenStreams,
    /// Requests to hosts outside, which end with the call.
    pub(crate) requests: Requests,
    /// Only for components that import WASI.
    pub(crate) wasi: Option<Wasi>,
}

/// The call that an instance is in.
#[derive(Debug, Default)]
pub(crate) struct Call {
    /// The context of the call, as it came.
    context: Option<CallContext>,
    /// The same, from inside the plugin; made when the guest first calls out.
    inside: Option<CallContext>,
    /// When the host stops the call.
    pub(crate) deadline: Option<Instant>,
    /// Ends the call before its deadline.
    cut: Option<Cut>,
    /// Who pays for it, and how much fuel there was when that was last charged.
    bill: Option<Bill>,
    pub(crate) fuel_seen: u64,
    /// What the platform keeps; made when the guest first calls out.
    kept: Option<Kept>,
    host_calls: u64,
    /// Why the guest must stop, where the host noticed before the guest did.
    pub(crate) stop: Option<FaultKind>,
    /// Why the guest is about to trap, in its own words.
    pub(crate) panic: Option<String>,
}

impl Call {
    pub(crate) fn new(context: CallContext, deadline: Instant, bill: Bill) -> Self {
        Self { context: Some(context), deadline: Some(deadline), bill: Some(bill), ..Self::default() }
    }

    /// The same call, which a cut ends.
    pub(crate) fn with_cut(self, cut: Cut) -> Self {
        Self { cut: Some(cut), ..self }
    }

    /// Puts the fuel on the bill that has gone since it was looked at last.
    pub(crate) fn charge(&mut self, fuel_left: u64) {
        let used = self.fuel_seen.saturating_sub(fuel_left);
        self.fuel_seen = fuel_left;
        if let Some(bill) = &mut self.bill {
            bill.charge(used);
        }
    }

    /// Who pays.
    pub(crate) const fn bill(&self) -> Option<&Bill> {
        self.bill.as_ref()
    }

    /// Time until the host stops the call.
    pub(crate) fn remaining(&self) -> Duration {
        let ends = [self.deadline, self.cut.as_ref().and_then(Cut::at)];
        let end = ends.into_iter().flatten().min();
        end.map_or(Duration::ZERO, |end| end.saturating_duration_since(Instant::now()))
    }
}

impl<P> State<P> {
    /// The server.
    pub const fn platform(&self) -> &P {
        &self.platform
    }

    /// Who calls the Plugin API. Every call of it passes here, and is counted.
    pub fn caller(&mut self) -> Caller {
        self.count_host_call();
        let plugin_id = Arc::clone(&self.plugin.id);
        let context = self.call.inside.get_or_insert_with(|| {
            let context = self.call.context.clone().unwrap_or_default();
            let deadline = self.call.deadline.unwrap_or_else(Instant::now);
            let fuel = self.call.bill.as_ref().map(|bill| Arc::clone(bill.inside()));
            CallContext { fuel, ..context.inside(&plugin_id, deadline) }
        });
        let lent = self.call.context.as_ref().and_then(|context| context.lent.clone());
        let kept = self.call.kept.get_or_insert_default().clone();
        Caller { context: context.clone(), plugin_id, lent, kept, plugin: Arc::clone(&self.plugin) }
    }

    pub(crate) fn count_host_call(&mut self) {
        self.call.host_calls += 1;
        let limit = self.plugin.limits.host_calls_per_call;
        if self.call.host_calls > limit && self.call.stop.is_none() {
            // The next epoch tick stops the guest.
            self.call.stop =
                Some(FaultKind::HostCalls { made: self.call.host_calls, limit, setting: self.plugin.names.host_calls });
        }
    }
}

impl<P> fmt::Debug for State<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("State").field("plugin", &self.plugin.id).finish_non_exhaustive()
    }
}

/// Memory and tables of an instance. What was refused is remembered, so that the trap which
/// follows in the guest is told as what it is.
#[derive(Debug)]
pub(crate) struct Meter {
    memory: usize,
    table: usize,
    setting: &'static str,
    memory_used: usize,
    table_used: usize,
    pub(crate) refused: Option<FaultKind>,
}

impl Meter {
    pub(crate) fn new(plugin: &PluginInfo) -> Self {
        let PluginInfo { limits, names, .. } = plugin;
        let setting = names.memory;
        Self { memory: limits.memory(), table: limits.table(), setting, memory_used: 0, table_used: 0, refused: None }
    }

    /// Bytes of linear memory in all memories of the instance.
    pub(crate) const fn memory_used(&self) -> usize {
        self.memory_used
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        // A component may have many memories; the limit is on their sum.
        let wanted = self.memory_used.saturating_sub(current).saturating_add(desired);
        if wanted > self.memory {
            self.refused = Some(FaultKind::Memory { wanted, limit: self.memory, setting: self.setting });
            return Ok(false);
        }
        self.memory_used = wanted;
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let wanted = self.table_used.saturating_sub(current).saturating_add(desired);
        if wanted > self.table {
            self.refused = Some(FaultKind::Table { wanted, limit: self.table });
            return Ok(false);
        }
        self.table_used = wanted;
        Ok(true)
    }

    fn instances(&self) -> usize {
        // The pool bounds them per component.
        usize::MAX
    }

    fn tables(&self) -> usize {
        usize::MAX
    }

    fn memories(&self) -> usize {
        usize::MAX
    }
}
