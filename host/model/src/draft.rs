//! Posts that are not sent yet.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::{
    AppError, POST_FILE_IDS_MAX_RUNES, POST_MESSAGE_MAX_RUNES, POST_PROPS_MAX_RUNES, Post, is_valid_id, json, now_ms,
};

/// How far in the past the time of a scheduled post may be when it is stored, in milliseconds.
const LATE: i64 = 5_000;

/// What a user has begun to write: at most one per user, channel and thread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct Draft {
    /// Time of creation.
    #[component(name = "create-at")]
    pub create_at: i64,
    /// Time of the last change.
    #[component(name = "update-at")]
    pub update_at: i64,
    /// Always 0: what is deleted is gone.
    #[component(name = "delete-at")]
    pub delete_at: i64,
    /// Whose it is.
    #[component(name = "user-id")]
    pub user_id: String,
    /// Where it will be posted.
    #[component(name = "channel-id")]
    pub channel_id: String,
    /// Root of the thread, or empty.
    #[component(name = "root-id")]
    pub root_id: String,
    /// At most 16383 characters.
    pub message: String,
    /// Type of the post.
    #[component(name = "type")]
    pub r#type: String,
    /// At most 800000 characters.
    #[serde(with = "json::object")]
    pub props: String,
    /// At most 10 files.
    #[component(name = "file-ids")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub file_ids: Vec<String>,
    /// The files; filled for clients.
    #[serde(with = "json::object", skip_serializing_if = "json::is_default")]
    pub metadata: String,
    /// `priority`, `requested_ack`, `persistent_notifications`.
    #[serde(with = "json::object", skip_serializing_if = "json::is_default")]
    pub priority: String,
    /// Fields of later minor versions.
    #[serde(skip)]
    pub extra: String,
}

/// A post that the server will send at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct ScheduledPost {
    /// Time of creation.
    #[component(name = "create-at")]
    pub create_at: i64,
    /// Time of the last change.
    #[component(name = "update-at")]
    pub update_at: i64,
    /// Always 0: what is deleted is gone.
    #[component(name = "delete-at")]
    pub delete_at: i64,
    /// Whose it is.
    #[component(name = "user-id")]
    pub user_id: String,
    /// Where it will be posted.
    #[component(name = "channel-id")]
    pub channel_id: String,
    /// Root of the thread, or empty.
    #[component(name = "root-id")]
    pub root_id: String,
    /// At most 16383 characters.
    pub message: String,
    /// Type of the post.
    #[component(name = "type")]
    pub r#type: String,
    /// At most 800000 characters.
    #[serde(with = "json::object")]
    pub props: String,
    /// At most 10 files.
    #[component(name = "file-ids")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub file_ids: Vec<String>,
    /// The files; filled for clients.
    #[serde(with = "json::object", skip_serializing_if = "json::is_default")]
    pub metadata: String,
    /// `priority`, `requested_ack`, `persistent_notifications`.
    #[serde(with = "json::object", skip_serializing_if = "json::is_default")]
    pub priority: String,
    /// Id; filled on create.
    pub id: String,
    /// When it is sent.
    #[component(name = "scheduled-at")]
    pub scheduled_at: i64,
    /// When sending was tried and failed; else 0.
    #[component(name = "processed-at")]
    pub processed_at: i64,
    /// Why it could not be sent; else empty.
    #[component(name = "error-code")]
    pub error_code: String,
    /// Fields of later minor versions.
    #[serde(skip)]
    pub extra: String,
}

impl Draft {
    /// Nothing is written yet: such a draft is not kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.message.is_empty() && self.file_ids.is_empty()
    }

    /// Mattermost's `Draft.IsValid`.
    ///
    /// # Errors
    ///
    /// 400 `model.draft.is_valid.…` for the first rule that is broken.
    pub fn is_valid(&self) -> Result<(), AppError> {
        let refuse = |field: &str, message: &str| {
            AppError::new("Drafts.IsValid", &format!("model.draft.is_valid.{field}.app_error"), 400, message)
                .detail(format_args!("channel_id={} root_id={}", self.channel_id, self.root_id))
        };
        let files = serde_json::to_string(&self.file_ids).unwrap_or_default();
        let rules = [
            (self.message.chars().count() <= POST_MESSAGE_MAX_RUNES, "message_length", "The message is too long."),
            (self.create_at > 0, "create_at", "The draft has no time of creation."),
            (self.update_at > 0, "update_at", "The draft has no time of change."),
            (is_valid_id(&self.user_id), "user_id", "The user's id is not valid."),
            (is_valid_id(&self.channel_id), "channel_id", "The channel's id is not valid."),
            (self.root_id.is_empty() || is_valid_id(&self.root_id), "root_id", "The root's id is not valid."),
            (files.chars().count() <= POST_FILE_IDS_MAX_RUNES, "file_ids", "A draft has at most 10 files."),
            (fits(&self.props), "props", "The props have at most 800000 characters."),
            (fits(&self.priority), "priority", "The priority has at most 800000 characters."),
        ];
        match rules.iter().find(|(holds, ..)| !holds) {
            Some((_, field, message)) => Err(refuse(field, message)),
            None => Ok(()),
        }
    }
}

fn fits(object: &str) -> bool {
    object.chars().count() <= POST_PROPS_MAX_RUNES
}

impl ScheduledPost {
    /// What it has in common with a draft.
    #[must_use]
    pub fn draft(&self) -> Draft {
        let this = self.clone();
        Draft {
            create_at: this.create_at,
            update_at: this.update_at,
            delete_at: this.delete_at,
            user_id: this.user_id,
            channel_id: this.channel_id,
            root_id: this.root_id,
            message: this.message,
            r#type: this.r#type,
            props: this.props,
            file_ids: this.file_ids,
            metadata: this.metadata,
            priority: this.priority,
            extra: this.extra,
        }
    }

    /// Mattermost's `RestoreNonUpdatableFields`: whose it is and where it goes are those of `old`.
    #[must_use]
    pub fn belonging_to(self, old: &Self) -> Self {
        Self {
            id: old.id.clone(),
            create_at: old.create_at,
            delete_at: 0,
            user_id: old.user_id.clone(),
            channel_id: old.channel_id.clone(),
            root_id: old.root_id.clone(),
            metadata: String::new(),
            ..self
        }
    }

    /// The post that it becomes.
    #[must_use]
    pub fn to_post(&self) -> Post {
        Post {
            user_id: self.user_id.clone(),
            channel_id: self.channel_id.clone(),
            root_id: self.root_id.clone(),
            message: self.message.clone(),
            r#type: self.r#type.clone(),
            props: self.props.clone(),
            file_ids: self.file_ids.clone(),
            ..Post::default()
        }
    }

    /// Mattermost's `ScheduledPost.IsValid`.
    ///
    /// # Errors
    ///
    /// 400 `model.draft.is_valid.…` or `model.scheduled_post.is_valid.…` for the first rule that is
    /// broken.
    pub fn is_valid(&self) -> Result<(), AppError> {
        self.draft().is_valid()?;
        let rules = [
            (!self.id.is_empty(), "id", "The scheduled post has no id."),
            (!self.draft().is_empty(), "empty_post", "A scheduled post has a message or files."),
            (self.scheduled_at >= now_ms() - LATE, "scheduled_at", "The time to send is in the past."),
            (self.processed_at >= 0, "processed_at", "The time of sending is not negative."),
        ];
        let Some((_, field, message)) = rules.iter().find(|(holds, ..)| !holds) else { return Ok(()) };
        let id = format!("model.scheduled_post.is_valid.{field}.app_error");
        Err(AppError::new("ScheduledPost.IsValid", &id, 400, *message).detail(format_args!("id={}", self.id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scheduled() -> ScheduledPost {
        let id = crate::new_id;
        let (create_at, update_at, scheduled_at) = (1, 1, now_ms() + 60_000);
        let message = "later".to_owned();
        let (id, user_id, channel_id) = (id(), id(), id());
        ScheduledPost {
            id,
            user_id,
            channel_id,
            create_at,
            update_at,
            message,
            scheduled_at,
            ..ScheduledPost::default()
        }
    }

    #[test]
    fn a_scheduled_post_has_something_to_say_and_a_time_to_come() {
        assert_eq!(scheduled().is_valid(), Ok(()));
        for (broken, id) in [
            (
                ScheduledPost { message: String::new(), ..scheduled() },
                "model.scheduled_post.is_valid.empty_post.app_error",
            ),
            (ScheduledPost { scheduled_at: 5, ..scheduled() }, "model.scheduled_post.is_valid.scheduled_at.app_error"),
            (ScheduledPost { channel_id: "x".into(), ..scheduled() }, "model.draft.is_valid.channel_id.app_error"),
        ] {
            assert_eq!(broken.is_valid().unwrap_err().id, id);
        }
    }

    #[test]
    fn json_is_flat() {
        let text =
            r#"{"channel_id":"c","message":"m","scheduled_at":7,"props":{"a":1},"priority":{"priority":"urgent"}}"#;
        let read: ScheduledPost = serde_json::from_str(text).unwrap();
        assert_eq!((read.channel_id.as_str(), read.scheduled_at, read.props.as_str()), ("c", 7, r#"{"a":1}"#));
        assert_eq!(serde_json::to_value(&read).unwrap()["priority"]["priority"], "urgent");
    }
}
