//! wasmtime alone, set up as the runtime sets it up: pooled, metered, async. What the runtime's
//! own work is measured against.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use wasmoat_model::{AppError, HttpRequest, HttpResponse, PluginContext, Post};
use wasmoat_runtime::{BridgeError, PostVerdict};
use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store,
    component::{Component, Instance, InstancePre, Linker, TypedFunc},
};

type HookFunc = TypedFunc<(Arc<PluginContext>, Arc<Post>), (PostVerdict,)>;
type BridgeFunc = TypedFunc<(Arc<PluginContext>, String, Vec<u8>, Option<String>), (Result<Vec<u8>, AppError>,)>;
type ServeFunc = TypedFunc<(Arc<PluginContext>, Arc<HttpRequest>), (HttpResponse,)>;

fn engine() -> Engine {
    let mut config = Config::new();
    config.consume_fuel(true).epoch_interruption(true).concurrency_support(false);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(PoolingAllocationConfig::new()));
    Engine::new(&config).unwrap()
}

fn store<T>(engine: &Engine, data: T) -> Store<T> {
    let mut store = Store::new(engine, data);
    store.set_fuel(u64::MAX).unwrap();
    store.set_epoch_deadline(u64::MAX >> 1);
    store
}

fn find<P, R, T>(instance: &Instance, store: &mut Store<T>, hook: &str) -> TypedFunc<P, R>
where
    P: wasmtime::component::ComponentNamedList + wasmtime::component::Lower,
    R: wasmtime::component::ComponentNamedList + wasmtime::component::Lift,
{
    let interface = format!("wasmoat:plugin/{hook}@1.0.0");
    let interface = instance.get_export_index(&mut *store, None, &interface).unwrap();
    let function = instance.get_export_index(&mut *store, Some(&interface), hook).unwrap();
    instance.get_typed_func(&mut *store, function).unwrap()
}

/// One instance of a component.
pub(crate) struct Raw {
    pre: InstancePre<()>,
    store: Store<()>,
    hook: HookFunc,
}

impl Raw {
    pub(crate) async fn new(bytes: &[u8]) -> Self {
        let engine = engine();
        let component = Component::new(&engine, bytes).unwrap();
        let mut linker = Linker::new(&engine);
        linker.define_unknown_imports_as_traps(&component).unwrap();
        let pre = linker.instantiate_pre(&component).unwrap();
        let mut store = store(&engine, ());
        let instance = pre.instantiate_async(&mut store).await.unwrap();
        let hook = find(&instance, &mut store, "message-will-be-posted");
        Self { pre, store, hook }
    }

    pub(crate) async fn hook(&mut self, context: &Arc<PluginContext>, post: &Arc<Post>, times: u64) -> Duration {
        let started = Instant::now();
        for _ in 0..times {
            let args = (Arc::clone(context), Arc::clone(post));
            self.hook.call_async(&mut self.store, args).await.unwrap();
        }
        started.elapsed()
    }

    /// A new instance and one call in it.
    pub(crate) async fn new_instances(
        &mut self,
        context: &Arc<PluginContext>,
        post: &Arc<Post>,
        times: u64,
    ) -> Duration {
        let started = Instant::now();
        for _ in 0..times {
            let mut store = store(self.pre.engine(), ());
            let instance = self.pre.instantiate_async(&mut store).await.unwrap();
            let hook: HookFunc = find(&instance, &mut store, "message-will-be-posted");
            hook.call_async(&mut store, (Arc::clone(context), Arc::clone(post))).await.unwrap();
        }
        started.elapsed()
    }
}

/// Two instances: the first calls the second by way of a host function that does nothing else.
/// `plugin-http` and `call-plugin` both.
pub(crate) struct RawPair {
    store: Store<Target>,
    serve: ServeFunc,
}

struct Target {
    store: Store<()>,
    serve: ServeFunc,
    bridge: BridgeFunc,
}

impl RawPair {
    pub(crate) async fn new(caller: &[u8], target: &[u8]) -> Self {
        let engine = engine();
        let component = Component::new(&engine, target).unwrap();
        let mut linker = Linker::new(&engine);
        linker.define_unknown_imports_as_traps(&component).unwrap();
        let mut target_store = store(&engine, ());
        let instance = linker.instantiate_async(&mut target_store, &component).await.unwrap();
        let serve = find(&instance, &mut target_store, "serve-http");
        let bridge = find(&instance, &mut target_store, "execute-bridge-call");
        let target = Target { store: target_store, serve, bridge };

        let component = Component::new(&engine, caller).unwrap();
        let mut linker = Linker::<Target>::new(&engine);
        linker.allow_shadowing(true);
        linker.define_unknown_imports_as_traps(&component).unwrap();
        let mut http = linker.instance("wasmoat:plugin/http@1.0.0").unwrap();
        http.func_wrap_async("plugin-http", |mut caller, (request,): (HttpRequest,)| {
            Box::new(async move {
                let target: &mut Target = caller.data_mut();
                let args = (Arc::default(), Arc::new(request));
                let (response,) = target.serve.call_async(&mut target.store, args).await?;
                Ok((Ok::<HttpResponse, AppError>(response),))
            })
        })
        .unwrap();
        let mut bridge = linker.instance("wasmoat:plugin/bridge@1.0.0").unwrap();
        type Call = (String, String, Vec<u8>, Option<String>);
        bridge
            .func_wrap_async("call-plugin", |mut caller, (_, endpoint, request, schema): Call| {
                Box::new(async move {
                    let target: &mut Target = caller.data_mut();
                    let args = (Arc::default(), endpoint, request, schema);
                    let (answer,) = target.bridge.call_async(&mut target.store, args).await?;
                    Ok((answer.map_err(|error| BridgeError::Fault(error.message)),))
                })
            })
            .unwrap();
        let mut store = store(&engine, target);
        let instance = linker.instantiate_async(&mut store, &component).await.unwrap();
        let serve = find(&instance, &mut store, "serve-http");
        Self { store, serve }
    }

    pub(crate) async fn calls(&mut self, request: &Arc<HttpRequest>, times: u64) -> Duration {
        let started = Instant::now();
        for _ in 0..times {
            let args = (Arc::default(), Arc::clone(request));
            let (response,) = self.serve.call_async(&mut self.store, args).await.unwrap();
            assert_eq!(response.status, 200);
        }
        started.elapsed()
    }
}
