//! Bots.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::{AppError, is_valid_id, is_valid_username, json};

/// A bot; its user shares the id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct Bot {
    /// Id; empty on create.
    #[component(name = "user-id")]
    pub user_id: String,
    /// Rules of usernames.
    pub username: String,
    /// At most 64 characters; the user's first name.
    #[component(name = "display-name")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub display_name: String,
    /// At most 1024 characters.
    #[serde(skip_serializing_if = "json::is_default")]
    pub description: String,
    /// User or plugin that owns it, 1 to 190 characters.
    #[component(name = "owner-id")]
    pub owner_id: String,
    /// Time of the last icon change.
    #[component(name = "last-icon-update")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub last_icon_update: i64,
    /// Time of creation.
    #[component(name = "create-at")]
    pub create_at: i64,
    /// Time of the last change.
    #[component(name = "update-at")]
    pub update_at: i64,
    /// Time of deactivation; 0 when active.
    #[component(name = "delete-at")]
    pub delete_at: i64,
}

/// A change of a bot; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct BotPatch {
    /// New username.
    pub username: Option<String>,
    /// New display name.
    #[component(name = "display-name")]
    pub display_name: Option<String>,
    /// New description.
    pub description: Option<String>,
}

/// Which bots `get-bots` returns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct BotGetOptions {
    /// Only this owner's; empty is everybody's.
    #[component(name = "owner-id")]
    pub owner_id: String,
    /// Deactivated bots too.
    #[component(name = "include-deleted")]
    pub include_deleted: bool,
    /// Only bots whose owner is deactivated.
    #[component(name = "only-orphaned")]
    pub only_orphaned: bool,
    /// Page, from 0.
    pub page: i32,
    /// Page size.
    #[component(name = "per-page")]
    pub per_page: i32,
}

impl Bot {
    /// Checks what is stored.
    ///
    /// # Errors
    ///
    /// `model.bot.is_valid.…` (400) naming the field.
    pub fn is_valid(&self) -> Result<(), AppError> {
        let field = if !is_valid_id(&self.user_id) {
            "user_id"
        } else if !is_valid_username(&self.username) {
            "username"
        } else if self.display_name.chars().count() > 64 {
            "display_name"
        } else if self.description.chars().count() > 1024 {
            "description"
        } else if self.owner_id.is_empty() || self.owner_id.chars().count() > 190 {
            "creator_id"
        } else if self.create_at == 0 {
            "create_at"
        } else if self.update_at == 0 {
            "update_at"
        } else {
            return Ok(());
        };
        let id = format!("model.bot.is_valid.{field}.app_error");
        Err(AppError::new("Bot.IsValid", &id, 400, format!("The bot's `{field}` is not valid.")))
    }
}
