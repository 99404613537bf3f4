//! The wire, as servers of all kinds write it.

use serde_json::json;
use wasmoat::{
    http_client::RequestError,
    testing::{self, Platform},
};

use super::*;
use crate::{
    chat::{Finish, Message, Role, Usage},
    script,
};

fn service() -> Service {
    Service {
        kind: ServiceType::OpenAiCompatible,
        api_url: "http://llm".into(),
        api_key: "sk-secret".into(),
        ..Service::default()
    }
}

fn chat() -> Chat {
    Chat {
        messages: vec![Message::new(Role::User, "Hello?")],
        model: "m".into(),
        max_output_tokens: 10,
        ..Chat::default()
    }
}

/// What a stream comes to, and what was shown of it.
fn streamed(answer: testing::Answer) -> (Result<Answer, ProviderError>, String) {
    let platform = Platform::new();
    script::Provider::new(&platform).answers(answer);
    let service = service();
    let mut shown = String::new();
    let answer = of(&service).unwrap().stream(&chat(), &mut |event| {
        if let Event::Text(text) = event {
            shown += &text;
        }
        Ok(())
    });
    (answer, shown)
}

fn chunks(chunks: &[&str]) -> testing::Answer {
    script::stream(chunks.iter().copied())
}

#[test]
fn bytes_may_be_cut_anywhere_and_lines_end_in_any_way() {
    let whole = ": hello\r\n\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"Grüße \"}}]}\r\n\r\n\
                 event: x\nid: 1\ndata: {\"choices\":\ndata: [{\"delta\":{\"content\":\"🙂\"}}]}\n\n\
                 data:{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\r\rdata: [DONE]\n\n";
    for size in [1, 2, 3, 7, whole.len()] {
        let pieces: Vec<Vec<u8>> = whole.as_bytes().chunks(size).map(<[u8]>::to_vec).collect();
        let (answer, shown) = streamed(script::stream(pieces));
        assert_eq!(answer.unwrap().text, "Grüße 🙂", "in pieces of {size}");
        assert_eq!(shown, "Grüße 🙂");
    }
}

#[test]
fn a_stream_without_its_mark_is_whole_where_a_reason_for_its_end_was_given() {
    let (answer, _) =
        streamed(chunks(&["data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"length\"}]}\n\n"]));
    let answer = answer.unwrap();
    assert_eq!((answer.text.as_str(), answer.finish), ("Hi", Finish::Length));
}

#[test]
fn a_stream_that_ends_in_the_middle_is_cut_off_and_what_came_is_shown() {
    let piece = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";
    let (answer, shown) = streamed(chunks(&[piece, "data: {\"choi"]));
    assert_eq!((answer.unwrap_err().code(), shown.as_str()), ("truncated", "Hi"));
    let (answer, _) = streamed(chunks(&[piece]).then(RequestError::Interrupted("reset".into())));
    assert_eq!(answer.unwrap_err().code(), "truncated");
}

#[test]
fn a_stream_that_says_nothing_for_too_long_has_timed_out() {
    let (answer, _) = streamed(chunks(&[": waiting\n\n"]).then(RequestError::Timeout("300 s".into())));
    let error = answer.unwrap_err();
    assert_eq!((error.code(), error.to_string().contains("300 s")), ("timeout", true));
}

#[test]
fn nonsense_in_a_stream_is_named() {
    for chunk in ["data: hello\n\n", "data: {\"choices\": 1}\n\n"] {
        let (answer, _) = streamed(chunks(&[chunk]));
        assert_eq!(answer.unwrap_err().code(), "malformed", "{chunk}");
    }
    let (answer, _) = streamed(script::stream(vec![b"data: \xff\xfe\n\n".to_vec()]));
    assert_eq!(answer.unwrap_err().code(), "malformed");
}

#[test]
fn a_line_without_end_is_not_waited_for() {
    let endless = std::iter::repeat_n("x".repeat(64 << 10), 40);
    let (answer, _) = streamed(script::stream(endless));
    assert!(answer.unwrap_err().to_string().contains("1048576"));
}

#[test]
fn an_error_may_come_inside_a_stream() {
    let piece = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";
    let error = r#"data: {"error":{"message":"sk-secret is tired","code":"rate_limit_exceeded"}}"#;
    let (answer, _) = streamed(chunks(&[piece, error, "\n\n"]));
    let error = answer.unwrap_err();
    assert_eq!(error.code(), "rate_limited");
    assert!(!error.to_string().contains("sk-secret"), "{error}");
}

#[test]
fn a_server_that_cannot_stream_is_taken_as_it_is() {
    let body = json!({"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]});
    let (answer, shown) = streamed(script::json(200, &body));
    assert_eq!((answer.unwrap().text.as_str(), shown.as_str()), ("Hi", "Hi"));
}

#[test]
fn a_refusal_and_a_filter_are_told_apart_from_an_answer() {
    let (answer, _) = streamed(chunks(&[
        "data: {\"choices\":[{\"delta\":{\"refusal\":\"I would \"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"refusal\":\"rather not.\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
    ]));
    assert_eq!(answer.unwrap_err(), ProviderError::Declined { detail: "I would rather not.".into() });
    let (answer, _) =
        streamed(chunks(&["data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"content_filter\"}]}\n\n"]));
    assert_eq!(answer.unwrap_err().code(), "declined");
}

#[test]
fn all_that_the_provider_counts_is_kept() {
    let platform = Platform::new();
    let provider = script::Provider::new(&platform);
    provider.answers(script::json(
        200,
        &json!({
            "choices": [{"message": {"content": "Hi"}}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 4},
                      "completion_tokens_details": {"reasoning_tokens": 5}},
        }),
    ));
    let service = service();
    let answer = of(&service).unwrap().complete(&chat()).unwrap();
    let usage = Usage { input_tokens: 9, output_tokens: 7, cached_read_tokens: 4, reasoning_tokens: 5 };
    assert_eq!((answer.usage, usage.total()), (Some(usage), 16));
}

#[test]
fn an_answer_without_choices_is_no_answer() {
    let platform = Platform::new();
    let provider = script::Provider::new(&platform);
    provider.answers(script::json(200, &json!({"choices": []}))).answers(script::json(200, &json!({"error": "oh"})));
    let service = service();
    let provider = openai::OpenAi::new(&service);
    assert_eq!(provider.complete(&chat()).unwrap_err().code(), "malformed");
    assert_eq!(provider.complete(&chat()).unwrap_err().code(), "unavailable");
}

#[test]
fn a_service_of_another_kind_says_which_there_are() {
    let service = Service { kind: ServiceType::Other("anthropic".into()), ..service() };
    let error = of(&service).err().unwrap();
    assert!(error.to_string().contains("`anthropic` is not offered; there are openai, openaicompatible"), "{error}");
}
