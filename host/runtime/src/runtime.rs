//! The runtime: the engine, the active plugins, and what a platform asks of them.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use arc_swap::ArcSwap;
use bytes::Bytes;
use futures::future::join_all;
use wasmtime::component::{HasSelf, Linker};

use crate::{
    ActivateError, Activation, Artifact, CallContext, HOOKS, Hook, Inspection, LoadError, LogLine, Network, Platform,
    State,
    artifact::{CodeCache, Compiler},
    bridge::Bridge,
    engine::TickingEngine,
    guest,
    log::GuestLog,
    plugin::Plugin,
};

/// Where and how the runtime works.
#[derive(Clone, Debug, Default)]
pub struct RuntimeOptions {
    /// Directory of compiled code; private to the server's user.
    pub cache_directory: PathBuf,
    /// How plugins' requests leave the server.
    pub network: Network,
}

/// Runs plugins for a platform. Cheap to clone.
#[derive(Debug)]
pub struct Runtime<P: 'static>(Arc<RuntimeInner<P>>);

impl<P> Clone for Runtime<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[derive(Debug)]
pub(crate) struct RuntimeInner<P: 'static> {
    compiler: Arc<Compiler>,
    pub(crate) linkers: Linkers<P>,
    pub(crate) network: Network,
    registry: ArcSwap<Registry<P>>,
    /// One activation or deactivation of a plugin at a time.
    turns: Mutex<HashMap<Arc<str>, Arc<tokio::sync::Mutex<()>>>>,
    /// Logs outlive activations: the reason of a failed one is in them.
    logs: Mutex<HashMap<Arc<str>, Arc<GuestLog>>>,
    pub(crate) bridge: Bridge,
    /// Last, so that the epoch goes on until everything else is gone.
    _ticking: TickingEngine,
}

/// The contract, linked once.
pub(crate) struct Linkers<P: 'static> {
    plain: Arc<Linker<State<P>>>,
    wasi: Arc<Linker<State<P>>>,
}

impl<P> Clone for Linkers<P> {
    fn clone(&self) -> Self {
        Self { plain: Arc::clone(&self.plain), wasi: Arc::clone(&self.wasi) }
    }
}

impl<P> std::fmt::Debug for Linkers<P> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Linkers").finish_non_exhaustive()
    }
}

impl<P: Platform> Linkers<P> {
    fn new(engine: &wasmtime::Engine) -> wasmtime::Result<Self> {
        let mut plain = Linker::new(engine);
        P::add_to_linker(&mut plain)?;
        guest::add_to_linker(&mut plain)?;
        wasmoat_model::types::add_to_linker::<_, HasSelf<State<P>>>(&mut plain, |state| state)?;
        let mut wasi = plain.clone();
        guest::add_wasi_to_linker(&mut wasi)?;
        Ok(Self { plain: Arc::new(plain), wasi: Arc::new(wasi) })
    }

    /// WASI is one more permission: only who imports it gets it.
    pub(crate) fn of(&self, inspection: &Inspection) -> &Arc<Linker<State<P>>> {
        if inspection.wasi { &self.wasi } else { &self.plain }
    }
}

/// The active plugins at one moment, and who implements which hook.
#[derive(Debug)]
pub(crate) struct Registry<P: 'static> {
    plugins: BTreeMap<Arc<str>, Arc<Plugin<P>>>,
    by_hook: Vec<Vec<Arc<Plugin<P>>>>,
}

impl<P: Platform> Registry<P> {
    fn of(plugins: BTreeMap<Arc<str>, Arc<Plugin<P>>>) -> Self {
        let mut by_hook: Vec<Vec<_>> = HOOKS.iter().map(|_| Vec::new()).collect();
        for plugin in plugins.values() {
            for hook in plugin.hooks() {
                if let Some(plugins) = by_hook.get_mut(hook) {
                    plugins.push(Arc::clone(plugin));
                }
            }
        }
        Self { plugins, by_hook }
    }

    fn with(&self, plugin: &Arc<Plugin<P>>) -> Self {
        let mut plugins = self.plugins.clone();
        plugins.insert(Arc::clone(&plugin.info.id), Arc::clone(plugin));
        Self::of(plugins)
    }

    fn without(&self, id: &str) -> Self {
        let mut plugins = self.plugins.clone();
        plugins.remove(id);
        Self::of(plugins)
    }

    /// The active plugins, in the order of their ids.
    pub(crate) fn plugins(&self) -> impl Iterator<Item = &Arc<Plugin<P>>> {
        self.plugins.values()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Arc<Plugin<P>>> {
        self.plugins.get(id)
    }

    /// Who implements a hook, in the order of their ids.
    pub(crate) fn implementers<H: Hook>(&self) -> &[Arc<Plugin<P>>] {
        self.by_hook.get(H::INDEX).map_or(&[], Vec::as_slice)
    }
}

impl<P: Platform> RuntimeInner<P> {
    pub(crate) fn registry(&self) -> arc_swap::Guard<Arc<Registry<P>>> {
        self.registry.load()
    }

    /// Takes a plugin that faulted too often out of the way, unless another activation of it has
    /// taken its place already.
    pub(crate) fn drop_plugin(&self, plugin: &Plugin<P>) {
        self.registry.rcu(|registry| match registry.get(&plugin.info.id) {
            Some(active) if std::ptr::eq(&**active, plugin) => Arc::new(registry.without(&plugin.info.id)),
            _ => Arc::clone(registry),
        });
    }

    fn logs(&self) -> MutexGuard<'_, HashMap<Arc<str>, Arc<GuestLog>>> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self, id: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(id.into()).or_default())
    }
}

impl<P: Platform> Runtime<P> {
    /// Sets up the engine and links the platform's Plugin API.
    ///
    /// # Errors
    ///
    /// Where the engine cannot be had or the cache directory cannot be used.
    pub fn new(options: &RuntimeOptions) -> Result<Self, LoadError> {
        let ticking = TickingEngine::new()?;
        let engine = &ticking.engine;
        let cache = CodeCache::open(&options.cache_directory, engine)
            .map_err(|error| LoadError::Engine(format!("{}: {error}", options.cache_directory.display())))?;
        let linkers = Linkers::new(engine).map_err(|error| LoadError::Engine(format!("{error:#}")))?;
        Ok(Self(Arc::new(RuntimeInner {
            compiler: Arc::new(Compiler::new(engine.clone(), cache)),
            linkers,
            network: options.network.clone(),
            registry: ArcSwap::from_pointee(Registry::of(BTreeMap::new())),
            turns: Mutex::default(),
            logs: Mutex::default(),
            bridge: Bridge::default(),
            _ticking: ticking,
        })))
    }

    pub(crate) const fn from_inner(inner: Arc<RuntimeInner<P>>) -> Self {
        Self(inner)
    }

    pub(crate) fn inner(&self) -> &Arc<RuntimeInner<P>> {
        &self.0
    }

    /// Validates a component and compiles it, or takes its code from the cache.
    ///
    /// # Errors
    ///
    /// Where the bytes are no plugin of this contract.
    pub async fn compile(&self, bytes: Bytes) -> Result<Artifact, LoadError> {
        self.0.compiler.artifact(bytes, &self.0.linkers).await
    }

    /// Activates a plugin; one that is active is replaced: calls in flight end on the old version,
    /// new ones start on the new, none is lost.
    ///
    /// Runs `on-configuration-change` and `on-activate` before any other hook can reach it.
    ///
    /// # Errors
    ///
    /// Where a permission is not granted or `on-activate` fails; an old version then stays.
    pub async fn activate(&self, platform: P, activation: Activation) -> Result<(), ActivateError> {
        let turn = self.0.turn(&activation.id);
        let _turn = turn.lock().await;
        let log = self.new_log(&activation);
        let plugin = Plugin::activate(&self.0, platform, log, activation).await?;
        let before = self.0.registry.rcu(|registry| registry.with(&plugin));
        if let Some(old) = before.get(&plugin.info.id) {
            old.deactivate().await;
        }
        Ok(())
    }

    fn new_log(&self, activation: &Activation) -> Arc<GuestLog> {
        let id: Arc<str> = activation.id.as_str().into();
        let mut logs = self.0.logs();
        let limits = &activation.limits;
        let log = logs.entry(Arc::clone(&id)).or_insert_with(|| Arc::new(GuestLog::new(id, limits)));
        log.set_limits(limits);
        Arc::clone(log)
    }

    /// Deactivates a plugin: no new hook reaches it, then `on-deactivate` runs. Says whether it
    /// was active.
    pub async fn deactivate(&self, id: &str) -> bool {
        let turn = self.0.turn(id);
        let _turn = turn.lock().await;
        let before = self.0.registry.rcu(|registry| registry.without(id));
        match before.get(id) {
            Some(plugin) => {
                plugin.deactivate().await;
                true
            }
            None => false,
        }
    }

    /// Deactivates every plugin, all at once.
    pub async fn shutdown(&self) {
        let ids = self.active();
        join_all(ids.iter().map(|id| self.deactivate(id))).await;
    }

    /// Retires all instances, so that none sees its configuration change under it, and runs
    /// `on-configuration-change` of every plugin in turn.
    pub async fn configuration_changed(&self, context: &CallContext) {
        let registry = self.0.registry.load_full();
        for plugin in registry.plugins.values() {
            plugin.configuration_changed(context).await;
        }
    }

    /// Ids of the active plugins, in order.
    #[must_use]
    pub fn active(&self) -> Vec<Arc<str>> {
        self.0.registry().plugins.keys().cloned().collect()
    }

    /// Whether a plugin is active.
    #[must_use]
    pub fn is_active(&self, id: &str) -> bool {
        self.0.registry().get(id).is_some()
    }

    /// What an active plugin is and wants.
    #[must_use]
    pub fn inspection(&self, id: &str) -> Option<Inspection> {
        self.0.registry().get(id).map(|plugin| plugin.inspection().clone())
    }

    /// Instances of a plugin in use and idle.
    #[must_use]
    pub fn instances(&self, id: &str) -> Option<(usize, usize)> {
        self.0.registry().get(id).map(|plugin| plugin.instances())
    }

    /// The newest log lines of a plugin after a sequence number.
    #[must_use]
    pub fn logs(&self, id: &str, after: u64, most: usize) -> Vec<LogLine> {
        self.0.logs().get(id).map(|log| log.lines(after, most)).unwrap_or_default()
    }

    /// Forgets the log of a plugin that was removed.
    pub fn forget(&self, id: &str) {
        self.0.logs().remove(id);
    }
}
