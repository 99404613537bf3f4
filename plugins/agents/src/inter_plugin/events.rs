//! A streamed answer, as Mattermost's bridge sends it: server-sent events of `{"Type": n, "Value": v}`.

use serde::Serialize;
use wasmoat::http::Response;

use crate::{
    chat::{Answer, Event},
    failure::Failure,
};

const TEXT: u8 = 0;
const END: u8 = 1;
const ERROR: u8 = 2;
const REASONING: u8 = 4;
const REASONING_END: u8 = 5;
const USAGE: u8 = 7;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct WireEvent<T> {
    r#type: u8,
    value: T,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Reasoning<'a> {
    text: &'a str,
    signature: &'static str,
}

/// Writes events.
#[derive(Debug, Default)]
pub struct EventWriter {
    body: Vec<u8>,
}

impl EventWriter {
    /// A piece of the answer.
    pub fn event(&mut self, event: &Event) {
        match event {
            Event::Text(text) => self.write(TEXT, text),
            Event::Reasoning(text) => self.write(REASONING, text),
            Event::ReasoningEnd(text) => self.write(REASONING_END, Reasoning { text, signature: "" }),
        }
    }

    /// What it cost, and that it was all.
    pub fn end(&mut self, answer: &Answer) {
        if let Some(usage) = answer.usage {
            self.write(USAGE, usage);
        }
        self.write(END, ());
    }

    /// That there is no more, and why.
    pub fn error(&mut self, failure: &Failure) {
        self.write(ERROR, failure.to_string());
    }

    fn write<T: Serialize>(&mut self, r#type: u8, value: T) {
        self.body.extend(b"data: ");
        // Texts and numbers are always JSON.
        if let Ok(json) = serde_json::to_vec(&WireEvent { r#type, value }) {
            self.body.extend(json);
        }
        self.body.extend(b"\n\n");
    }

    /// All of it.
    pub fn response(self) -> Response {
        Response::new(200)
            .header("Content-Type", "text/event-stream")
            .header("Cache-Control", "no-cache")
            .body(self.body)
    }
}
