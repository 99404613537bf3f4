//! Reactions.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::{AppError, is_valid_id};

/// An emoji on a post; the key is user, post and emoji.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct Reaction {
    /// Who reacted.
    #[component(name = "user-id")]
    pub user_id: String,
    /// The post.
    #[component(name = "post-id")]
    pub post_id: String,
    /// 1 to 64 bytes of letters, digits, `-`, `+` and `_`.
    #[component(name = "emoji-name")]
    pub emoji_name: String,
    /// Time of the reaction; 0 on create is now.
    #[component(name = "create-at")]
    pub create_at: i64,
    /// Time of the last change.
    #[component(name = "update-at")]
    pub update_at: i64,
    /// Time of removal; 0 when live.
    #[component(name = "delete-at")]
    pub delete_at: i64,
    /// Set for reactions of another server.
    #[component(name = "remote-id")]
    pub remote_id: Option<String>,
    /// Channel of the post; filled by the server.
    #[component(name = "channel-id")]
    pub channel_id: String,
}

/// Longest name of an emoji, in bytes.
pub const EMOJI_NAME_MAX_LENGTH: usize = 64;

impl Reaction {
    /// Mattermost's `Reaction.IsValid`.
    ///
    /// # Errors
    ///
    /// 400 `model.reaction.is_valid.…` for the first rule that is broken.
    pub fn is_valid(&self) -> Result<(), AppError> {
        let invalid = |field: &str, message: &str| {
            AppError::new("Reaction.IsValid", &format!("model.reaction.is_valid.{field}.app_error"), 400, message)
        };
        if !is_valid_id(&self.user_id) {
            return Err(invalid("user_id", "The user's id is not valid."));
        }
        if !is_valid_id(&self.post_id) {
            return Err(invalid("post_id", "The post's id is not valid."));
        }
        if !is_valid_emoji_name(&self.emoji_name) {
            return Err(invalid("emoji_name", "An emoji's name has 1 to 64 letters, digits, `-`, `+` and `_`."));
        }
        if self.create_at == 0 {
            return Err(invalid("create_at", "The reaction has no time of creation."));
        }
        Ok(())
    }
}

/// 1 to 64 bytes of letters, digits, `-`, `+` and `_`.
#[must_use]
pub fn is_valid_emoji_name(name: &str) -> bool {
    (1..=EMOJI_NAME_MAX_LENGTH).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'_'))
}
