//! How an account logs in.

use wasmoat_model::{AppError, User, UserAuth, now_ms};

use super::{missing_account, update::taken};
use crate::{
    Core,
    store::{Queries as _, StoreError, args},
};

impl Core {
    /// Mattermost's `UpdateUserAuth`: makes the account log in by another service. Its password is
    /// gone; live sessions stay.
    ///
    /// # Errors
    ///
    /// 400 for auth data that another account has, that is too long, or that has no service; 404
    /// for an unknown user.
    pub async fn update_user_auth(&self, user_id: &str, auth: UserAuth) -> Result<UserAuth, AppError> {
        let at = "UpdateUserAuth";
        let now = now_ms();
        let mut tx = self.store.write().await?;
        let user: Option<User> = tx.one("WHERE users.id = $1", args![user_id]).await?;
        let mut user = user.ok_or_else(|| missing_account(at, user_id))?;
        user.auth_service = auth.auth_service;
        user.auth_data = auth.auth_data;
        user.failed_attempts = 0;
        user.last_password_update = now;
        user.pre_update(now);
        user.is_valid()?;
        tx.update(&user).await.map_err(|error| {
            if error.is_unique_violation() {
                let id = "app.user.update_auth_data.email_exists.app_error";
                return AppError::new(at, id, 400, "Another account has that `auth_data`.");
            }
            taken(error)
        })?;
        tx.run("UPDATE users SET password = '' WHERE id = $1", args![user_id]).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.people.users.invalidate(user_id);
        self.send_user_updated(&user);
        Ok(UserAuth { auth_data: user.auth_data, auth_service: user.auth_service })
    }
}
