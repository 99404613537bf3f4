//! Limits, tokens, tries.

use wasmoat::{http_client::RequestError, response_stream::StreamError, testing::LogLine};

use super::*;

fn metrics(office: &Office) -> String {
    let request = HttpRequest { method: "GET".into(), url: "/".into(), ..HttpRequest::default() };
    let response = office.plugin.serve_metrics(PluginContext::default(), request);
    String::from_utf8(response.body).unwrap()
}

fn line(office: &Office, message: &str) -> LogLine {
    office.platform.log().into_iter().find(|line| line.message == message).unwrap()
}

#[test]
fn tokens_are_counted_by_agent_and_team_and_logged_per_call() {
    let office = office();
    office.provider.answers(said("Hi.")).answers(said("Hi."));
    let more = json!({"user_id": office.ann, "channel_id": office.channel, "operation": "recaps",
                      "operation_subtype": "summarize_channel"});
    office.complete("helper", &more);
    office.complete("helper", &more);
    let line = line(&office, "llm_token_usage");
    for (key, value) in [
        ("user_id", office.ann.as_str()),
        ("team_id", &"t".repeat(26)),
        ("channel_id", &office.channel),
        ("bot_username", "helper"),
        ("model", "small"),
        ("service_type", "openaicompatible"),
        ("operation", "recaps"),
        ("operation_subtype", "summarize_channel"),
        ("input_tokens", "9"),
        ("output_tokens", "3"),
        ("total_tokens", "12"),
        ("estimated", "false"),
    ] {
        assert_eq!(line.value(key), Some(value), "{key}");
    }
    let labels = format!("{{bot_name=\"helper\",team_id=\"{}\"}}", "t".repeat(26));
    let metrics = metrics(&office);
    for sample in [
        format!("agents_llm_requests_total{labels} 2\n"),
        format!("agents_llm_input_tokens_total{labels} 18\n"),
        format!("agents_llm_output_tokens_total{labels} 6\n"),
        format!("agents_llm_failures_total{labels} 0\n"),
    ] {
        assert!(metrics.contains(&sample), "{sample}{metrics}");
    }
}

#[test]
fn where_the_provider_counts_nothing_the_tokens_are_estimated() {
    let office = office();
    office.provider.answers(script::json(200, &json!({"choices": [{"message": {"content": "12345678"}}]})));
    office.complete("helper", &json!({}));
    let line = line(&office, "llm_token_usage");
    assert_eq!((line.value("output_tokens"), line.value("estimated")), (Some("2"), Some("true")));
    assert_eq!((line.value("operation"), line.value("operation_subtype")), (Some("bridge_agent"), Some("nostream")));
}

#[test]
fn a_failure_is_counted_and_logged_with_its_word() {
    let office = office();
    office.provider.answers(script::json(404, &json!({"error": "no model `small`"})));
    office.complete("helper", &json!({}));
    let line = line(&office, "a model gave no answer");
    assert_eq!((line.value("code"), line.value("model")), (Some("refused"), Some("small")));
    assert!(metrics(&office).contains("agents_llm_failures_total{bot_name=\"helper\",team_id=\"unknown\"} 1\n"));
}

#[test]
fn a_conversation_over_the_services_limit_is_not_sent() {
    let office = office();
    let long = json!({"posts": [{"role": "user", "message": "word ".repeat(1_000)}]});
    let (status, body) = office.complete("helper", &long);
    assert_eq!((status, &body["code"]), (500, &json!("context_too_long")));
    assert!(body["error"].as_str().unwrap().contains("`tokenLimit` of the service `Main` is 1000"), "{body}");
    assert!(office.provider.asked().is_empty());
}

#[test]
fn what_may_go_well_in_a_moment_is_tried_twice_more() {
    let office = office();
    let busy = script::json(503, &json!({"error": "overloaded"}));
    let before = office.platform.now();
    office.provider.answers(busy.clone()).answers(busy.clone()).answers(said("Hi."));
    assert_eq!(office.complete("helper", &json!({})).0, 200);
    assert_eq!(office.platform.now() - before, 3_000, "one second, then two");
    for _ in 0..3 {
        office.provider.answers(busy.clone());
    }
    assert_eq!(office.complete("helper", &json!({})).1["code"], "unavailable");
    assert_eq!(office.provider.asked().len(), 6);
}

#[test]
fn the_provider_says_how_long_to_wait_and_a_long_wait_is_the_callers() {
    let office = office();
    let limited = |headers: &[(&'static str, &str)]| {
        headers.iter().fold(script::json(429, &json!({})), |answer, (name, value)| answer.header(name, value))
    };
    let date = "Thu, 01 Jan 2026 00:00:05 GMT";
    for (headers, waited) in [
        (&[("Retry-After", "2")][..], 2_000),
        (&[("Retry-After", "9"), ("retry-after-ms", "1500")], 1_500),
        (&[("Retry-After", date)], 5_000),
    ] {
        office.platform.set_now(1_767_225_600_000);
        office.provider.answers(limited(headers)).answers(said("Hi."));
        assert_eq!(office.complete("helper", &json!({})).0, 200);
        assert_eq!(office.platform.now() - 1_767_225_600_000, waited, "{headers:?}");
    }
    let asked = office.provider.asked().len();
    office.provider.answers(limited(&[("Retry-After", "3600")]));
    assert_eq!(office.complete("helper", &json!({})).1["retry_after_ms"], 3_600_000);
    assert_eq!(office.provider.asked().len(), asked + 1);
}

#[test]
fn nothing_is_tried_again_once_something_was_shown() {
    let office = office();
    let cut = streamed(&[r#"{"choices":[{"delta":{"content":"He"}}]}"#]);
    office.provider.answers(cut.then(RequestError::Overloaded("too many".into())));
    let events = office.stream("helper");
    assert_eq!((events.len(), office.provider.asked().len()), (2, 1));
}

#[test]
fn a_model_is_not_listened_to_for_nobody() {
    let office = office();
    office.platform.on(calls::response_stream::Write, |_| Err(StreamError::Closed));
    let pieces = [r#"{"choices":[{"delta":{"content":"He"}}]}"#; 2];
    office.provider.answers(streamed(&pieces));
    assert!(office.stream("helper").is_empty());
    assert_eq!(line(&office, "a model gave no answer").value("code"), Some("unwanted"));
}
