//! Personal access tokens.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::{AppError, is_valid_id, json};

/// A token that logs its owner in without a password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct UserAccessToken {
    /// Id, for lists and for revoking.
    pub id: String,
    /// The secret, 26 characters; only in the answer of the create call.
    #[serde(skip_serializing_if = "json::is_default")]
    pub token: String,
    /// The owner.
    #[component(name = "user-id")]
    pub user_id: String,
    /// What it is for; at most 255 bytes.
    pub description: String,
    /// A disabled token starts no session.
    #[component(name = "is-active")]
    pub is_active: bool,
    /// Time of expiry; 0 is never.
    #[component(name = "expires-at")]
    pub expires_at: i64,
    /// Fields of later minor versions.
    #[serde(skip)]
    pub extra: String,
}

impl UserAccessToken {
    /// Checks what is stored.
    ///
    /// # Errors
    ///
    /// `model.user_access_token.is_valid.…` (400) naming the field.
    pub fn is_valid(&self) -> Result<(), AppError> {
        let field = if !is_valid_id(&self.id) {
            "id"
        } else if self.token.len() != crate::ID_LENGTH {
            "token"
        } else if !is_valid_id(&self.user_id) {
            "user_id"
        } else if self.description.len() > 255 {
            "description"
        } else {
            return Ok(());
        };
        let id = format!("model.user_access_token.is_valid.{field}.app_error");
        Err(AppError::new("UserAccessToken.IsValid", &id, 400, format!("The token's `{field}` is not valid.")))
    }
}
