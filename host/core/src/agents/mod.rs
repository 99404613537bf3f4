//! What the server does with the plugin Agents: lists for clients, and the rewriting of drafts. The models
//! are the plugin's business; it is called over the bridge, in the name of the user.

mod rewrite;

pub use rewrite::Rewrite;

use semver::Version;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use wasmoat_model::AppError;
use wasmoat_runtime::{BridgeCall, CallContext};

use crate::{Core, bridge::bridge_app_error};

/// The plugin.
const PLUGIN_ID: &str = "mattermost-ai";

/// The first version of it that can be called.
const LEAST_VERSION: Version = Version::new(1, 5, 0);

/// An agent, for clients.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BridgeAgent {
    /// Id of its account.
    pub id: String,
    /// Name that is shown.
    #[serde(rename = "displayName")]
    pub display_name: String,
    /// Username of its account.
    pub username: String,
    /// Id of its service.
    pub service_id: String,
    /// Protocol of its service.
    pub service_type: String,
    /// Whether it is meant where none is named.
    #[serde(default)]
    pub is_default: bool,
}

/// A service of models, for clients.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BridgeService {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Protocol.
    #[serde(rename = "type")]
    pub kind: String,
}

/// Whether there are agents to ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgentsStatus {
    /// Whether there are.
    pub available: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
}

#[derive(Deserialize)]
struct AgentList {
    agents: Vec<BridgeAgent>,
}

#[derive(Deserialize)]
struct ServiceList {
    services: Vec<BridgeService>,
}

impl Core {
    /// Whether the plugin can be asked. Reasons are Mattermost's words for clients.
    #[must_use]
    pub fn get_agents_status(&self) -> AgentsStatus {
        let reason = if !self.config.flag("PluginSettings.Enable") {
            Some("app.agents.bridge.not_available.plugin_env_not_initialized")
        } else if !self.runtime.is_active(PLUGIN_ID) {
            Some("app.agents.bridge.not_available.plugin_not_active")
        } else {
            self.agents_version_problem()
        };
        AgentsStatus { available: reason.is_none(), reason }
    }

    fn agents_version_problem(&self) -> Option<&'static str> {
        let registry = self.plugins.registry();
        let Some(plugin) = registry.get(PLUGIN_ID) else {
            return Some("app.agents.bridge.not_available.plugin_not_registered");
        };
        match Version::parse(&plugin.manifest.version) {
            Err(_) => Some("app.agents.bridge.not_available.plugin_version_parse_failed"),
            Ok(version) if version < LEAST_VERSION => Some("app.agents.bridge.not_available.plugin_version_too_old"),
            Ok(_) => None,
        }
    }

    /// The agents that the user of the context may use; none where the plugin cannot be asked.
    ///
    /// # Errors
    ///
    /// 500 where the plugin fails.
    pub async fn get_agents(&self, cx: &CallContext) -> Result<Vec<BridgeAgent>, AppError> {
        if !self.get_agents_status().available {
            return Ok(Vec::new());
        }
        let request = json!({ "user_id": cx.user_id() });
        let list: AgentList = self.ask_agents("GetAgents", cx, "/api/v1/agents", &request, None).await?;
        Ok(list.agents)
    }

    /// The services of these agents.
    ///
    /// # Errors
    ///
    /// 500 where the plugin fails.
    pub async fn get_llm_services(&self, cx: &CallContext) -> Result<Vec<BridgeService>, AppError> {
        if !self.get_agents_status().available {
            return Ok(Vec::new());
        }
        let request = json!({ "user_id": cx.user_id() });
        let list: ServiceList = self.ask_agents("GetLLMServices", cx, "/api/v1/services", &request, None).await?;
        Ok(list.services)
    }

    async fn ask_agents<T: DeserializeOwned>(
        &self,
        place: &'static str,
        cx: &CallContext,
        endpoint: &str,
        request: &Value,
        response_schema: Option<&Value>,
    ) -> Result<T, AppError> {
        let call = BridgeCall {
            target: PLUGIN_ID.to_owned(),
            endpoint: endpoint.to_owned(),
            request: request.to_string().into_bytes(),
            response_schema: response_schema.map(Value::to_string),
        };
        let answer = self.call_plugin_from_core(cx, call).await;
        let answer = answer.map_err(|error| bridge_app_error(place, &error))?;
        serde_json::from_slice(&answer).map_err(|error| {
            let message = "The agent's answer cannot be read.";
            AppError::new(place, "app.agents.parse_failed.app_error", 500, message).detail(error)
        })
    }
}
