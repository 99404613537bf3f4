//! A server with the plugin Agents, whose provider is the test's, and a plugin that asks it.

use serde_json::{Value, json};
use wasmoat_tests::{
    Bundle, Recorder, Reply, Rest, TestServer, guest,
    llm::{Answer, Provider, Question},
    plugin,
};

/// Manifest of the plugin Agents.
const MANIFEST: &str = include_str!("../../../plugins/agents/plugin.json");

/// Id of the plugin Agents.
pub const AGENTS: &str = "mattermost-ai";

/// One server.
pub struct House {
    pub server: TestServer,
    pub admin: Rest,
    pub provider: Provider,
    /// A plugin that may call every other one.
    pub caller: Recorder,
}

impl House {
    /// One whose provider answers as the test says.
    pub async fn open(answer: impl Fn(&Question) -> Answer + Send + Sync + 'static) -> Self {
        let provider = Provider::start(answer);
        let server = TestServer::start().await;
        let admin = server.admin().await;
        admin.upload("agents.tar.gz", agents(&[&provider.url()]), false).await.ok();
        let house = Self { caller: caller(&admin).await, server, admin, provider };
        house.configure(json!({})).await;
        house.admin.post(&format!("/api/v4/plugins/{AGENTS}/enable"), &json!({})).await.ok();
        house
    }

    /// The usual settings: one service, the agent `helper` for everybody and `secret` for nobody.
    pub async fn configure(&self, service: Value) {
        let mut main = json!({
            "id": "main", "name": "Main", "type": "openaicompatible", "apiURL": self.provider.url(),
            "defaultModel": "m", "outputTokenLimit": 1000,
        });
        main.as_object_mut().unwrap().extend(service.as_object().unwrap().clone());
        let config = json!({
            "services": [main],
            "bots": [
                {"id": "1", "name": "helper", "displayName": "Helper", "serviceID": "main"},
                {"id": "2", "name": "secret", "displayName": "Secret", "serviceID": "main", "userAccessLevel": 3},
            ],
            "defaultBotName": "helper",
            "enableTokenUsageLogging": true,
        });
        self.admin.configure(AGENTS, json!({"config": config, "apiKeys": r#"{"main": "sk-secret"}"#})).await;
    }

    /// Sets limits of the plugin Agents.
    pub async fn limit(&self, limits: Value) {
        let patch = json!({"PluginSettings": {"Wasmoat": {"Plugins": {AGENTS: limits}}}});
        self.admin.put("/api/v4/config/patch", &patch).await.ok();
    }

    /// A call over the bridge.
    pub async fn call(&self, endpoint: &str, request: &Value, response_schema: Option<&Value>) -> Result<Value, Value> {
        let arguments = json!({
            "target_plugin_id": AGENTS, "endpoint": endpoint, "request": bytes(&request.to_string()),
            "response_schema": response_schema.map(Value::to_string),
        });
        let Reply { status, body, .. } = self.caller.api("bridge.call-plugin", arguments).await;
        match status.as_u16() {
            200 => Ok(serde_json::from_str(&text(&body)).unwrap()),
            422 => Err(body),
            _ => panic!("{status}: {body}"),
        }
    }

    /// A request to Mattermost's interface between plugins: status and body.
    pub async fn http(&self, method: &str, path: &str, body: &Value) -> (u64, String) {
        let request = json!({
            "method": method, "url": format!("/{AGENTS}/bridge/v1{path}"), "body": bytes(&body.to_string()),
        });
        let answer = self.caller.api("http.plugin-http", json!({"request": request})).await.ok();
        (answer["status"].as_u64().unwrap(), text(&answer["body"]))
    }

    /// Id of an agent's account.
    pub async fn agent(&self, name: &str) -> String {
        let user = self.admin.get(&format!("/api/v4/users/username/{name}")).await.ok();
        user["id"].as_str().unwrap().to_owned()
    }
}

async fn caller(admin: &Rest) -> Recorder {
    let manifest = json!({
        "id": "caller", "name": "Caller", "version": "1.0.0", "server": {"executable": "plugin.wasm"},
        "wasmoat": {"plugins": {"*": "To ask whom the test asks."}},
    });
    let bundle = Bundle::default().file("plugin.json", manifest.to_string().as_bytes());
    Recorder::install_bundle(admin, "caller", bundle.file("plugin.wasm", &guest("recorder")).finish()).await
}

/// The plugin Agents with these hosts beside its own: what an admin allows when a service is set up.
pub fn agents(hosts: &[&str]) -> Vec<u8> {
    let mut manifest: Value = serde_json::from_str(MANIFEST).unwrap();
    manifest["server"] = json!({"executable": "plugin.wasm"});
    for host in hosts {
        manifest["wasmoat"]["hosts"][*host] = json!("The test's provider.");
    }
    let bundle = Bundle::default().file("plugin.json", manifest.to_string().as_bytes());
    bundle.file("plugin.wasm", &plugin("agents")).finish()
}

fn bytes(text: &str) -> Value {
    text.bytes().collect()
}

/// Bytes, as JSON has them, as a text.
fn text(bytes: &Value) -> String {
    let bytes: Vec<u8> = serde_json::from_value(bytes.clone()).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// A question.
pub fn chat() -> Value {
    json!({"messages": [{"role": "user", "content": "Hello?"}]})
}
