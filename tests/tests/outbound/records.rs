//! Every request leaves a record, and no secret in it.

use serde_json::json;

use crate::{
    outside::Outside,
    world::{World, in_time},
};

#[tokio::test]
async fn a_record_tells_who_asked_whom_and_what_came_of_it() {
    in_time(async {
        let outside = Outside::new().await;
        let world = World::reaching(&[&outside.rule()]).await;
        let order = json!({ "method": "POST", "url": outside.url("/to?/echo"), "redirects": 1, "body": "hello" });
        let outcome = world.one(&order).await;
        let [first, second] = world.records(2).await.try_into().unwrap();
        assert_eq!((first.method.as_str(), first.host.as_str()), ("POST", outside.rule().as_str()));
        assert_eq!((first.status, first.outcome, first.sent), (Some(302), "ok", 5));
        assert_eq!((second.method.as_str(), second.status, second.outcome), ("GET", Some(200), "ok"));
        assert_eq!(second.received, outcome.body.len() as u64);
    })
    .await;
}

#[tokio::test]
async fn a_refused_request_leaves_a_record_too() {
    in_time(async {
        let world = World::reaching(&["api.example.org"]).await;
        world.get("https://elsewhere.example:8443/").await.must_fail("denied", "");
        let [record] = world.records(1).await.try_into().unwrap();
        assert_eq!((record.host.as_str(), record.status, record.outcome), ("elsewhere.example:8443", None, "denied"));
        let log = world.house.runtime.logs("fetcher", 0, 10);
        assert!(
            log.iter().any(|line| line.message.contains("host `elsewhere.example:8443` was not granted")),
            "{log:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn neither_record_nor_log_holds_a_secret() {
    in_time(async {
        let outside = Outside::new().await;
        let world = World::reaching(&[&outside.rule()]).await;
        let secret = "hunter2";
        for url in [outside.url("/echo?key=hunter2"), "https://elsewhere.example/hunter2?key=hunter2".to_owned()] {
            let order = json!({ "url": url, "headers": [["Authorization", "Bearer hunter2"]], "body": secret });
            world.one(&order).await;
        }
        let records = format!("{:?}", world.records(2).await);
        let log = format!("{:?}", world.house.runtime.logs("fetcher", 0, 100));
        assert!(!records.contains(secret) && !log.contains(secret), "{records} {log}");
    })
    .await;
}

#[tokio::test]
async fn a_method_without_end_does_not_fill_the_records() {
    in_time(async {
        let outside = Outside::new().await;
        let world = World::reaching(&[&outside.rule()]).await;
        let order = json!({ "method": "X".repeat(5_000), "url": outside.url("/echo") });
        world.one(&order).await;
        assert_eq!(world.records(1).await[0].method, "X".repeat(16));
    })
    .await;
}
