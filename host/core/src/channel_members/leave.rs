//! Leaving a channel and being removed from it.

use std::sync::Arc;

use wasmoat_model::{AppError, Channel, DEFAULT_CHANNEL_NAME};
use wasmoat_runtime::{CallContext, UserHasLeftChannel};

use crate::{
    Core,
    store::{Queries as _, StoreError, args},
    websocket::Event,
};

impl Core {
    /// Mattermost's `LeaveChannel` and `RemoveUserFromChannel`: the membership ends. `remover_id`
    /// is the user itself for leaving, empty for the system.
    ///
    /// # Errors
    ///
    /// 400 for direct, group and default channels; 404 when the user is no member.
    pub async fn remove_user_from_channel(
        &self,
        cx: &CallContext,
        user_id: &str,
        remover_id: &str,
        channel: &Channel,
    ) -> Result<(), AppError> {
        let at = "RemoveUserFromChannel";
        if !channel.is_open_or_private() {
            let id = "api.channel.leave.direct.app_error";
            return Err(AppError::new(at, id, 400, "Nobody leaves a direct or group message."));
        }
        let user = self.get_user(user_id).await?;
        if channel.name == DEFAULT_CHANNEL_NAME && !user.has_role("system_guest") {
            let text = format!("Everybody of the team is in `{DEFAULT_CHANNEL_NAME}`.");
            return Err(AppError::new(at, "api.channel.remove.default.app_error", 400, text));
        }
        let member = self.get_channel_member(&channel.id, user_id).await?;
        let mut tx = self.store.write().await?;
        let deleted = tx
            .run("DELETE FROM channel_members WHERE channel_id = $1 AND user_id = $2", args![channel.id, user_id])
            .await?;
        let sql = "DELETE FROM thread_memberships WHERE user_id = $1
            AND post_id IN (SELECT post_id FROM threads WHERE channel_id = $2)";
        tx.run(sql, args![user_id, channel.id]).await?;
        crate::groups::departed(&mut tx, &channel.id, user_id).await?;
        crate::sidebar::left_channel(&mut tx, &channel.id, user_id).await?;
        tx.commit().await.map_err(StoreError::from)?;
        if deleted == 0 {
            return Err(super::missing_member(at, &channel.id, user_id));
        }
        self.hub.membership_changed(&channel.id);
        let to_channel = Event::new("user_removed").data("user_id", user_id).data("remover_id", remover_id);
        self.publish(to_channel.to_channel(&channel.id));
        let to_user = Event::new("user_removed").data("channel_id", channel.id.as_str()).data("remover_id", remover_id);
        self.publish(to_user.to_user(user_id));
        let actor = if remover_id.is_empty() { None } else { self.get_user(remover_id).await.ok().map(Arc::new) };
        let told = Arc::new(member);
        self.runtime.observe::<UserHasLeftChannel>(cx, |ctx| (ctx, told, actor));
        if remover_id == user_id {
            self.post_left_channel(cx, &user, channel).await;
        } else {
            let author = if remover_id.is_empty() { user_id } else { remover_id };
            self.post_removed_from_channel(cx, author, &user, channel).await;
        }
        if user.has_role("system_guest") {
            self.leave_team_without_channels(cx, user_id, channel).await?;
        }
        Ok(())
    }

    /// A guest is in a team for its channels: without any, the guest leaves it.
    async fn leave_team_without_channels(
        &self,
        cx: &CallContext,
        user_id: &str,
        channel: &Channel,
    ) -> Result<(), AppError> {
        let sql = "SELECT COUNT(*) FROM channel_members JOIN channels ON channels.id = channel_members.channel_id
            WHERE channel_members.user_id = $1 AND channels.team_id = $2 AND channels.delete_at = 0";
        let left = self.store.read().await?.value(sql, args![user_id, channel.team_id]).await?;
        if left.unwrap_or(0_i64) > 0 {
            return Ok(());
        }
        self.remove_user_from_team(cx, &channel.team_id, user_id, "").await
    }
}
