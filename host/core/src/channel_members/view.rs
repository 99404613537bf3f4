//! What a member has read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wasmoat_model::{AppError, ChannelUnread, ChannelUnreadAt, Post, now_ms};

use crate::{
    Core,
    store::{Queries as _, args},
    websocket::Event,
};

/// A client says which channel is in view.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ChannelView {
    /// In view now; empty for none.
    pub channel_id: String,
    /// In view until now.
    pub prev_channel_id: String,
    /// The client shows threads apart from channels.
    pub collapsed_threads_supported: bool,
}

impl Core {
    /// Mattermost's `ViewChannel`: marks the channels as read, and tells all the user's clients.
    /// Gives each channel's time up to which it is read.
    ///
    /// # Errors
    ///
    /// 400 where an id is none.
    pub async fn view_channel(&self, user_id: &str, view: &ChannelView) -> Result<BTreeMap<String, i64>, AppError> {
        let mut ids = Vec::new();
        for (id, name) in
            [(&view.channel_id, "channel_view.channel_id"), (&view.prev_channel_id, "channel_view.prev_channel_id")]
        {
            if id.is_empty() || ids.contains(id) {
                continue;
            }
            if !wasmoat_model::is_valid_id(id) {
                let text = format!("`{name}` is no id.");
                return Err(AppError::new("ViewChannel", "api.context.invalid_body_param.app_error", 400, text));
            }
            ids.push(id.clone());
        }
        self.mark_channels_as_viewed(user_id, &ids).await
    }

    /// Mattermost's `MarkChannelsAsViewed`.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn mark_channels_as_viewed(
        &self,
        user_id: &str,
        channel_ids: &[String],
    ) -> Result<BTreeMap<String, i64>, AppError> {
        let mut times = BTreeMap::new();
        let sql = "UPDATE channel_members SET
                last_viewed_at = CASE WHEN last_viewed_at > (SELECT last_post_at FROM channels WHERE id = channel_id)
                    THEN last_viewed_at ELSE (SELECT last_post_at FROM channels WHERE id = channel_id) END,
                msg_count = (SELECT total_msg_count FROM channels WHERE id = channel_id),
                msg_count_root = (SELECT total_msg_count_root FROM channels WHERE id = channel_id),
                mention_count = 0, mention_count_root = 0, urgent_mention_count = 0, last_update_at = $3
            WHERE channel_id = $1 AND user_id = $2 RETURNING last_viewed_at";
        let mut connection = self.store.read().await?;
        for id in channel_ids {
            let viewed: Option<i64> = connection.value(sql, args![id, user_id, now_ms()]).await?;
            if let Some(viewed) = viewed {
                times.insert(id.clone(), viewed);
            }
        }
        drop(connection);
        self.publish_channels_viewed(user_id, &times);
        Ok(times)
    }

    /// Tells all clients of a user up to when channels are read.
    pub(crate) fn publish_channels_viewed(&self, user_id: &str, times: &BTreeMap<String, i64>) {
        if times.is_empty() || !self.config.get().flag("ServiceSettings.EnableChannelViewedMessages") {
            return;
        }
        let times: serde_json::Map<String, serde_json::Value> =
            times.iter().map(|(id, time)| (id.clone(), (*time).into())).collect();
        self.publish(Event::new("multiple_channels_viewed").data("channel_times", times).to_user(user_id));
    }

    /// Mattermost's `GetChannelUnread`: what a member has not read.
    ///
    /// # Errors
    ///
    /// 404 when not a member.
    pub async fn get_channel_unread(&self, channel_id: &str, user_id: &str) -> Result<ChannelUnread, AppError> {
        let channel = self.get_channel(channel_id).await?;
        let member = self.get_channel_member(channel_id, user_id).await?;
        let only_mentions = wasmoat_model::json::get(&member.notify_props, "mark_unread") == Some("mention");
        let unread = |total: i64, seen: i64| if only_mentions { 0 } else { (total - seen).max(0) };
        Ok(ChannelUnread {
            team_id: channel.team_id,
            channel_id: channel.id,
            msg_count: unread(channel.total_msg_count, member.msg_count),
            msg_count_root: unread(channel.total_msg_count_root, member.msg_count_root),
            mention_count: member.mention_count,
            mention_count_root: member.mention_count_root,
            urgent_mention_count: member.urgent_mention_count,
            notify_props: member.notify_props,
        })
    }

    /// Mattermost's `MarkChannelAsUnreadFromPost`: the post, and all after it, is unread again.
    ///
    /// # Errors
    ///
    /// 404 when not a member.
    pub async fn mark_channel_as_unread_from_post(
        &self,
        post: &Post,
        user_id: &str,
    ) -> Result<ChannelUnreadAt, AppError> {
        let channel = self.get_channel(&post.channel_id).await?;
        self.get_channel_member(&channel.id, user_id).await?;
        let later = self.posts_from(&channel.id, post.create_at).await?;
        let mut unread = (0, 0);
        let mut named = (0, 0);
        for later in later.iter().filter(|later| !later.is_join_leave_message()) {
            let root = i64::from(later.root_id.is_empty());
            unread = (unread.0 + 1, unread.1 + root);
            if later.user_id != user_id && self.names(later, &channel, user_id).await? {
                named = (named.0 + 1, named.1 + root);
            }
        }
        let at = ChannelUnreadAt {
            team_id: channel.team_id.clone(),
            user_id: user_id.to_owned(),
            channel_id: channel.id.clone(),
            msg_count: (channel.total_msg_count - unread.0).max(0),
            msg_count_root: (channel.total_msg_count_root - unread.1).max(0),
            mention_count: named.0,
            mention_count_root: named.1,
            urgent_mention_count: 0,
            last_viewed_at: post.create_at - 1,
        };
        let sql = "UPDATE channel_members SET msg_count = $3, msg_count_root = $4, mention_count = $5, mention_count_root = $6,
            urgent_mention_count = 0, last_viewed_at = $7, last_update_at = $8 WHERE channel_id = $1 AND user_id = $2";
        let args = args![
            at.channel_id,
            at.user_id,
            at.msg_count,
            at.msg_count_root,
            at.mention_count,
            at.mention_count_root,
            at.last_viewed_at,
            now_ms()
        ];
        self.store.read().await?.run(sql, args).await?;
        let event = Event::new("post_unread")
            .data("msg_count", at.msg_count)
            .data("msg_count_root", at.msg_count_root)
            .data("mention_count", at.mention_count)
            .data("mention_count_root", at.mention_count_root)
            .data("urgent_mention_count", at.urgent_mention_count)
            .data("last_viewed_at", at.last_viewed_at)
            .data("post_id", post.id.as_str());
        self.publish(event.to_team(&at.team_id).to_channel(&at.channel_id).to_user(user_id));
        Ok(at)
    }
}
