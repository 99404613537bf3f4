//! A completion request, checked as it comes in.

use serde::Deserialize;
use serde_json::Value;

use crate::{
    chat::{Message, Role},
    completion::{Asker, Question},
    failure::Failure,
    roster::is_id,
};

/// The body of a completion request.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CompletionRequest {
    posts: Vec<WirePost>,
    max_generated_tokens: Option<u32>,
    json_output_format: Option<Value>,
    user_id: String,
    channel_id: String,
    allowed_tools: Vec<Value>,
    operation: String,
    operation_subtype: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WirePost {
    role: String,
    message: String,
    file_ids: Vec<String>,
}

impl CompletionRequest {
    /// What is asked, and in whose name. Operation and subtype are given names where they have none.
    pub fn check(self, plugin_id: &str, operation: &str, subtype: &str) -> Result<Question, Failure> {
        for (name, id) in [("user_id", &self.user_id), ("channel_id", &self.channel_id)] {
            if !id.is_empty() {
                checked_id(name, id)?;
            }
        }
        if self.posts.is_empty() {
            return Err(Failure::BadRequest("posts must not be empty".to_owned()));
        }
        if !self.allowed_tools.is_empty() {
            return Err(Failure::BadRequest("allowed_tools: the agent has its tools switched off".to_owned()));
        }
        if self.json_output_format.as_ref().is_some_and(|schema| !schema.is_object()) {
            return Err(Failure::BadRequest("json_output_format must be a JSON Schema object".to_owned()));
        }
        let named = |own: String, other: &str| if own.is_empty() { other.to_owned() } else { own };
        Ok(Question {
            messages: self.posts.into_iter().map(message).collect::<Result<_, _>>()?,
            max_output_tokens: self.max_generated_tokens,
            schema: self.json_output_format,
            asker: Asker {
                plugin_id: plugin_id.to_owned(),
                user_id: self.user_id,
                channel_id: self.channel_id,
                operation: named(self.operation, operation),
                subtype: named(self.operation_subtype, subtype),
            },
        })
    }
}

fn message(post: WirePost) -> Result<Message, Failure> {
    if !post.file_ids.is_empty() {
        let text = format!("file_ids: this version reads no files, and {} are named", post.file_ids.len());
        return Err(Failure::BadRequest(text));
    }
    let role = match &*post.role {
        "system" => Role::System,
        "user" => Role::User,
        "assistant" | "bot" => Role::Assistant,
        other => {
            let text = format!("role must be user, assistant, bot or system, not `{other}`");
            return Err(Failure::BadRequest(text));
        }
    };
    Ok(Message::new(role, post.message))
}

/// An id, where it is one.
pub fn checked_id<'a>(name: &str, id: &'a str) -> Result<&'a str, Failure> {
    if is_id(id) {
        return Ok(id);
    }
    Err(Failure::BadRequest(format!("{name} must be 26 letters and digits")))
}
