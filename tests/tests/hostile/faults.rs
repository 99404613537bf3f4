//! Each guest that breaks a limit gets the fault of that limit.

use std::time::Duration;

use wasmoat_runtime::{CallError, FaultKind, Limits};
use wasmoat_tests::guest;

use crate::{assert_refused_by_word_filter, house, in_time, the_good_plugin_answers};

/// Lets a guest loose on posts and gives back the fault that it got. It is asked before the good
/// plugin (by its id) in the same rounds, four at once; the good one answers these and others.
async fn let_loose(name: &str, text: &str, limits: Limits) -> FaultKind {
    in_time(async {
        let house = house().await;
        house.activate("a-hostile-one", guest(name), limits).await.unwrap();
        let rounds: Vec<_> = (0..4)
            .map(|_| {
                let (house, text) = (house.clone(), format!("{text} heck"));
                tokio::spawn(async move { house.post(text.trim_start()).await })
            })
            .collect();
        while !rounds.iter().all(tokio::task::JoinHandle::is_finished) {
            the_good_plugin_answers(&house).await;
        }
        for round in rounds {
            assert_refused_by_word_filter(round.await.unwrap());
        }
        the_good_plugin_answers(&house).await;
        let faults = house.platform.faults();
        let fault = faults.first().expect("there must be a fault").clone();
        assert_eq!((fault.plugin.as_str(), fault.hook), ("a-hostile-one", "message-will-be-posted"));
        let same = |other: &FaultKind| other.name() == fault.kind.name();
        assert!(faults.iter().all(|other| same(&other.kind)), "{faults:?}");
        fault.kind
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_loop_runs_out_of_fuel() {
    let limits = Limits { fuel_per_call: 100_000_000, ..Limits::default() };
    let fault = let_loose("endless-loop", "", limits).await;
    assert_eq!(fault, FaultKind::Fuel { limit: 100_000_000, setting: "fuel_per_call" });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_loop_with_all_the_fuel_runs_out_of_time() {
    let limits = Limits { fuel_per_call: 1_000_000_000_000, filter_ms: 300, ..Limits::default() };
    let fault = let_loose("endless-loop", "", limits).await;
    assert_eq!(fault, FaultKind::Deadline { limit: Duration::from_millis(300), setting: "filter_ms" });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_bomb_stops_at_the_limit_of_its_memory() {
    let fault = let_loose("memory-bomb", "", Limits::default()).await;
    let limit = 64 << 20;
    assert!(matches!(fault, FaultKind::Memory { wanted, limit: l, .. } if l == limit && wanted > limit), "{fault}");
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_recursion_overflows_the_guests_own_stack() {
    let fault = let_loose("deep-recursion", "", Limits::default()).await;
    assert_eq!(fault, FaultKind::StackOverflow { limit: 1 << 20 });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_told_in_the_guests_own_words() {
    let fault = let_loose("panics", "panic", Limits::default()).await;
    let FaultKind::Panic { message } = fault else { panic!("{fault}") };
    assert!(message.contains("the guest lost its head") && message.contains("lib.rs"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_giant_answer_is_not_taken_in() {
    let fault = let_loose("giant-return", "", Limits::default()).await;
    assert_eq!(fault, FaultKind::Result { limit: 16 << 20 });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_giant_only_once_it_is_copied_is_not_taken_in_either() {
    in_time(async {
        let house = house().await;
        house.activate("giant", guest("giant-return"), Limits::default()).await.unwrap();
        let Err(CallError::Fault(fault)) = house.http("giant", "/", "").await else { panic!("10 GiB came through") };
        assert_eq!(fault.kind, FaultKind::Result { limit: 16 << 20 });
        the_good_plugin_answers(&house).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_host_calls_is_stopped_whoever_answers_them() {
    for text in ["kv", "clock"] {
        let limits = Limits { host_calls_per_call: 1_000, ..Limits::default() };
        let fault = let_loose("host-call-storm", text, limits).await;
        assert!(matches!(fault, FaultKind::HostCalls { limit: 1_000, .. }), "{text}: {fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_whose_instances_do_not_start_says_why() {
    let fault = let_loose("stillborn", "", Limits::default()).await;
    let FaultKind::InstanceStart { message } = fault else { panic!("{fault}") };
    assert!(message.contains("no map of the moat"), "{message}");
}
