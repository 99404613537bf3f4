//! What a provider can do wrong, over real HTTP: each comes back to the calling plugin as an error of its
//! own, and none of them harms the server.

use std::time::Duration;

use serde_json::{Value, json};
use wasmoat_tests::llm::{Answer, Question};

use crate::house::{House, chat};

/// Answers as the first turn says.
fn provider(question: &Question) -> Answer {
    let error = |message: &str, code: &str| json!({"error": {"message": message, "code": code}});
    match question.turn(0) {
        "key" => Answer::json(401, &error("Incorrect API key provided: sk-secret", "invalid_api_key")),
        "rate" => Answer::json(429, &error("slow down", "rate_limit_exceeded")).header("Retry-After", "30"),
        "quota" => Answer::json(429, &error("pay first", "insufficient_quota")),
        "long" => Answer::json(400, &error("8193 tokens", "context_length_exceeded")),
        "model" => Answer::json(404, &json!({"error": "no such model"})),
        "down" => Answer::json(503, &json!({"detail": "overloaded"})).header("retry-after-ms", "10"),
        "nonsense" => Answer::new(200, "application/json").send("<html>sorry</html>"),
        "cut" => Answer::new(200, "application/json").send("{\"choices\": [").cut(),
        "slow" => Answer::new(200, "application/json").wait(Duration::from_secs(20)),
        "redirect" => Answer::new(307, "text/plain").header("Location", "http://127.0.0.1:1/"),
        "cut stream" => Answer::stream(&["Good "]).cut(),
        "slow stream" => Answer::stream(&["Good "]).wait(Duration::from_secs(20)),
        "nonsense stream" => Answer::stream(&["Good "]).send("data: nonsense\n\n"),
        "short stream" => Answer::stream(&["Good "]),
        _ => Answer::text("Good day."),
    }
}

fn says(text: &str) -> Value {
    json!({"messages": [{"role": "user", "content": text}]})
}

/// The last event of a stream.
async fn streamed(house: &House, text: &str) -> (String, usize) {
    let body = json!({"posts": [{"role": "user", "message": text}]});
    let (status, events) = house.http("POST", "/completion/service/main", &body).await;
    assert_eq!(status, 200, "{events}");
    let events: Vec<&str> = events.split_terminator("\n\n").collect();
    let last: Value = serde_json::from_str(events.last().unwrap().strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(last["Type"], 2, "{events:?}");
    (last["Value"].as_str().unwrap().to_owned(), events.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_of_a_provider_has_an_error_of_its_own() {
    let house = House::open(provider).await;
    house.limit(json!({"http_ms": 2_000, "http_idle_ms": 2_000})).await;
    for (text, id, more) in [
        ("key", "agents.unauthorised", "***"),
        ("rate", "agents.rate_limited", "30 s"),
        ("quota", "agents.quota_exhausted", "pay first"),
        ("long", "agents.context_too_long", "8193 tokens"),
        ("model", "agents.refused", "no such model"),
        ("down", "agents.unavailable", "overloaded"),
        ("nonsense", "agents.malformed", "cannot be read"),
        ("cut", "agents.truncated", "cut off"),
        ("slow", "agents.timeout", "http_"),
        ("redirect", "agents.refused", "307"),
    ] {
        let refusal = house.call("/api/v1/completion", &says(text), None).await.unwrap_err().to_string();
        assert!(refusal.contains(id) && refusal.contains(more), "{text}: {refusal}");
        assert!(!refusal.contains("sk-secret"), "{text}: {refusal}");
        // Between them all is well: an endpoint that only fails is left alone for a while.
        for _ in 0..2 {
            house.call("/api/v1/completion", &chat(), None).await.unwrap();
        }
    }
    let asked = |text: &str| house.provider.questions().iter().filter(|asked| asked.turn(0) == text).count();
    assert_eq!((asked("down"), asked("rate"), asked("key")), (3, 1, 1), "only what may pass is tried again");
    house.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_goes_wrong_says_so_after_what_came() {
    let house = House::open(provider).await;
    house.limit(json!({"http_idle_ms": 2_000})).await;
    for (text, reason) in [
        ("cut stream", "cut off"),
        ("short stream", "cut off"),
        ("slow stream", "took too long"),
        ("nonsense stream", "cannot be read"),
    ] {
        let (error, events) = streamed(&house, text).await;
        assert!(error.contains(reason), "{text}: {error}");
        assert_eq!(events, 2, "{text}: the piece that came, then the error");
    }
    let (error, events) = streamed(&house, "key").await;
    assert!(error.contains("API key") && events == 1, "{error}");
    house.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_nobody_allowed_is_not_asked() {
    let house = House::open(provider).await;
    house.configure(json!({"apiURL": "http://127.0.0.1:9"})).await;
    let refusal = house.call("/api/v1/completion", &chat(), None).await.unwrap_err().to_string();
    assert!(refusal.contains("agents.denied") && refusal.contains("127.0.0.1"), "{refusal}");
    assert!(house.provider.questions().is_empty());
    house.server.stop().await;
}
