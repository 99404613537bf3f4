//! An active plugin: its pool of instances, its meters, its health, its queue of events.
//!
//! The life of one is an activation: it begins with `on-configuration-change` and `on-activate`
//! and ends with `on-deactivate` when it is disabled, replaced or the server stops. Calls that
//! hold it go on to the end.

mod call;
mod health;
mod instance;
mod job;
mod observers;
mod pool;
mod slots;

use std::{
    fmt,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use wasmoat_model::{BridgeEndpoint, Consent};
use wasmtime::component::InstancePre;

use self::{health::Health, observers::Observers, pool::Pool};
use crate::{
    Artifact, CallContext, EndpointError, Fault, HOOKS, Hook, HostRuleError, Inspection, Limits, OnActivate,
    OnConfigurationChange, OnDeactivate, OutboundRecord, Platform, Rates, State,
    bridge::{Served, StreamImports},
    fault,
    fuel::FuelAccount,
    log::{GuestLog, LogLevel},
    metrics::PluginMetrics,
    outbound::Outbound,
    permit,
    runtime::RuntimeInner,
    state::{Names, PluginInfo},
};

/// How a plugin is run, beside its limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// A filter or veto that faults refuses, instead of letting pass as Mattermost does.
    pub fail_closed: bool,
    /// One long-lived instance: calls queue, a re-entrant one fails at once.
    pub single_instance: bool,
}

/// What to activate.
#[derive(Clone, Debug)]
pub struct Activation {
    /// Id of the plugin.
    pub id: String,
    /// Its component.
    pub artifact: Artifact,
    /// What it may use.
    pub limits: Limits,
    /// How it is run.
    pub policy: Policy,
    /// What the admin allowed.
    pub consent: Consent,
    /// What it offers over the bridge.
    pub bridge: Vec<BridgeEndpoint>,
}

/// Why a plugin was not activated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ActivateError {
    /// It needs what was not granted.
    #[error("the plugin needs what was not granted: {}", missing.join(", "))]
    NotGranted {
        /// The permissions.
        missing: Vec<String>,
    },
    /// A host that was granted is none.
    #[error(transparent)]
    BadHost(#[from] HostRuleError),
    /// The component does not fit the contract.
    #[error("the component does not link: {0}")]
    Link(String),
    /// What it offers over the bridge cannot be used.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// `on-activate` answered an error.
    #[error("on-activate: {0}")]
    Refused(String),
    /// `on-activate` faulted.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// An active plugin.
pub(crate) struct Plugin<P: 'static> {
    pub(crate) info: Arc<PluginInfo>,
    /// The same for instances that run jobs.
    job_info: Arc<PluginInfo>,
    pub(crate) policy: Policy,
    artifact: Artifact,
    platform: P,
    runtime: Weak<RuntimeInner<P>>,
    instance_pre: InstancePre<State<P>>,
    pool: Pool<P>,
    health: Health,
    pub(crate) metrics: PluginMetrics,
    observers: Observers,
    pub(crate) served: Served,
    ended: AtomicBool,
}

impl<P> fmt::Debug for Plugin<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Plugin").field("id", &self.info.id).finish_non_exhaustive()
    }
}

impl<P: Platform> Plugin<P> {
    /// Links the component and runs its activation hooks; nobody else can call it yet.
    pub(crate) async fn activate(
        runtime: &Arc<RuntimeInner<P>>,
        platform: P,
        log: Arc<GuestLog>,
        activation: Activation,
    ) -> Result<Arc<Self>, ActivateError> {
        let plugin = Self::link(runtime, platform, log, activation)?;
        plugin.configuration_changed(&CallContext::core()).await;
        if plugin.implements(OnActivate::INDEX) {
            let (result,) = plugin.tell::<OnActivate>(&CallContext::core()).await?;
            result.map_err(|reason| ActivateError::Refused(fault::words(reason)))?;
        }
        Ok(plugin)
    }

    fn link(
        runtime: &Arc<RuntimeInner<P>>,
        platform: P,
        log: Arc<GuestLog>,
        activation: Activation,
    ) -> Result<Arc<Self>, ActivateError> {
        let Activation { id, artifact, limits, policy, consent, bridge } = activation;
        let id: Arc<str> = id.into();
        let linker = permit::linker(&runtime.linkers, &artifact, &id, &consent, &log)?;
        let instance_pre =
            linker.instantiate_pre(artifact.component()).map_err(|error| ActivateError::Link(format!("{error:#}")))?;
        let job_limits = limits.for_job();
        let fuel = |limit, setting| Arc::new(FuelAccount::new(Arc::clone(&id), limit, setting));
        let rates = Arc::new(Rates::new(&limits, &log));
        let (sink, whose) = (platform.clone(), Arc::clone(&id));
        let audit = Box::new(move |record: &OutboundRecord| sink.requested(&whose, record));
        let outbound = Outbound::new(&runtime.network, &id, &limits, &consent, Arc::clone(&log), audit)?;
        let outbound = Arc::new(outbound);
        Ok(Arc::new(Self {
            pool: Pool::new(&limits, policy),
            health: Health::new(limits.faults_until_disabled),
            metrics: PluginMetrics::new(&id, &artifact),
            observers: Observers::new(&id, &limits),
            served: Served::new(&bridge, &limits)?,
            job_info: Arc::new(PluginInfo {
                id: Arc::clone(&id),
                fuel: fuel(job_limits.fuel_per_minute, "job_fuel_per_minute"),
                limits: job_limits,
                consent: consent.clone(),
                log: Arc::clone(&log),
                rates: Arc::clone(&rates),
                outbound: Arc::clone(&outbound),
                names: Names::JOB,
            }),
            info: Arc::new(PluginInfo {
                fuel: fuel(limits.fuel_per_minute, "fuel_per_minute"),
                id,
                limits,
                consent,
                log,
                rates,
                outbound,
                names: Names::HOOK,
            }),
            runtime: Arc::downgrade(runtime),
            policy,
            artifact,
            platform,
            instance_pre,
            ended: AtomicBool::new(false),
        }))
    }

    /// Whether it exports the hook of this place in the table.
    pub(crate) fn implements(&self, hook: usize) -> bool {
        self.artifact.export(hook).is_some()
    }

    /// The hooks that it exports, as places in the table.
    pub(crate) fn hooks(&self) -> impl Iterator<Item = usize> + '_ {
        (0..HOOKS.len()).filter(|hook| self.implements(*hook))
    }

    /// Which streams it imports.
    pub(crate) fn streams(&self) -> StreamImports {
        self.artifact.streams()
    }

    pub(crate) fn inspection(&self) -> &Inspection {
        self.artifact.inspection()
    }

    /// Retires the instances that saw the old configuration, then tells the plugin.
    pub(crate) async fn configuration_changed(&self, context: &CallContext) {
        self.pool.retire();
        if !self.implements(OnConfigurationChange::INDEX) {
            return;
        }
        match self.tell::<OnConfigurationChange>(context).await {
            Ok((Ok(()),)) => {}
            Ok((Err(error),)) => self.info.log.host(LogLevel::Error, &format!("on-configuration-change: {error}")),
            // A fault has been logged where it happened.
            Err(_) => {}
        }
    }

    /// Ends the activation: events that wait are still handled, then `on-deactivate` runs.
    pub(crate) async fn deactivate(&self) {
        if self.ended.swap(true, Ordering::AcqRel) {
            return;
        }
        self.observers.finish(self.info.limits.time(OnDeactivate::NAME, OnDeactivate::KIND).duration).await;
        if self.implements(OnDeactivate::INDEX)
            && let Ok((Err(error),)) = self.tell::<OnDeactivate>(&CallContext::core()).await
        {
            self.info.log.host(LogLevel::Error, &format!("on-deactivate: {error}"));
        }
        self.pool.retire();
    }

    /// Instances in use and idle.
    pub(crate) fn instances(&self) -> (usize, usize) {
        self.pool.instances()
    }
}
