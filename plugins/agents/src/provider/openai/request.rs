//! What is sent.

use serde::Serialize;
use serde_json::Value;

use crate::{
    chat::{Chat, Message},
    config::{Service, ServiceType},
};

/// Name of a schema, as in Mattermost's plugin.
const SCHEMA_NAME: &str = "response";

/// The body of a request.
#[derive(Serialize)]
pub struct Body<'a> {
    model: &'a str,
    messages: &'a [Message],
    /// The newer name, which reasoning models insist on.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    /// The name that most compatible servers know.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<ResponseFormat<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
}

#[derive(Serialize)]
struct ResponseFormat<'a> {
    r#type: &'static str,
    json_schema: JsonSchema<'a>,
}

#[derive(Serialize)]
struct JsonSchema<'a> {
    name: &'static str,
    strict: bool,
    schema: &'a Value,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

impl<'a> Body<'a> {
    /// A chat, in the service's dialect.
    pub fn new(service: &Service, chat: &'a Chat, stream: bool) -> Self {
        let newer = service.kind == ServiceType::OpenAi;
        let limit = Some(chat.max_output_tokens);
        let format = |schema| ResponseFormat {
            r#type: "json_schema",
            json_schema: JsonSchema { name: SCHEMA_NAME, strict: true, schema },
        };
        Self {
            model: &chat.model,
            messages: &chat.messages,
            max_completion_tokens: limit.filter(|_| newer),
            max_tokens: limit.filter(|_| !newer),
            response_format: chat.schema.as_ref().map(format),
            user: chat.user.as_deref(),
            stream: stream.then_some(true),
            stream_options: stream.then_some(StreamOptions { include_usage: true }),
        }
    }
}
