//! What is offered over the bridge: endpoints that the manifest declares, by the server checked before
//! and after. Where a caller gives a schema for the answer, the model is held to it, and its JSON is the
//! answer.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use wasmoat::{Error, Result, types::PluginContext};

use crate::{
    chat::{Answer, Message, Usage},
    completion::{self, Asked, Asker, Question},
    config::{Agent, Config},
    failure::Failure,
    inter_plugin::{admit, agents_for, no_agent, services_for},
    roster::{Roster, is_id},
    summary::{self, Said},
};

/// Who asks, in whose name, and whom.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    /// Username of an agent, or the id of its account; the default agent where empty.
    agent: String,
    /// In whose name; the user who started the chain of calls where empty.
    user_id: String,
    channel_id: String,
    max_generated_tokens: Option<u32>,
    operation: String,
    operation_subtype: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CompletionRequest {
    messages: Vec<Message>,
    #[serde(flatten)]
    wanted: Wanted,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SummarizeRequest {
    posts: Vec<Said>,
    about: String,
    instructions: String,
    #[serde(flatten)]
    wanted: Wanted,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ListRequest {
    user_id: String,
}

#[derive(Serialize)]
struct Completion {
    completion: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
}

/// Answers a call of another plugin, or of the server.
pub fn call(
    config: &Config,
    ctx: &PluginContext,
    method: &str,
    request: &[u8],
    response_schema: Option<&str>,
) -> Result<Vec<u8>> {
    let schema = response_schema.map(|schema| read(schema.as_bytes(), "response schema")).transpose()?;
    let answer = match method {
        "/api/v1/agents" => list_agents(config, &read(request, "request")?)?,
        "/api/v1/services" => list_services(config, &read(request, "request")?)?,
        "/api/v1/completion" => complete(config, ctx, read(request, "request")?, schema)?,
        "/api/v1/summarize" => summarize(config, ctx, read(request, "request")?, schema)?,
        other => return Err(Error::new(404, "agents.no_endpoint", format!("there is no endpoint `{other}`"))),
    };
    Ok(answer.to_string().into_bytes())
}

fn list_agents(config: &Config, request: &ListRequest) -> Result<Value, Failure> {
    let roster = Roster::load(config)?;
    Ok(json!({"agents": agents_for(config, &roster, &request.user_id)}))
}

fn list_services(config: &Config, request: &ListRequest) -> Result<Value, Failure> {
    Ok(json!({"services": services_for(config, &request.user_id)}))
}

fn complete(
    config: &Config,
    ctx: &PluginContext,
    request: CompletionRequest,
    schema: Option<Value>,
) -> Result<Value, Failure> {
    let has_schema = schema.is_some();
    let answer = ask(config, ctx, request.wanted, "completion", request.messages, schema)?;
    if has_schema {
        return Ok(completion::json(&answer)?);
    }
    Ok(json!(Completion { completion: answer.text, usage: answer.usage }))
}

fn summarize(
    config: &Config,
    ctx: &PluginContext,
    request: SummarizeRequest,
    schema: Option<Value>,
) -> Result<Value, Failure> {
    if request.posts.is_empty() {
        return Err(Failure::BadRequest("posts must not be empty".to_owned()));
    }
    let messages = summary::prompt(&request.posts, &request.about, &request.instructions);
    let schema = schema.unwrap_or_else(summary::schema);
    let answer = ask(config, ctx, request.wanted, "summarize", messages, Some(schema))?;
    Ok(completion::json(&answer)?)
}

fn ask(
    config: &Config,
    ctx: &PluginContext,
    wanted: Wanted,
    subtype: &str,
    messages: Vec<Message>,
    schema: Option<Value>,
) -> Result<Answer, Failure> {
    if messages.is_empty() {
        return Err(Failure::BadRequest("messages must not be empty".to_owned()));
    }
    let user_id = named(wanted.user_id, &ctx.user_id);
    for (name, id) in [("user_id", &user_id), ("channel_id", &wanted.channel_id)] {
        if !id.is_empty() && !is_id(id) {
            return Err(Failure::BadRequest(format!("{name} must be 26 letters and digits")));
        }
    }
    let agent = find_agent(config, &wanted.agent)?;
    admit(agent, &user_id, &wanted.channel_id)?;
    let question = Question {
        messages,
        max_output_tokens: wanted.max_generated_tokens,
        schema,
        asker: Asker {
            plugin_id: ctx.source_plugin_id.clone(),
            user_id,
            channel_id: wanted.channel_id,
            operation: named(wanted.operation, "bridge_agent"),
            subtype: named(wanted.operation_subtype, subtype),
        },
    };
    completion::complete(config, Asked::agent(config, agent)?, &question)
}

fn named(own: String, other: &str) -> String {
    if own.is_empty() { other.to_owned() } else { own }
}

fn find_agent<'a>(config: &'a Config, id_or_name: &str) -> Result<&'a Agent, Failure> {
    if id_or_name.is_empty() {
        return config.default_agent().ok_or_else(|| Failure::NotFound("there is no agent yet".to_owned()));
    }
    if let Some(agent) = config.bots.iter().find(|agent| agent.name == id_or_name) {
        return Ok(agent);
    }
    Roster::load(config)?.agent(id_or_name).ok_or_else(|| no_agent(id_or_name))
}

fn read<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, Failure> {
    serde_json::from_slice(bytes).map_err(|error| Failure::BadRequest(format!("the {what} cannot be read: {error}")))
}
