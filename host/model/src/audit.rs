//! Who did what: records of the audit log.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::json;

/// One act.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct AuditRecord {
    /// Name of the act.
    #[component(name = "event-name")]
    pub event_name: String,
    /// `success`, `attempt` or `fail`.
    pub status: String,
    /// What changed.
    pub event: AuditEventData,
    /// Who did it.
    pub actor: AuditEventActor,
    /// Anything else.
    #[serde(with = "json::object")]
    pub meta: String,
    /// Why it failed.
    pub error: AuditEventError,
}

/// What changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct AuditEventData {
    /// What was asked.
    #[serde(with = "json::object")]
    pub parameters: String,
    /// Before.
    #[component(name = "prior-state")]
    #[serde(with = "json::object")]
    pub prior_state: String,
    /// After.
    #[component(name = "resulting-state")]
    #[serde(with = "json::object")]
    pub resulting_state: String,
    /// Kind of thing, like `post`.
    #[component(name = "object-type")]
    pub object_type: String,
}

/// Who did it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct AuditEventActor {
    /// User.
    #[component(name = "user-id")]
    pub user_id: String,
    /// Session.
    #[component(name = "session-id")]
    pub session_id: String,
    /// Client.
    pub client: String,
    /// Address of the client.
    #[component(name = "ip-address")]
    pub ip_address: String,
    /// Addresses of the proxies between.
    #[component(name = "x-forwarded-for")]
    pub x_forwarded_for: String,
}

/// Why it failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct AuditEventError {
    /// Text.
    #[serde(skip_serializing_if = "json::is_default")]
    pub description: String,
    /// HTTP status.
    #[component(name = "status-code")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub status_code: i32,
}

/// How important a record is: 100 is `audit-api`, 101 `audit-content`, 102 `audit-permissions`, 103 `audit-cli`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct LogLevel {
    /// The level.
    pub id: i32,
    /// What a level with another number is called; may be empty.
    pub name: String,
}

/// One line of what users did through the API: Mattermost's `Audit`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Audit {
    /// Id.
    pub id: String,
    /// When.
    pub create_at: i64,
    /// Who; empty before a login.
    pub user_id: String,
    /// What was asked: the path of the route.
    pub action: String,
    /// How it ended.
    pub extra_info: String,
    /// From where.
    pub ip_address: String,
    /// In which session.
    pub session_id: String,
}
