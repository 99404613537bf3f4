//! A request ends with the call that made it.

use serde_json::json;
use wasmoat_runtime::{Limits, Policy};
use wasmoat_tests::{House, Setup, guest};

use crate::{
    outside::{Outside, answer, gone},
    world::{Names, PATIENCE, World, in_time, network},
};

async fn half_an_answer() -> Outside {
    Outside::raw(|stream| async {
        answer(stream, b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nsome").await;
    })
    .await
}

#[tokio::test]
async fn a_response_that_is_dropped_ends_its_connection() {
    in_time(async {
        let outside = half_an_answer().await;
        let world = World::reaching(&[&outside.rule()]).await;
        world.one(&json!({ "way": "peek", "url": outside.url("/") })).await.must_be(200);
        outside.until_open(0).await;
        assert_eq!(world.records(1).await[0].outcome, "dropped");
    })
    .await;
}

#[tokio::test]
async fn a_response_that_is_kept_ends_with_the_call_all_the_same() {
    in_time(async {
        let outside = half_an_answer().await;
        let house = House::with_network(network(&Names::default()));
        let policy = Policy { single_instance: true, ..Policy::default() };
        let setup = Setup { limits: Limits::default(), policy };
        let rule = outside.rule();
        house.activate_reaching("fetcher", guest("fetcher"), setup, &[&rule]).await.unwrap();
        let world = World { house, names: Names::default() };
        world.one(&json!({ "way": "keep", "url": outside.url("/") })).await.must_be(200);
        outside.until_open(0).await;
        // The same instance, in the next call.
        world.one(&json!({ "way": "read_on" })).await.must_fail("interrupted", "the call that began the request");
    })
    .await;
}

#[tokio::test]
async fn a_request_that_waits_ends_at_the_deadline_of_the_call() {
    in_time(async {
        let outside = Outside::raw(gone).await;
        let world = World::with(&[&outside.rule()], Limits { provide_ms: 300, ..Limits::default() }).await;
        let asked = world.house.ask("fetcher", "/", &json!({ "url": outside.url("/") }).to_string()).await;
        assert!(asked.unwrap_err().to_string().contains("provide_ms"));
        outside.until_open(0).await;
    })
    .await;
}

#[tokio::test]
async fn an_upload_that_waits_ends_at_the_deadline_of_the_call() {
    in_time(async {
        // Reads nothing: sooner or later there is no room.
        let outside = Outside::raw(|stream| async move {
            tokio::time::sleep(PATIENCE).await;
            drop(stream);
        })
        .await;
        let world = World::with(&[&outside.rule()], Limits { provide_ms: 500, ..Limits::default() }).await;
        let order = json!({
            "way": "upload", "method": "PUT", "url": outside.url("/"), "body": "x".repeat(100_000), "times": 1000,
        });
        let asked = world.house.ask("fetcher", "/", &order.to_string()).await;
        assert!(asked.unwrap_err().to_string().contains("provide_ms"));
        assert_eq!(world.records(1).await[0].outcome, "dropped");
    })
    .await;
}
