//! Has a conversation condensed by the plugin Agents.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wasmoat::{Error, Result, bridge, config};

use crate::{conversation::Conversation, task::Task};

/// The plugin that knows the models, and its endpoint.
const AGENTS: &str = "mattermost-ai";
const SUMMARIZE: &str = "/api/v1/summarize";

const MINUTE_MS: i64 = 60_000;

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Summary {
    /// A few sentences.
    pub summary: String,
    /// What mattered most.
    pub highlights: Vec<Item>,
    /// What somebody is to do.
    pub action_items: Vec<Item>,
}

/// A line with the message that it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Item {
    /// The line.
    pub text: String,
    /// Id of the message.
    pub post_id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Settings {
    agent: String,
    instructions: String,
}

#[derive(Serialize)]
struct Request<'a> {
    posts: Vec<Post<'a>>,
    about: &'a str,
    instructions: &'a str,
    agent: &'a str,
    user_id: &'a str,
    channel_id: &'a str,
    operation: &'static str,
    operation_subtype: &'static str,
}

#[derive(Serialize)]
struct Post<'a> {
    id: &'a str,
    username: &'a str,
    time: String,
    message: &'a str,
}

/// The form that the answer must have: the model is held to it, and the server checks it.
pub fn schema() -> Value {
    let items = json!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"text": {"type": "string"}, "post_id": {"type": "string"}},
            "required": ["text", "post_id"],
            "additionalProperties": false,
        },
    });
    json!({
        "type": "object",
        "properties": {"summary": {"type": "string"}, "highlights": items, "action_items": items},
        "required": ["summary", "highlights", "action_items"],
        "additionalProperties": false,
    })
}

/// Asks, in the name of who wanted the digest: the agent's own rules hold for them.
pub fn ask(conversation: &Conversation, task: &Task) -> Result<Summary> {
    let settings: Settings = config::load()?;
    let posts = conversation.said.iter().map(|said| Post {
        id: &said.id,
        username: &said.username,
        time: clock(said.at),
        message: &said.message,
    });
    let request = json!(Request {
        posts: posts.collect(),
        about: &conversation.channel,
        instructions: &settings.instructions,
        agent: &settings.agent,
        user_id: &task.user_id,
        channel_id: &task.channel_id,
        operation: "digest",
        operation_subtype: if task.when.is_some() { "scheduled" } else { "now" },
    });
    let answer = bridge::call_plugin(AGENTS, SUMMARIZE, request.to_string().as_bytes(), Some(&*schema().to_string()))?;
    serde_json::from_slice(&answer).map_err(|source| Error::Json { what: "the summary".into(), source })
}

/// Hour and minute, in UTC.
fn clock(at: i64) -> String {
    let minutes = at.div_euclid(MINUTE_MS);
    format!("{:02}:{:02}", minutes.div_euclid(60).rem_euclid(24), minutes.rem_euclid(60))
}

/// Why there is no digest, for who wanted it.
pub fn told(error: &Error) -> String {
    use bridge::BridgeError as Bridge;
    let reason = match error {
        Error::Bridge(error) => match &**error {
            Bridge::NotFound(_) | Bridge::NotActive(_) | Bridge::NoEndpoint(_) => {
                "the plugin Agents is not there; an administrator can enable it.".to_owned()
            }
            Bridge::Unauthorised(_) => "you may not use the agent here.".to_owned(),
            Bridge::Http(answer) => agents_text(&answer.body).unwrap_or_else(|| format!("{error}.")),
            Bridge::SchemaViolation(_) => "the agent's answer did not have the form of a digest.".to_owned(),
            error => format!("{}.", Error::from(error.clone())),
        },
        error => format!("{error}."),
    };
    format!("There is no digest: {reason}")
}

/// The text of an error that the plugin Agents has answered.
fn agents_text(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.get("message")?.as_str().map(|text| format!("{text}."))
}

#[cfg(test)]
mod tests {
    use super::clock;

    #[test]
    fn the_clock_is_utc() {
        assert_eq!(clock(1_767_225_600_000), "00:00");
        assert_eq!(clock(1_767_225_600_000 + 13 * 3_600_000 + 5 * 60_000 + 59_999), "13:05");
    }
}
