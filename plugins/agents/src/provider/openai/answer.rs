//! What comes back: at once, or in pieces. Servers that are compatible differ in what they leave out, so
//! nearly everything may be absent.

use serde::Deserialize;
use serde_json::Value;

use crate::{
    chat::{Answer, Event, Finish, Usage},
    provider::{ProviderError, error::Problem},
};

/// An answer at once.
#[derive(Deserialize)]
pub struct Completion {
    choices: Option<Vec<Choice>>,
    usage: Option<WireUsage>,
    error: Option<Value>,
}

/// A piece of an answer.
#[derive(Deserialize)]
pub struct Chunk {
    choices: Option<Vec<Choice>>,
    usage: Option<WireUsage>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    /// Of an answer at once.
    message: Option<Said>,
    /// Of a piece.
    delta: Option<Said>,
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    content: Option<String>,
    refusal: Option<String>,
    reasoning_content: Option<String>,
    reasoning: Option<String>,
}

#[derive(Deserialize)]
struct WireUsage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    prompt_tokens_details: Option<PromptDetails>,
    completion_tokens_details: Option<CompletionDetails>,
}

#[derive(Deserialize)]
struct PromptDetails {
    cached_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct CompletionDetails {
    reasoning_tokens: Option<u64>,
}

impl From<WireUsage> for Usage {
    fn from(wire: WireUsage) -> Self {
        Self {
            input_tokens: wire.prompt_tokens.unwrap_or_default(),
            output_tokens: wire.completion_tokens.unwrap_or_default(),
            cached_read_tokens: wire
                .prompt_tokens_details
                .and_then(|details| details.cached_tokens)
                .unwrap_or_default(),
            reasoning_tokens: wire
                .completion_tokens_details
                .and_then(|details| details.reasoning_tokens)
                .unwrap_or_default(),
        }
    }
}

impl Completion {
    /// As this plugin sees it.
    pub fn answer(self) -> Result<Answer, ProviderError> {
        let Self { choices, usage, error } = self;
        let choice = choices.and_then(|choices| choices.into_iter().next());
        if choice.is_none() && error.is_none() {
            return Err(ProviderError::Malformed { detail: "it has no choices".to_owned() });
        }
        let mut parts = Parts::default();
        let piece = choice.map(|choice| Choice { delta: choice.message, message: None, ..choice });
        parts.take(Chunk { choices: piece.map(|piece| vec![piece]), usage, error })?;
        parts.answer()
    }
}

/// The pieces so far.
#[derive(Default)]
pub struct Parts {
    text: String,
    refusal: String,
    reasoning: String,
    reasoning_ended: bool,
    finish: Option<String>,
    usage: Option<Usage>,
}

impl Parts {
    /// Takes a piece in; what there is to show of it.
    pub fn take(&mut self, chunk: Chunk) -> Result<Vec<Event>, ProviderError> {
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            return Err(ProviderError::inside(Problem::of(&error)));
        }
        if let Some(usage) = chunk.usage {
            self.usage = Some(usage.into());
        }
        let mut events = Vec::new();
        // One answer was asked for; the others, where there are any, are not.
        let Some(choice) = chunk.choices.and_then(|choices| choices.into_iter().next()) else {
            return Ok(events);
        };
        self.finish = choice.finish_reason.or(self.finish.take());
        let Said { content, refusal, reasoning_content, reasoning } = choice.delta.unwrap_or_default();
        let text = |piece: Option<String>| piece.filter(|text| !text.is_empty());
        if let Some(thought) = text(reasoning_content.or(reasoning)) {
            self.reasoning += &thought;
            events.push(Event::Reasoning(thought));
        }
        if let Some(text) = text(content) {
            events.extend(self.end_reasoning());
            self.text += &text;
            events.push(Event::Text(text));
        }
        self.refusal += &refusal.unwrap_or_default();
        Ok(events)
    }

    fn end_reasoning(&mut self) -> Option<Event> {
        if self.reasoning.is_empty() || self.reasoning_ended {
            return None;
        }
        self.reasoning_ended = true;
        Some(Event::ReasoningEnd(self.reasoning.clone()))
    }

    /// Whether the provider has said why it ended.
    pub fn has_ended(&self) -> bool {
        self.finish.is_some()
    }

    /// Characters of the text so far.
    pub fn length(&self) -> usize {
        self.text.chars().count()
    }

    /// The whole answer.
    pub fn answer(self) -> Result<Answer, ProviderError> {
        let finish = self.finish.unwrap_or_default();
        if !self.refusal.is_empty() {
            return Err(ProviderError::Declined { detail: self.refusal });
        }
        if finish == "content_filter" {
            return Err(ProviderError::Declined { detail: "the provider's filter stopped the answer".to_owned() });
        }
        Ok(Answer { text: self.text, usage: self.usage, finish: Finish::from(&*finish) })
    }
}
