//! The account that speaks for the server.

use wasmoat_model::{AppError, Bot, UserGetOptions};

use crate::Core;

const USERNAME: &str = "system-bot";

impl Core {
    /// Mattermost's `GetSystemBot`: the id of the server's own bot, which is made when it is first
    /// needed and belongs to the first admin.
    ///
    /// # Errors
    ///
    /// 500 where an ordinary account has its name; 404 where there is no admin yet.
    pub(crate) async fn get_system_bot(&self) -> Result<String, AppError> {
        match self.get_user_by_username(USERNAME).await {
            Ok(user) if user.is_bot => Ok(user.id),
            Ok(_) => {
                // Somebody's account must not speak for the server.
                let message = format!("The username `{USERNAME}` belongs to an ordinary account.");
                Err(AppError::new("GetSystemBot", "app.user.system_bot.app_error", 500, message))
            }
            Err(error) if error.status_code == 404 => {
                let options = UserGetOptions {
                    role: "system_admin".to_owned(),
                    active: true,
                    per_page: 1,
                    ..UserGetOptions::default()
                };
                let owner_id = self.get_users(&options).await?.into_iter().next().ok_or(error)?.id;
                let (username, display_name) = (USERNAME.to_owned(), "System".to_owned());
                let bot = Bot { username, display_name, owner_id, ..Bot::default() };
                Ok(self.create_bot(bot).await?.user_id)
            }
            Err(error) => Err(error),
        }
    }
}
