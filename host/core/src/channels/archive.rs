//! Archiving channels and bringing them back.

use std::sync::Arc;

use wasmoat_model::{AppError, Channel, ChannelType, DEFAULT_CHANNEL_NAME, now_ms};
use wasmoat_runtime::{CallContext, ChannelWillBeArchived, ChannelWillBeRestored};

use crate::{
    Core,
    rejection::{Refused, rejected},
    store::{Queries as _, args},
    websocket::Event,
};

impl Core {
    /// Mattermost's `DeleteChannel`: archives; plugins are asked first. `user_id` is who does it,
    /// empty for the system.
    ///
    /// # Errors
    ///
    /// 400 for direct and group messages, town-square, an archived channel or a plugin's refusal.
    pub async fn delete_channel(&self, cx: &CallContext, channel: &Channel, user_id: &str) -> Result<(), AppError> {
        let at = "DeleteChannel";
        if !channel.is_open_or_private() {
            let id = "api.channel.delete_channel.type.invalid";
            return Err(AppError::new(at, id, 400, "Direct and group messages are not archived."));
        }
        if channel.delete_at > 0 {
            let id = "api.channel.delete_channel.deleted.app_error";
            return Err(AppError::new(at, id, 400, "The channel is archived already."));
        }
        if channel.name == DEFAULT_CHANNEL_NAME {
            let id = "api.channel.delete_channel.cannot.app_error";
            return Err(AppError::new(at, id, 400, "The default channel cannot be archived."));
        }
        let asked = Arc::new(channel.clone());
        self.runtime.ask::<ChannelWillBeArchived>(cx, |ctx| (ctx, asked)).await.map_err(|rejection| {
            let id = "app.channel.delete_channel.rejected_by_plugin.app_error";
            rejected(at, id, "A plugin refused to archive the channel.", rejection)
        })?;
        // An archived channel takes no posts, so this one comes first.
        self.post_channel_archived(cx, user_id, channel).await;
        let delete_at = self.set_deleted(&channel.id, now_ms()).await?;
        let event = Event::new("channel_deleted").data("channel_id", channel.id.as_str()).data("delete_at", delete_at);
        self.publish(to_those_who_see(event, channel));
        Ok(())
    }

    /// Mattermost's `RestoreChannel`: brings an archived channel back; plugins are asked first.
    ///
    /// # Errors
    ///
    /// 400 for a live channel or a plugin's refusal.
    pub async fn restore_channel(
        &self,
        cx: &CallContext,
        channel: &Channel,
        user_id: &str,
    ) -> Result<Channel, AppError> {
        let at = "RestoreChannel";
        if channel.delete_at == 0 {
            let id = "api.channel.restore_channel.restored.app_error";
            return Err(AppError::new(at, id, 400, "The channel is not archived."));
        }
        let asked = Arc::new(channel.clone());
        let id = "app.channel.restore_channel.rejected_by_plugin.app_error";
        let refused = Refused { at, id, before: "A plugin refused to restore the channel." };
        self.ask_in_channel::<ChannelWillBeRestored>(cx, &channel.id, |ctx| (ctx, asked), refused).await?;
        self.set_deleted(&channel.id, 0).await?;
        let restored = self.get_channel(&channel.id).await?;
        self.publish(to_those_who_see(Event::new("channel_restored").data("channel_id", channel.id.as_str()), channel));
        self.post_channel_restored(cx, user_id, &restored).await;
        Ok(restored)
    }

    async fn set_deleted(&self, channel_id: &str, delete_at: i64) -> Result<i64, AppError> {
        let sql = "UPDATE channels SET delete_at = $2, update_at = $3 WHERE id = $1";
        self.store.read().await?.run(sql, args![channel_id, delete_at, now_ms()]).await?;
        Ok(delete_at)
    }
}

fn to_those_who_see(event: Event, channel: &Channel) -> Event {
    if channel.r#type == ChannelType::Open { event.to_team(&channel.team_id) } else { event.to_channel(&channel.id) }
}
