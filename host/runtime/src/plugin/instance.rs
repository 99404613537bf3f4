//! One instance of a plugin: a store, and the typed functions found in it so far.

use std::{any::Any, fmt, sync::Arc, time::Instant};

use wasmtime::{
    Store, UpdateDeadline,
    component::{InstancePre, TypedFunc},
};

use super::Plugin;
use crate::{
    FaultKind, HOOKS, Hook, OnInstanceStart, Platform, State,
    bridge::OpenStreams,
    fault,
    fuel::{Bill, FUEL_STEP},
    guest::Wasi,
    outbound::Requests,
    state::{Call, Meter, PluginInfo},
};

/// An instance. In one call at a time, which owns it; a call that ends in any other way than well
/// drops it.
pub(crate) struct Instance<P: 'static> {
    store: Store<State<P>>,
    instance: wasmtime::component::Instance,
    functions: Vec<Option<Box<dyn Any + Send + Sync>>>,
    pub(crate) generation: u64,
}

impl<P> fmt::Debug for Instance<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Instance").field("generation", &self.generation).finish_non_exhaustive()
    }
}

/// wasmtime's error and what the store knows about it.
pub(crate) struct Trapped {
    pub(crate) error: wasmtime::Error,
    pub(crate) stop: Option<FaultKind>,
    pub(crate) panic: Option<String>,
    pub(crate) refused: Option<FaultKind>,
}

/// A call that is given up before its end is paid for too.
impl<P: 'static> Drop for Instance<P> {
    fn drop(&mut self) {
        charge(&mut self.store);
    }
}

impl<P: Platform> Instance<P> {
    /// Makes an instance and runs its `on-instance-start`, inside the call that wants it.
    pub(crate) async fn new(plugin: &Plugin<P>, info: &Arc<PluginInfo>, call: Call) -> Result<Self, Trapped> {
        let generation = plugin.pool.generation();
        let mut store = new_store(plugin, info, call);
        let made = instantiate(&plugin.instance_pre, &mut store).await;
        charge(&mut store);
        let instance = match made {
            Ok(instance) => instance,
            Err(error) => return Err(trapped(&mut store, error)),
        };
        let mut functions = Vec::new();
        functions.resize_with(HOOKS.len(), || None);
        let mut this = Self { store, instance, functions, generation };
        if plugin.implements(OnInstanceStart::INDEX) {
            let (started,) = this.invoke::<OnInstanceStart>(plugin, ()).await?;
            if let Err(message) = started {
                let message = fault::words(message);
                this.store.data_mut().call.stop = Some(FaultKind::InstanceStart { message });
                return Err(trapped(&mut this.store, wasmtime::Error::msg("on-instance-start failed")));
            }
        }
        Ok(this)
    }

    /// Enters another call.
    pub(crate) fn enter(&mut self, call: Call) {
        let data = self.store.data_mut();
        data.end_streams();
        data.call = call;
        data.requests.end();
    }

    /// Calls a hook.
    pub(crate) async fn invoke<H: Hook>(&mut self, plugin: &Plugin<P>, args: H::Args) -> Result<H::Output, Trapped> {
        let called = self.try_invoke::<H>(plugin, args).await;
        charge(&mut self.store);
        let data = self.store.data_mut();
        match called {
            // Noticed after the guest's last instruction, but before anybody trusts the answer.
            Ok(_) if data.call.stop.is_some() => Err(trapped(&mut self.store, wasmtime::Error::msg("stopped"))),
            Ok(output) => Ok(output),
            Err(error) => Err(trapped(&mut self.store, error)),
        }
    }

    async fn try_invoke<H: Hook>(&mut self, plugin: &Plugin<P>, args: H::Args) -> wasmtime::Result<H::Output> {
        let function = self.function::<H>(plugin)?;
        fill(&mut self.store)?;
        function.call_async(&mut self.store, args).await
    }

    fn function<H: Hook>(&mut self, plugin: &Plugin<P>) -> wasmtime::Result<TypedFunc<H::Args, H::Output>> {
        let found = self.functions.get(H::INDEX).and_then(Option::as_ref);
        if let Some(function) = found.and_then(|function| function.downcast_ref::<TypedFunc<H::Args, H::Output>>()) {
            return Ok(*function);
        }
        let export = plugin.artifact.export(H::INDEX);
        let export = export.ok_or_else(|| wasmtime::Error::msg(format!("`{}` is not exported", H::NAME)))?;
        let function = self.instance.get_typed_func::<H::Args, H::Output>(&mut self.store, export)?;
        if let Some(slot) = self.functions.get_mut(H::INDEX) {
            *slot = Some(Box::new(function));
        }
        Ok(function)
    }

    /// Units of fuel that the last call used.
    pub(crate) fn fuel_used(&self) -> u64 {
        self.store.data().plugin.limits.fuel_per_call.saturating_sub(self.store.get_fuel().unwrap_or(0))
    }

    /// Bytes of linear memory.
    pub(crate) fn memory_used(&self) -> usize {
        self.store.data().meter.memory_used()
    }
}

async fn instantiate<P: Send>(
    pre: &InstancePre<State<P>>,
    store: &mut Store<State<P>>,
) -> wasmtime::Result<wasmtime::component::Instance> {
    // Start functions are metered like any call.
    fill(store)?;
    pre.instantiate_async(&mut *store).await
}

fn new_store<P: Platform>(plugin: &Plugin<P>, info: &Arc<PluginInfo>, call: Call) -> Store<State<P>> {
    let wasi = plugin.inspection().wasi.then(|| Wasi::new(&info.log));
    let state = State {
        platform: plugin.platform.clone(),
        runtime: plugin.runtime.clone(),
        plugin: Arc::clone(info),
        call,
        meter: Meter::new(info),
        table: wasmtime::component::ResourceTable::new(),
        streams: OpenStreams::default(),
        requests: Requests::new(&info.outbound),
        wasi,
    };
    let mut store = Store::new(plugin.instance_pre.engine(), state);
    store.limiter(|state| &mut state.meter);
    store.set_hostcall_fuel(info.limits.result());
    store.epoch_deadline_callback(|mut store| {
        let fuel = store.get_fuel()?;
        let call = &mut store.data_mut().call;
        call.charge(fuel);
        if call.stop.is_none() {
            call.stop = call.bill().and_then(Bill::stop);
        }
        if let Some(stop) = &call.stop {
            return Err(wasmtime::Error::msg(stop.to_string()));
        }
        if call.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(wasmtime::Error::new(DeadlinePassed));
        }
        // A guest that computes gives its thread back at every tick.
        Ok(match call.bill().and_then(Bill::pause) {
            Some(again) => UpdateDeadline::YieldCustom(1, Box::pin(tokio::time::sleep_until(again.into()))),
            None => UpdateDeadline::Yield(1),
        })
    });
    store
}

/// Gives the guest the fuel of one call.
fn fill<P>(store: &mut Store<State<P>>) -> wasmtime::Result<()> {
    let fuel = store.data().plugin.limits.fuel_per_call;
    store.set_fuel(fuel)?;
    // A guest that computes without a break writes down what it has used only so often.
    store.fuel_async_yield_interval(Some(FUEL_STEP))?;
    store.set_epoch_deadline(1);
    store.data_mut().call.fuel_seen = fuel;
    Ok(())
}

/// Puts what the guest has used on its bill.
fn charge<P>(store: &mut Store<State<P>>) {
    if let Ok(fuel) = store.get_fuel() {
        store.data_mut().call.charge(fuel);
    }
}

/// The epoch callback saw the deadline pass.
#[derive(Debug, thiserror::Error)]
#[error("the deadline has passed")]
pub(crate) struct DeadlinePassed;

fn trapped<P>(store: &mut Store<State<P>>, error: wasmtime::Error) -> Trapped {
    let data = store.data_mut();
    Trapped { error, stop: data.call.stop.take(), panic: data.call.panic.take(), refused: data.meter.refused.take() }
}
