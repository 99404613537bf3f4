//! Custom emoji.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::{AppError, ID_LENGTH, is_system_emoji, is_valid_emoji_name, is_valid_id};

/// An emoji that users of this server made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct Emoji {
    /// Id.
    pub id: String,
    /// Time of creation.
    #[component(name = "create-at")]
    pub create_at: i64,
    /// Time of the last change.
    #[component(name = "update-at")]
    pub update_at: i64,
    /// Time of deletion; 0 when live.
    #[component(name = "delete-at")]
    pub delete_at: i64,
    /// Who made it.
    #[component(name = "creator-id")]
    pub creator_id: String,
    /// 1 to 64 bytes of letters, digits, `-`, `+` and `_`; no system emoji has it.
    pub name: String,
}

impl Emoji {
    /// Mattermost's `Emoji.IsValid`.
    ///
    /// # Errors
    ///
    /// 400 `model.emoji.…` for the first rule that is broken.
    pub fn is_valid(&self) -> Result<(), AppError> {
        let rules = [
            (is_valid_id(&self.id), "id", "The id is not valid."),
            (self.create_at != 0, "create_at", "The emoji has no time of creation."),
            (self.update_at != 0, "update_at", "The emoji has no time of change."),
            (self.creator_id.len() <= ID_LENGTH, "user_id", "The creator's id is not valid."),
            (is_valid_emoji_name(&self.name), "name", "An emoji's name has 1 to 64 letters, digits, `-`, `+` and `_`."),
            (!is_system_emoji(&self.name), "system_emoji_name", "Every client has an emoji of this name already."),
        ];
        let broken = rules.into_iter().find(|(holds, ..)| !holds);
        broken.map_or(Ok(()), |(_, field, message)| {
            Err(AppError::new("Emoji.IsValid", &format!("model.emoji.{field}.app_error"), 400, message))
        })
    }
}
