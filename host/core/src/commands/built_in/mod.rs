//! The server's own commands.

mod channel;
mod chat;
mod presence;

use wasmoat_model::{Channel, Command, CommandArgs, CommandResponse};
use wasmoat_runtime::CallContext;

use crate::Core;

/// A built-in command: its trigger, what clients show of it, and whether they offer it.
struct BuiltIn {
    trigger: &'static str,
    hint: &'static str,
    description: &'static str,
    offered: bool,
}

const fn shown(trigger: &'static str, hint: &'static str, description: &'static str) -> BuiltIn {
    BuiltIn { trigger, hint, description, offered: true }
}

/// Another word for a command.
const fn alias(trigger: &'static str) -> BuiltIn {
    BuiltIn { trigger, hint: "", description: "", offered: false }
}

const BUILT_INS: [BuiltIn; 25] = [
    shown("away", "", "Set your status away"),
    shown("code", "[text]", "Display text as a code block"),
    shown("dnd", "", "Do not disturb disables desktop and mobile push notifications."),
    shown("echo", "'message' [delay in seconds]", "Echo back text from your account"),
    shown("groupmsg", "[@username1,@username2] 'message'", "Sends a Group Message to the specified users"),
    shown("header", "[text]", "Edit the channel header"),
    shown("help", "", "List the commands"),
    shown("invite", "@[username]... ~[channel]...", "Invite users to a channel"),
    shown("join", "~[channel]", "Join the open channel"),
    alias("open"),
    shown("kick", "@[username]", "Remove a member from the channel"),
    alias("remove"),
    shown("leave", "", "Leave the current channel"),
    shown("logout", "", "Logout of Mattermost"),
    shown("me", "[message]", "Do an action"),
    shown("msg", "@[username] 'message'", "Send a Direct Message to a user"),
    shown(
        "mute",
        "~[channel]",
        "Turns off desktop, email and push notifications for the current channel or the [channel] specified.",
    ),
    shown("offline", "", "Set your status offline"),
    shown("online", "", "Set your status online"),
    shown("purpose", "[text]", "Edit the channel purpose"),
    shown("rename", "[text]", "Rename the channel"),
    shown("shrug", "[message]", r"Adds ¯\_(ツ)_/¯ to your message"),
    shown("status", "[:emoji_name:] [status_message] or clear", "Set your custom status"),
    // Clients handle these themselves; a line that comes here anyway goes nowhere.
    alias("search"),
    alias("shortcuts"),
];

pub(super) fn exists(trigger: &str) -> bool {
    BUILT_INS.iter().any(|known| known.trigger == trigger)
}

pub(super) fn command(trigger: &str) -> Command {
    let known = BUILT_INS.iter().find(|known| known.trigger == trigger);
    known.map_or_else(Command::default, |known| Command {
        trigger: known.trigger.to_owned(),
        auto_complete: known.offered,
        auto_complete_desc: known.description.to_owned(),
        auto_complete_hint: known.hint.to_owned(),
        display_name: known.trigger.to_owned(),
        ..Command::default()
    })
}

pub(super) fn list() -> Vec<Command> {
    BUILT_INS.iter().filter(|known| known.offered).map(|known| command(known.trigger)).collect()
}

/// An answer that the caller alone sees.
fn tell(text: impl Into<String>) -> CommandResponse {
    CommandResponse { response_type: "ephemeral".to_owned(), text: text.into(), ..CommandResponse::default() }
}

/// An answer without a text.
fn nothing() -> CommandResponse {
    CommandResponse { response_type: "ephemeral".to_owned(), ..CommandResponse::default() }
}

/// A post of the caller.
fn say(text: impl Into<String>) -> CommandResponse {
    CommandResponse {
        response_type: "in_channel".to_owned(),
        text: text.into(),
        skip_slack_parsing: true,
        ..CommandResponse::default()
    }
}

/// A name as it is typed: without `@` or `~`, in lower case.
fn plain(word: &str) -> String {
    word.trim_start_matches(['@', '~']).trim_end_matches([',', ' ']).to_lowercase()
}

impl Core {
    /// Runs a built-in command; none where there is none of this trigger.
    pub(super) async fn run_built_in(
        &self,
        cx: &CallContext,
        args: &CommandArgs,
        trigger: &str,
        message: &str,
    ) -> Option<CommandResponse> {
        let message = message.trim();
        Some(match trigger {
            "away" => self.presence_command(args, "away", "You are now away").await,
            "online" => self.presence_command(args, "online", "You are now online").await,
            "offline" => self.presence_command(args, "offline", "You are now offline").await,
            "dnd" => {
                let text = "Do Not Disturb is enabled. You will not receive desktop or mobile push notifications until \
                    Do Not Disturb is turned off.";
                self.presence_command(args, "dnd", text).await
            }
            "status" => self.custom_status_command(cx, args, message).await,
            "code" => chat::code(message),
            "echo" => self.echo_command(args, message),
            "me" => chat::me(message),
            "shrug" => chat::shrug(message),
            "msg" => self.msg_command(cx, args, message).await,
            "groupmsg" => self.groupmsg_command(cx, args, message).await,
            "header" | "purpose" | "rename" => self.edit_channel_command(cx, args, trigger, message).await,
            "invite" => self.invite_command(cx, args, message).await,
            "join" | "open" => self.join_command(cx, args, message).await,
            "leave" => self.leave_command(cx, args).await,
            "kick" | "remove" => self.kick_command(cx, args, message).await,
            "mute" => self.mute_command(args, message).await,
            "help" => self.help_command(args).await,
            "logout" => CommandResponse { goto_location: "/login".to_owned(), ..nothing() },
            "search" | "shortcuts" => tell(format!("`/{trigger}` is for clients with a screen of their own.")),
            _ => return None,
        })
    }

    /// The link of a channel in the web application.
    async fn channel_link(&self, team_id: &str, channel: &Channel) -> String {
        let site = self.config.text("ServiceSettings.SiteURL");
        let team = self.get_team(team_id).await.map(|team| team.name).unwrap_or_default();
        format!("{}/{team}/channels/{}", site.trim_end_matches('/'), channel.name)
    }
}
