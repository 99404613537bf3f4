//! After all hostile guests in one process: the good plugins answer, and memory is back.
//!
//! Alone in its process, so that nobody else's memory is measured.
#![cfg(target_os = "linux")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

use std::time::Duration;

use wasmoat_runtime::{Limits, Refusal, Rejection};
use wasmoat_tests::{House, all_guests, guest, plugin};

/// What a good allocator may keep of four rounds. A single memory that a bomb filled is 64 MiB.
const TOLERATED: u64 = 48 << 20;

/// Everything that the guests break, broken soon.
fn limits() -> Limits {
    Limits { fuel_per_call: 200_000_000, filter_ms: 2_000, provide_ms: 2_000, ..Limits::default() }
}

fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = statm.split_whitespace().nth(1).unwrap().parse().unwrap();
    pages * 4096
}

async fn the_good_plugins_answer(house: &House) {
    assert_eq!(house.post("hello").await.unwrap().message, "hello");
    let answer = house.post("what the heck").await;
    let refused =
        matches!(&answer, Err(Rejection::Refused { plugin, refusal: Refusal::Reason(_) }) if plugin == "word-filter");
    assert!(refused, "{answer:?}");
    assert_eq!(house.ask("relay", "/", "other-relay").await.unwrap(), "relay(other-relay())");
}

/// Each guest is let loose under an id of its own, on everything that it may hear.
async fn let_all_loose(house: &House) {
    // These want a whole server; the tests of the core let them loose.
    let of_the_core = ["censor", "conformance", "file-gate", "jobber", "locker", "recorder"];
    for name in all_guests().into_iter().filter(|name| !of_the_core.contains(&name.as_str())) {
        let id = format!("hostile-{name}");
        // Two of them do not come up, which is their way of being hostile.
        let active = house.activate(&id, guest(&name), limits()).await.is_ok();
        assert_eq!(active, !name.ends_with("-in-on-activate"), "{name}");
        let rounds = (0..8).map(|number| {
            let (house, id) = (house.clone(), id.clone());
            tokio::spawn(async move {
                house.posted("an event");
                // They fail open: whatever becomes of them, the word filter is asked as well.
                let answer = house.post(if number % 2 == 0 { "panic, heck" } else { "kv heck" }).await;
                let _ = house.ask(&id, "/bridge", "relay").await;
                answer
            })
        });
        let rounds: Vec<_> = rounds.collect();
        for round in rounds {
            let answer = round.await.unwrap();
            // `counter` makes another text of the message.
            assert!(name == "counter" || answer.is_err(), "{name}: {answer:?}");
        }
        house.runtime.deactivate(&id).await;
        // As when an admin removes it: its log goes with it.
        house.runtime.forget(&id);
        the_good_plugins_answer(house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_all_hostile_guests_the_good_plugins_answer_and_memory_is_back() {
    let test = async {
        let house = House::new();
        house.platform.set_settings("word-filter", r#"{"words": "heck", "action": "block"}"#);
        house.activate("word-filter", plugin("word-filter"), Limits::default()).await.unwrap();
        for id in ["relay", "other-relay"] {
            house.activate(id, guest("relay"), Limits::default()).await.unwrap();
        }
        the_good_plugins_answer(&house).await;
        // Measured from the end of a first round, which compiles the guests and begins to fill what is
        // kept on purpose: the rings of logs and hops, and the allocator's arenas, one for a thread. (With
        // MALLOC_ARENA_MAX=1 memory stands still after ten rounds.) What leaks leaks again and again.
        let_all_loose(&house).await;
        let before = resident_bytes();
        let mut resident = Vec::new();
        for _ in 0..4 {
            let_all_loose(&house).await;
            resident.push(resident_bytes());
        }
        let after = resident_bytes();
        let kinds: std::collections::BTreeSet<_> =
            house.platform.faults().into_iter().map(|fault| fault.kind.name()).collect();
        let all = ["fuel", "host_calls", "memory", "panic", "result", "stack_overflow", "trap"];
        assert!(all.iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
        println!("resident bytes: {before} before, {resident:?} after each round");
        assert!(after < before + TOLERATED, "resident memory went from {before} to {after} bytes");
    };
    tokio::time::timeout(Duration::from_secs(300), test).await.expect("the test hangs");
}
