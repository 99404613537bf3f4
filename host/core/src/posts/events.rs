//! What clients are told of a post.

use wasmoat_model::{Channel, ChannelType, Post};

use super::create::Destination;
use crate::{Core, websocket::Event};

impl Core {
    pub(super) async fn publish_posted(
        &self,
        post: &Post,
        to: &Destination,
        mentions: Vec<String>,
        followers: Vec<String>,
    ) {
        let sender_name = self.sender_name(post, &to.author.username);
        let mut event = Event::new("posted")
            .json("post", post)
            .data("channel_type", to.channel.r#type.letter())
            .data("channel_display_name", self.display_name_in_event(&to.channel, &sender_name).await)
            .data("channel_name", to.channel.name.as_str())
            .data("sender_name", sender_name)
            .data("team_id", to.channel.team_id.as_str())
            .data("set_online", true);
        if !post.file_ids.is_empty() {
            event = event.data("otherFile", "true");
            if has_image(post) {
                event = event.data("image", "true");
            }
        }
        let followers = followers.into_iter().filter(|id| *id != post.user_id).collect();
        let everybody = to.channel.r#type == ChannelType::Direct;
        let event = event.mentions(mentions).followers(followers).acknowledge(&post.user_id, everybody);
        self.publish(event.to_channel(&post.channel_id));
    }

    /// The name that a notification shows: the author's, or the one that an integration chose.
    pub(crate) fn sender_name(&self, post: &Post, username: &str) -> String {
        if post.is_system_message() {
            return "System".to_owned();
        }
        let props = post.props_map();
        let text = |key: &str| props.get(key).and_then(|value| value.as_str()).filter(|text| !text.is_empty());
        let chosen = text("override_username").filter(|_| text("from_webhook") == Some("true"));
        match chosen {
            Some(name) if self.config.get().flag("ServiceSettings.EnablePostUsernameOverride") => name.to_owned(),
            _ => format!("@{username}"),
        }
    }

    async fn display_name_in_event(&self, channel: &Channel, sender_name: &str) -> String {
        if channel.r#type == ChannelType::Direct { sender_name.to_owned() } else { channel.display_name.clone() }
    }

    /// Tells the channel that a post is another one now.
    pub(crate) fn publish_post_edited(&self, post: &Post) {
        self.publish(Event::new("post_edited").json("post", post).to_channel(&post.channel_id));
    }

    pub(super) fn publish_post_deleted(&self, post: &Post, deleted_by: &str) {
        let event = || Event::new("post_deleted").json("post", post).to_channel(&post.channel_id);
        self.publish(event().sanitized());
        self.publish(event().data("delete_by", deleted_by).sensitive());
    }
}

fn has_image(post: &Post) -> bool {
    let metadata: serde_json::Value = serde_json::from_str(&post.metadata).unwrap_or_default();
    let files = metadata.get("files").and_then(|files| files.as_array());
    files.is_some_and(|files| {
        files.iter().any(|file| {
            file.get("mime_type").and_then(|kind| kind.as_str()).is_some_and(|kind| kind.starts_with("image"))
        })
    })
}
