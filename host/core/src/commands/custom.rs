//! Stored commands.

use wasmoat_model::{AppError, Command, new_id, now_ms};

use super::{built_in, store};
use crate::{
    Core,
    store::{Queries as _, args},
};

fn taken(trigger: &str) -> AppError {
    let text = format!("The trigger `{trigger}` is in use.");
    AppError::new("CreateCommand", "api.command.duplicate_trigger.app_error", 400, text)
}

impl Core {
    /// Whether stored commands may be used and changed.
    ///
    /// # Errors
    ///
    /// 501 where they may not.
    pub fn check_commands_enabled(&self) -> Result<(), AppError> {
        if self.config.get().flag("ServiceSettings.EnableCommands") {
            return Ok(());
        }
        let text = "Commands are switched off (setting `ServiceSettings.EnableCommands`).";
        Err(AppError::new("Commands", "api.command.disabled.app_error", 501, text))
    }

    /// Mattermost's `CreateCommand`: stores a command that a web address answers.
    ///
    /// # Errors
    ///
    /// 400 for a taken trigger or a bad address.
    pub async fn create_command(&self, command: Command) -> Result<Command, AppError> {
        let now = now_ms();
        let command = Command {
            id: new_id(),
            token: new_id(),
            create_at: now,
            update_at: now,
            delete_at: 0,
            trigger: command.trigger.trim().to_lowercase(),
            method: if command.method.is_empty() { "P".to_owned() } else { command.method },
            ..command
        };
        self.get_team(&command.team_id).await?;
        command.is_valid()?;
        self.check_trigger_free(&command).await?;
        self.store.read().await?.insert(&command).await?;
        Ok(command)
    }

    async fn check_trigger_free(&self, command: &Command) -> Result<(), AppError> {
        if built_in::exists(&command.trigger) {
            return Err(taken(&command.trigger));
        }
        let other = store::by_trigger(&mut *self.store.read().await?, &command.team_id, &command.trigger).await?;
        match other {
            Some(other) if other.id != command.id => Err(taken(&command.trigger)),
            _ => Ok(()),
        }
    }

    /// Mattermost's `GetCommand`: one stored command.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn get_command(&self, command_id: &str) -> Result<Command, AppError> {
        let command = store::one(&mut *self.store.read().await?, command_id).await?;
        command.ok_or_else(|| {
            AppError::new("GetCommand", "store.sql_command.get.missing.app_error", 404, "There is no such command.")
                .detail(command_id)
        })
    }

    /// Mattermost's `ListTeamCommands`: the stored commands of a team, with their tokens.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn list_custom_commands(&self, team_id: &str) -> Result<Vec<Command>, AppError> {
        Ok(store::of_team(&mut *self.store.read().await?, team_id).await?)
    }

    /// Mattermost's `UpdateCommand`: overwrites a stored command; id, token, team, owner and time
    /// of creation stay.
    ///
    /// # Errors
    ///
    /// 400 for a taken trigger or a bad address.
    pub async fn update_command(&self, old: &Command, new: Command) -> Result<Command, AppError> {
        let command = Command {
            id: old.id.clone(),
            token: old.token.clone(),
            create_at: old.create_at,
            update_at: now_ms(),
            delete_at: old.delete_at,
            team_id: old.team_id.clone(),
            creator_id: old.creator_id.clone(),
            plugin_id: old.plugin_id.clone(),
            trigger: new.trigger.trim().to_lowercase(),
            method: if new.method.is_empty() { old.method.clone() } else { new.method },
            ..new
        };
        self.save_command(command).await
    }

    async fn save_command(&self, command: Command) -> Result<Command, AppError> {
        command.is_valid()?;
        self.check_trigger_free(&command).await?;
        self.store.read().await?.update(&command).await?;
        Ok(command)
    }

    /// A plugin's update: the command is the plugin's from now on.
    pub(super) async fn update_command_as_plugin(
        &self,
        plugin_id: &str,
        command_id: &str,
        new: Command,
    ) -> Result<Command, AppError> {
        let old = self.get_command(command_id).await?;
        let team_id = if new.team_id.is_empty() { old.team_id.clone() } else { new.team_id.clone() };
        let owner = Command { plugin_id: plugin_id.to_owned(), creator_id: String::new(), team_id, ..old };
        self.update_command(&owner, new).await
    }

    /// Mattermost's `MoveCommand`: the command is another team's from now on.
    ///
    /// # Errors
    ///
    /// 400 where the trigger is taken there.
    pub async fn move_command(&self, team_id: &str, command: Command) -> Result<(), AppError> {
        self.get_team(team_id).await?;
        let command = Command { team_id: team_id.to_owned(), update_at: now_ms(), ..command };
        self.save_command(command).await?;
        Ok(())
    }

    /// Mattermost's `RegenCommandToken`: a new secret.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn regen_command_token(&self, command: Command) -> Result<Command, AppError> {
        self.save_command(Command { token: new_id(), update_at: now_ms(), ..command }).await
    }

    /// Mattermost's `DeleteCommand`.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn delete_command(&self, command_id: &str) -> Result<(), AppError> {
        self.get_command(command_id).await?;
        let sql = "UPDATE commands SET delete_at = $2, update_at = $2 WHERE id = $1";
        self.store.read().await?.run(sql, args![command_id, now_ms()]).await?;
        Ok(())
    }
}
