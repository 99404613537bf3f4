//! `plugin.Context`: where a hook call comes from.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

/// Mattermost's `plugin.Context`: where a hook call comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct PluginContext {
    /// The session that caused the call; empty for system actions.
    #[component(name = "session-id")]
    pub session_id: String,
    /// Id of the request; the same along hook, API call, bridge and nested hook.
    #[component(name = "request-id")]
    pub request_id: String,
    /// Address of the client.
    #[component(name = "ip-address")]
    pub ip_address: String,
    /// `Accept-Language` of the client.
    #[component(name = "accept-language")]
    pub accept_language: String,
    /// `User-Agent` of the client.
    #[component(name = "user-agent")]
    pub user_agent: String,
    /// Websocket connection named by the `Connection-Id` header.
    #[component(name = "connection-id")]
    pub connection_id: String,
    /// The user who started the chain; empty for system actions.
    #[component(name = "user-id")]
    pub user_id: String,
    /// The plugin whose API call led here; empty when a client did.
    #[component(name = "source-plugin-id")]
    pub source_plugin_id: String,
    /// Fields of later minor versions.
    #[serde(skip)]
    pub extra: String,
}
