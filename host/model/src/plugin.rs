//! Plugin status, as `GET /api/v4/plugins/statuses` shows it.

use serde::{Deserialize, Serialize};
use serde_repr::{Deserialize_repr, Serialize_repr};

/// Mattermost's plugin states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize_repr, Deserialize_repr)]
#[repr(i32)]
pub enum PluginState {
    /// Installed, not running.
    #[default]
    NotRunning = 0,
    /// Not used.
    Starting = 1,
    /// Its hooks are called.
    Running = 2,
    /// Activation failed; see the error.
    FailedToStart = 3,
    /// Disabled after too many faults.
    FailedToStayRunning = 4,
    /// Not used.
    Stopping = 5,
}

/// Mattermost's `PluginStatus`: one plugin on one node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PluginStatus {
    /// The plugin.
    pub plugin_id: String,
    /// The node; empty without a cluster.
    pub cluster_id: String,
    /// Where the installed copy lies.
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
