//! Changing channels.

use std::sync::Arc;

use wasmoat_model::{AppError, Channel, ChannelPatch, ChannelType, DEFAULT_CHANNEL_NAME, now_ms};
use wasmoat_runtime::{CallContext, ChannelWillBeUpdated};

use super::create::not_stored;
use crate::{Core, rejection::Refused, store::Queries as _, websocket::Event};

const REJECTED: &str = "app.channel.update_channel.rejected_by_plugin.app_error";

impl Core {
    /// Mattermost's `UpdateChannel`: stores the channel as given; plugins are asked first. Counters
    /// and times of posts stay.
    ///
    /// # Errors
    ///
    /// 404 when unknown; 400 for a bad or taken name, or a plugin's refusal.
    pub async fn update_channel(&self, cx: &CallContext, channel: Channel) -> Result<Channel, AppError> {
        let old = Arc::new(self.get_channel(&channel.id).await?);
        let before = Arc::clone(&old);
        self.check_type_change(&channel, &old).await?;
        let refused = Refused { at: "UpdateChannel", id: REJECTED, before: "The change was refused by a plugin." };
        let args = |ctx, new| (ctx, new, Arc::clone(&before));
        let id = old.id.clone();
        let channel = self.filter_in_channel::<ChannelWillBeUpdated, _, _>(cx, &id, channel, args, refused).await?;
        self.check_type_change(&channel, &old).await?;
        let mut channel = Channel { update_at: now_ms().max(old.update_at + 1), ..channel };
        keep_what_a_change_must_not_touch(&mut channel, &old);
        channel.is_valid()?;
        // Only the columns of a change: posts may have come in between.
        let sql =
            "UPDATE channels SET update_at = $2, type = $3, display_name = $4, name = $5, header = $6, purpose = $7,
            scheme_id = $8, props = $9, group_constrained = $10, autotranslation = $11, banner_info = $12,
            default_category_name = $13 WHERE id = $1";
        let args = crate::store::args![
            channel.id,
            channel.update_at,
            channel.r#type,
            channel.display_name,
            channel.name,
            channel.header,
            channel.purpose,
            channel.scheme_id,
            channel.props,
            channel.group_constrained,
            channel.autotranslation,
            channel.banner_info,
            channel.default_category_name
        ];
        self.store.read().await?.run(sql, args).await.map_err(|error| not_stored("UpdateChannel", error))?;
        self.publish(Event::new("channel_updated").json("channel", &channel).to_channel(&channel.id));
        Ok(channel)
    }

    /// A plugin that guards a channel has claimed it for what it is.
    async fn check_type_change(&self, new: &Channel, old: &Channel) -> Result<(), AppError> {
        if new.r#type == old.r#type || self.channel_guards(&old.id).await?.is_empty() {
            return Ok(());
        }
        let id = "api.channel.update_channel.typechange.app_error";
        Err(AppError::new("UpdateChannel", id, 400, "A plugin guards the channel: its type stays as it is."))
    }

    /// Mattermost's `PatchChannel`: changes what the patch names, and says so in the channel.
    ///
    /// # Errors
    ///
    /// As [`Core::update_channel`].
    pub async fn patch_channel(
        &self,
        cx: &CallContext,
        old: &Channel,
        patch: ChannelPatch,
        user_id: &str,
    ) -> Result<Channel, AppError> {
        let mut channel = old.clone();
        channel.patch(patch);
        let channel = self.update_channel(cx, channel).await?;
        self.post_channel_changes(cx, user_id, old, &channel).await;
        Ok(channel)
    }

    /// Mattermost's `UpdateChannelPrivacy`: turns an open channel into a private one or back.
    ///
    /// # Errors
    ///
    /// 400 for direct and group messages, and for making town-square private.
    pub async fn update_channel_privacy(
        &self,
        cx: &CallContext,
        mut channel: Channel,
        privacy: ChannelType,
        user_id: &str,
    ) -> Result<Channel, AppError> {
        let at = "UpdateChannelPrivacy";
        if !channel.is_open_or_private() || !matches!(privacy, ChannelType::Open | ChannelType::Private) {
            let id = "api.channel.update_channel_privacy.group_or_direct.app_error";
            return Err(AppError::new(at, id, 400, "Direct and group messages stay what they are."));
        }
        if channel.name == DEFAULT_CHANNEL_NAME && privacy == ChannelType::Private {
            let id = "api.channel.update_channel_privacy.default_channel_error";
            return Err(AppError::new(at, id, 400, "The default channel cannot be made private."));
        }
        if channel.r#type == privacy {
            return Ok(channel);
        }
        channel.r#type = privacy;
        let channel = self.update_channel(cx, channel).await?;
        self.post_privacy_changed(cx, user_id, &channel).await;
        let event = Event::new("channel_converted")
            .data("channel_id", channel.id.as_str())
            .data("channel_type", channel.r#type.letter());
        self.publish(event.to_team(&channel.team_id));
        Ok(channel)
    }
}

fn keep_what_a_change_must_not_touch(channel: &mut Channel, old: &Channel) {
    channel.id.clone_from(&old.id);
    channel.team_id.clone_from(&old.team_id);
    channel.creator_id.clone_from(&old.creator_id);
    (channel.create_at, channel.delete_at) = (old.create_at, old.delete_at);
    (channel.last_post_at, channel.last_root_post_at) = (old.last_post_at, old.last_root_post_at);
    (channel.total_msg_count, channel.total_msg_count_root) = (old.total_msg_count, old.total_msg_count_root);
    if !old.is_open_or_private() {
        // Who talks to whom is the name.
        channel.r#type = old.r#type;
        channel.name.clone_from(&old.name);
    }
}
