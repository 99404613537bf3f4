//! Slash commands: those of plugins, stored ones that a web address answers, and built-in ones.

mod api;
mod autocomplete;
mod built_in;
mod custom;
mod execute;
mod outgoing;
mod registry;
mod response;
mod store;
#[cfg(test)]
mod tests;
mod trigger_id;

use wasmoat_model::{AppError, Command};

pub(crate) use self::{outgoing::read as read_answer, registry::Registry};
use crate::Core;

impl Core {
    /// Mattermost's `ListCommands` of the Plugin API: of plugins, then built in, then stored.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn list_commands(&self, team_id: &str) -> Result<Vec<Command>, AppError> {
        let mut commands = self.list_plugin_commands(team_id);
        commands.extend(self.list_built_in_commands());
        commands.extend(self.list_custom_commands(team_id).await?);
        Ok(commands)
    }

    /// Mattermost's `ListPluginCommands`: those of plugins, the first of equal triggers.
    #[must_use]
    pub fn list_plugin_commands(&self, team_id: &str) -> Vec<Command> {
        self.commands.list(team_id)
    }

    /// Mattermost's `ListBuiltInCommands`.
    #[must_use]
    pub fn list_built_in_commands(&self) -> Vec<Command> {
        built_in::list()
    }

    /// Mattermost's `ListAllCommands`: what a user may run in a team, the first of equal triggers,
    /// without secrets.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn list_all_commands(&self, team_id: &str) -> Result<Vec<Command>, AppError> {
        let mut commands = self.list_plugin_commands(team_id);
        if self.config.get().flag("ServiceSettings.EnableCommands") {
            commands.extend(self.list_custom_commands(team_id).await?);
        }
        commands.extend(self.list_built_in_commands());
        let mut seen = std::collections::HashSet::new();
        commands.retain(|command| seen.insert(command.trigger.clone()));
        Ok(commands.into_iter().map(Command::sanitized).collect())
    }

    /// Mattermost's `ListAutocompleteCommands`: those of them that are offered while typing.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn list_autocomplete_commands(&self, team_id: &str) -> Result<Vec<Command>, AppError> {
        let mut commands = self.list_all_commands(team_id).await?;
        commands.retain(|command| command.auto_complete);
        Ok(commands)
    }

    /// Mattermost's `RegisterCommand`: a command that the plugin's `execute-command` answers.
    ///
    /// # Errors
    ///
    /// 400 for an empty trigger or bad autocomplete data.
    pub fn register_plugin_command(&self, plugin_id: &str, command: Command) -> Result<(), AppError> {
        self.commands.register(plugin_id, command)
    }

    /// Mattermost's `UnregisterCommand`: takes back the plugin's own command.
    ///
    /// # Errors
    ///
    /// 403 where it is another plugin's.
    pub fn unregister_plugin_command(&self, plugin_id: &str, team_id: &str, trigger: &str) -> Result<(), AppError> {
        self.commands.unregister(plugin_id, team_id, trigger)
    }

    /// Takes back all commands of a plugin.
    pub fn drop_plugin_commands(&self, plugin_id: &str) {
        self.commands.drop_plugin(plugin_id);
    }
}
