//! Plugin status, as `GET /api/v4/plugins/statuses` shows it.

use serde::{Deserialize, Serialize};
use serde_repr::{Deserialize_repr, Serialize_repr};
use wasmtime::component::{ComponentType, Lift, Lower};

/// Mattermost's plugin states: their places are its numbers, from 0.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize_repr, Deserialize_repr, ComponentType, Lift, Lower,
)]
#[component(enum)]
#[repr(u8)]
pub enum PluginState {
    /// Installed, not running.
    #[default]
    #[component(name = "not-running")]
    NotRunning,
    /// Not used.
    #[component(name = "starting")]
    Starting,
    /// Its hooks are called.
    #[component(name = "running")]
    Running,
    /// Activation failed; see the error.
    #[component(name = "failed-to-start")]
    FailedToStart,
    /// Disabled after too many faults.
    #[component(name = "failed-to-stay-running")]
    FailedToStayRunning,
    /// Not used.
    #[component(name = "stopping")]
    Stopping,
}

/// Mattermost's `PluginStatus`: one plugin on one node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct PluginStatus {
    /// The plugin.
    #[component(name = "plugin-id")]
    pub plugin_id: String,
    /// The node; empty without a cluster.
    #[component(name = "cluster-id")]
    pub cluster_id: String,
    /// Where the installed copy lies.
    #[component(name = "plugin-path")]
    pub plugin_path: String,
    /// State on this node.
    pub state: PluginState,
    /// Last activation error or fault.
    pub error: String,
    /// From the manifest.
    pub name: String,
    /// From the manifest.
    pub description: String,
    /// From the manifest.
    pub version: String,
}

/// Who installed a plugin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct OnInstallEvent {
    /// User; may be empty.
    #[component(name = "user-id")]
    #[serde(rename = "UserId")]
    pub user_id: String,
}

/// A file for the support packet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct FileData {
    /// Name inside the packet.
    #[serde(rename = "Filename")]
    pub filename: String,
    /// Content.
    #[serde(rename = "Body")]
    pub body: Vec<u8>,
}
