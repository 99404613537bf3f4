//! How an account logs in.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::json;

/// The login provider of an account, where that is no password of this server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct UserAuth {
    /// Id at the provider; absent or empty is stored as absent. At most 128 bytes, unique.
    #[component(name = "auth-data")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub auth_data: Option<String>,
    /// The provider, like `ldap`, `saml` or `gitlab`; empty for e-mail and password.
    #[component(name = "auth-service")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub auth_service: String,
}
