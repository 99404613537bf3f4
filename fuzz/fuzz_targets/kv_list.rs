//! Paging through a plugin's keys, against a sorted list.
//!
//! The input is a page and its size, four bytes each, then a byte for the size of the pages that
//! are walked through, then keys, a line each.
#![no_main]

use std::{
    collections::BTreeSet,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use wasmoat_core::{Core, Options};

/// Keys where a page has no size.
const PER_PAGE: usize = 10;

struct Input<'a> {
    page: i32,
    per_page: i32,
    step: i32,
    keys: Vec<&'a str>,
}

impl<'a> Input<'a> {
    fn read(data: &'a [u8]) -> Option<Self> {
        let (page, data) = data.split_first_chunk()?;
        let (per_page, data) = data.split_first_chunk()?;
        let (step, data) = data.split_first()?;
        let keys = std::str::from_utf8(data).ok()?.split('\n').take(32).collect();
        let (page, per_page) = (i32::from_le_bytes(*page), i32::from_le_bytes(*per_page));
        Some(Self { page, per_page, step: i32::from(step % 7) + 1, keys })
    }
}

static SERVER: LazyLock<(Runtime, Core, TempDir)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let options = Options { data: folder.path().to_owned(), config: None, development: true };
    let core = runtime.block_on(Core::open(options)).expect("a core");
    (runtime, core, folder)
});

/// Each run is another plugin; those before are its neighbours.
static RUN: AtomicU64 = AtomicU64::new(0);

fuzz_target!(|data: &[u8]| {
    let Some(input) = Input::read(data) else { return };
    let (runtime, core, _) = &*SERVER;
    let plugin = format!("fuzz-{}", RUN.fetch_add(1, Ordering::Relaxed) % 64);
    runtime.block_on(run(core, &plugin, &input));
});

async fn run(core: &Core, plugin: &str, input: &Input<'_>) {
    core.delete_all_keys_for_plugin(plugin).await.expect("the store works");
    let mut keys = BTreeSet::new();
    for key in &input.keys {
        if core.set_plugin_key(plugin, key, Some(vec![1])).await.is_ok() {
            keys.insert((*key).to_owned());
        }
    }
    let keys: Vec<String> = keys.into_iter().collect();
    let list = async |page: i32, per_page: i32| {
        core.list_plugin_keys(plugin, page, per_page).await.expect("a page, however odd, is no error")
    };
    let size = usize::try_from(input.per_page).ok().filter(|size| *size > 0).unwrap_or(PER_PAGE);
    let skipped = usize::try_from(input.page).unwrap_or(0).saturating_mul(size);
    let expected: Vec<String> = keys.iter().skip(skipped).take(size).cloned().collect();
    assert_eq!(list(input.page, input.per_page).await, expected, "page {} of {}", input.page, input.per_page);

    let mut walked = Vec::new();
    for page in 0.. {
        let mut found = list(page, input.step).await;
        if found.is_empty() {
            break;
        }
        walked.append(&mut found);
    }
    assert_eq!(walked, keys, "every key once, in order");
}
