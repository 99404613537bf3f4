//! Roles: named sets of permissions.

use serde::{Deserialize, Serialize};

/// A named set of permissions. Users, team memberships and channel memberships carry the names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Role {
    /// Id; filled on create.
    pub id: String,
    /// 1 to 64 bytes of `a-z 0-9 _ .`; unique.
    pub name: String,
    /// 1 to 128 bytes.
    pub display_name: String,
    /// At most 1024 bytes.
    pub description: String,
    /// Time of creation.
    pub create_at: i64,
    /// Time of the last change.
    pub update_at: i64,
    /// Time of deletion; 0 when live.
    pub delete_at: i64,
    /// Ids of permissions.
    pub permissions: Vec<String>,
    /// Owned by a scheme: it follows from a membership's flags and is not handed out by name.
    pub scheme_managed: bool,
    /// Shipped with the server.
    pub built_in: bool,
}

/// A change of a role; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RolePatch {
    /// All permissions that the role shall have.
    pub permissions: Option<Vec<String>>,
}
