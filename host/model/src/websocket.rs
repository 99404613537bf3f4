//! Websocket routing.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::json;

/// Who gets a websocket event. All empty: everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct WebsocketBroadcast {
    /// Not these users; no effect together with `user-id`.
    #[component(name = "omit-users")]
    #[serde(with = "json::set")]
    pub omit_users: Vec<String>,
    /// Only this user.
    #[component(name = "user-id")]
    pub user_id: String,
    /// Members of this channel.
    #[component(name = "channel-id")]
    pub channel_id: String,
    /// Members of this team.
    #[component(name = "team-id")]
    pub team_id: String,
    /// Only this connection.
    #[component(name = "connection-id")]
    pub connection_id: String,
    /// Not this connection.
    #[component(name = "omit-connection-id")]
    pub omit_connection_id: String,
    /// Only people who are not system admins.
    #[component(name = "contains-sanitized-data")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub contains_sanitized_data: bool,
    /// Only system admins.
    #[component(name = "contains-sensitive-data")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub contains_sensitive_data: bool,
    /// Reliable path between nodes; not in JSON.
    #[component(name = "reliable-cluster-send")]
    #[serde(skip)]
    pub reliable_cluster_send: bool,
}

/// What a client sent over its websocket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct WebSocketRequest {
    /// Sequence number of the client.
    pub seq: i64,
    /// Name of the action; a plugin's own start with `custom_` and its id.
    pub action: String,
    /// Payload; the server adds `remote_addr` and `x_forwarded_for`.
    #[serde(with = "json::object")]
    pub data: String,
    /// Session of the connection.
    #[component(name = "session-id")]
    #[serde(skip)]
    pub session_id: String,
}
