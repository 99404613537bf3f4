//! Making open and private channels.

use std::sync::Arc;

use wasmoat_model::{AppError, Channel, ChannelMember, User, new_id, now_ms};
use wasmoat_runtime::{CallContext, ChannelHasBeenCreated};

use crate::{
    Core,
    store::{Queries as _, StoreError, args},
    websocket::Event,
};

fn refused(id: &str, message: &str) -> AppError {
    AppError::new("CreateChannel", id, 400, message)
}

/// The error of a channel that could not be stored.
pub(super) fn not_stored(at: &str, error: StoreError) -> AppError {
    if error.is_unique_violation() {
        let text = "A channel with that name exists in the team, live or archived.";
        return AppError::new(at, "store.sql_channel.save_channel.exists.app_error", 400, text).detail(error);
    }
    error.into()
}

impl Core {
    /// Mattermost's `CreateChannelWithUser`: a user makes a channel and becomes its first member
    /// and admin.
    ///
    /// # Errors
    ///
    /// As [`Core::create_channel`].
    pub async fn create_channel_with_user(
        &self,
        cx: &CallContext,
        mut channel: Channel,
        user: &User,
    ) -> Result<Channel, AppError> {
        channel.creator_id.clone_from(&user.id);
        let channel = self.create_channel(cx, channel, Some(user)).await?;
        self.post_join_channel(cx, user, &channel).await;
        let event = Event::new("channel_created")
            .data("channel_id", channel.id.as_str())
            .data("team_id", channel.team_id.as_str());
        self.publish(event.to_user(&user.id));
        Ok(channel)
    }

    /// Mattermost's `CreateChannel`: an open or private channel, with the given user as its admin
    /// or without members.
    ///
    /// # Errors
    ///
    /// 400 for direct and group messages, a missing team, a bad or taken name, or a team that has
    /// as many channels as the configuration allows.
    pub async fn create_channel(
        &self,
        cx: &CallContext,
        mut channel: Channel,
        first: Option<&User>,
    ) -> Result<Channel, AppError> {
        if !channel.is_open_or_private() {
            let text = "Direct and group messages are not made this way.";
            return Err(refused("api.channel.create_channel.direct_channel.app_error", text));
        }
        if channel.team_id.is_empty() {
            return Err(refused("app.channel.create_channel.no_team_id.app_error", "A channel needs a team."));
        }
        self.get_team(&channel.team_id).await?;
        let now = now_ms();
        channel.id = new_id();
        channel.display_name = channel.display_name.trim().to_owned();
        (channel.create_at, channel.update_at, channel.delete_at) = (now, now, 0);
        (channel.last_post_at, channel.last_root_post_at) = (now, now);
        (channel.total_msg_count, channel.total_msg_count_root, channel.extra_update_at) = (0, 0, 0);
        channel.is_valid()?;
        self.check_channel_count(&channel.team_id).await?;
        let member = first.map(|user| ChannelMember {
            scheme_guest: user.has_role("system_guest"),
            scheme_user: !user.has_role("system_guest"),
            scheme_admin: true,
            last_viewed_at: now,
            last_update_at: now,
            ..ChannelMember::new(&channel.id, &user.id)
        });
        let mut tx = self.store.write().await?;
        tx.insert(&channel).await.map_err(|error| not_stored("CreateChannel", error))?;
        if let Some(member) = &member {
            tx.insert(member).await?;
        }
        tx.commit().await.map_err(StoreError::from)?;
        self.hub.membership_changed(&channel.id);
        let created = Arc::new(channel.clone());
        self.runtime.observe::<ChannelHasBeenCreated>(cx, |ctx| (ctx, created));
        Ok(channel)
    }

    async fn check_channel_count(&self, team_id: &str) -> Result<(), AppError> {
        let limit = self.config.get().number("TeamSettings.MaxChannelsPerTeam");
        let sql = "SELECT COUNT(*) FROM channels WHERE team_id = $1 AND delete_at = 0";
        let count: Option<i64> = self.store.read().await?.value(sql, args![team_id]).await?;
        if count.unwrap_or_default() < limit {
            return Ok(());
        }
        let text =
            format!("The team has {limit} channels; no more are allowed (setting `TeamSettings.MaxChannelsPerTeam`).");
        Err(refused("api.channel.create_channel.max_channel_limit.app_error", &text))
    }
}
