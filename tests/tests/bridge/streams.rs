//! Requests and answers as they are made.

use serde_json::json;
use wasmoat_runtime::{CallContext, Limits, PluginBody};
use wasmoat_tests::{House, guest};

use crate::{FORMS, by, call, house, in_time, is, told};

fn pieces(count: usize, bytes: usize, end: &str) -> String {
    json!({ "count": count, "bytes": bytes, "end": end }).to_string()
}

/// What the target has sent so far.
fn sent(house: &House, form: &str) -> usize {
    house.platform.value(form, "sent").map_or(0, |sent| sent.parse().unwrap())
}

/// Waits until something is so.
async fn until(what: impl Fn() -> bool) {
    while !what() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn an_answer_arrives_piece_by_piece() {
    let house = house().await;
    for form in FORMS {
        let told = told(&house, &by("stream", form, "/stream", &pieces(5, 100, ""))).await;
        assert_eq!((told["ok"].as_str().unwrap().len(), told["pieces"].as_u64()), (500, Some(5)), "{told}");
    }
}

#[tokio::test]
async fn the_caller_does_not_know_whether_an_answer_was_streamed() {
    let house = house().await;
    for form in FORMS {
        assert_eq!(told(&house, &call(form, "/stream", &pieces(3, 2, ""))).await["ok"], "aaaaaa");
        let whole = told(&house, &by("stream", form, "/echo", "[1]")).await;
        assert_eq!((&whole["ok"], &whole["pieces"]), (&json!("[1]"), &json!(1)));
    }
    let http = told(&house, &by("http", "echo", "/stream", &pieces(3, 2, ""))).await;
    assert_eq!((&http["ok"], &http["status"]), (&json!("aaaaaa"), &json!(200)));
}

#[tokio::test]
async fn the_first_piece_arrives_before_the_last_is_made() {
    in_time(async {
        let house = house().await;
        house.platform.gate.close();
        let running = tokio::spawn({
            let house = house.clone();
            async move { told(&house, &by("leak", "echo", "/stream", &pieces(2, 10, "gate"))).await }
        });
        // The target waits at the gate before its last piece, and the caller has the first.
        assert_eq!(running.await.unwrap()["ok"], "aaaaaaaaaa");
    })
    .await;
}

#[tokio::test]
async fn a_target_waits_for_a_slow_reader() {
    in_time(async {
        let house = house().await;
        house.platform.gate.close();
        let piece = 64 << 10;
        let running = tokio::spawn({
            let house = house.clone();
            async move { told(&house, &by("slow", "echo", "/stream", &pieces(64, piece, ""))).await }
        });
        house.platform.gate.until_waiting(1).await;
        until(|| sent(&house, "echo") >= 8).await;
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        assert!(sent(&house, "echo") < 16, "the queue is short: {}", sent(&house, "echo"));
        house.platform.gate.open();
        assert_eq!(running.await.unwrap()["ok"], (64 * piece).to_string());
    })
    .await;
}

#[tokio::test]
async fn dropping_an_answer_ends_the_call() {
    in_time(async {
        let house = house().await;
        for form in FORMS {
            house.platform.gate.close();
            let running = tokio::spawn({
                let house = house.clone();
                async move { told(&house, &by("drop", form, "/stream", &pieces(10_000, 65_536, ""))).await }
            });
            // The target is told while the caller is still inside its call.
            until(|| house.platform.value(form, "closed").is_some()).await;
            house.platform.gate.open();
            running.await.unwrap();
        }
        let given_up = house.runtime.hops(None, 10).iter().filter(|hop| hop.status == "given_up").count();
        assert_eq!(given_up, 2);
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_is_not_dropped_ends_with_the_call_that_opened_it() {
    in_time(async {
        let house = house().await;
        for _ in 0..3 {
            told(&house, &by("leak", "echo", "/stream", &pieces(10_000, 65_536, ""))).await;
        }
        until(|| house.runtime.instances("echo").is_some_and(|(in_use, _)| in_use == 0)).await;
    })
    .await;
}

#[tokio::test]
async fn an_instance_holds_so_many_streams() {
    in_time(async {
        let house = house().await;
        let limits = Limits { instances: 1, instances_idle: 1, ..Limits::default() };
        house.activate("caller", guest("bridge-caller"), limits).await.unwrap();
        for _ in 0..16 {
            assert!(told(&house, &by("leak", "echo", "/stream", &pieces(1, 1, ""))).await["ok"].is_string());
        }
        is(&told(&house, &by("leak", "echo", "/stream", &pieces(1, 1, ""))).await, "overloaded", &["16 streams"]);
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_is_cut_is_an_error_at_its_end() {
    let house = house().await;
    for form in FORMS {
        is(&told(&house, &by("stream", form, "/stream", &pieces(2, 10, "trap"))).await, "fault", &["told to trap"]);
    }
    is(&told(&house, &by("stream", "echo-direct", "/stream", &pieces(2, 10, "error"))).await, "http", &["418"]);
    let refused = json!({ "count": 1, "bytes": 9, "status": 403 }).to_string();
    is(&told(&house, &by("stream", "echo", "/stream", &refused)).await, "unauthorised", &["aaaaaaaaa"]);
}

#[tokio::test]
async fn a_request_is_read_as_it_is_written() {
    let house = house().await;
    house.activate("forwarder", guest("forwarder"), Limits::default()).await.unwrap();
    let told_by = by("open", "forwarder", "/x", "to be or not");
    assert_eq!(told(&house, &told_by).await["ok"], "TOBEORNOT4", "four pieces");
    for form in FORMS {
        assert_eq!(told(&house, &by("open", form, "/echo", "to be or not")).await["ok"], "tobeornot");
    }
    assert_eq!(told(&house, &call("forwarder", "/x", "to be or not")).await["ok"], "TO BE OR NOT1", "one piece");
}

#[tokio::test]
async fn a_request_that_is_given_up_is_cut() {
    in_time(async {
        let house = house().await;
        house.activate("forwarder", guest("forwarder"), Limits::default()).await.unwrap();
        for target in ["forwarder", "echo"] {
            assert_eq!(told(&house, &by("give-up", target, "/echo", "to be")).await["ok"], "gave up");
        }
        until(|| house.runtime.hops(None, 10).iter().filter(|hop| hop.status == "given_up").count() == 2).await;
    })
    .await;
}

#[tokio::test]
async fn a_client_reads_an_answer_as_it_is_made() {
    let house = house().await;
    let request =
        wasmoat_model::HttpRequest { url: "/stream".into(), body: pieces(2, 3, "").into(), ..Default::default() };
    let response = house.runtime.serve_http(&CallContext::core(), "echo", request, None).await.unwrap();
    assert_eq!(response.head.status, 200);
    let PluginBody::Pieces(mut body) = response.body else { panic!("whole") };
    let mut whole = Vec::new();
    while let Some(piece) = futures::StreamExt::next(&mut body).await {
        whole.extend_from_slice(&piece.unwrap());
    }
    assert_eq!(whole, b"aaaaaa");
}
