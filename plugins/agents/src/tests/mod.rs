//! What the plugin does, as the plugins and the server that ask it would say it. The provider follows a
//! script; servers that speak the real format are asked in `tests/llm` and in the acceptance tests.

mod bridge;
mod inter_plugin;
mod operation;
mod settings;

use serde_json::{Value, json};
use wasmoat::{
    testing::{Answer, Platform, calls},
    types::{HttpHeader, TeamMember},
};

use super::*;
use crate::script::{self, Provider};

/// A server with the plugin, two services and three agents:
///
/// - `helper`, on the first service, for everybody;
/// - `private`, on the second, for Ann and for the members of a team, outside of one channel;
/// - `nobodys`, on the second, for nobody.
struct Office {
    platform: Platform,
    provider: Provider,
    plugin: Agents,
    ann: String,
    bob: String,
    carol: String,
    channel: String,
}

fn config(ann: &str, channel: &str) -> Value {
    json!({
        "services": [
            {"id": "s1", "name": "Main", "type": "openaicompatible", "apiURL": "https://llm.example.org/v1/",
             "defaultModel": "small", "tokenLimit": 1000, "outputTokenLimit": "500"},
            {"id": "s2", "name": "Other", "type": "openai", "apiKey": "sk-inline", "defaultModel": "big",
             "sendUserID": true},
        ],
        "bots": [
            {"id": "b1", "name": "helper", "displayName": "Helper", "serviceID": "s1"},
            {"id": "b2", "name": "private", "displayName": "Private", "serviceID": "s2", "model": "bigger",
             "userAccessLevel": 1, "userIDs": [ann], "teamIDs": ["t".repeat(26)],
             "channelAccessLevel": 2, "channelIDs": [channel]},
            {"id": "b3", "name": "nobodys", "displayName": "Nobody's", "serviceID": "s2", "userAccessLevel": 3},
        ],
        "defaultBotName": "helper",
        "enableTokenUsageLogging": true,
    })
}

fn office() -> Office {
    let platform = Platform::of::<Agents>();
    let [ann, bob, carol] = ["ann", "bob", "carol"].map(|name| platform.user(name).id);
    platform.add_team_member(&"t".repeat(26), &carol);
    let channel = platform.add_channel(Channel { team_id: "t".repeat(26), ..Default::default() }).id;
    platform.set_setting("config", config(&ann, &channel));
    platform.set_setting("apiKeys", r#"{"s1": "key-1"}"#);
    platform.on(calls::bots::UpdateBotActive, |_| Ok(Bot::default()));
    platform.on(calls::bots::PatchBot, |_| Ok(Bot::default()));
    let plugin = Agents::default();
    plugin.on_activate().unwrap();
    let provider = Provider::new(&platform);
    Office { platform, provider, plugin, ann, bob, carol, channel }
}

impl Office {
    fn agent(&self, name: &str) -> String {
        wasmoat::users::get_user_by_username(name).unwrap().id
    }

    fn request(&self, method: &str, path: &str, body: &Value) -> HttpResponse {
        let request = HttpRequest {
            method: method.into(),
            url: format!("/bridge/v1{path}"),
            headers: vec![HttpHeader { name: "Mattermost-Plugin-ID".into(), value: "recaps".into() }],
            body: body.to_string().into_bytes(),
            ..HttpRequest::default()
        };
        self.plugin.serve_http(PluginContext::default(), request)
    }

    fn get(&self, path: &str) -> (u16, Value) {
        read(&self.request("GET", path, &Value::Null))
    }

    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        read(&self.request("POST", path, body))
    }

    /// A completion by an agent, at once.
    fn complete(&self, agent: &str, more: &Value) -> (u16, Value) {
        self.post(&format!("/completion/agent/{}/nostream", self.agent(agent)), &question(more))
    }

    /// The events of a streamed one.
    fn stream(&self, agent: &str) -> Vec<Value> {
        self.request("POST", &format!("/completion/agent/{}", self.agent(agent)), &question(&json!({})));
        let streamed = self.platform.take_streamed().unwrap();
        assert_eq!(streamed.status, 200);
        assert!(streamed.headers.iter().any(|header| header.value == "text/event-stream"));
        let events = streamed.pieces.into_iter().map(|piece| String::from_utf8(piece).unwrap());
        let events = events.map(|event| event.strip_prefix("data: ").unwrap().strip_suffix("\n\n").unwrap().to_owned());
        events.map(|event| serde_json::from_str(&event).unwrap()).collect()
    }

    fn call(&self, method: &str, request: &Value, schema: Option<&Value>) -> Result<Value> {
        let ctx = PluginContext { source_plugin_id: "digest".into(), user_id: self.ann.clone(), ..Default::default() };
        let schema = schema.map(Value::to_string);
        let answer = self.plugin.execute_bridge_call(ctx, method.into(), request.to_string().into_bytes(), schema)?;
        Ok(serde_json::from_slice(&answer).unwrap())
    }
}

fn read(response: &HttpResponse) -> (u16, Value) {
    (response.status, serde_json::from_slice(&response.body).unwrap())
}

fn question(more: &Value) -> Value {
    let mut body =
        json!({"posts": [{"role": "system", "message": "Be brief."}, {"role": "user", "message": "Hello?"}]});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// A provider's answer at once.
fn said(text: &str) -> Answer {
    script::json(
        200,
        &json!({
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12},
        }),
    )
}

/// A provider's answer in pieces.
fn streamed(data: &[&str]) -> Answer {
    script::stream(data.iter().map(|data| format!("data: {data}\n\n")))
}
