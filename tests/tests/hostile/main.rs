//! Guests that want to do harm, and what becomes of them: a typed fault each, and nobody else
//! notices. No test here measures time; the timeouts only end what hangs.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

mod activation;
mod bounds;
mod deadlines;
mod denied;
mod faults;
mod fuel;
mod health;
mod identity;
mod logs;
mod nesting;
mod observers;
mod room;
mod upgrades;

use std::{fs, path::Path, sync::Arc, time::Duration};

use wasmoat_model::Post;
use wasmoat_runtime::{CallContext, Limits, MessageWillBeUpdated, Refusal, Rejection};
use wasmoat_tests::{House, all_guests, plugin};

/// Ends a test that hangs.
async fn in_time<T>(test: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(180), test).await.expect("the test hangs")
}

/// A house with the good plugin in it: `word-filter`, which blocks `heck`.
async fn house() -> House {
    let house = House::new();
    house.platform.set_settings("word-filter", r#"{"words": "heck", "action": "block"}"#);
    house.activate("word-filter", plugin("word-filter"), Limits::default()).await.unwrap();
    house
}

/// The good plugin answers as it should. Asked about an edit, which no hostile guest wants to hear of.
async fn the_good_plugin_answers(house: &House) {
    assert_eq!(edit(house, "hello").await.unwrap().message, "hello");
    assert_refused_by_word_filter(edit(house, "what the heck").await);
}

async fn edit(house: &House, text: &str) -> Result<Post, Rejection> {
    let old = Arc::new(Post::default());
    let new = Post { message: text.to_owned(), ..Post::default() };
    let args = move |context, new| (context, new, Arc::clone(&old));
    house.runtime.filter::<MessageWillBeUpdated, _, _>(&CallContext::core(), new, args).await
}

fn assert_refused_by_word_filter(answer: Result<Post, Rejection>) {
    let Err(Rejection::Refused { plugin, refusal: Refusal::Reason(reason) }) = answer else {
        panic!("the word filter must refuse: {answer:?}");
    };
    assert_eq!(plugin, "word-filter");
    assert!(reason.contains("heck"), "{reason}");
}

/// A guest that nobody tests proves nothing.
#[test]
fn every_guest_has_a_test() {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"));
    // Guests of the benchmarks are run by these.
    let guests = all_guests().into_iter().filter(|name| !name.starts_with("bench-"));
    let untested: Vec<_> =
        guests.filter(|name| !sources.iter().any(|source| source.contains(&format!("\"{name}\"")))).collect();
    assert!(untested.is_empty(), "guests without a test: {untested:?}");
}

/// The text of every test of this crate.
fn sources(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![fs::read_to_string(path).unwrap()] })
        .collect()
}
