//! Login sessions.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::{AppError, ID_LENGTH, StringMap, is_valid_id, json};

const ROLES_MAX_BYTES: usize = 256;

/// A login session. The token is never handed to a plugin in a hook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct Session {
    /// Id of the session.
    pub id: String,
    /// Bearer secret of 26 characters: a password.
    pub token: String,
    /// Time of creation.
    #[component(name = "create-at")]
    pub create_at: i64,
    /// Time of expiry; 0 is never.
    #[component(name = "expires-at")]
    pub expires_at: i64,
    /// Time of the last request.
    #[component(name = "last-activity-at")]
    pub last_activity_at: i64,
    /// Whose session it is.
    #[component(name = "user-id")]
    pub user_id: String,
    /// Device token of a mobile session.
    #[component(name = "device-id")]
    pub device_id: String,
    /// System roles, copied at login.
    pub roles: String,
    /// Made by an OAuth grant.
    #[component(name = "is-oauth")]
    pub is_oauth: bool,
    /// The expiry notice has been sent.
    #[component(name = "expired-notify")]
    pub expired_notify: bool,
    /// Known keys include `platform`, `os`, `browser`, `type`, `csrf`, `is_bot`.
    #[serde(with = "json::map")]
    pub props: StringMap,
    /// Fields of later minor versions.
    #[serde(skip)]
    pub extra: String,
}

impl Session {
    /// Checks what is stored.
    ///
    /// # Errors
    ///
    /// `model.session.is_valid.…` (400) naming the field.
    pub fn is_valid(&self) -> Result<(), AppError> {
        let field = if !is_valid_id(&self.id) {
            "id"
        } else if self.token.len() != ID_LENGTH {
            // A shorter one can be guessed, a longer one is cut before it is looked up.
            "token"
        } else if !is_valid_id(&self.user_id) {
            "user_id"
        } else if self.create_at == 0 {
            "create_at"
        } else if self.roles.len() > ROLES_MAX_BYTES {
            "roles_limit"
        } else {
            return Ok(());
        };
        let id = format!("model.session.is_valid.{field}.app_error");
        Err(AppError::new("Session.IsValid", &id, 400, format!("The session's `{field}` is not valid.")))
    }
}
