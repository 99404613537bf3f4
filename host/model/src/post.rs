//! Posts and lists of posts.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::{AppError, ID_LENGTH, User, is_valid_id, json};

/// A message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct Post {
    /// Id; must be empty on create.
    pub id: String,
    /// Time of creation; 0 on create is now.
    #[component(name = "create-at")]
    pub create_at: i64,
    /// Time of the last change.
    #[component(name = "update-at")]
    pub update_at: i64,
    /// Time of the last edit; 0 when never edited.
    #[component(name = "edit-at")]
    pub edit_at: i64,
    /// Time of deletion; 0 when live.
    #[component(name = "delete-at")]
    pub delete_at: i64,
    /// Pinned to the channel.
    #[component(name = "is-pinned")]
    pub is_pinned: bool,
    /// The author.
    #[component(name = "user-id")]
    pub user_id: String,
    /// The channel.
    #[component(name = "channel-id")]
    pub channel_id: String,
    /// Root of the thread; empty for a root post.
    #[component(name = "root-id")]
    pub root_id: String,
    /// On a former version: id of the live post.
    #[component(name = "original-id")]
    pub original_id: String,
    /// At most 16383 characters; may be empty when files or attachments are there.
    pub message: String,
    /// Text before the image proxy rewrote it.
    #[component(name = "message-source")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub message_source: String,
    /// Empty for an ordinary message, `custom_…` for a plugin's own, `system_…` for the server's.
    #[component(name = "type")]
    pub r#type: String,
    /// At most 800000 characters.
    #[serde(with = "json::object")]
    pub props: String,
    /// Computed by the server from the message.
    pub hashtags: String,
    /// At most 10 files.
    #[component(name = "file-ids")]
    pub file_ids: Vec<String>,
    /// Chosen by the client: a repeated create within 30 s returns the first post.
    #[component(name = "pending-post-id")]
    pub pending_post_id: String,
    /// Kept by the server.
    #[component(name = "has-reactions")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub has_reactions: bool,
    /// Set for posts of another server.
    #[component(name = "remote-id")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub remote_id: Option<String>,
    /// Replies in the thread; filled for clients.
    #[component(name = "reply-count")]
    pub reply_count: i64,
    /// Time of the last reply; filled for clients.
    #[component(name = "last-reply-at")]
    pub last_reply_at: i64,
    /// Thread participants; filled for clients.
    #[serde(skip_serializing_if = "json::is_default")]
    pub participants: Vec<User>,
    /// The reader follows the thread; filled for clients.
    #[component(name = "is-following")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub is_following: Option<bool>,
    /// Embeds, emojis, files, images and reactions; empty towards plugins.
    #[serde(with = "json::object", skip_serializing_if = "json::is_default")]
    pub metadata: String,
    /// Fields of later minor versions.
    #[serde(skip)]
    pub extra: String,
}

/// Posts with an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct PostList {
    /// Ids of the page, newest first.
    pub order: Vec<String>,
    /// The posts, and the roots of replies among them.
    #[serde(with = "by_id")]
    pub posts: Vec<Post>,
    /// Newer neighbour of the page, or empty.
    #[component(name = "next-post-id")]
    pub next_post_id: String,
    /// Older neighbour of the page, or empty.
    #[component(name = "prev-post-id")]
    pub prev_post_id: String,
    /// More pages follow; only for paged thread reads.
    #[component(name = "has-next")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub has_next: Option<bool>,
    /// 0, or the time before which a plan limit hides posts.
    #[component(name = "first-inaccessible-post-time")]
    pub first_inaccessible_post_time: i64,
}

/// In JSON the posts of a list are an object by id.
pub(crate) mod by_id {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer, ser::SerializeMap};

    use super::Post;

    pub fn serialize<S: Serializer>(posts: &[Post], serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(posts.len()))?;
        for post in posts {
            map.serialize_entry(&post.id, post)?;
        }
        map.end()
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Post>, D::Error> {
        Ok(BTreeMap::<String, Post>::deserialize(deserializer)?.into_values().collect())
    }
}

/// A change of a post; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PostPatch {
    /// Pin or unpin.
    pub is_pinned: Option<bool>,
    /// New text.
    pub message: Option<String>,
    /// New props.
    pub props: Option<serde_json::Map<String, serde_json::Value>>,
    /// New files.
    pub file_ids: Option<Vec<String>>,
    /// Whether there are reactions.
    pub has_reactions: Option<bool>,
}

/// Longest message, in characters.
pub const POST_MESSAGE_MAX_RUNES: usize = 16_383;
/// Longest props, in characters of JSON.
pub const POST_PROPS_MAX_RUNES: usize = 800_000;
/// Longest list of hashtags, in characters.
pub const POST_HASHTAGS_MAX_RUNES: usize = 1000;
/// Longest list of files, in characters of JSON.
pub const POST_FILE_IDS_MAX_RUNES: usize = 300;
/// Longest type, in bytes.
pub const POST_TYPE_MAX_LENGTH: usize = 26;
/// What all types of the server's own posts begin with.
pub const POST_SYSTEM_PREFIX: &str = "system_";
/// What all types of plugins' posts begin with.
pub const POST_CUSTOM_PREFIX: &str = "custom_";
/// Type of a post that one user sees and nobody stores.
pub const POST_EPHEMERAL: &str = "system_ephemeral";

const POST_TYPES: [&str; 35] = [
    "",
    "slack_attachment",
    "me",
    "reminder",
    "burn_on_read",
    "card",
    "add_bot_teams_channels",
    "system_generic",
    "system_join_leave",
    "system_join_channel",
    "system_guest_join_channel",
    "system_leave_channel",
    "system_join_team",
    "system_leave_team",
    "system_auto_responder",
    "system_add_remove",
    "system_add_to_channel",
    "system_add_guest_to_chan",
    "system_remove_from_channel",
    "system_move_channel",
    "system_add_to_team",
    "system_remove_from_team",
    "system_header_change",
    "system_displayname_change",
    "system_convert_channel",
    "system_purpose_change",
    "system_channel_deleted",
    "system_channel_restored",
    "system_fake_parent_deleted",
    "system_change_chan_privacy",
    "system_wrangler",
    "system_gm_to_channel",
    "system_warn_metric_status",
    "system_combined_user_activity",
    "system_ephemeral",
];

impl Post {
    /// One of the server's own posts.
    #[must_use]
    pub fn is_system_message(&self) -> bool {
        self.r#type.starts_with(POST_SYSTEM_PREFIX)
    }

    /// A line that says that somebody came or went: it counts as no message.
    #[must_use]
    pub fn is_join_leave_message(&self) -> bool {
        matches!(
            self.r#type.as_str(),
            "system_join_leave"
                | "system_add_remove"
                | "system_join_channel"
                | "system_guest_join_channel"
                | "system_leave_channel"
                | "system_join_team"
                | "system_leave_team"
                | "system_add_to_channel"
                | "system_add_guest_to_chan"
                | "system_remove_from_channel"
                | "system_add_to_team"
                | "system_remove_from_team"
        )
    }

    /// The props as an object; empty where they are none.
    #[must_use]
    pub fn props_map(&self) -> serde_json::Map<String, serde_json::Value> {
        serde_json::from_str(&self.props).unwrap_or_default()
    }

    /// Replaces the props.
    pub fn set_props(&mut self, props: &serde_json::Map<String, serde_json::Value>) {
        // An object of JSON values always has a text.
        self.props = serde_json::to_string(props).unwrap_or_default();
    }

    /// Sets one prop.
    pub fn set_prop(&mut self, key: &str, value: impl Into<serde_json::Value>) {
        let mut props = self.props_map();
        props.insert(key.to_owned(), value.into());
        self.set_props(&props);
    }

    /// One prop.
    #[must_use]
    pub fn prop(&self, key: &str) -> Option<serde_json::Value> {
        if self.props.is_empty() { None } else { self.props_map().remove(key) }
    }

    /// As plugins see it.
    #[must_use]
    pub fn without_metadata(mut self) -> Self {
        self.metadata.clear();
        self.participants.clear();
        self.is_following = None;
        self
    }

    /// Overwrites what a patch names.
    pub fn patch(&mut self, patch: PostPatch) {
        self.is_pinned = patch.is_pinned.unwrap_or(self.is_pinned);
        if let Some(message) = patch.message {
            self.message = message;
        }
        if let Some(props) = patch.props {
            self.set_props(&props);
        }
        if let Some(file_ids) = patch.file_ids {
            self.file_ids = file_ids;
        }
        self.has_reactions = patch.has_reactions.unwrap_or(self.has_reactions);
    }

    /// Mattermost's `Post.IsValid`.
    ///
    /// # Errors
    ///
    /// 400 `model.post.is_valid.…` for the first rule that is broken.
    pub fn is_valid(&self) -> Result<(), AppError> {
        if !is_valid_id(&self.id) {
            return Err(self.invalid("id", "The post's id is not valid."));
        }
        if self.create_at == 0 {
            return Err(self.invalid("create_at", "The post has no time of creation."));
        }
        if self.update_at == 0 {
            return Err(self.invalid("update_at", "The post has no time of change."));
        }
        if !is_valid_id(&self.user_id) {
            return Err(self.invalid("user_id", "The author's id is not valid."));
        }
        if !is_valid_id(&self.channel_id) {
            return Err(self.invalid("channel_id", "The channel's id is not valid."));
        }
        if !self.root_id.is_empty() && !is_valid_id(&self.root_id) {
            return Err(self.invalid("root_id", "The root's id is not valid."));
        }
        if !self.original_id.is_empty() && self.original_id.len() != ID_LENGTH {
            return Err(self.invalid("original_id", "The original's id is not valid."));
        }
        self.content_is_valid()
    }

    fn content_is_valid(&self) -> Result<(), AppError> {
        let length = self.message.chars().count();
        if length > POST_MESSAGE_MAX_RUNES {
            let text = format!("A message has at most {POST_MESSAGE_MAX_RUNES} characters; this one has {length}.");
            return Err(self.invalid("message_length", &text));
        }
        if self.hashtags.chars().count() > POST_HASHTAGS_MAX_RUNES {
            return Err(self.invalid("hashtags", "The hashtags have at most 1000 characters."));
        }
        let custom = self.r#type.starts_with(POST_CUSTOM_PREFIX);
        if (!custom && !POST_TYPES.contains(&self.r#type.as_str())) || self.r#type.len() > POST_TYPE_MAX_LENGTH {
            let text = "A post's type is empty, `custom_…` of at most 26 bytes, or one of the server's own.";
            return Err(self.invalid("type", text));
        }
        if self.props.chars().count() > POST_PROPS_MAX_RUNES {
            return Err(self.invalid("props", "The props have at most 800000 characters."));
        }
        let files = serde_json::to_string(&self.file_ids).unwrap_or_default();
        if files.chars().count() > POST_FILE_IDS_MAX_RUNES {
            return Err(self.invalid("file_ids", "A post has at most 10 files."));
        }
        Ok(())
    }

    fn invalid(&self, field: &str, message: &str) -> AppError {
        AppError::new("Post.IsValid", &format!("model.post.is_valid.{field}.app_error"), 400, message)
            .detail(format!("id={}", self.id))
    }
}

impl PostList {
    /// A list whose order is that of the posts.
    #[must_use]
    pub fn of(posts: Vec<Post>) -> Self {
        Self { order: posts.iter().map(|post| post.id.clone()).collect(), posts, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post() -> Post {
        let id = crate::new_id;
        Post { id: id(), user_id: id(), channel_id: id(), create_at: 1, update_at: 1, ..Post::default() }
    }

    #[test]
    fn messages_are_measured_in_characters() {
        assert_eq!(Post { message: "ä".repeat(POST_MESSAGE_MAX_RUNES), ..post() }.is_valid(), Ok(()));
        let long = Post { message: "ä".repeat(POST_MESSAGE_MAX_RUNES + 1), ..post() };
        assert_eq!(long.is_valid().unwrap_err().id, "model.post.is_valid.message_length.app_error");
    }

    #[test]
    fn ten_files_fit() {
        let files = |count| (0..count).map(|_| crate::new_id()).collect::<Vec<_>>();
        assert_eq!(Post { file_ids: files(10), ..post() }.is_valid(), Ok(()));
        let many = Post { file_ids: files(11), ..post() };
        assert_eq!(many.is_valid().unwrap_err().id, "model.post.is_valid.file_ids.app_error");
    }

    #[test]
    fn only_known_and_custom_types_are_posted() {
        for good in ["", "custom_poll", "system_join_channel"] {
            assert_eq!(Post { r#type: good.into(), ..post() }.is_valid(), Ok(()), "{good}");
        }
        for bad in ["system_anything", "poll", "custom_that_is_far_too_long"] {
            assert_eq!(
                Post { r#type: bad.into(), ..post() }.is_valid().unwrap_err().id,
                "model.post.is_valid.type.app_error"
            );
        }
    }

    #[test]
    fn props_are_set_one_by_one() {
        let mut post = post();
        post.set_prop("from_plugin", "true");
        post.set_prop("n", 1);
        assert_eq!(post.prop("from_plugin"), Some("true".into()));
        assert_eq!(post.props, r#"{"from_plugin":"true","n":1}"#);
    }
}
