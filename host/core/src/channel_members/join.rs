//! Joining a channel and being added to it.

use std::sync::Arc;

use wasmoat_model::{AppError, Channel, ChannelMember, User, now_ms};
use wasmoat_runtime::{CallContext, ChannelMemberWillBeAdded, UserHasJoinedChannel};

use super::store;
use crate::{Core, rejection::Refused, store::Queries as _, websocket::Event};

/// How a membership came about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Added<'a> {
    /// Who adds the user; the user itself or none for joining.
    pub by: Option<&'a User>,
    /// Thread in which the addition is told; empty for the channel itself.
    pub root_id: &'a str,
}

fn refused(id: &str, status: u16, message: &str) -> AppError {
    AppError::new("AddUserToChannel", id, status, message)
}

impl Core {
    /// Mattermost's `AddChannelMember`: the user joins, or is added; plugins are asked first. An
    /// existing membership is given back as it is.
    ///
    /// # Errors
    ///
    /// 400 for direct and group messages, archived channels, people outside the team and a
    /// plugin's refusal; 403 for a deactivated user; 404 for an unknown one.
    pub async fn add_channel_member(
        &self,
        cx: &CallContext,
        user_id: &str,
        channel: &Channel,
        added: Added<'_>,
    ) -> Result<ChannelMember, AppError> {
        if let Some(member) = store::one(&mut *self.store.read().await?, &channel.id, user_id).await? {
            return Ok(member);
        }
        let user = self.get_user(user_id).await?;
        self.check_may_be_member(&user, channel).await?;
        let guest = user.has_role("system_guest");
        let now = now_ms();
        let member = ChannelMember {
            scheme_guest: guest,
            scheme_user: !guest,
            // What was said before is not news.
            msg_count: channel.total_msg_count,
            msg_count_root: channel.total_msg_count_root,
            last_update_at: now,
            ..ChannelMember::new(&channel.id, user_id)
        };
        let member = self.store_member(cx, member).await?;
        self.joined_sidebar(&user.id, channel).await;
        let actor = added.by.filter(|actor| actor.id != user.id);
        self.publish(user_added(&user, channel).to_channel(&channel.id).omit_user(&user.id));
        self.publish(user_added(&user, channel).to_user(&user.id));
        let (told, by) = (Arc::new(member.clone()), actor.cloned().map(Arc::new));
        self.runtime.observe::<UserHasJoinedChannel>(cx, |ctx| (ctx, told, by));
        match actor {
            Some(actor) => self.post_added_to_channel(cx, actor, &user, channel, added.root_id).await,
            None => self.post_join_channel(cx, &user, channel).await,
        }
        Ok(member)
    }

    async fn check_may_be_member(&self, user: &User, channel: &Channel) -> Result<(), AppError> {
        if !channel.is_open_or_private() {
            let id = "api.channel.add_user_to_channel.type.app_error";
            return Err(refused(id, 400, "Nobody is added to a direct or group message."));
        }
        if channel.delete_at > 0 {
            let id = "api.channel.add_user_to_channel.deleted.app_error";
            return Err(refused(id, 400, "The channel is archived."));
        }
        if user.delete_at > 0 {
            let id = "app.channel.add_member.deleted_user.app_error";
            return Err(refused(id, 403, "The account is deactivated."));
        }
        let member = self.get_team_member(&channel.team_id, &user.id).await?;
        if member.delete_at > 0 {
            let id = "api.channel.add_user.to.channel.failed.deleted.app_error";
            return Err(refused(id, 400, "The user has left the team."));
        }
        self.check_group_constraint(user, channel).await
    }

    async fn store_member(&self, cx: &CallContext, member: ChannelMember) -> Result<ChannelMember, AppError> {
        let (channel_id, user_id) = (member.channel_id.clone(), member.user_id.clone());
        let id = "app.channel.add_member.rejected_by_plugin.app_error";
        let refused = Refused { at: "AddUserToChannel", id, before: "A plugin refused to add the user." };
        let args = |ctx, member| (ctx, member);
        let member =
            self.filter_in_channel::<ChannelMemberWillBeAdded, _, _>(cx, &channel_id, member, args, refused).await?;
        // A plugin changes what the membership is, not whose it is.
        let member = ChannelMember { channel_id, user_id, ..member }.with_roles();
        member.is_valid()?;
        match self.store.read().await?.insert(&member).await {
            Ok(()) => {}
            // Somebody else added the user just now.
            Err(error) if error.is_unique_violation() => {}
            Err(error) => return Err(error.into()),
        }
        self.hub.membership_changed(&member.channel_id);
        Ok(member)
    }
}

fn user_added(user: &User, channel: &Channel) -> Event {
    Event::new("user_added").data("user_id", user.id.as_str()).data("team_id", channel.team_id.as_str())
}
