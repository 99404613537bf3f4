//! The way that a call has come: cycles, depth, traces, and chains that must not block each other.

use futures::future::join_all;
use serde_json::json;
use wasmoat_runtime::{BridgeCall, CallContext, Hop, Limits, MAX_DEPTH};
use wasmoat_tests::{House, guest};

use crate::{call, house, in_time, is, told};

/// `relay` passes a call on along a route of plugins, always at `/`.
async fn relays(ids: &[&str], limits: &Limits) -> House {
    let house = House::new();
    for id in ids {
        house.activate(id, guest("relay"), limits.clone()).await.unwrap();
    }
    house
}

#[tokio::test]
async fn a_call_that_comes_back_to_an_endpoint_is_cut_and_shows_the_way() {
    let house = house().await;
    // `/back` of an echo calls `/back` of the plugin that it is told of: itself, by way of nobody.
    is(&told(&house, &call("echo", "/back", "echo")).await, "http", &["comes back", "caller → echo → echo"]);
    let house = relays(&["aaa", "bbb"], &Limits::default()).await;
    let answer = house.ask("aaa", "/", "bbb,aaa,bbb").await.unwrap();
    assert!(answer.contains("Cycle") && answer.contains("aaa → bbb → aaa → bbb"), "{answer}");
}

#[tokio::test]
async fn a_plugin_may_be_called_back_at_another_endpoint() {
    let house = house().await;
    // caller → echo/back → echo-direct/back, which nobody is inside of yet, refuses for another reason.
    is(&told(&house, &call("echo", "/back", "echo-direct")).await, "no-endpoint", &["echo"]);
}

#[tokio::test]
async fn a_chain_too_deep_is_cut_and_shows_the_way() {
    let ids: Vec<String> = (0..=MAX_DEPTH).map(|number| format!("relay-{number}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let house = relays(&ids, &Limits::default()).await;
    let answer = house.ask(ids[0], "/", &ids[1..MAX_DEPTH].join(",")).await.unwrap();
    assert!(answer.ends_with(&format!("relay-{}({}", MAX_DEPTH - 1, ")".repeat(MAX_DEPTH))), "{answer}");
    let answer = house.ask(ids[0], "/", &ids[1..].join(",")).await.unwrap();
    let whole = ids.join(" → ");
    assert!(answer.contains("TooDeep") && answer.contains(&whole), "{answer}");
}

#[tokio::test]
async fn the_hops_of_a_chain_are_one_trace() {
    let house = relays(&["one", "two", "six"], &Limits::default()).await;
    let context = CallContext::core();
    let first =
        BridgeCall { target: "one".into(), endpoint: "/".into(), request: b"two,six".to_vec(), response_schema: None };
    let answer = house.runtime.call_plugin_from_core(&house.platform, &context, first).await.unwrap();
    assert_eq!(answer, b"one(two(six()))");
    let hops: Vec<Hop> = house.runtime.hops(Some(context.request_id()), 10);
    let way: Vec<_> = hops.iter().map(|hop| (&*hop.source, &*hop.target, hop.status)).collect();
    assert_eq!(way, [("com.mattermost.server", "one", "ok"), ("one", "two", "ok"), ("two", "six", "ok")]);
    assert_eq!(hops[0].parent, 0);
    assert_eq!((hops[1].parent, hops[2].parent), (hops[0].span, hops[1].span));
    assert!(hops[0].took_us >= hops[1].took_us && hops[1].took_us >= hops[2].took_us, "{hops:?}");
    assert_eq!(house.runtime.hops(Some("another request"), 10).len(), 0);
}

#[tokio::test]
async fn a_call_that_is_refused_is_a_hop_too() {
    let house = house().await;
    told(&house, &call("nobody", "/x", "")).await;
    let hops = house.runtime.hops(None, 1);
    assert_eq!((&*hops[0].target, hops[0].status), ("nobody", "not_found"));
}

/// Answers of 200 chains of three plugins at once, each in another order.
async fn chains(instances: u64) -> Vec<String> {
    in_time(async {
        let house = relays(&["one", "two", "six"], &Limits { instances, ..Limits::default() }).await;
        let chains = (0..200).map(|number| {
            let (first, rest) = [("one", "two,six"), ("two", "six,one"), ("six", "one,two")][number % 3];
            let house = house.clone();
            tokio::spawn(async move {
                let call = BridgeCall {
                    target: first.into(),
                    endpoint: "/".into(),
                    request: rest.into(),
                    response_schema: None,
                };
                let answer = house.runtime.call_plugin_from_core(&house.platform, &CallContext::core(), call).await;
                answer.map_or_else(|error| error.name().to_owned(), |answer| String::from_utf8(answer).unwrap())
            })
        });
        join_all(chains).await.into_iter().map(Result::unwrap).collect()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn chains_do_not_block_each_other_at_any_size_of_the_pools() {
    for instances in [1, 2, 8, 32] {
        let answers = chains(instances).await;
        let is_whole =
            |answer: &String| ["one(two(six()))", "two(six(one()))", "six(one(two()))"].contains(&answer.as_str());
        let is_told = |answer: &String| {
            answer.contains("Overloaded") || answer.contains("CircuitOpen") || answer == "circuit_open"
        };
        let other: Vec<_> = answers.iter().filter(|answer| !is_whole(answer) && !is_told(answer)).collect();
        assert!(other.is_empty(), "{instances} instances: {other:?}");
        let whole = answers.iter().filter(|answer| is_whole(answer)).count();
        assert!(whole > 0 && (instances < 8 || whole == 200), "{instances} instances: {whole} came through");
    }
}

#[tokio::test]
async fn a_chain_of_the_core_carries_its_user_and_nobody_can_make_one_up() {
    let house = house().await;
    let session = wasmoat_model::Session {
        id: "the-session".into(),
        user_id: "the-user".into(),
        roles: "system_user".into(),
        ..Default::default()
    };
    let context = CallContext::client(Default::default(), Some(session.into()));
    for form in crate::FORMS {
        let ask = BridgeCall { target: form.into(), endpoint: "/context".into(), ..BridgeCall::default() };
        let answer = house.runtime.call_plugin_from_core(&house.platform, &context, ask).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let roles = json!({ "roles": "system_user" });
        assert_eq!(answer, format!("com.mattermost.server|the-user|the-session|{roles}"));
    }
}
