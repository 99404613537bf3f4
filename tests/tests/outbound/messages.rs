//! What goes out and what comes back.

use serde_json::json;

use crate::{
    outside::{Outside, answer},
    world::{World, in_time},
};

#[tokio::test]
async fn a_request_arrives_as_the_plugin_made_it() {
    in_time(async {
        let outside = Outside::new().await;
        let world = World::reaching(&[&outside.rule()]).await;
        let order = json!({
            "method": "POST", "url": outside.url("/echo?a=b%20c"), "body": "hello",
            "headers": [["X-Api-Key", "k"], ["Accept", "text/plain"]],
        });
        let outcome = world.one(&order).await;
        let head = format!("accept: text/plain\ncontent-length: 5\nhost: {}\n", outside.address);
        let rest = "user-agent: Wasmoat (fetcher)\nx-api-key: k\n\nhello";
        assert_eq!(outcome.must_be(200).body, format!("POST /echo?a=b%20c\n{head}{rest}"));
        assert_eq!(outcome.url, outside.url("/echo?a=b%20c"));
        assert!(outcome.headers.iter().any(|(name, value)| name == "content-length" && value != "0"));
    })
    .await;
}

#[tokio::test]
async fn a_body_is_sent_piece_by_piece() {
    in_time(async {
        let outside = Outside::new().await;
        let world = World::reaching(&[&outside.rule()]).await;
        let order =
            json!({ "way": "upload", "method": "PUT", "url": outside.url("/echo"), "body": "0123456789", "times": 1000 });
        let outcome = world.one(&order).await;
        let body = &outcome.must_be(200).body;
        assert!(body.contains("transfer-encoding: chunked\n"), "{}", &body[..200]);
        assert_eq!(body.split_once("\n\n").unwrap().1, "0123456789".repeat(1000));
    })
    .await;
}

#[tokio::test]
async fn an_upload_that_is_given_up_never_looks_complete() {
    in_time(async {
        let (seen, mut heard) = tokio::sync::mpsc::unbounded_channel();
        let outside = Outside::raw(move |mut stream| {
            let seen = seen.clone();
            async move {
                let mut all = Vec::new();
                let _ = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut all).await;
                seen.send(String::from_utf8_lossy(&all).into_owned()).unwrap();
            }
        })
        .await;
        let world = World::reaching(&[&outside.rule()]).await;
        let order = json!({ "way": "give_up", "method": "PUT", "url": outside.url("/"), "body": "half" });
        world.one(&order).await.must_be(0);
        let records = world.records(1).await;
        assert_eq!(records[0].outcome, "dropped");
        // Where the connection was up in time, the server saw it break off.
        if let Ok(Some(seen)) = tokio::time::timeout(std::time::Duration::from_millis(500), heard.recv()).await {
            assert!(!seen.ends_with("0\r\n\r\n"), "{seen}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_may_answer_before_it_has_the_whole_body() {
    in_time(async {
        let outside = Outside::raw(|stream| async {
            answer(stream, b"HTTP/1.1 413 Content Too Large\r\ncontent-length: 4\r\nconnection: close\r\n\r\nstop")
                .await;
        })
        .await;
        let world = World::reaching(&[&outside.rule()]).await;
        let body = "x".repeat(100_000);
        let order = json!({ "way": "upload", "method": "PUT", "url": outside.url("/"), "body": body, "times": 100 });
        let outcome = world.one(&order).await;
        assert_eq!(outcome.must_be(413).body, "stop");
    })
    .await;
}

#[tokio::test]
async fn an_answer_comes_as_it_is_written() {
    in_time(async {
        let outside = Outside::raw(|mut stream| async move {
            use tokio::io::AsyncWriteExt as _;
            crate::outside::read_head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await.unwrap();
            for _ in 0..3 {
                stream.write_all(b"5\r\nevent\r\n").await.unwrap();
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
            stream.write_all(b"0\r\n\r\n").await.unwrap();
        })
        .await;
        let world = World::reaching(&[&outside.rule()]).await;
        let outcome = world.get(&outside.url("/")).await;
        assert_eq!((outcome.must_be(200).body.as_str(), outcome.pieces), ("eventeventevent", 3));
    })
    .await;
}

#[tokio::test]
async fn a_compressed_answer_is_passed_on_as_it_is() {
    in_time(async {
        let outside = Outside::raw(|stream| async {
            answer(stream, b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 7\r\n\r\nnotgzip").await;
        })
        .await;
        let world = World::reaching(&[&outside.rule()]).await;
        assert_eq!(world.get(&outside.url("/")).await.must_be(200).body, "notgzip");
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_does_not_look_complete() {
    in_time(async {
        let outside = Outside::raw(|mut stream| async move {
            use tokio::io::AsyncWriteExt as _;
            crate::outside::read_head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await.unwrap();
        })
        .await;
        let world = World::reaching(&[&outside.rule()]).await;
        let outcome = world.get(&outside.url("/")).await;
        outcome.must_fail("interrupted", "");
        assert_eq!(world.records(1).await[0].outcome, "interrupted");
    })
    .await;
}

#[tokio::test]
async fn connections_are_kept_for_the_same_plugin_and_host() {
    in_time(async {
        let outside = Outside::new().await;
        let world = World::reaching(&[&outside.rule()]).await;
        for _ in 0..3 {
            world.get(&outside.url("/echo")).await.must_be(200);
        }
        assert_eq!(outside.connections(), 1);
        let hosts = [outside.rule()];
        let hosts: Vec<_> = hosts.iter().map(String::as_str).collect();
        let component = wasmoat_tests::guest("fetcher");
        world.house.activate_reaching("another", component, wasmoat_runtime::Limits::default(), &hosts).await.unwrap();
        world.house.ask("another", "/", &json!({ "url": outside.url("/echo") }).to_string()).await.unwrap();
        assert_eq!(outside.connections(), 2);
    })
    .await;
}

#[tokio::test]
async fn headers_of_the_server_are_not_the_plugins_to_set() {
    in_time(async {
        let outside = Outside::new().await;
        let world = World::reaching(&[&outside.rule()]).await;
        for name in
            ["Host", "Content-Length", "Transfer-Encoding", "Connection", "Proxy-Authorization", "TE", "Upgrade"]
        {
            let order = json!({ "url": outside.url("/echo"), "headers": [[name, "chunked"]] });
            world.one(&order).await.must_fail("invalid", &name.to_lowercase());
        }
        assert_eq!(outside.connections(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_second_request_cannot_be_smuggled_into_the_first() {
    in_time(async {
        let outside = Outside::new().await;
        let world = World::reaching(&[&outside.rule()]).await;
        for order in [
            json!({ "url": outside.url("/echo"), "headers": [["X", "a\r\n\r\nGET /admin HTTP/1.1\r\nHost: x"]] }),
            json!({ "url": outside.url("/echo"), "headers": [["X\r\nHost", "x"]] }),
            json!({ "url": outside.url("/echo"), "method": "GET /admin HTTP/1.1\r\nX:" }),
            json!({ "url": outside.url("/echo HTTP/1.1\r\nHost: x\r\n\r\nGET /admin") }),
        ] {
            world.one(&order).await.must_fail("invalid", "");
        }
        assert_eq!(outside.connections(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_tunnel_is_no_request() {
    in_time(async {
        let outside = Outside::new().await;
        let world = World::reaching(&[&outside.rule()]).await;
        for method in ["CONNECT", "TRACE"] {
            world.one(&json!({ "url": outside.url("/"), "method": method })).await.must_fail("invalid", method);
        }
        assert_eq!(outside.connections(), 0);
    })
    .await;
}
