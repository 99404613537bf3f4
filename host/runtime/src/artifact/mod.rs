//! A component that is ready to run: validated, compiled, its types checked against the contract.
//!
//! Compiling is done once per digest, on a thread of its own, one component at a time; what comes
//! out is kept in the [`cache`](CodeCache).

mod cache;

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Semaphore;
use wasmtime::{
    Engine,
    component::{
        Component, ComponentExportIndex,
        types::{ComponentFunc, ComponentItem},
    },
};

pub(crate) use self::cache::CodeCache;
use crate::{
    CONTRACT, CONTRACT_VERSION, HOOKS, Inspection, Platform, bridge::StreamImports, inspect, runtime::Linkers,
};

/// Why bytes are no plugin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The engine could not be set up.
    #[error("wasm engine: {0}")]
    Engine(String),
    /// Over the size limit.
    #[error("the component has {size} bytes, {limit} are allowed")]
    TooLarge {
        /// Bytes of the file.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Not WebAssembly.
    #[error("the file is not WebAssembly")]
    NotWasm,
    /// A core module.
    #[error(
        "the file is a core WebAssembly module; a plugin is a component (build it with the linker `wasm-component-ld`)"
    )]
    CoreModule,
    /// Not valid.
    #[error("the component is not valid, or it is cut off: {message} (at byte {offset})")]
    Invalid {
        /// The validator's text.
        message: String,
        /// Where.
        offset: usize,
    },
    /// An import that is not of the contract.
    #[error("unknown import `{name}`: a plugin may import {CONTRACT}@{CONTRACT_VERSION} and WASI 0.2")]
    UnknownImport {
        /// The import.
        name: String,
    },
    /// A contract of another version.
    #[error(
        "`{name}` is of another version of the contract; this server offers {offered} and older ones of the same major version"
    )]
    WrongVersion {
        /// The import or export.
        name: String,
        /// What the host offers.
        offered: String,
    },
    /// An export in the contract's name that is no hook.
    #[error("unknown hook `{name}`")]
    UnknownHook {
        /// The export.
        name: String,
    },
    /// A function of another type than the contract's.
    #[error("`{name}` is not of the contract's type: {message}")]
    WrongType {
        /// The import or export.
        name: String,
        /// What differs.
        message: String,
    },
    /// An async-lifted export.
    #[error("the component exports async functions; hooks of contract {CONTRACT_VERSION} are synchronous")]
    AsyncExport,
    /// No hook at all.
    #[error("the component exports no hook of {CONTRACT}, so there is nothing to call")]
    NoHooks,
    /// Compiling failed.
    #[error("the component could not be compiled: {message}")]
    Compile {
        /// The compiler's text.
        message: String,
    },
}

/// A component that is ready to run. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Artifact(Arc<ArtifactInner>);

#[derive(Debug)]
struct ArtifactInner {
    inspection: Inspection,
    component: Component,
    exports: Vec<Option<ComponentExportIndex>>,
    streams: StreamImports,
    from_cache: bool,
}

impl Artifact {
    /// What it is and wants.
    #[must_use]
    pub fn inspection(&self) -> &Inspection {
        &self.0.inspection
    }

    /// BLAKE3 digest of the file, in hex.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.0.inspection.digest
    }

    /// Whether compiled code was there already.
    #[must_use]
    pub fn from_cache(&self) -> bool {
        self.0.from_cache
    }

    pub(crate) fn streams(&self) -> StreamImports {
        self.0.streams
    }

    pub(crate) fn component(&self) -> &Component {
        &self.0.component
    }

    /// The exported function of a hook, by the hook's place in the table.
    pub(crate) fn export(&self, hook: usize) -> Option<&ComponentExportIndex> {
        self.0.exports.get(hook)?.as_ref()
    }
}

/// Makes artifacts.
#[derive(Debug)]
pub(crate) struct Compiler {
    engine: Engine,
    cache: CodeCache,
    /// Compiling takes all cores: one component at a time.
    turn: Arc<Semaphore>,
}

impl Compiler {
    pub(crate) fn new(engine: Engine, cache: CodeCache) -> Self {
        Self { engine, cache, turn: Arc::new(Semaphore::new(1)) }
    }

    /// Validates bytes and compiles them, or takes their code from the cache.
    pub(crate) async fn artifact<P>(self: &Arc<Self>, bytes: Bytes, linkers: &Linkers<P>) -> Result<Artifact, LoadError>
    where
        P: Platform,
    {
        let linkers = linkers.clone();
        let turn = Arc::clone(&self.turn).acquire_owned().await;
        let compiler = Arc::clone(self);
        let task = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            compiler.artifact_blocking(&bytes, &linkers)
        });
        task.await.map_err(|error| LoadError::Compile { message: error.to_string() })?
    }

    fn artifact_blocking<P: Platform>(&self, bytes: &[u8], linkers: &Linkers<P>) -> Result<Artifact, LoadError> {
        let inspection = inspect(bytes)?;
        let cached = self.cache.load(&self.engine, &inspection.digest);
        let from_cache = cached.is_some();
        let component = match cached {
            Some(component) => component,
            None => self.compile(bytes, &inspection)?,
        };
        linkers
            .of(&inspection)
            .instantiate_pre(&component)
            .map_err(|error| LoadError::WrongType { name: "import".to_owned(), message: format!("{error:#}") })?;
        let exports = exports(&self.engine, &component, &inspection)?;
        if !from_cache {
            // Only now: what is refused leaves nothing behind.
            self.cache.store(&inspection.digest, &component);
        }
        let streams = StreamImports::of(component.component_type().imports(&self.engine).map(|(name, _)| name));
        Ok(Artifact(Arc::new(ArtifactInner { inspection, component, exports, streams, from_cache })))
    }

    fn compile(&self, bytes: &[u8], inspection: &Inspection) -> Result<Component, LoadError> {
        let started = std::time::Instant::now();
        let component = Component::from_binary(&self.engine, bytes)
            .map_err(|error| LoadError::Compile { message: format!("{error:#}") })?;
        tracing::info!(digest = inspection.digest, size = inspection.size, took = ?started.elapsed(), "component compiled");
        Ok(component)
    }
}

/// Finds the hooks of a component and checks their types.
fn exports(
    engine: &Engine,
    component: &Component,
    inspection: &Inspection,
) -> Result<Vec<Option<ComponentExportIndex>>, LoadError> {
    let ty = component.component_type();
    let mut exports = vec![None; HOOKS.len()];
    for (slot, hook) in exports.iter_mut().zip(HOOKS) {
        if !inspection.hooks.iter().any(|name| name == hook.name) {
            continue;
        }
        let wrong = |message: String| LoadError::WrongType { name: hook.name.to_owned(), message };
        let interface = ty
            .exports(engine)
            .map(|(name, _)| name)
            .find(|name| {
                name.strip_prefix(CONTRACT)
                    .and_then(|rest| rest.strip_prefix('/'))
                    .is_some_and(|rest| rest.split('@').next() == Some(hook.name))
            })
            .ok_or_else(|| wrong("the export is missing".to_owned()))?;
        let (_, instance) = component.get_export(None, interface).ok_or_else(|| wrong("not an instance".to_owned()))?;
        let (function, index) = component
            .get_export(Some(&instance), hook.name)
            .ok_or_else(|| wrong("the function is missing".to_owned()))?;
        let function = component_func(function).ok_or_else(|| wrong("not a function".to_owned()))?;
        if function.async_() {
            return Err(LoadError::AsyncExport);
        }
        (hook.typecheck)(&function, &ty).map_err(|error| wrong(format!("{error:#}")))?;
        *slot = Some(index);
    }
    Ok(exports)
}

fn component_func(item: ComponentItem) -> Option<ComponentFunc> {
    match item {
        ComponentItem::ComponentFunc(function) => Some(function),
        _ => None,
    }
}
