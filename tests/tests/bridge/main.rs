//! The bridge: plugins call each other, seen from a wasm caller that matches on the type of what it
//! is told. The first rooms use a runtime on a platform of a few lines, `server` a whole server.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

mod declared;
mod errors;
mod identity;
mod limits;
mod server;
mod streams;
mod way;

use std::time::Duration;

use serde_json::{Value, json};
use wasmoat_model::BridgeEndpoint;
use wasmoat_runtime::Limits;
use wasmoat_tests::{House, guest};

/// Ends a test that hangs.
async fn in_time<T>(test: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(180), test).await.expect("the test hangs")
}

/// Limits under which a test that loops for ever ends soon, by fuel.
fn short() -> Limits {
    Limits { fuel_per_call: 200_000_000, faults_until_disabled: 10_000, ..Limits::default() }
}

/// A caller, and a target in each of the two forms.
async fn house() -> House {
    let house = House::new();
    house.activate("caller", guest("bridge-caller"), Limits::default()).await.unwrap();
    house.activate("echo", guest("echo"), short()).await.unwrap();
    house.activate("echo-direct", guest("echo-direct"), short()).await.unwrap();
    house
}

/// Both forms of a target.
const FORMS: [&str; 2] = ["echo", "echo-direct"];

/// A call that the caller is to make.
fn call(target: &str, endpoint: &str, request: &str) -> Value {
    json!({ "target": target, "endpoint": endpoint, "request": request })
}

/// The same by another door.
fn by(door: &str, target: &str, endpoint: &str, request: &str) -> Value {
    json!({ "by": door, "target": target, "endpoint": endpoint, "request": request })
}

/// What the caller was told.
async fn told(house: &House, call: &Value) -> Value {
    let answer = house.ask("caller", "/", &call.to_string()).await.unwrap();
    serde_json::from_str(&answer).unwrap()
}

/// The caller was told this kind of error, in a text with these words.
#[track_caller]
fn is(told: &Value, kind: &str, words: &[&str]) {
    assert_eq!(told["kind"], kind, "{told}");
    let text = told["text"].as_str().unwrap();
    let missing: Vec<_> = words.iter().filter(|word| !text.contains(**word)).collect();
    assert!(missing.is_empty(), "no {missing:?} in {text}");
}

/// An endpoint for everybody.
fn endpoint(path: &str, more: &Value) -> BridgeEndpoint {
    let mut whole = json!({ "path": path, "description": "For tests.", "callers": ["*"] });
    whole.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    serde_json::from_value(whole).unwrap()
}
