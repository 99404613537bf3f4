//! Who answers a line: the plugin that registered the trigger first, then a stored command, then
//! a built-in one. A plugin may say that the line is not its own.

use std::sync::Arc;

use wasmoat_model::{AppError, Command, CommandArgs, CommandResponse, StringMap};
use wasmoat_runtime::{CallContext, CommandOutcome, ExecuteCommand};

use super::{built_in, store};
use crate::{Core, posts::mentions};

/// Most names of a line that are looked up.
const NAMES: usize = 50;
/// A longer trigger is cut in the error.
const SHOWN_TRIGGER: usize = 512;

impl Core {
    /// Mattermost's `ExecuteCommand`: runs a line, and posts the answer.
    ///
    /// # Errors
    ///
    /// 400 without a slash, 404 for an unknown command, and whatever the command answers.
    pub async fn execute_command(&self, cx: &CallContext, mut args: CommandArgs) -> Result<CommandResponse, AppError> {
        let at = "ExecuteCommand";
        let Some(line) = args.command.strip_prefix('/').map(str::to_owned) else {
            let id = "api.command.execute_command.format.app_error";
            return Err(AppError::new(at, id, 400, "A command begins with a slash."));
        };
        let (word, message) = line.split_once(char::is_whitespace).unwrap_or((&line, ""));
        let trigger = word.to_lowercase();
        let (client_trigger_id, trigger_id) = self.generate_trigger_id(&args.user_id);
        args.trigger_id = trigger_id;
        self.config.text("ServiceSettings.SiteURL").clone_into(&mut args.site_url);
        if let Some((command, mut response)) = self.try_plugin_command(cx, &args, &line).await? {
            response.trigger_id = client_trigger_id;
            return self.handle_command_response(cx, &command, &args, response, true).await;
        }
        if let Some((command, mut response)) = self.try_custom_command(cx, &args, &trigger, message).await? {
            response.trigger_id = client_trigger_id;
            return self.handle_command_response(cx, &command, &args, response, false).await;
        }
        if let Some(response) = self.run_built_in(cx, &args, &trigger, message).await {
            return self.handle_command_response(cx, &built_in::command(&trigger), &args, response, true).await;
        }
        let shown: String = trigger.chars().take(SHOWN_TRIGGER).collect();
        let text = format!(
            "Command with a trigger of '/{shown}' not found. To send a message beginning with \"/\", add a space at its front."
        );
        Err(AppError::new(at, "api.command.execute_command.not_found.app_error", 404, text))
    }

    async fn try_plugin_command(
        &self,
        cx: &CallContext,
        args: &CommandArgs,
        line: &str,
    ) -> Result<Option<(Command, CommandResponse)>, AppError> {
        // Up to the first space, not other white space: Mattermost's rule for plugins.
        let trigger = line.split(' ').next().unwrap_or_default().to_lowercase();
        let Some(command) = self.commands.find(&args.team_id, &trigger) else { return Ok(None) };
        let mut args = args.clone();
        args.user_mentions = self.users_named_in(&args.command).await?;
        args.channel_mentions = self.channels_named_in(&args.command, &args.team_id).await?;
        let told = Arc::new(args);
        let answer = self.runtime.provide::<ExecuteCommand>(cx, &command.plugin_id, |ctx| (ctx, told)).await;
        match answer {
            Ok((Ok(CommandOutcome::Respond(response)),)) => Ok(Some((command, response))),
            Ok((Ok(CommandOutcome::NotHandled),)) => Ok(None),
            Ok((Err(error),)) => Err(AppError { status_code: i32::from(error.status()), ..error }),
            Err(error) => {
                tracing::warn!(plugin = command.plugin_id, trigger, %error, "a plugin's command failed");
                let text = format!("The plugin `{}` did not answer the command `/{trigger}`.", command.plugin_id);
                let id = "model.plugin_command_error.error.app_error";
                Err(AppError::new("ExecuteCommand", id, 500, text).detail(error))
            }
        }
    }

    async fn try_custom_command(
        &self,
        cx: &CallContext,
        args: &CommandArgs,
        trigger: &str,
        message: &str,
    ) -> Result<Option<(Command, CommandResponse)>, AppError> {
        if args.team_id.is_empty() || !self.config.get().flag("ServiceSettings.EnableCommands") {
            return Ok(None);
        }
        let command = store::by_trigger(&mut *self.store.read().await?, &args.team_id, trigger).await?;
        let Some(command) = command else { return Ok(None) };
        let response = self.ask_custom_command(cx, &command, args, message).await?;
        Ok(Some((command, response)))
    }

    /// Usernames in a line, each with its id.
    async fn users_named_in(&self, line: &str) -> Result<StringMap, AppError> {
        let names: Vec<String> = mentions::user_names(line).into_iter().take(NAMES).collect();
        if names.is_empty() {
            return Ok(StringMap::new());
        }
        let users = self.get_users_by_usernames(&names).await?;
        Ok(users.into_iter().map(|user| (user.username, user.id)).collect())
    }

    /// Channels in a line, each with its id.
    async fn channels_named_in(&self, line: &str, team_id: &str) -> Result<StringMap, AppError> {
        let mut found = StringMap::new();
        for name in mentions::channel_names(line).into_iter().take(NAMES) {
            if let Ok(channel) = self.get_channel_by_name(team_id, &name, false).await {
                found.push((name, channel.id));
            }
        }
        Ok(found)
    }
}
