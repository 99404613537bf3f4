//! Direct and group messages.

use std::sync::Arc;

use sha1::{Digest as _, Sha1};
use wasmoat_model::{
    AppError, CHANNEL_GROUP_MAX_USERS, CHANNEL_GROUP_MIN_USERS, Channel, ChannelMember, ChannelType, User,
    direct_channel_name, new_id, now_ms,
};
use wasmoat_runtime::{CallContext, ChannelHasBeenCreated};

use crate::{
    Core,
    store::{Queries as _, StoreError, args},
    websocket::Event,
};

impl Core {
    /// Mattermost's `GetOrCreateDirectChannel`: the channel of two users, or of one with oneself.
    ///
    /// # Errors
    ///
    /// 400 for unknown users; 403 where direct messages are for people of one team and the two
    /// share none.
    pub async fn get_direct_channel(
        &self,
        cx: &CallContext,
        user_id: &str,
        other_id: &str,
    ) -> Result<Channel, AppError> {
        let name = direct_channel_name(user_id, other_id);
        if let Some(channel) = self.find_direct(&name).await? {
            return Ok(channel);
        }
        let mut ids = vec![user_id.to_owned(), other_id.to_owned()];
        ids.dedup();
        let users = self.get_users_by_ids(&ids).await?;
        if users.len() != ids.len() {
            let id = "api.channel.create_direct_channel.invalid_user.app_error";
            return Err(
                AppError::new("CreateDirectChannel", id, 400, "One of the two users does not exist.").detail(name)
            );
        }
        self.check_direct_allowed(user_id, other_id).await?;
        let channel =
            Channel { name, creator_id: user_id.to_owned(), r#type: ChannelType::Direct, ..Channel::default() };
        let (channel, created) = self.store_conversation(channel, &users).await?;
        if created {
            self.conversation_created(cx, &channel);
            let event = Event::new("direct_added").data("creator_id", user_id).data("teammate_id", other_id);
            self.publish(event.to_channel(&channel.id));
            self.share_direct_channel(&channel.id, &users).await;
        }
        Ok(channel)
    }

    async fn check_direct_allowed(&self, user_id: &str, other_id: &str) -> Result<(), AppError> {
        if user_id == other_id || self.config.get().text("TeamSettings.RestrictDirectMessage") != "team" {
            return Ok(());
        }
        let sql = "SELECT COUNT(*) FROM team_members mine JOIN team_members theirs ON theirs.team_id = mine.team_id
            WHERE mine.user_id = $1 AND theirs.user_id = $2 AND mine.delete_at = 0 AND theirs.delete_at = 0";
        let shared: Option<i64> = self.store.read().await?.value(sql, args![user_id, other_id]).await?;
        if shared.unwrap_or_default() > 0 {
            return Ok(());
        }
        let id = "api.channel.create_channel.direct_channel.team_restricted_error.app_error";
        Err(AppError::new("CreateDirectChannel", id, 403, "Direct messages are for people who share a team."))
    }

    /// Mattermost's `CheckIfChannelIsRestrictedDM`: whether nothing may change in a direct or group
    /// message, since direct messages are for people of one team and these share none.
    pub(crate) async fn is_restricted_direct(&self, channel: &Channel) -> Result<bool, AppError> {
        if !channel.is_group_or_direct() || self.config.get().text("TeamSettings.RestrictDirectMessage") != "team" {
            return Ok(false);
        }
        let mut connection = self.store.read().await?;
        let sql = "SELECT COUNT(*) FROM channel_members WHERE channel_id = $1";
        let members = connection.value(sql, args![channel.id]).await?.unwrap_or(0_i64);
        let sql = "SELECT COUNT(*) FROM (SELECT team_members.team_id FROM team_members
                JOIN channel_members ON channel_members.user_id = team_members.user_id AND channel_members.channel_id = $1
                WHERE team_members.delete_at = 0 GROUP BY team_members.team_id HAVING COUNT(*) = $2) AS shared";
        let shared = connection.value(sql, args![channel.id, members]).await?.unwrap_or(0_i64);
        Ok(members > 1 && shared == 0)
    }

    /// Mattermost's `GetOrCreateGroupChannel`: the channel of exactly these users. Who asks is
    /// among them; empty for a plugin.
    ///
    /// # Errors
    ///
    /// 400 for fewer than 3 or more than 8 users, or unknown ones.
    pub async fn get_group_channel(
        &self,
        cx: &CallContext,
        user_ids: &[String],
        creator_id: &str,
    ) -> Result<Channel, AppError> {
        let mut ids = user_ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        if !(CHANNEL_GROUP_MIN_USERS..=CHANNEL_GROUP_MAX_USERS).contains(&ids.len()) {
            let text =
                format!("A group message has {CHANNEL_GROUP_MIN_USERS} to {CHANNEL_GROUP_MAX_USERS} different users.");
            return Err(AppError::new("CreateGroupChannel", "api.channel.create_group.bad_size.app_error", 400, text));
        }
        let name = group_name(&ids);
        if let Some(channel) = self.find_direct(&name).await? {
            return Ok(channel);
        }
        let users = self.get_users_by_ids(&ids).await?;
        if users.len() != ids.len() {
            let id = "api.channel.create_group.bad_user.app_error";
            return Err(AppError::new("CreateGroupChannel", id, 400, "One of the users does not exist."));
        }
        let names: Vec<&str> = users.iter().map(|user| user.username.as_str()).collect();
        let display_name: String =
            names.join(", ").chars().take(wasmoat_model::CHANNEL_DISPLAY_NAME_MAX_RUNES).collect();
        let channel = Channel {
            name,
            display_name,
            r#type: ChannelType::Group,
            creator_id: creator_id.into(),
            ..Channel::default()
        };
        let (channel, created) = self.store_conversation(channel, &users).await?;
        if created {
            self.conversation_created(cx, &channel);
            for user in &users {
                let event = Event::new("group_added").json("teammate_ids", &ids);
                self.publish(event.to_user(&user.id).to_channel(&channel.id));
            }
        }
        Ok(channel)
    }

    async fn find_direct(&self, name: &str) -> Result<Option<Channel>, AppError> {
        Ok(self.store.read().await?.one("WHERE team_id = '' AND name = $1", args![name]).await?)
    }

    /// Stores the channel and its members, or gives the one that somebody else stored just now.
    async fn store_conversation(&self, mut channel: Channel, users: &[User]) -> Result<(Channel, bool), AppError> {
        let now = now_ms();
        channel.id = new_id();
        (channel.create_at, channel.update_at) = (now, now);
        (channel.last_post_at, channel.last_root_post_at) = (now, now);
        channel.is_valid()?;
        let mut tx = self.store.write().await?;
        match tx.insert(&channel).await {
            Ok(()) => {}
            Err(error) if error.is_unique_violation() => {
                drop(tx);
                let winner = self.find_direct(&channel.name).await?;
                return winner.map(|channel| (channel, false)).ok_or_else(|| error.into());
            }
            Err(error) => return Err(error.into()),
        }
        for user in users {
            let guest = user.has_role("system_guest");
            let member = ChannelMember {
                scheme_guest: guest,
                scheme_user: !guest,
                last_update_at: now,
                ..ChannelMember::new(&channel.id, &user.id)
            };
            tx.insert(&member).await?;
        }
        tx.commit().await.map_err(StoreError::from)?;
        self.hub.membership_changed(&channel.id);
        Ok((channel, true))
    }

    fn conversation_created(&self, cx: &CallContext, channel: &Channel) {
        let created = Arc::new(channel.clone());
        self.runtime.observe::<ChannelHasBeenCreated>(cx, |ctx| (ctx, created));
    }
}

/// SHA-1 of the sorted ids, in hex.
pub(crate) fn group_name(sorted: &[String]) -> String {
    use std::fmt::Write as _;
    let digest = Sha1::digest(sorted.concat().as_bytes());
    digest.iter().fold(String::with_capacity(40), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
