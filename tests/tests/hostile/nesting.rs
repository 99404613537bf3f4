//! Plugins that call plugins.

use std::time::{Duration, Instant};

use futures::future::join_all;
use wasmoat_runtime::{CallContext, CallError, Fault, FaultKind, Limits, MAX_DEPTH, Policy, ServeHTTP};
use wasmoat_tests::{House, guest};

use crate::{house, in_time, the_good_plugin_answers};

const SINGLE: Policy = Policy { fail_closed: false, single_instance: true };

/// Asks a plugin from inside other plugins.
async fn ask_inside(house: &House, path: &[&str], id: &str) -> Result<(), CallError> {
    let deadline = Instant::now() + Duration::from_secs(60);
    let context = path.iter().fold(CallContext::core(), |context, plugin| context.inside(&(*plugin).into(), deadline));
    house.runtime.provide::<ServeHTTP>(&context, id, |context| (context, Default::default())).await.map(drop)
}

#[tokio::test]
async fn ping_pong_by_the_bridge_ends_where_it_comes_back() {
    let house = house().await;
    for id in ["ping", "pong"] {
        house.activate(id, guest("ping-pong"), Limits::default()).await.unwrap();
    }
    let answer = house.ask("ping", "/bridge", "").await.unwrap();
    assert!(answer.contains("Cycle") && answer.contains("ping → pong → ping → pong"), "{answer}");
    the_good_plugin_answers(&house).await;
}

#[tokio::test]
async fn ping_pong_by_http_ends_at_the_greatest_depth() {
    let house = house().await;
    for id in ["ping", "pong"] {
        house.activate(id, guest("ping-pong"), Limits::default()).await.unwrap();
    }
    let answer = house.ask("ping", "/http", "").await.unwrap();
    assert!(answer.contains("app.plugin.plugin_http.app_error") && answer.contains("too deep"), "{answer}");
}

#[tokio::test]
async fn a_call_too_deep_is_a_fault_that_shows_the_way() {
    let house = house().await;
    house.activate("relay", guest("relay"), Limits::default()).await.unwrap();
    let path = vec!["a"; MAX_DEPTH];
    let Err(CallError::Fault(Fault { kind: FaultKind::TooDeep { path, limit }, .. })) =
        ask_inside(&house, &path, "relay").await
    else {
        panic!("it was called")
    };
    assert_eq!(limit, MAX_DEPTH);
    assert!(path.ends_with("a → relay"), "{path}");
    assert_eq!(house.platform.faults(), [], "it is not the called plugin's fault");
}

#[tokio::test]
async fn a_plugin_of_one_instance_that_is_called_back_gets_an_error_and_no_deadlock() {
    in_time(async {
        let house = house().await;
        house.activate("ping", guest("ping-pong"), SINGLE).await.unwrap();
        house.activate("pong", guest("ping-pong"), Limits::default()).await.unwrap();
        let answer = house.ask("ping", "/bridge", "").await.unwrap();
        assert!(answer.contains("Overloaded") && answer.contains("re-entrant"), "{answer}");
    })
    .await;
}

#[tokio::test]
async fn the_fault_of_a_call_back_names_the_path() {
    in_time(async {
        let house = house().await;
        house.activate("slow", guest("slow-filter"), SINGLE).await.unwrap();
        house.platform.gate.close();
        let busy = tokio::spawn({
            let house = house.clone();
            async move { house.http("slow", "/", "").await }
        });
        house.platform.gate.until_waiting(1).await;
        let Err(CallError::Fault(fault)) = ask_inside(&house, &["slow", "other"], "slow").await else {
            panic!("it was called")
        };
        assert_eq!(fault.kind, FaultKind::Reentrant { path: "slow → other".to_owned() });
        house.platform.gate.open();
        assert!(busy.await.unwrap().is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_plugin_of_one_instance_takes_calls_from_outside_in_turn() {
    in_time(async {
        let house = house().await;
        house.activate("counter", guest("counter"), SINGLE).await.unwrap();
        let answers = join_all((0..50).map(|_| house.post("x"))).await;
        let mut messages: Vec<_> = answers.into_iter().map(|answer| answer.unwrap().message).collect();
        messages.sort_by_key(|message| message.len());
        messages.dedup();
        assert_eq!(messages.len(), 50, "one instance counted all calls");
    })
    .await;
}

/// Answers of 200 chains of three plugins at once, each chain in another order.
async fn chains(instances: u64) -> Vec<String> {
    in_time(async {
        let house = house().await;
        for id in ["one", "two", "six"] {
            house.activate(id, guest("relay"), Limits { instances, ..Limits::default() }).await.unwrap();
        }
        let chains = (0..200).map(|number| {
            let (first, rest) = [("one", "two,six"), ("two", "six,one"), ("six", "one,two")][number % 3];
            let house = house.clone();
            tokio::spawn(async move { house.ask(first, "/", rest).await.unwrap() })
        });
        join_all(chains).await.into_iter().map(Result::unwrap).collect()
    })
    .await
}

fn is_whole(answer: &str) -> bool {
    ["one(two(six()))", "two(six(one()))", "six(one(two()))"].contains(&answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn chains_of_plugins_with_8_instances_all_come_through() {
    let answers = chains(8).await;
    assert_eq!(answers.iter().find(|answer| !is_whole(answer)), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn chains_of_plugins_with_32_instances_all_come_through() {
    let answers = chains(32).await;
    assert_eq!(answers.iter().find(|answer| !is_whole(answer)), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn chains_of_plugins_with_1_instance_come_through_or_are_told_that_there_is_no_room() {
    let answers = chains(1).await;
    assert_eq!(answers.iter().find(|answer| !is_whole(answer) && !answer.contains("Overloaded")), None);
    assert!(answers.iter().any(|answer| is_whole(answer)));
}
