//! A conversation with a model, whoever offers it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The rules of the conversation.
    System,
    /// A person, or what a person gives.
    User,
    /// The model.
    Assistant,
}

/// One turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// What is said.
    pub content: String,
}

impl Message {
    /// A turn.
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self { role, content: content.into() }
    }
}

/// What a model is asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chat {
    /// The turns so far.
    pub messages: Vec<Message>,
    /// The service's name of the model.
    pub model: String,
    /// Most tokens of the answer.
    pub max_output_tokens: u32,
    /// JSON Schema of the answer, where it is to be JSON.
    pub schema: Option<Value>,
    /// Who asks, where the provider is to know it.
    pub user: Option<String>,
}

/// What comes while a model answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// More of the answer.
    Text(String),
    /// More of what the model thinks before it.
    Reasoning(String),
    /// The model has thought enough: all of it.
    ReasoningEnd(String),
}

/// Tokens that an answer cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Of the conversation.
    pub input_tokens: u64,
    /// Of the answer, with the reasoning.
    pub output_tokens: u64,
    /// Of the conversation, remembered by the provider.
    pub cached_read_tokens: u64,
    /// Of the answer, spent on thinking.
    pub reasoning_tokens: u64,
}

impl Usage {
    /// All that is paid for.
    pub fn total(&self) -> u64 {
        self.input_tokens.saturating_add(self.output_tokens)
    }
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Finish {
    /// The model had no more to say.
    #[default]
    Stop,
    /// It had, but the limit of output tokens was reached.
    Length,
}

/// A whole answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Its text.
    pub text: String,
    /// What it cost; none where the provider does not say.
    pub usage: Option<Usage>,
    /// Why it ended.
    pub finish: Finish,
}
