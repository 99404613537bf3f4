//! `wit/sandbox.wit`: what a component without WASI cannot do by itself.

use serde_json::{Value, json};
use wasmoat_model::now_ms;

use crate::{edge, success};

#[test]
fn now_is_the_wall_clock() {
    success("sandbox.now").run(async |case| {
        let before = now_ms();
        let now = case.call(json!({})).await.as_i64().unwrap();
        assert!((before..=now_ms()).contains(&now));
    });
}

#[test]
fn now_takes_no_arguments() {
    edge("sandbox.now").run(async |case| {
        assert!(case.call(Value::Null).await.is_i64());
    });
}

#[test]
fn monotonic_now_never_goes_back() {
    success("sandbox.monotonic-now").run(async |case| {
        let first = case.call(json!({})).await.as_u64().unwrap();
        assert!(case.call(json!({})).await.as_u64().unwrap() > first);
    });
}

#[test]
fn monotonic_now_is_the_same_clock_in_every_instance() {
    edge("sandbox.monotonic-now").run(async |case| {
        let (first, second) = futures::join!(case.call(json!({})), case.call(json!({})));
        let apart = first.as_u64().unwrap().abs_diff(second.as_u64().unwrap());
        assert!(apart < 60_000_000_000, "{apart} ns");
    });
}

#[test]
fn random_bytes_are_random() {
    success("sandbox.random-bytes").run(async |case| {
        let (first, second) = (case.call(json!({"len": 32})).await, case.call(json!({"len": 32})).await);
        assert_eq!(first.as_array().unwrap().len(), 32);
        assert_ne!(first, second);
    });
}

#[test]
fn random_bytes_are_cut_at_64_kib() {
    edge("sandbox.random-bytes").run(async |case| {
        for (wanted, given) in [(0, 0), (65_536, 65_536), (65_537, 65_536), (u32::MAX, 65_536)] {
            let bytes = case.call(json!({"len": wanted})).await;
            assert_eq!(bytes.as_array().unwrap().len(), given, "{wanted}");
        }
    });
}

#[test]
fn plugin_id_is_the_manifests() {
    success("sandbox.plugin-id").run(async |case| {
        assert_eq!(case.call(json!({})).await, "conformance");
    });
}

#[test]
fn plugin_id_is_the_hosts_word() {
    edge("sandbox.plugin-id").run(async |case| {
        assert_eq!(case.call(json!({"plugin_id": "another"})).await, "conformance");
    });
}

#[test]
fn remaining_time_runs_out() {
    success("sandbox.remaining-time").run(async |case| {
        let left = case.call(json!({})).await.as_u64().unwrap();
        assert!((1..=30_000).contains(&left), "a request has 30 s: {left}");
    });
}

#[test]
fn remaining_time_is_the_callers_where_that_is_less() {
    edge("sandbox.remaining-time").run(async |case| {
        let outer = case.call(json!({})).await.as_u64().unwrap();
        let inner = json!({"function": "sandbox.remaining-time", "arguments": {}}).to_string();
        let call = json!({"target_plugin_id": "conformance", "endpoint": "/call", "request": inner.as_bytes()});
        let answer = case.call_other("bridge.call-plugin", call).await;
        let answer: Vec<u8> = serde_json::from_value(answer).unwrap();
        let inner: u64 = String::from_utf8(answer).unwrap().parse().unwrap();
        assert!(inner <= outer.max(30_000), "{inner} of {outer}");
    });
}

/// The guest tells of a panic, and goes on here: the host takes it for the reason only of a trap.
#[test]
fn report_panic_is_heard() {
    success("sandbox.report-panic").run(async |case| {
        case.call(json!({"message": "not so bad"})).await;
        assert_eq!(case.call_other("sandbox.plugin-id", json!({})).await, "conformance", "it lives");
    });
}

#[test]
fn report_panic_takes_a_text_of_any_length() {
    edge("sandbox.report-panic").run(async |case| {
        case.call(json!({"message": "ü".repeat(100_000)})).await;
        case.call(json!({"message": ""})).await;
    });
}
