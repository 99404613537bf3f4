//! Telling the admins, in a direct message, that a plugin was disabled.

use wasmoat_model::{AppError, Post, UserGetOptions};
use wasmoat_runtime::CallContext;

use crate::Core;

/// Most admins that are told.
const MOST: i32 = 100;

impl Core {
    /// Sends every system admin a direct message. What fails is logged: there is nobody to tell.
    pub(super) async fn tell_admins(&self, message: &str) {
        if let Err(error) = self.message_admins(message).await {
            tracing::warn!(%error, "system admins could not be told");
        }
    }

    async fn message_admins(&self, message: &str) -> Result<(), AppError> {
        let cx = CallContext::core();
        let options = UserGetOptions {
            role: "system_admin".to_owned(),
            active: true,
            per_page: MOST,
            ..UserGetOptions::default()
        };
        let admins = self.get_users(&options).await?;
        if admins.is_empty() {
            return Ok(());
        }
        let bot = self.get_system_bot().await?;
        for admin in &admins {
            let channel = self.get_direct_channel(&cx, &admin.id, &bot).await?;
            let post =
                Post { user_id: bot.clone(), channel_id: channel.id, message: message.to_owned(), ..Post::default() };
            self.create_post(&cx, post).await?;
        }
        Ok(())
    }
}
