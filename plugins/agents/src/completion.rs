//! Asks a model in somebody's name: limits before, tokens counted after.

use serde_json::Value;

use crate::{
    chat::{Answer, Chat, Finish, Message, Usage},
    config::{Agent, Config, Service},
    failure::Failure,
    provider::{self, ProviderError, Sink},
    usage::{self, Spent},
};

/// Characters that make a token, about, in the languages that models know best.
const CHARACTERS_PER_TOKEN: usize = 4;

/// What is asked.
#[derive(Debug, Default)]
pub struct Question {
    /// The turns so far.
    pub messages: Vec<Message>,
    /// Most tokens of the answer, where the caller wants fewer than the service allows.
    pub max_output_tokens: Option<u32>,
    /// JSON Schema of the answer.
    pub schema: Option<Value>,
    /// In whose name.
    pub asker: Asker,
}

/// Who asks, and what for.
#[derive(Clone, Debug, Default)]
pub struct Asker {
    /// The calling plugin.
    pub plugin_id: String,
    /// The user, or nobody.
    pub user_id: String,
    /// The channel that it is about, or none.
    pub channel_id: String,
    /// What the tokens are counted under.
    pub operation: String,
    /// A part of that.
    pub subtype: String,
}

/// Who is asked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The agent, where one was named.
    pub agent: Option<&'a Agent>,
    /// The service.
    pub service: &'a Service,
}

impl<'a> Asked<'a> {
    /// An agent, and the service behind it.
    pub fn agent(config: &'a Config, agent: &'a Agent) -> Result<Self, Failure> {
        let service = config.services.iter().find(|service| service.id == agent.service_id).ok_or_else(|| {
            let detail =
                format!("the agent `{}` has no service: there is none of id `{}`", agent.name, agent.service_id);
            ProviderError::Misconfigured { service: agent.service_id.clone(), detail }
        })?;
        Ok(Self { agent: Some(agent), service })
    }

    fn model(&self) -> &'a str {
        let own = self.agent.map(|agent| agent.model.as_str()).filter(|model| !model.is_empty());
        own.unwrap_or(&self.service.default_model)
    }
}

/// Has a question answered at once.
pub fn complete(config: &Config, asked: Asked<'_>, question: &Question) -> Result<Answer, Failure> {
    ask(config, asked, question, None)
}

/// Has a question answered piece by piece.
pub fn stream(config: &Config, asked: Asked<'_>, question: &Question, sink: Sink<'_>) -> Result<Answer, Failure> {
    ask(config, asked, question, Some(sink))
}

fn ask(config: &Config, asked: Asked<'_>, question: &Question, sink: Option<Sink<'_>>) -> Result<Answer, Failure> {
    let (service, chat) = (asked.service, chat(asked, question)?);
    let input = estimated(chat.messages.iter().map(|message| message.content.as_str()));
    if service.token_limit > 0 && input > service.token_limit {
        let most = service.token_limit;
        let detail = format!("about {input} tokens, and `tokenLimit` of the service `{}` is {most}", service.name);
        return Err(ProviderError::ContextTooLong { detail }.into());
    }
    let provider = provider::of(service)?;
    let answered = match sink {
        Some(sink) => provider.stream(&chat, sink),
        None => provider.complete(&chat),
    };
    let answer = answered.inspect_err(|error| usage::failed(asked, &chat.model, &question.asker, error))?;
    let counted = answer.usage.unwrap_or_else(|| Usage {
        input_tokens: input,
        output_tokens: estimated([answer.text.as_str()]),
        ..Usage::default()
    });
    let spent = Spent { usage: counted, is_estimated: answer.usage.is_none() };
    usage::spent(config, asked, &chat.model, &question.asker, spent);
    Ok(answer)
}

fn chat(asked: Asked<'_>, question: &Question) -> Result<Chat, ProviderError> {
    let service = asked.service;
    if asked.model().is_empty() {
        return Err(service.misconfigured("neither it nor the agent names a model: set `defaultModel`"));
    }
    Ok(Chat {
        messages: question.messages.clone(),
        model: asked.model().to_owned(),
        max_output_tokens: service.output_tokens(question.max_output_tokens),
        schema: question.schema.clone(),
        user: Some(question.asker.user_id.clone()).filter(|id| service.send_user_id && !id.is_empty()),
    })
}

fn estimated<'a>(texts: impl IntoIterator<Item = &'a str>) -> u64 {
    let characters: usize = texts.into_iter().map(|text| text.chars().count()).sum();
    u64::try_from(characters.div_ceil(CHARACTERS_PER_TOKEN)).unwrap_or(u64::MAX)
}

/// The JSON of an answer that was to be JSON. Some models put a fence around it.
pub fn json(answer: &Answer) -> Result<Value, ProviderError> {
    serde_json::from_str(unfenced(&answer.text)).map_err(|error| {
        let cut = answer.finish == Finish::Length;
        let detail = format!("the model's text is not the JSON that was asked for: {error}");
        if cut {
            ProviderError::Truncated { detail: format!("{detail}; the limit of output tokens is reached") }
        } else {
            ProviderError::Malformed { detail }
        }
    })
}

/// A text without the fence of a code block around it.
pub fn unfenced(text: &str) -> &str {
    let text = text.trim();
    let inner = text.strip_prefix("```").and_then(|text| text.strip_suffix("```"));
    inner.and_then(|inner| inner.split_once('\n')).map_or(text, |(_language, inner)| inner.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_around_json_is_taken_away() {
        for text in ["{\"a\":1}", "```json\n{\"a\":1}\n```", "  ```\n{\"a\":1}```\n"] {
            assert_eq!(json(&Answer { text: text.into(), ..Answer::default() }).unwrap(), serde_json::json!({"a": 1}));
        }
    }

    #[test]
    fn json_that_was_cut_by_the_limit_says_so() {
        let answer = Answer { text: "{\"a\":".into(), finish: Finish::Length, usage: None };
        assert_eq!(json(&answer).unwrap_err().code(), "truncated");
        let answer = Answer { text: "Sure! Here you are".into(), ..answer };
        assert_eq!(json(&Answer { finish: Finish::Stop, ..answer }).unwrap_err().code(), "malformed");
    }

    #[test]
    fn tokens_are_estimated_by_characters() {
        assert_eq!(estimated(["été", "x"]), 1);
        assert_eq!(estimated(["12345"]), 2);
    }
}
