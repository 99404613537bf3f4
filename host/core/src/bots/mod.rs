//! Bots: accounts without a password, owned by a user or a plugin.

mod api;
mod ensure;
mod store;
mod system;
#[cfg(test)]
mod tests;

use wasmoat_model::{AppError, Bot, BotGetOptions, BotPatch, User, new_id, now_ms};
use wasmoat_runtime::CallContext;

use crate::{
    Core,
    store::{Queries as _, StoreError, args},
};

fn missing(bot_user_id: &str) -> AppError {
    AppError::new("GetBot", "store.sql_bot.get.missing.app_error", 404, "There is no such bot.").detail(bot_user_id)
}

/// A bot's address: nobody reads it, but every account has one of its own.
fn email(username: &str) -> String {
    format!("{}@localhost", username.trim().to_lowercase())
}

impl Core {
    /// Mattermost's `CreateBot`: makes a bot and its user.
    ///
    /// # Errors
    ///
    /// 400 for a bad or taken username, or an owner that is a bot.
    pub async fn create_bot(&self, bot: Bot) -> Result<Bot, AppError> {
        self.check_owner(&bot.owner_id).await?;
        let mut user = User {
            username: bot.username.clone(),
            email: email(&bot.username),
            first_name: bot.display_name.clone(),
            email_verified: true,
            is_bot: true,
            bot_description: bot.description.clone(),
            bot_last_icon_update: bot.last_icon_update,
            ..User::default()
        };
        if bot.username.is_empty() {
            return Err(AppError::new(
                "CreateBot",
                "model.bot.is_valid.username.app_error",
                400,
                "A bot needs a username.",
            ));
        }
        let now = now_ms();
        user.pre_save(new_id(), now);
        let bot = Bot {
            user_id: user.id.clone(),
            username: user.username.clone(),
            create_at: now,
            update_at: now,
            delete_at: 0,
            ..bot
        };
        bot.is_valid()?;
        user.is_valid()?;
        self.insert_user(user, "", Some(&bot)).await?;
        Ok(bot)
    }

    pub(crate) async fn insert_bot(connection: &mut sqlx::AnyConnection, bot: &Bot) -> Result<(), StoreError> {
        store::insert(connection, bot).await.map(drop)
    }

    async fn check_owner(&self, owner_id: &str) -> Result<(), AppError> {
        // A plugin's id is no user's; that is fine.
        if self.get_user(owner_id).await.is_ok_and(|owner| owner.is_bot) {
            let message = "A bot cannot own a bot.";
            return Err(AppError::new("CreateBot", "app.bot.createbot.owner_is_bot.app_error", 400, message));
        }
        Ok(())
    }

    /// Mattermost's `GetBot`.
    ///
    /// # Errors
    ///
    /// 404 when unknown, or deactivated and not asked for.
    pub async fn get_bot(&self, bot_user_id: &str, include_deleted: bool) -> Result<Bot, AppError> {
        let bot = store::get(&mut *self.store.read().await?, bot_user_id).await?;
        bot.filter(|bot| include_deleted || bot.delete_at == 0).ok_or_else(|| missing(bot_user_id))
    }

    /// Mattermost's `GetBots`: a page of bots, the oldest first.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_bots(&self, options: &BotGetOptions) -> Result<Vec<Bot>, AppError> {
        Ok(store::page(&mut *self.store.read().await?, options).await?)
    }

    /// Mattermost's `PatchBot`: changes what the patch names.
    ///
    /// # Errors
    ///
    /// 404 when unknown, 400 for a bad or taken username.
    pub async fn patch_bot(&self, bot_user_id: &str, patch: BotPatch) -> Result<Bot, AppError> {
        let bot = self.get_bot(bot_user_id, true).await?;
        let mut patched = bot.clone();
        patched.username = patch.username.unwrap_or(patched.username).trim().to_lowercase();
        patched.display_name = patch.display_name.unwrap_or(patched.display_name);
        patched.description = patch.description.unwrap_or(patched.description);
        if patched == bot {
            return Ok(bot);
        }
        patched.is_valid()?;
        let wanted = patched.clone();
        let change = self
            .change_user(bot_user_id, move |user| {
                user.email = email(&wanted.username);
                user.username = wanted.username;
                user.first_name = wanted.display_name;
                user.bot_description = wanted.description;
                Ok(())
            })
            .await?;
        self.touch_bot(&mut patched).await?;
        self.send_user_updated(&change.after);
        Ok(patched)
    }

    async fn touch_bot(&self, bot: &mut Bot) -> Result<(), AppError> {
        bot.update_at = now_ms();
        let sql = "UPDATE bots SET update_at = $2, owner_id = $3 WHERE user_id = $1";
        self.store.read().await?.run(sql, args![bot.user_id, bot.update_at, bot.owner_id]).await?;
        Ok(())
    }

    /// Mattermost's `UpdateBotActive`: activates or deactivates.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn update_bot_active(&self, cx: &CallContext, bot_user_id: &str, active: bool) -> Result<Bot, AppError> {
        let bot = self.get_bot(bot_user_id, true).await?;
        if (bot.delete_at == 0) == active {
            return Ok(bot);
        }
        self.update_user_active(cx, bot_user_id, active).await?;
        self.get_bot(bot_user_id, true).await
    }

    /// Mattermost's `UpdateBotOwner`.
    ///
    /// # Errors
    ///
    /// 404 for an unknown bot or owner, 400 for an owner that is a bot.
    pub async fn update_bot_owner(&self, bot_user_id: &str, owner_id: &str) -> Result<Bot, AppError> {
        let mut bot = self.get_bot(bot_user_id, true).await?;
        self.get_user(owner_id).await?;
        self.check_owner(owner_id).await?;
        owner_id.clone_into(&mut bot.owner_id);
        self.touch_bot(&mut bot).await?;
        Ok(bot)
    }

    /// Mattermost's `PermanentDeleteBot`: removes bot, user, tokens and memberships; posts stay.
    ///
    /// # Errors
    ///
    /// 400 when unknown, as in Mattermost.
    pub async fn permanent_delete_bot(&self, bot_user_id: &str) -> Result<(), AppError> {
        self.get_bot(bot_user_id, true).await.map_err(|error| {
            if error.status_code != 404 {
                return error;
            }
            let id = "app.bot.permenent_delete.bad_id";
            AppError::new("PermanentDeleteBot", id, 400, "There is no such bot.").detail(bot_user_id)
        })?;
        self.revoke_all_sessions(bot_user_id).await?;
        let mut tx = self.store.write().await?;
        for table in
            ["bots", "user_access_tokens", "sessions", "preferences", "statuses", "team_members", "channel_members"]
        {
            tx.run(&format!("DELETE FROM {table} WHERE user_id = $1"), args![bot_user_id]).await?;
        }
        tx.run("DELETE FROM users WHERE id = $1", args![bot_user_id]).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.people.users.invalidate(bot_user_id);
        self.people.statuses.invalidate(bot_user_id);
        self.people.team_members.clear();
        Ok(())
    }

    /// Deactivates the bots that a user owns.
    pub(crate) async fn disable_user_bots(&self, cx: &CallContext, owner_id: &str) -> Result<(), AppError> {
        let sql = "SELECT user_id FROM bots WHERE owner_id = $1 AND delete_at = 0";
        let bots: Vec<String> = self.store.read().await?.values(sql, args![owner_id]).await?;
        for bot in bots {
            self.update_bot_active(cx, &bot, false).await?;
        }
        Ok(())
    }
}
