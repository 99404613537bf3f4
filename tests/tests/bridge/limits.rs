//! What holds callers back: sizes, rates, room, the breaker.

use std::sync::Arc;

use serde_json::json;
use wasmoat_runtime::{BreakerState, Limits};
use wasmoat_tests::guest;

use crate::{FORMS, by, call, endpoint, house, in_time, is, short, told};

#[tokio::test]
async fn a_request_and_an_answer_may_have_so_many_bytes() {
    let house = house().await;
    let small = Limits { bridge_bytes: 1_024, ..short() };
    for form in FORMS {
        house.activate(form, guest(form), small.clone()).await.unwrap();
        assert_eq!(told(&house, &call(form, "/echo", &"x".repeat(1_024))).await["ok"].as_str().unwrap().len(), 1_024);
        let words = ["1025 bytes", "1024 are allowed", "bridge_bytes"];
        is(
            &told(&house, &call(form, "/echo", &"x".repeat(1_025))).await,
            "too-large",
            &[&["the request"], &words[..]].concat(),
        );
        is(&told(&house, &call(form, "/large", "1025")).await, "too-large", &[&["the answer"], &words[..]].concat());
        // A stream that is read as a whole is bounded like a whole answer.
        let pieces = json!({ "count": 3, "bytes": 500 }).to_string();
        is(&told(&house, &call(form, "/stream", &pieces)).await, "too-large", &["bridge_bytes"]);
        is(&told(&house, &by("open", form, "/echo", &"x ".repeat(1_025))).await, "too-large", &["the request"]);
    }
}

#[tokio::test]
async fn an_answer_as_large_as_mattermosts_gets_through() {
    let house = house().await;
    let asked = json!({ "target": "echo-direct", "endpoint": "/large", "request": "10485761" });
    is(&told(&house, &asked).await, "too-large", &["10485760 are allowed"]);
}

#[tokio::test]
async fn a_caller_has_so_many_calls_a_minute() {
    let house = house().await;
    let limits = Limits { bridge_calls_per_minute: 3, ..short() };
    house.activate("echo", guest("echo"), limits).await.unwrap();
    for _ in 0..3 {
        assert_eq!(told(&house, &call("echo", "/echo", "1")).await["ok"], "1");
    }
    is(&told(&house, &call("echo", "/echo", "1")).await, "rate-limited", &["`caller`", "3 times a minute"]);
    assert_eq!(told(&house, &call("echo", "/seen", "1")).await.get("kind"), None, "another endpoint has its own");
    let declared = endpoint("/echo", &json!({ "rate": 1 }));
    house.activate_offering("echo", guest("echo"), short(), vec![declared]).await.unwrap();
    assert_eq!(told(&house, &call("echo", "/echo", "1")).await["ok"], "1");
    is(&told(&house, &by("stream", "echo", "/echo", "1")).await, "rate-limited", &["1 times a minute"]);
    assert_eq!(told(&house, &by("http", "echo", "/echo", "1")).await["status"], 429, "by no door");
}

#[tokio::test]
async fn after_failures_calls_of_the_endpoint_are_suspended_and_one_is_let_through_later() {
    in_time(async {
        let house = house().await;
        let endpoints = || ["/status/500", "/echo"].map(|path| endpoint(path, &json!({}))).to_vec();
        house.activate_offering("echo", guest("echo"), short(), endpoints()).await.unwrap();
        for _ in 0..10 {
            is(&told(&house, &call("echo", "/status/500", "")).await, "http", &["500"]);
        }
        is(&told(&house, &call("echo", "/status/500", "")).await, "circuit-open", &["/status/500"]);
        assert_eq!(told(&house, &call("echo", "/echo", "1")).await["ok"], "1", "another endpoint is another matter");
        let map = house.runtime.bridge_map();
        let edge = map.edges.iter().find(|edge| edge.endpoint == "/status/500").unwrap();
        assert_eq!((edge.breaker, edge.calls, edge.errors), (BreakerState::Open, 11, 11));
        // Sooner or later one call gets through, fails, and opens it again.
        loop {
            let told = told(&house, &call("echo", "/status/500", "")).await;
            if told["kind"] == "http" {
                break;
            }
            is(&told, "circuit-open", &[]);
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        is(&told(&house, &call("echo", "/status/500", "")).await, "circuit-open", &[]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_nearly_take_too_long_open_the_breaker_too() {
    in_time(async {
        let house = house().await;
        // On a slow machine they do take too long, which is as bad.
        house.activate("echo", guest("echo"), Limits { provide_ms: 2_000, ..short() }).await.unwrap();
        let naps = (0..10).map(|_| {
            let house = house.clone();
            tokio::spawn(async move { told(&house, &call("echo", "/nap", "1700")).await })
        });
        futures::future::join_all(naps).await;
        is(&told(&house, &call("echo", "/nap", "0")).await, "circuit-open", &["/nap"]);
    })
    .await;
}

#[tokio::test]
async fn a_mistake_of_the_caller_does_not_open_the_breaker() {
    let house = house().await;
    for _ in 0..20 {
        is(&told(&house, &call("echo", "/status/422", "")).await, "http", &["422"]);
    }
}

#[tokio::test]
async fn a_target_answers_so_many_calls_at_once() {
    in_time(async {
        let house = house().await;
        let limits = Limits { bridge_calls: 2, ..Limits::default() };
        house.activate("echo", guest("echo"), limits).await.unwrap();
        house.platform.gate.close();
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let house = house.clone();
                tokio::spawn(async move { told(&house, &call("echo", "/gate", "")).await })
            })
            .collect();
        house.platform.gate.until_waiting(2).await;
        is(&told(&house, &call("echo", "/echo", "1")).await, "overloaded", &["2 calls", "bridge_calls"]);
        house.platform.gate.open();
        for call in waiting {
            assert_eq!(call.await.unwrap()["ok"], "through");
        }
        assert_eq!(told(&house, &call("echo", "/echo", "1")).await["ok"], "1");
    })
    .await;
}

#[tokio::test]
async fn the_map_shows_who_offers_what_and_who_calls_it() {
    let house = house().await;
    let offered = vec![endpoint("/echo/{id}", &json!({ "version": "1.2", "callers": ["caller", "core"] }))];
    house.activate_offering("echo-direct", guest("echo-direct"), short(), offered).await.unwrap();
    told(&house, &call("echo-direct", "/echo/1", "1")).await;
    told(&house, &call("echo-direct", "/echo/2", "1")).await;
    let map = house.runtime.bridge_map();
    let form = |id: &str| map.plugins.iter().find(|plugin| plugin.id == id).map(|plugin| plugin.form);
    assert_eq!((form("echo"), form("echo-direct"), form("nobody")), (Some("http"), Some("direct"), None));
    let [edge] = &map.edges[..] else { panic!("{:?}", map.edges) };
    assert_eq!(
        (edge.source.as_str(), edge.target.as_str(), edge.endpoint.as_str()),
        ("caller", "echo-direct", "/echo/{id}")
    );
    assert_eq!((edge.calls, edge.errors, edge.breaker), (2, 0, BreakerState::Closed));
    let source: Arc<str> = "caller".into();
    assert!(house.runtime.hops(None, 10).iter().all(|hop| hop.source == source && hop.status == "ok"));
}
