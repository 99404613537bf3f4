//! A streamed answer, as Mattermost's bridge sends it: server-sent events of `{"Type": n, "Value": v}`.

use serde::Serialize;
use wasmoat::{
    Result,
    response_stream::{self, StreamError},
    types::HttpHeader,
};

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

/// Writes events, each as soon as it is there.
#[derive(Debug)]
pub struct EventWriter(());

impl EventWriter {
    /// Begins the answer. Its status is 200 whatever comes: a failure is an event.
    pub fn begin() -> Result<Self> {
        let header = |name: &str, value: &str| HttpHeader { name: name.to_owned(), value: value.to_owned() };
        response_stream::begin(
            200,
            &[header("Content-Type", "text/event-stream"), header("Cache-Control", "no-cache")],
        )?;
        Ok(Self(()))
    }

    /// A piece of the answer.
    pub fn event(&self, event: &Event) -> Result<(), StreamError> {
        match event {
            Event::Text(text) => write(TEXT, text),
            Event::Reasoning(text) => write(REASONING, text),
            Event::ReasoningEnd(text) => write(REASONING_END, Reasoning { text, signature: "" }),
        }
    }

    /// What it cost, and that it was all.
    pub fn end(self, answer: &Answer) -> Result<(), StreamError> {
        if let Some(usage) = answer.usage {
            write(USAGE, usage)?;
        }
        write(END, ())
    }

    /// That there is no more, and why.
    pub fn error(self, failure: &Failure) -> Result<(), StreamError> {
        write(ERROR, failure.to_string())
    }
}

fn write<T: Serialize>(r#type: u8, value: T) -> Result<(), StreamError> {
    // Texts and numbers are always JSON.
    let json = serde_json::to_string(&WireEvent { r#type, value }).unwrap_or_default();
    response_stream::write(format!("data: {json}\n\n").as_bytes())
}
