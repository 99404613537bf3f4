//! How much and how long. Every error names the setting.

use std::time::Duration;

use serde_json::json;
use tokio::{io::AsyncWriteExt as _, net::TcpStream};
use wasmoat_runtime::Limits;

use crate::{
    outside::{Outside, answer, gone, read_head},
    world::{World, in_time},
};

/// A server that writes for ever.
async fn flood(mut stream: TcpStream, head: &'static [u8], piece: &'static [u8], pause: Duration) {
    read_head(&mut stream).await;
    let mut written = stream.write_all(head).await;
    while written.is_ok() {
        tokio::time::sleep(pause).await;
        written = stream.write_all(piece).await;
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    in_time(async {
        let outside = Outside::raw(gone).await;
        let world = World::with(&[&outside.rule()], Limits { http_ms: 200, ..Limits::default() }).await;
        world.get(&outside.url("/")).await.must_fail("timeout", "http_ms");
        outside.until_open(0).await;
    })
    .await;
}

#[tokio::test]
async fn a_request_may_wait_for_less_than_the_limit_and_not_for_more() {
    in_time(async {
        let outside = Outside::raw(gone).await;
        let world = World::with(&[&outside.rule()], Limits { http_ms: 300, ..Limits::default() }).await;
        let order = |timeout: u32| json!({ "url": outside.url("/"), "timeout": timeout });
        world.one(&order(100)).await.must_fail("timeout", "100ms");
        world.one(&order(600_000)).await.must_fail("timeout", "300ms");
    })
    .await;
}

#[tokio::test]
async fn a_head_that_trickles_is_given_up() {
    in_time(async {
        let outside =
            Outside::raw(|stream| flood(stream, b"HTTP/1.1 200 OK\r\nx: ", b"y", Duration::from_millis(20))).await;
        let world = World::with(&[&outside.rule()], Limits { http_ms: 300, ..Limits::default() }).await;
        world.get(&outside.url("/")).await.must_fail("timeout", "http_ms");
        outside.until_open(0).await;
    })
    .await;
}

#[tokio::test]
async fn provisional_answers_without_end_are_given_up() {
    in_time(async {
        let outside = Outside::raw(|stream| {
            flood(stream, b"", b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n", Duration::from_millis(10))
        })
        .await;
        let world = World::with(&[&outside.rule()], Limits { http_ms: 300, ..Limits::default() }).await;
        world.get(&outside.url("/")).await.must_fail("timeout", "http_ms");
        outside.until_open(0).await;
    })
    .await;
}

#[tokio::test]
async fn a_head_without_end_is_no_answer() {
    in_time(async {
        let outside = Outside::raw(|stream| {
            flood(stream, b"HTTP/1.1 200 OK\r\n", b"x: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n", Duration::ZERO)
        })
        .await;
        let world = World::reaching(&[&outside.rule()]).await;
        world.get(&outside.url("/")).await.must_fail("interrupted", "");
        outside.until_open(0).await;
    })
    .await;
}

#[tokio::test]
async fn a_body_that_stalls_is_given_up() {
    in_time(async {
        let outside = Outside::raw(|stream| async {
            answer(stream, b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nsome").await;
        })
        .await;
        let world = World::with(&[&outside.rule()], Limits { http_idle_ms: 200, ..Limits::default() }).await;
        world.get(&outside.url("/")).await.must_fail("timeout", "http_idle_ms");
        outside.until_open(0).await;
    })
    .await;
}

#[tokio::test]
async fn a_body_that_trickles_without_end_ends_with_the_call() {
    in_time(async {
        let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let outside = Outside::raw(|stream| flood(stream, head, b"1\r\nx\r\n", Duration::from_millis(20))).await;
        let world = World::with(&[&outside.rule()], Limits { provide_ms: 500, ..Limits::default() }).await;
        let order = json!({ "url": outside.url("/") }).to_string();
        let Err(error) = world.house.ask("fetcher", "/", &order).await else { panic!("it came to an end") };
        assert!(error.to_string().contains("provide_ms"), "{error}");
        outside.until_open(0).await;
        assert_eq!(world.records(1).await[0].outcome, "dropped");
    })
    .await;
}

#[tokio::test]
async fn a_bomb_is_cut_at_the_limit() {
    in_time(async {
        let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let piece: &'static [u8] =
            Box::leak(format!("8000\r\n{}\r\n", "x".repeat(0x8000)).into_bytes().into_boxed_slice());
        let outside = Outside::raw(move |stream| flood(stream, head, piece, Duration::ZERO)).await;
        let world = World::with(&[&outside.rule()], Limits { http_response_bytes: 1 << 20, ..Limits::default() }).await;
        let outcome = world.get(&outside.url("/")).await;
        outcome.must_fail("too_large", "http_response_bytes");
        outside.until_open(0).await;
        let received = world.records(1).await[0].received;
        assert!(received < (1 << 20) + (256 << 10), "{received}");
    })
    .await;
}

#[tokio::test]
async fn a_server_cannot_fill_memory_that_nobody_reads_into() {
    in_time(async {
        let (told, heard) = tokio::sync::watch::channel(0_usize);
        let outside = Outside::raw(move |mut stream| {
            let told = told.clone();
            async move {
                read_head(&mut stream).await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n").await;
                let piece = vec![0; 64 << 10];
                while stream.write_all(&piece).await.is_ok() {
                    told.send_modify(|written| *written += piece.len());
                }
            }
        })
        .await;
        let world = World::reaching(&[&outside.rule()]).await;
        world.one(&json!({ "way": "keep", "url": outside.url("/") })).await.must_be(200);
        outside.until_open(0).await;
        // What the kernel's buffers of both sides hold, and a piece or two.
        assert!(*heard.borrow() < 16 << 20, "{} bytes were taken", *heard.borrow());
    })
    .await;
}

#[tokio::test]
async fn a_request_that_is_too_large_is_not_sent() {
    in_time(async {
        let outside = Outside::new().await;
        let limits = Limits { http_request_bytes: 1_000, ..Limits::default() };
        let world = World::with(&[&outside.rule()], limits).await;
        let order = |way: &str, times: usize| {
            let body = "0123456789".repeat(10);
            json!({ "way": way, "method": "POST", "url": outside.url("/echo"), "body": body, "times": times })
        };
        world.one(&order("send", 1)).await.must_be(200);
        world.one(&order("upload", 10)).await.must_be(200);
        let outcome = world.one(&order("upload", 11)).await;
        outcome.must_fail("too_large", "http_request_bytes");
        let mut whole = order("send", 1);
        whole["body"] = json!("x".repeat(1_001));
        world.one(&whole).await.must_fail("too_large", "http_request_bytes");
    })
    .await;
}

#[tokio::test]
async fn too_many_requests_at_once_are_refused_and_the_others_live() {
    in_time(async {
        let outside = Outside::raw(|stream| async {
            answer(stream, b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nsome").await;
        })
        .await;
        let world = World::with(&[&outside.rule()], Limits { http_requests: 3, ..Limits::default() }).await;
        let order = json!({ "way": "hold", "url": outside.url("/"), "times": 5 });
        let outcomes = world.order(&order).await;
        let held = outcomes.iter().filter(|outcome| outcome.status == 200).count();
        assert_eq!(held, 3, "{outcomes:?}");
        outcomes[4].must_fail("overloaded", "http_requests");
        // With the call the places are free again.
        outside.until_open(0).await;
        assert_eq!(world.order(&order).await[0].status, 200);
    })
    .await;
}

#[tokio::test]
async fn requests_are_counted_over_all_instances() {
    in_time(async {
        let outside = Outside::raw(|stream| async {
            answer(stream, b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nsome").await;
        })
        .await;
        let limits = Limits { http_requests: 3, provide_ms: 3_000, ..Limits::default() };
        let world = World::with(&[&outside.rule()], limits).await;
        let order = json!({ "url": outside.url("/") }).to_string();
        let held: Vec<_> = (0..3)
            .map(|_| {
                let (house, order) = (world.house.clone(), order.clone());
                tokio::spawn(async move { house.ask("fetcher", "/", &order).await.map(drop) })
            })
            .collect();
        outside.until_open(3).await;
        world.get(&outside.url("/")).await.must_fail("overloaded", "http_requests");
        for held in held {
            held.await.unwrap().unwrap_err();
        }
    })
    .await;
}

#[tokio::test]
async fn too_many_requests_in_a_minute_are_refused() {
    in_time(async {
        let outside = Outside::new().await;
        let limits = Limits { http_requests_per_minute: 4, ..Limits::default() };
        let world = World::with(&[&outside.rule()], limits).await;
        for _ in 0..4 {
            world.get(&outside.url("/echo")).await.must_be(200);
        }
        world.get(&outside.url("/echo")).await.must_fail("overloaded", "http_requests_per_minute");
        // Those that are refused for another reason count too: nobody may probe for ever.
        world.get("https://elsewhere.example/").await.must_fail("overloaded", "http_requests_per_minute");
    })
    .await;
}
