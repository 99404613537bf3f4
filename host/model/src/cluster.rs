//! What nodes of a cluster tell each other.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

/// An event of a plugin for itself on other nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct PluginClusterEvent {
    /// Name of the event; one without is dropped where it arrives.
    pub id: String,
    /// Anything.
    pub data: Vec<u8>,
}

/// How an event is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct PluginClusterEventSendOptions {
    /// `reliable` or `best_effort`.
    #[component(name = "send-type")]
    pub send_type: String,
    /// One node; empty is all other nodes.
    #[component(name = "target-id")]
    pub target_id: String,
}

/// One node of a cluster, as `GET /api/v4/cluster/status` shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClusterInfo {
    /// Id of the node, until it is started anew.
    pub id: String,
    /// Version of the server.
    pub version: String,
    /// Version of the tables.
    pub schema_version: String,
    /// Changes with the configuration.
    pub config_hash: String,
    /// Address of the node; empty where it is not known.
    pub ipaddress: String,
    /// Name of the machine.
    pub hostname: String,
}
