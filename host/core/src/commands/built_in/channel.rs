//! Commands about the channel.

use wasmoat_model::{Channel, ChannelPatch, ChannelType, CommandArgs, CommandResponse, DEFAULT_CHANNEL_NAME, json};
use wasmoat_runtime::CallContext;

use super::{nothing, plain, tell};
use crate::{Core, channel_members::Added};

impl Core {
    /// `/header`, `/purpose` and `/rename`.
    pub(super) async fn edit_channel_command(
        &self,
        cx: &CallContext,
        args: &CommandArgs,
        field: &str,
        message: &str,
    ) -> CommandResponse {
        let channel = match self.get_channel(&args.channel_id).await {
            Ok(channel) => channel,
            Err(error) => return tell(error.message),
        };
        let allowed = match channel.r#type {
            ChannelType::Open => self.may(args, &channel, "manage_public_channel_properties").await,
            ChannelType::Private => self.may(args, &channel, "manage_private_channel_properties").await,
            _ => field == "header" && self.get_channel_member(&channel.id, &args.user_id).await.is_ok(),
        };
        if !allowed {
            return tell(format!("You do not have the appropriate permissions to edit the channel {field}."));
        }
        if message.is_empty() {
            return tell(format!("A message must be provided with the /{field} command."));
        }
        let text = Some(message.to_owned());
        let patch = match field {
            "header" => ChannelPatch { header: text, ..ChannelPatch::default() },
            "purpose" => ChannelPatch { purpose: text, ..ChannelPatch::default() },
            _ => ChannelPatch { display_name: text, ..ChannelPatch::default() },
        };
        match self.patch_channel(cx, &channel, patch, &args.user_id).await {
            Ok(_) => nothing(),
            Err(error) => tell(error.message),
        }
    }

    async fn may(&self, args: &CommandArgs, channel: &Channel, permission: &str) -> bool {
        self.has_permission_to_channel(&args.user_id, &channel.id, permission).await
    }

    async fn may_manage_members(&self, args: &CommandArgs, channel: &Channel) -> bool {
        let permission = if channel.r#type == ChannelType::Private {
            "manage_private_channel_members"
        } else {
            "manage_public_channel_members"
        };
        channel.is_open_or_private() && self.may(args, channel, permission).await
    }

    /// `/invite @user … ~channel …`: every user to every channel, or to the current one.
    pub(super) async fn invite_command(&self, cx: &CallContext, args: &CommandArgs, message: &str) -> CommandResponse {
        let words = || message.split([' ', ',']).filter(|word| !word.is_empty());
        let users: Vec<&str> = words().filter(|word| !word.starts_with('~')).collect();
        if users.is_empty() {
            return tell("Missing Username and Channel.");
        }
        let mut channels = Vec::new();
        for name in words().filter(|word| word.starts_with('~')) {
            match self.get_channel_by_name(&args.team_id, &plain(name), false).await {
                Ok(channel) => channels.push(channel),
                Err(_) => {
                    return tell(format!(
                        "Could not find the channel {name}. Please use the channel handle to identify channels."
                    ));
                }
            }
        }
        if channels.is_empty() {
            channels.extend(self.get_channel(&args.channel_id).await.ok());
        }
        let mut lines = Vec::new();
        for channel in &channels {
            for name in &users {
                lines.push(self.invite(cx, args, channel, name).await);
            }
        }
        tell(lines.join("\n"))
    }

    async fn invite(&self, cx: &CallContext, args: &CommandArgs, channel: &Channel, name: &str) -> String {
        let Ok(user) = self.get_user_by_username(&plain(name)).await else {
            return format!(
                "We couldn't find the user {name}. They may have been deactivated by the System Administrator."
            );
        };
        if !channel.is_open_or_private() {
            return "You can't add someone to a direct message channel.".to_owned();
        }
        if !self.may_manage_members(args, channel).await {
            return format!("You don't have enough permissions to add @{} in ~{}.", user.username, channel.name);
        }
        if self.get_channel_member(&channel.id, &user.id).await.is_ok() {
            return format!("@{} is already in the channel.", user.username);
        }
        let actor = self.get_user(&args.user_id).await.ok();
        let added = Added { by: actor.as_ref(), root_id: "" };
        match self.add_channel_member(cx, &user.id, channel, added).await {
            Ok(_) => format!("@{} added to ~{} channel.", user.username, channel.name),
            Err(error) if error.id.starts_with("app.team.get_member") => {
                format!("@{} is not a member of the team.", user.username)
            }
            Err(error) => error.message,
        }
    }

    /// `/join ~channel`.
    pub(super) async fn join_command(&self, cx: &CallContext, args: &CommandArgs, message: &str) -> CommandResponse {
        let name = plain(message);
        let Ok(channel) = self.get_channel_by_name(&args.team_id, &name, false).await else {
            return tell(format!(
                "Could not find the channel {name}. Please use the channel handle to identify channels."
            ));
        };
        let member = self.get_channel_member(&channel.id, &args.user_id).await.is_ok();
        let allowed = member
            || (channel.r#type == ChannelType::Open
                && self.has_permission_to_team(&args.user_id, &args.team_id, "join_public_channels").await);
        if !allowed {
            return tell("An error occurred while joining the channel.");
        }
        if let Err(error) = self.add_channel_member(cx, &args.user_id, &channel, Added::default()).await {
            return tell(error.message);
        }
        CommandResponse { goto_location: self.channel_link(&args.team_id, &channel).await, ..nothing() }
    }

    /// `/leave`: and on to town-square.
    pub(super) async fn leave_command(&self, cx: &CallContext, args: &CommandArgs) -> CommandResponse {
        let channel = match self.get_channel(&args.channel_id).await {
            Ok(channel) => channel,
            Err(error) => return tell(error.message),
        };
        if let Err(error) = self.remove_user_from_channel(cx, &args.user_id, &args.user_id, &channel).await {
            return tell(error.message);
        }
        match self.get_channel_by_name(&channel.team_id, DEFAULT_CHANNEL_NAME, false).await {
            Ok(square) => {
                CommandResponse { goto_location: self.channel_link(&channel.team_id, &square).await, ..nothing() }
            }
            Err(_) => nothing(),
        }
    }

    /// `/kick @user`.
    pub(super) async fn kick_command(&self, cx: &CallContext, args: &CommandArgs, message: &str) -> CommandResponse {
        let channel = match self.get_channel(&args.channel_id).await {
            Ok(channel) => channel,
            Err(error) => return tell(error.message),
        };
        if !self.may_manage_members(args, &channel).await {
            return tell("You do not have the appropriate permissions to remove the member.");
        }
        let name = message.split_whitespace().next().unwrap_or_default();
        if name.is_empty() {
            return tell("A message must be provided with the /kick command.");
        }
        let Ok(user) = self.get_user_by_username(&plain(name)).await else {
            return tell(format!("We couldn't find the user {name}."));
        };
        if self.get_channel_member(&channel.id, &user.id).await.is_err() {
            return tell(format!("@{} is not a member of this channel.", user.username));
        }
        match self.remove_user_from_channel(cx, &user.id, &args.user_id, &channel).await {
            Ok(()) => nothing(),
            Err(error) => tell(error.message),
        }
    }

    /// `/mute`, of this channel or another one; the same again undoes it.
    pub(super) async fn mute_command(&self, args: &CommandArgs, message: &str) -> CommandResponse {
        let channel = if message.is_empty() {
            self.get_channel(&args.channel_id).await
        } else {
            self.get_channel_by_name(&args.team_id, &plain(message), false).await
        };
        let Ok(channel) = channel else {
            return tell(format!(
                "Could not find the channel {message}. Please use the channel handle to identify channels."
            ));
        };
        let Ok(member) = self.get_channel_member(&channel.id, &args.user_id).await else {
            return tell("You are not a member of this channel.");
        };
        let mute = json::get(&member.notify_props, "mark_unread") != Some("mention");
        let value = if mute { "mention" } else { "all" };
        let props = vec![("mark_unread".to_owned(), value.to_owned())];
        match self.update_channel_member_notify_props(&channel.id, &args.user_id, &props).await {
            Ok(_) if mute => tell(format!(
                "You will not receive notifications for {} until channel mute is turned off.",
                channel.display_name
            )),
            Ok(_) => tell(format!("{} is no longer muted.", channel.display_name)),
            Err(error) => tell(error.message),
        }
    }
}
