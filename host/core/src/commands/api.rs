//! The Plugin API's `commands`.

use wasmoat_model::{AppError, Command, CommandArgs, CommandResponse};
use wasmoat_runtime::bindings::commands::Host;

use crate::api::Api;

impl Host for Api<'_> {
    async fn register_command(&mut self, command: Command) -> Result<(), AppError> {
        self.core.register_plugin_command(&self.caller.plugin_id, command)
    }

    async fn unregister_command(&mut self, team_id: String, trigger: String) -> Result<(), AppError> {
        self.core.unregister_plugin_command(&self.caller.plugin_id, &team_id, &trigger)
    }

    async fn execute_slash_command(&mut self, command_args: CommandArgs) -> Result<CommandResponse, AppError> {
        self.core.get_user(&command_args.user_id).await?;
        self.core.execute_command(&self.caller.context, command_args).await
    }

    async fn create_command(&mut self, cmd: Command) -> Result<Command, AppError> {
        let plugin_id = self.caller.plugin_id.to_string();
        self.core.create_command(Command { creator_id: String::new(), plugin_id, ..cmd }).await
    }

    async fn list_commands(&mut self, team_id: String) -> Result<Vec<Command>, AppError> {
        self.core.list_commands(&team_id).await
    }

    async fn list_custom_commands(&mut self, team_id: String) -> Result<Vec<Command>, AppError> {
        self.core.list_custom_commands(&team_id).await
    }

    async fn list_plugin_commands(&mut self, team_id: String) -> Result<Vec<Command>, AppError> {
        Ok(self.core.list_plugin_commands(&team_id))
    }

    async fn list_built_in_commands(&mut self) -> Result<Vec<Command>, AppError> {
        Ok(self.core.list_built_in_commands())
    }

    async fn get_command(&mut self, command_id: String) -> Result<Command, AppError> {
        self.core.get_command(&command_id).await
    }

    async fn update_command(&mut self, command_id: String, updated_cmd: Command) -> Result<Command, AppError> {
        self.core.update_command_as_plugin(&self.caller.plugin_id, &command_id, updated_cmd).await
    }

    async fn delete_command(&mut self, command_id: String) -> Result<(), AppError> {
        self.core.delete_command(&command_id).await
    }
}
