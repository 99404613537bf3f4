//! A redirect is a request of its own.

use serde_json::json;

use crate::{
    outside::{Outside, answer},
    world::{World, in_time},
};

#[tokio::test]
async fn a_redirect_is_followed_as_often_as_was_wanted() {
    in_time(async {
        let outside = Outside::new().await;
        let world = World::reaching(&[&outside.rule()]).await;
        let once = outside.url("/to?/echo");
        world.one(&json!({ "url": once, "redirects": 0 })).await.must_be(302);
        let outcome = world.one(&json!({ "url": once, "redirects": 1 })).await;
        assert_eq!(outcome.must_be(200).url, outside.url("/echo"));
        let circle = format!("/to?{}", "/to?".repeat(20));
        let outcome = world.one(&json!({ "url": outside.url(&circle), "redirects": 3 })).await;
        outcome.must_fail("too_many_redirects", "3 redirects");
        let outcome = world.one(&json!({ "url": once, "redirects": 11 })).await;
        outcome.must_fail("invalid", "at most 10");
    })
    .await;
}

#[tokio::test]
async fn a_redirect_to_an_address_that_was_not_granted_is_denied() {
    in_time(async {
        let (granted, other) = (Outside::new().await, Outside::new().await);
        let port = granted.port();
        let rules =
            [granted.rule(), format!("http://*:{}", other.port()), format!("private:http://front.example:{port}")];
        let world = World::reaching(&[&rules[0], &rules[1], &rules[2]]).await;
        world.names.set("inside.example", &[&["127.0.0.1"]]);
        let other_port = other.port();
        for to in [
            other.url("/echo"),
            format!("http://inside.example:{other_port}/echo"),
            format!("http://2130706433:{other_port}/echo"),
            format!("http://[::ffff:127.0.0.1]:{other_port}/echo"),
            "http://169.254.169.254/latest/meta-data/".to_owned(),
            "https://elsewhere.example/".to_owned(),
            format!("//127.0.0.1:{other_port}/echo"),
        ] {
            let outcome = world.one(&json!({ "url": granted.url(&format!("/to?{to}")), "redirects": 5 })).await;
            outcome.must_fail("denied", "was not granted");
        }
        assert_eq!(other.connections(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_redirect_to_what_is_no_request_is_refused() {
    in_time(async {
        let outside = Outside::new().await;
        let world = World::reaching(&[&outside.rule()]).await;
        for to in ["file:///etc/passwd", "gopher://127.0.0.1/", &format!("http://user:secret@{}/", outside.address)] {
            let outcome = world.one(&json!({ "url": outside.url(&format!("/to?{to}")), "redirects": 5 })).await;
            outcome.must_fail("invalid", "");
            assert!(!outcome.text.contains("secret"), "{outcome:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn credentials_do_not_follow_a_redirect_to_another_origin() {
    in_time(async {
        let (first, second) = (Outside::new().await, Outside::new().await);
        let world = World::reaching(&[&first.rule(), &second.rule()]).await;
        let headers = json!([["Authorization", "Bearer s"], ["X-Api-Key", "s"], ["Cookie", "s"], ["Accept", "a/b"]]);
        let order = |to: String| json!({ "url": first.url(&format!("/to?{to}")), "redirects": 1, "headers": headers });
        let same = world.one(&order("/echo".to_owned())).await;
        for header in ["authorization", "x-api-key", "cookie", "accept"] {
            assert!(same.must_be(200).body.contains(&format!("\n{header}: ")), "{header}: {same:?}");
        }
        let other = world.one(&order(second.url("/echo"))).await;
        assert!(other.must_be(200).body.contains("\naccept: a/b"), "{other:?}");
        for header in ["authorization", "x-api-key", "cookie"] {
            assert!(!other.body.contains(header), "{header}: {other:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_body_follows_only_where_the_status_says_so() {
    in_time(async {
        let outside = Outside::new().await;
        let world = World::reaching(&[&outside.rule()]).await;
        let order = |path: &str| json!({ "method": "POST", "url": outside.url(path), "redirects": 1, "body": "hello" });
        let found = world.one(&order("/to?/echo")).await;
        assert!(found.must_be(200).body.starts_with("GET /echo\n") && !found.body.contains("hello"), "{found:?}");
        let kept = world.one(&order("/keeping?/echo")).await;
        assert!(kept.must_be(200).body.starts_with("POST /echo\n") && kept.body.ends_with("\n\nhello"), "{kept:?}");
        // What was streamed is gone: the redirect itself is the answer.
        let mut streamed = order("/keeping?/echo");
        streamed["way"] = json!("upload");
        world.one(&streamed).await.must_be(307);
    })
    .await;
}

#[tokio::test]
async fn endless_redirects_count_into_the_minute() {
    in_time(async {
        let circle = Outside::raw(|stream| async {
            answer(stream, b"HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .await;
        })
        .await;
        let limits = wasmoat_runtime::Limits { http_requests_per_minute: 5, ..wasmoat_runtime::Limits::default() };
        let world = World::with(&[&circle.rule()], limits).await;
        let outcome = world.one(&json!({ "url": circle.url("/"), "redirects": 10 })).await;
        outcome.must_fail("overloaded", "http_requests_per_minute");
        assert_eq!(circle.connections(), 5);
    })
    .await;
}
