//! Chat Completions, OpenAI's protocol and that of everybody who is compatible.

mod answer;
mod request;

use std::time::Duration;

use wasmoat::time;

use self::{
    answer::{Chunk, Completion, Parts},
    request::Body,
};
use super::{
    Provider, ProviderError, Sink,
    error::Problem,
    http::{self, Incoming},
    sse,
};
use crate::{
    chat::{Answer, Chat, Event, Finish},
    config::Service,
};

/// Bytes of an answer that comes at once.
const MAX_ANSWER: usize = 8 << 20;

/// Bytes that are read of an error.
const MAX_PROBLEM: usize = 64 << 10;

/// The last thing in a stream.
const DONE: &str = "[DONE]";

/// A service that speaks the protocol.
#[derive(Debug)]
pub struct OpenAi<'a> {
    service: &'a Service,
}

impl<'a> OpenAi<'a> {
    /// The provider of a service.
    pub fn new(service: &'a Service) -> Self {
        Self { service }
    }

    /// Sends the chat. An answer is a success; what is none has become an error.
    fn ask(&self, chat: &Chat, stream: bool) -> Result<Incoming, ProviderError> {
        let body = Body::new(self.service, chat, stream);
        let body = serde_json::to_vec(&body)
            .map_err(|error| ProviderError::Malformed { detail: format!("the request is no JSON: {error}") })?;
        let accept = if stream { "text/event-stream" } else { "application/json" };
        let mut headers = vec![("Accept", accept.to_owned())];
        if !self.service.api_key.is_empty() {
            headers.push(("Authorization", format!("Bearer {}", self.service.api_key)));
        }
        if !self.service.org_id.is_empty() {
            headers.push(("OpenAI-Organization", self.service.org_id.clone()));
        }
        let url = self.service.url("/v1/chat/completions");
        let mut incoming = http::post(url, headers, body, self.service.streaming_timeout())?;
        match incoming.status() {
            200..=299 => Ok(incoming),
            status => {
                let wait = retry_after(&incoming);
                // Its text would be nice to have; the status is what counts.
                let problem = incoming.read_all(MAX_PROBLEM).unwrap_or_default();
                Err(ProviderError::answered(status, wait, Problem::read(&problem)))
            }
        }
    }

    fn complete_at_once(&self, chat: &Chat) -> Result<Answer, ProviderError> {
        whole(&mut self.ask(chat, false)?)
    }

    fn stream_pieces(&self, chat: &Chat, sink: Sink<'_>) -> Result<Answer, ProviderError> {
        let mut incoming = self.ask(chat, true)?;
        // Some servers do not know how to stream, and answer at once.
        if incoming.header("Content-Type").is_some_and(|kind| kind.starts_with("application/json")) {
            let answer = whole(&mut incoming)?;
            sink(Event::Text(answer.text.clone()))?;
            return Ok(answer);
        }
        let mut parts = Parts::default();
        let done = sse::read(&mut incoming, |data| {
            if data.trim() == DONE {
                return Ok(true);
            }
            let chunk: Chunk = serde_json::from_str(data)
                .map_err(|error| ProviderError::Malformed { detail: format!("an event of the stream: {error}") })?;
            for event in parts.take(chunk)? {
                sink(event)?;
            }
            Ok(false)
        })?;
        // Without the mark of the end, only a reason for it says that this was all.
        if !done && !parts.has_ended() {
            let detail = format!("the stream ended after {} characters, without its mark of the end", parts.length());
            return Err(ProviderError::Truncated { detail });
        }
        parts.answer()
    }
}

impl Provider for OpenAi<'_> {
    fn complete(&self, chat: &Chat) -> Result<Answer, ProviderError> {
        self.complete_at_once(chat).map_err(|error| error.without(&self.service.api_key))
    }

    fn stream(&self, chat: &Chat, sink: Sink<'_>) -> Result<Answer, ProviderError> {
        self.stream_pieces(chat, sink).map_err(|error| error.without(&self.service.api_key))
    }
}

fn whole(incoming: &mut Incoming) -> Result<Answer, ProviderError> {
    let body = incoming.read_all(MAX_ANSWER)?;
    let completion: Completion = serde_json::from_slice(&body).map_err(|error| {
        // What ends too early is told from what makes no sense.
        let detail = format!("{error}, in {} bytes", body.len());
        if error.is_eof() { ProviderError::Truncated { detail } } else { ProviderError::Malformed { detail } }
    })?;
    completion.answer()
}

/// `Retry-After` in seconds or as a date, or `retry-after-ms`.
fn retry_after(incoming: &Incoming) -> Option<Duration> {
    if let Some(milliseconds) = incoming.header("retry-after-ms").and_then(|text| text.trim().parse().ok()) {
        return Some(Duration::from_millis(milliseconds));
    }
    let text = incoming.header("Retry-After")?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = httpdate::parse_http_date(text).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(date.saturating_sub(Duration::from_millis(u64::try_from(time::now_ms()).unwrap_or_default())))
}

impl From<&str> for Finish {
    fn from(reason: &str) -> Self {
        if reason == "length" { Self::Length } else { Self::Stop }
    }
}
