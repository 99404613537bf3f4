//! Commands that say something.

use std::time::Duration;

use wasmoat_model::{AppError, CommandArgs, CommandResponse, Post};
use wasmoat_runtime::CallContext;

use super::{nothing, plain, say, tell};
use crate::Core;

/// Longest delay of an echo, in seconds.
const ECHO_DELAY: u64 = 10_000;

pub(super) fn code(message: &str) -> CommandResponse {
    if message.is_empty() {
        return tell("A message must be provided with the /code command.");
    }
    say(format!("    {}", message.split('\n').collect::<Vec<_>>().join("\n    ")))
}

pub(super) fn me(message: &str) -> CommandResponse {
    let mut answer = say(if message.is_empty() { String::new() } else { format!("*{message}*") });
    "me".clone_into(&mut answer.r#type);
    answer.props = serde_json::json!({"message": message}).to_string();
    answer
}

pub(super) fn shrug(message: &str) -> CommandResponse {
    let shrug = r"¯\\\_(ツ)\_/¯";
    say(if message.is_empty() { shrug.to_owned() } else { format!("{message} {shrug}") })
}

/// `"text" 5` or `text`: what to say and after how many seconds.
fn echo(message: &str) -> (&str, u64) {
    let quoted = message.strip_prefix('"').and_then(|rest| rest.rsplit_once('"'));
    match quoted {
        Some((text, delay)) => (text, delay.trim().parse().unwrap_or_default()),
        None => match message.rsplit_once(' ') {
            Some((text, delay)) if !text.is_empty() => match delay.parse() {
                Ok(delay) => (text.trim_end(), delay),
                Err(_) => (message, 0),
            },
            _ => (message, 0),
        },
    }
}

impl Core {
    pub(super) fn echo_command(&self, args: &CommandArgs, message: &str) -> CommandResponse {
        if message.is_empty() {
            return tell("A message must be provided with the /echo command.");
        }
        let (text, delay) = echo(message);
        if delay > ECHO_DELAY {
            return tell(format!("Delays must be under {ECHO_DELAY} seconds."));
        }
        if delay == 0 {
            return say(text);
        }
        let post = Post {
            channel_id: args.channel_id.clone(),
            root_id: args.root_id.clone(),
            user_id: args.user_id.clone(),
            message: text.to_owned(),
            ..Post::default()
        };
        let (core, stopping) = (self.clone(), self.tasks.stopping());
        self.tasks.spawn(async move {
            let wait = tokio::time::sleep(Duration::from_secs(delay));
            if stopping.run_until_cancelled(wait).await.is_some()
                && let Err(error) = core.create_post_as_user(&CallContext::core(), post, true).await
            {
                tracing::warn!(%error, "echo not posted");
            }
        });
        nothing()
    }

    /// `/msg @user text`: opens the direct channel, and posts the text there.
    pub(super) async fn msg_command(&self, cx: &CallContext, args: &CommandArgs, message: &str) -> CommandResponse {
        let (name, text) = message.split_once(char::is_whitespace).unwrap_or((message, ""));
        let Ok(user) = self.get_user_by_username(&plain(name)).await else {
            return tell(format!("We couldn't find the user: {name}"));
        };
        if !self.has_permission_to(&args.user_id, "create_direct_channel").await {
            return tell("You don't have permission to create direct message channels.");
        }
        match self.get_direct_channel(cx, &args.user_id, &user.id).await {
            Ok(channel) => {
                let answer = self.post_text(cx, args, &channel.id, text).await;
                self.opened(args, &format!("@{}", user.username), answer).await
            }
            Err(error) => tell(error.message),
        }
    }

    /// `/groupmsg @a,@b text`: the same with several people.
    pub(super) async fn groupmsg_command(
        &self,
        cx: &CallContext,
        args: &CommandArgs,
        message: &str,
    ) -> CommandResponse {
        let mut names = Vec::new();
        let mut rest = message;
        while rest.starts_with('@') {
            let end = rest.find([',', ' ']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            names.push(plain(name));
            rest = after.trim_start_matches([',', ' ']);
        }
        let users = match self.get_users_by_usernames(&names).await {
            Ok(users) if users.len() == names.len() => users,
            Ok(users) => {
                let missing: Vec<String> = names
                    .iter()
                    .filter(|name| users.iter().all(|user| user.username != **name))
                    .map(|name| format!("@{name}"))
                    .collect();
                return tell(format!("We couldn't find these users: {}", missing.join(", ")));
            }
            Err(error) => return tell(error.message),
        };
        if !self.has_permission_to(&args.user_id, "create_group_channel").await {
            return tell("You don't have permission to create group message channels.");
        }
        let mut ids: Vec<String> = users.iter().map(|user| user.id.clone()).collect();
        ids.push(args.user_id.clone());
        match self.get_group_channel(cx, &ids, &args.user_id).await {
            Ok(channel) => {
                let answer = self.post_text(cx, args, &channel.id, rest).await;
                self.opened(args, &channel.name, answer).await
            }
            Err(error) => tell(error.message),
        }
    }

    async fn post_text(
        &self,
        cx: &CallContext,
        args: &CommandArgs,
        channel_id: &str,
        text: &str,
    ) -> Result<(), AppError> {
        if text.is_empty() {
            return Ok(());
        }
        let post = Post {
            channel_id: channel_id.to_owned(),
            user_id: args.user_id.clone(),
            message: text.to_owned(),
            ..Post::default()
        };
        self.create_post_as_user(cx, post, true).await.map(|_| ())
    }

    /// Takes the client to a conversation.
    async fn opened(&self, args: &CommandArgs, target: &str, posted: Result<(), AppError>) -> CommandResponse {
        if let Err(error) = posted {
            return tell(error.message);
        }
        let site = self.config.text("ServiceSettings.SiteURL");
        let team = self.get_team(&args.team_id).await.map(|team| team.name).unwrap_or_default();
        CommandResponse {
            goto_location: format!("{}/{team}/messages/{target}", site.trim_end_matches('/')),
            ..nothing()
        }
    }

    pub(super) async fn help_command(&self, args: &CommandArgs) -> CommandResponse {
        let link = self.config.text("SupportSettings.HelpLink").to_owned();
        if !link.is_empty() {
            return CommandResponse { goto_location: link, ..nothing() };
        }
        let commands = match self.list_autocomplete_commands(&args.team_id).await {
            Ok(commands) => commands,
            Err(error) => return tell(error.message),
        };
        let lines = commands.iter().map(|command| {
            let usage = format!("/{} {}", command.trigger, command.auto_complete_hint);
            format!("- `{}` {}", usage.trim_end(), command.auto_complete_desc)
        });
        tell(lines.collect::<Vec<_>>().join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echo_may_wait() {
        assert_eq!(echo("hello"), ("hello", 0));
        assert_eq!(echo("hello world"), ("hello world", 0));
        assert_eq!(echo("hello 5"), ("hello", 5));
        assert_eq!(echo(r#""hello 5""#), ("hello 5", 0));
        assert_eq!(echo(r#""a "b" c" 7"#), (r#"a "b" c"#, 7));
        assert_eq!(echo("5"), ("5", 0));
    }
}
