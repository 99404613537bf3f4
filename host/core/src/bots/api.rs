//! The Plugin API's `bots`.

use wasmoat_model::{AppError, Bot, BotGetOptions, BotPatch};
use wasmoat_runtime::bindings::bots::Host;

use crate::api::Api;

impl Host for Api<'_> {
    async fn create_bot(&mut self, mut bot: Bot) -> Result<Bot, AppError> {
        if bot.owner_id.is_empty() {
            bot.owner_id = self.plugin_id().to_owned();
        }
        self.core.create_bot(bot).await
    }

    async fn patch_bot(&mut self, bot_user_id: String, bot_patch: BotPatch) -> Result<Bot, AppError> {
        self.core.patch_bot(&bot_user_id, bot_patch).await
    }

    async fn get_bot(&mut self, bot_user_id: String, include_deleted: bool) -> Result<Bot, AppError> {
        self.core.get_bot(&bot_user_id, include_deleted).await
    }

    async fn get_bots(&mut self, options: BotGetOptions) -> Result<Vec<Bot>, AppError> {
        self.core.get_bots(&options).await
    }

    async fn update_bot_active(&mut self, bot_user_id: String, active: bool) -> Result<Bot, AppError> {
        self.core.update_bot_active(&self.caller.context, &bot_user_id, active).await
    }

    async fn permanent_delete_bot(&mut self, bot_user_id: String) -> Result<(), AppError> {
        self.core.permanent_delete_bot(&bot_user_id).await
    }

    async fn ensure_bot_user(&mut self, bot: Bot) -> Result<String, AppError> {
        self.core.ensure_bot_user(self.plugin_id(), bot).await
    }
}
