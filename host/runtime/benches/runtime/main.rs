//! What a hook costs: a native call, wasmtime alone, and the whole dispatch around it.
//!
//! Guests come from `cargo xtask guests`; `cargo xtask bench` builds them and writes the summary.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark may stop where it fails"
)]

mod idle;
mod raw;

use std::{
    hint::black_box,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use wasmoat_model::{Asked, BridgeEndpoint, EVERY_PLUGIN, HttpRequest, ManifestWasmoat, PluginContext, Post, Reason};
use wasmoat_runtime::{
    Activation, CallContext, Fault, Limits, MessageWillBePosted, OutboundRecord, Platform, Policy, PostVerdict,
    Runtime, RuntimeOptions, ServeHTTP, State,
};
use wasmtime::component::Linker;

/// A platform without an API: the guests need what the runtime itself answers.
#[derive(Clone, Debug)]
pub(crate) struct Nothing;

impl Platform for Nothing {
    fn add_to_linker(_: &mut Linker<State<Self>>) -> wasmtime::Result<()> {
        Ok(())
    }

    fn faulted(&self, _: &Arc<str>, fault: &Fault) {
        panic!("{fault}");
    }

    fn disabled(&self, _: &Arc<str>, reason: &str) {
        panic!("{reason}");
    }

    fn requested(&self, _: &Arc<str>, _: &OutboundRecord) {}
}

pub(crate) fn guest(name: &str) -> Bytes {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target"), PathBuf::from);
    let path = target.join("guests").join(format!("{name}.wasm"));
    let bytes = std::fs::read(&path);
    bytes.unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask guests`", path.display())).into()
}

/// A post as a client sends it, with everything filled in.
pub(crate) fn full_post() -> Post {
    Post {
        id: wasmoat_model::new_id(),
        create_at: 1_700_000_000_000,
        update_at: 1_700_000_000_000,
        user_id: wasmoat_model::new_id(),
        channel_id: wasmoat_model::new_id(),
        root_id: wasmoat_model::new_id(),
        message: "The quick brown fox jumps over the lazy dog, and nobody objects. ".repeat(3),
        props: r#"{"from_webhook":"false","attachments":[]}"#.to_owned(),
        hashtags: "#fox #dog".to_owned(),
        file_ids: vec![wasmoat_model::new_id(), wasmoat_model::new_id()],
        pending_post_id: "n5o1xhsx8p8o7bjgs6tkwbjtdw:1700000000000".to_owned(),
        ..Post::default()
    }
}

fn runtime(tokio: &tokio::runtime::Runtime, cache: &std::path::Path, plugins: &[(&str, &str)]) -> Runtime<Nothing> {
    tokio.block_on(async {
        let runtime =
            Runtime::new(&RuntimeOptions { cache_directory: cache.to_owned(), ..RuntimeOptions::default() }).unwrap();
        for (id, component) in plugins {
            activate(&runtime, id, component).await;
        }
        runtime
    })
}

pub(crate) async fn activate(runtime: &Runtime<Nothing>, id: &str, component: &str) {
    let artifact = runtime.compile(guest(component)).await.unwrap();
    let asked =
        ManifestWasmoat { plugins: [(EVERY_PLUGIN.to_owned(), Reason::default())].into(), ..Default::default() };
    let consent = Asked::of(&artifact.inspection().permissions, &[], &asked).all();
    // The bench makes more calls than any plugin may.
    let limits = Limits { bridge_calls_per_minute: 1_000_000_000, ..Limits::default() };
    let policy = Policy::default();
    let activation = Activation { id: id.to_owned(), artifact, limits, policy, consent, bridge: Vec::new() };
    runtime.activate(Nothing, activation).await.unwrap();
}

fn hooks(criterion: &mut Criterion) {
    let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let post = Arc::new(full_post());
    let context = Arc::new(PluginContext { request_id: wasmoat_model::new_id(), ..PluginContext::default() });

    let native: fn(&PluginContext, &Post) -> PostVerdict = |_, _| PostVerdict::Keep;
    criterion.bench_function("hook_native", |bencher| {
        bencher.iter(|| black_box(native)(black_box(&context), black_box(&post)));
    });

    criterion.bench_function("hook_wasmtime_raw", |bencher| {
        let mut raw = tokio.block_on(raw::Raw::new(&guest("bench-keep")));
        bencher.iter_custom(|times| tokio.block_on(raw.hook(&context, &post, times)));
    });

    let cx = CallContext { plugin_context: Arc::clone(&context), ..CallContext::core() };
    for (name, plugins) in [("hook_dispatch", 1), ("hook_dispatch_10_plugins", 10)] {
        let cache = tempfile::tempdir().unwrap();
        let ids: Vec<String> = (0..plugins).map(|number| format!("keep-{number}")).collect();
        let plugins: Vec<(&str, &str)> = ids.iter().map(|id| (id.as_str(), "bench-keep")).collect();
        let runtime = runtime(&tokio, cache.path(), &plugins);
        criterion.bench_function(name, |bencher| {
            bencher.to_async(&tokio).iter_custom(|times| {
                let (runtime, cx, mut post) = (runtime.clone(), cx.clone(), (*post).clone());
                async move {
                    let started = Instant::now();
                    for _ in 0..times {
                        post = runtime
                            .filter::<MessageWillBePosted, _, _>(&cx, post, |cx, post| (cx, post))
                            .await
                            .unwrap();
                    }
                    started.elapsed()
                }
            });
        });
    }
}

/// One call of another plugin, from inside a plugin: the guest makes a hundred.
fn plugin_calls(criterion: &mut Criterion) {
    const CALLS: u32 = 100;
    let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let request = Arc::new(HttpRequest { method: "GET".into(), url: format!("/{CALLS}"), ..HttpRequest::default() });

    criterion.bench_function("plugin_call_raw", |bencher| {
        let mut raw = tokio.block_on(raw::RawPair::new(&guest("bench-caller"), &guest("bench-keep")));
        bencher.iter_custom(|times| tokio.block_on(raw.calls(&request, times)) / CALLS);
    });

    let cache = tempfile::tempdir().unwrap();
    let runtime = runtime(&tokio, cache.path(), &[("bench-caller", "bench-caller"), ("bench-keep", "bench-keep")]);
    criterion.bench_function("plugin_call", |bencher| {
        bencher.iter_custom(|times| tokio.block_on(calls(&runtime, &request, times)) / CALLS);
    });
}

/// One call over the bridge, from inside a plugin: with all checks, schemas of both sides, metrics
/// and traces. The guest makes a hundred.
fn bridge_calls(criterion: &mut Criterion) {
    const CALLS: u32 = 100;
    let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let body = br#"{"channel_id":"n5o1xhsx8p8o7bjgs6tkwbjtdw","text":"The quick brown fox jumps over the lazy dog."}"#;
    let request = HttpRequest {
        method: "POST".into(),
        url: format!("/bridge/{CALLS}"),
        body: body.to_vec(),
        ..HttpRequest::default()
    };
    let request = Arc::new(request);

    criterion.bench_function("bridge_raw", |bencher| {
        let mut raw = tokio.block_on(raw::RawPair::new(&guest("bench-caller"), &guest("bench-keep")));
        bencher.iter_custom(|times| tokio.block_on(raw.calls(&request, times)) / CALLS);
    });

    // Metrics are counted for real.
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).unwrap();
    let cache = tempfile::tempdir().unwrap();
    let runtime = runtime(&tokio, cache.path(), &[("bench-caller", "bench-caller")]);
    tokio.block_on(activate_offering(&runtime));
    criterion.bench_function("bridge_call", |bencher| {
        bencher.iter_custom(|times| {
            let took = tokio.block_on(calls(&runtime, &request, times)) / CALLS;
            handle.run_upkeep();
            took
        });
    });
    assert!(handle.render().contains("plugin_bridge_calls_total"));
}

/// `bench-keep`, which declares what it offers.
async fn activate_offering(runtime: &Runtime<Nothing>) {
    let artifact = runtime.compile(guest("bench-keep")).await.unwrap();
    let consent = Asked::of(&artifact.inspection().permissions, &[], &ManifestWasmoat::default()).all();
    let schema = serde_json::json!({
        "type": "object",
        "required": ["channel_id", "text"],
        "properties": { "channel_id": { "type": "string", "maxLength": 26 }, "text": { "type": "string" } },
    });
    let offered = BridgeEndpoint {
        path: "/v1/keep".into(),
        description: "Keeps.".into(),
        callers: [EVERY_PLUGIN.to_owned()].into(),
        request: Some(schema.clone()),
        response: Some(schema),
        ..BridgeEndpoint::default()
    };
    let limits = Limits { bridge_calls_per_minute: 1_000_000_000, ..Limits::default() };
    let id = "bench-keep".to_owned();
    let activation = Activation { id, artifact, limits, policy: Policy::default(), consent, bridge: vec![offered] };
    runtime.activate(Nothing, activation).await.unwrap();
}

async fn calls(runtime: &Runtime<Nothing>, request: &Arc<HttpRequest>, times: u64) -> Duration {
    let cx = CallContext::core();
    let started = Instant::now();
    for _ in 0..times {
        let request = Arc::clone(request);
        let served = runtime.provide::<ServeHTTP>(&cx, "bench-caller", |cx| (cx, request)).await;
        assert_eq!(served.unwrap().0.status, 200);
    }
    started.elapsed()
}

fn loading(criterion: &mut Criterion) {
    let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();

    criterion.bench_function("instance_new", |bencher| {
        let mut raw = tokio.block_on(raw::Raw::new(&guest("bench-keep")));
        let (context, post) = (Arc::default(), Arc::new(full_post()));
        bencher.iter_custom(|times| tokio.block_on(raw.new_instances(&context, &post, times)));
    });

    for (name, warm) in [("load_cold", false), ("load_cached", true)] {
        let cache = tempfile::tempdir().unwrap();
        let runtime = runtime(&tokio, cache.path(), if warm { &[("keep", "bench-keep")] } else { &[] });
        let bytes = guest("bench-keep");
        criterion.bench_function(name, |bencher| {
            bencher.iter_custom(|times| {
                tokio.block_on(async {
                    let mut took = Duration::ZERO;
                    for _ in 0..times {
                        let started = Instant::now();
                        let artifact = runtime.compile(bytes.clone()).await.unwrap();
                        took += started.elapsed();
                        assert_eq!(artifact.from_cache(), warm);
                        if !warm {
                            forget(cache.path());
                        }
                    }
                    took
                })
            });
        });
    }
}

/// Deletes the compiled code.
fn forget(cache: &std::path::Path) {
    for entry in std::fs::read_dir(cache).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "cwasm") {
            std::fs::remove_file(path).unwrap();
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30).measurement_time(Duration::from_secs(3));
    targets = hooks, plugin_calls, loading, bridge_calls, idle::measure
}
criterion_main!(benches);
