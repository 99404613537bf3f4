//! What plugins cost that nobody calls: resident memory of two hundred active copies.

use std::{fs, path::PathBuf};

use criterion::Criterion;
use wasmoat_model::Post;
use wasmoat_runtime::{CallContext, MessageWillBePosted, Runtime, RuntimeOptions};

const COPIES: u64 = 200;

/// Writes `target/bench/idle_plugin.json`: bytes that all copies together add.
pub(crate) fn measure(_: &mut Criterion) {
    let Some(before) = resident() else { return };
    let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let cache = tempfile::tempdir().unwrap();
    let options = RuntimeOptions { cache_directory: cache.path().to_owned(), ..RuntimeOptions::default() };
    let runtime = tokio.block_on(async {
        let runtime = Runtime::new(&options).unwrap();
        for number in 0..COPIES {
            super::activate(&runtime, &format!("copy-{number}"), "bench-keep").await;
        }
        // One call each, so that every copy keeps an instance.
        let cx = CallContext::core();
        runtime.filter::<MessageWillBePosted, _, _>(&cx, Post::default(), |cx, post| (cx, post)).await.unwrap();
        runtime
    });
    let added = resident().unwrap_or_default().saturating_sub(before);
    drop(runtime);
    let directory = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target"), PathBuf::from);
    let directory = directory.join("bench");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("idle_plugin.json"), format!("{{\"idle_plugin\": {{\"bytes\": {added}}}}}\n")).unwrap();
    println!("idle_plugin: {COPIES} active copies add {} KiB of resident memory", added >> 10);
}

/// Resident bytes of this process, where the system tells.
fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib << 10)
}
