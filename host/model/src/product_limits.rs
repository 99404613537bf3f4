//! Limits of a hosted workspace.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::json;

/// Limits of the workspace; a self-hosted one has none unless its operator sets them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct ProductLimits {
    /// Of storage.
    #[serde(skip_serializing_if = "json::is_default")]
    pub files: Option<FilesLimits>,
    /// Of history.
    #[serde(skip_serializing_if = "json::is_default")]
    pub messages: Option<MessagesLimits>,
    /// Of teams.
    #[serde(skip_serializing_if = "json::is_default")]
    pub teams: Option<TeamsLimits>,
}

/// Storage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct FilesLimits {
    /// Bytes.
    #[component(name = "total-storage")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub total_storage: Option<i64>,
}

/// History.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct MessagesLimits {
    /// Messages that can be seen.
    #[serde(skip_serializing_if = "json::is_default")]
    pub history: Option<i32>,
}

/// Teams.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct TeamsLimits {
    /// Active teams.
    #[serde(skip_serializing_if = "json::is_default")]
    pub active: Option<i32>,
}
