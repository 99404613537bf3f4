//! `EnsureBotUser`: the one bot of a plugin.

use wasmoat_model::{AppError, Bot, BotPatch};

use crate::Core;

/// Key of the bot's id in the plugin's key-value store.
const BOT_ID_KEY: &str = "mmi_botid";

impl Core {
    /// Mattermost's `EnsureBot`: the id of the plugin's bot, created or brought up to date. A bot
    /// that already has the username is adopted; so is an ordinary account, as in Mattermost.
    ///
    /// # Errors
    ///
    /// 400 without a username.
    pub async fn ensure_bot_user(&self, plugin_id: &str, bot: Bot) -> Result<String, AppError> {
        if bot.username.is_empty() {
            return Err(AppError::new(
                "EnsureBot",
                "plugin_api.ensure_bot_user.no_username",
                400,
                "The bot needs a username.",
            ));
        }
        if let Some(id) = self.known_bot(plugin_id).await? {
            match self.patch_bot(&id, patch(&bot)).await {
                Err(error) if error.status_code == 404 => {}
                patched => return patched.map(|bot| bot.user_id),
            }
        }
        let id = match self.get_user_by_username(&bot.username).await {
            Ok(user) => {
                if user.is_bot {
                    self.patch_bot(&user.id, patch(&bot)).await?;
                } else {
                    tracing::error!(
                        plugin = plugin_id,
                        username = bot.username,
                        "the plugin's bot has the name of an ordinary account; the account is used"
                    );
                }
                user.id
            }
            Err(error) if error.status_code == 404 => {
                self.create_bot(Bot { owner_id: plugin_id.to_owned(), ..bot }).await?.user_id
            }
            Err(error) => return Err(error),
        };
        self.set_plugin_key(plugin_id, BOT_ID_KEY, Some(id.clone().into_bytes())).await?;
        Ok(id)
    }

    async fn known_bot(&self, plugin_id: &str) -> Result<Option<String>, AppError> {
        let value = self.get_plugin_key(plugin_id, BOT_ID_KEY).await?;
        Ok(value.and_then(|bytes| String::from_utf8(bytes).ok()).filter(|id| !id.is_empty()))
    }
}

fn patch(bot: &Bot) -> BotPatch {
    BotPatch {
        username: Some(bot.username.clone()),
        display_name: Some(bot.display_name.clone()),
        description: Some(bot.description.clone()),
    }
}
