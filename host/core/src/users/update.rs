//! Changes of accounts.

use std::sync::Arc;

use serde_json::Value;
use wasmoat_model::{AppError, Privacy, User, UserPatch, now_ms};
use wasmoat_runtime::{CallContext, UserHasBeenDeactivated};

use super::{SYSTEM_ADMIN, create, missing_account};
use crate::{
    Core,
    store::{Queries as _, StoreError, args},
    websocket::Event,
};

/// An account before and after a change.
#[derive(Clone, Debug)]
pub struct Change {
    /// As it was.
    pub before: User,
    /// As it is.
    pub after: User,
}

/// Says which unique field was there already.
pub(crate) fn taken(error: StoreError) -> AppError {
    if !error.is_unique_violation() {
        return error.into();
    }
    let text = error.to_string();
    field_taken(if text.contains("username") {
        "username"
    } else if text.contains("email") {
        "email"
    } else {
        "auth_data"
    })
}

/// 400: another account has it.
pub(crate) fn field_taken(field: &str) -> AppError {
    let id = format!("app.user.save.{field}_exists.app_error");
    AppError::new("SaveUser", &id, 400, format!("There is an account with that `{field}` already."))
}

impl Core {
    /// Reads an account, changes it and stores it, with nobody in between.
    pub(crate) async fn change_user(
        &self,
        user_id: &str,
        change: impl FnOnce(&mut User) -> Result<(), AppError> + Send,
    ) -> Result<Change, AppError> {
        let mut tx = self.store.write().await?;
        let before: Option<User> = tx.one("WHERE users.id = $1", args![user_id]).await?;
        let before = before.ok_or_else(|| missing_account("UpdateUser", user_id))?;
        let mut after = before.clone();
        change(&mut after)?;
        after.pre_update(now_ms());
        after.is_valid()?;
        tx.update(&after).await.map_err(taken)?;
        tx.commit().await.map_err(StoreError::from)?;
        self.people.users.invalidate(user_id);
        Ok(Change { before, after })
    }

    /// Mattermost's `UpdateUser`: replaces the editable profile. Roles, password and login
    /// provider stay; so does the address where a new one would have to be verified first.
    ///
    /// # Errors
    ///
    /// 404 when unknown, 400 for a bad or taken name or address or a refused domain.
    pub async fn update_user(&self, user: User) -> Result<Change, AppError> {
        let id = user.id.clone();
        self.edit_profile(&id, move |profile| *profile = user).await
    }

    /// Mattermost's `PatchUser`: changes what the patch names.
    ///
    /// # Errors
    ///
    /// As [`Core::update_user`].
    pub async fn patch_user(&self, user_id: &str, patch: UserPatch) -> Result<Change, AppError> {
        self.edit_profile(user_id, move |profile| profile.patch(patch)).await
    }

    async fn edit_profile(&self, user_id: &str, edit: impl FnOnce(&mut User) + Send) -> Result<Change, AppError> {
        let config = self.config.get();
        let domains = config.text("TeamSettings.RestrictCreationToDomains").to_owned();
        let verify = config.flag("EmailSettings.RequireEmailVerification");
        let change = self
            .change_user(user_id, move |stored| {
                let mut wanted = stored.clone();
                edit(&mut wanted);
                if !wanted.email.eq_ignore_ascii_case(&stored.email) {
                    if !stored.is_bot && !create::domain_is_accepted(&wanted.email, &domains) {
                        return Err(create::domain_refused("UpdateUser"));
                    }
                    if !verify {
                        stored.email = wanted.email;
                        stored.email_verified = false;
                    }
                }
                stored.username = wanted.username;
                stored.nickname = wanted.nickname;
                stored.first_name = wanted.first_name;
                stored.last_name = wanted.last_name;
                stored.position = wanted.position;
                stored.locale = wanted.locale;
                stored.props = wanted.props;
                stored.notify_props = wanted.notify_props;
                stored.timezone = wanted.timezone;
                stored.allow_marketing = wanted.allow_marketing;
                Ok(())
            })
            .await?;
        self.send_user_updated(&change.after);
        Ok(change)
    }

    /// Tells clients of a changed account: admins, others, and the account itself each see of it
    /// what they may.
    pub(crate) fn send_user_updated(&self, user: &User) {
        let value = |user: User| serde_json::to_value(user).unwrap_or(Value::Null);
        let event = |user: User| Event::new("user_updated").data("user", value(user));
        let admins = user.clone().for_others(Privacy::ADMIN);
        let others = user.clone().for_others(self.privacy(false));
        self.publish(event(admins).to_everyone().omit_user(&user.id).sensitive());
        self.publish(event(others).to_everyone().omit_user(&user.id).sanitized());
        self.publish(event(user.clone().for_self()).to_user(&user.id));
    }

    /// Mattermost's `UpdateActive`: activates or deactivates. The latter ends all sessions and,
    /// where the configuration says so, deactivates the bots that the account owns.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn update_user_active(&self, cx: &CallContext, user_id: &str, active: bool) -> Result<User, AppError> {
        let now = now_ms();
        let change = self
            .change_user(user_id, |user| {
                user.delete_at = if active { 0 } else { now };
                Ok(())
            })
            .await?;
        let user = change.after;
        if user.is_bot {
            let sql = "UPDATE bots SET delete_at = $2, update_at = $3 WHERE user_id = $1";
            self.store.read().await?.run(sql, args![user_id, user.delete_at, now]).await?;
        }
        if !active {
            self.revoke_all_sessions(user_id).await?;
            self.set_status_offline(user_id).await;
            if self.config.get().flag("ServiceSettings.DisableBotsWhenOwnerIsDeactivated") {
                Box::pin(self.disable_user_bots(cx, user_id)).await?;
            }
            self.runtime.observe::<UserHasBeenDeactivated>(cx, |context| (context, Arc::new(user.clone())));
        }
        self.publish(Event::new("user_activation_status_change").to_everyone());
        self.send_user_updated(&user);
        Ok(user)
    }

    /// Mattermost's `DeleteUser`: deactivates; the account stays.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn delete_user(&self, cx: &CallContext, user_id: &str) -> Result<(), AppError> {
        self.update_user_active(cx, user_id, false).await.map(drop)
    }

    /// Mattermost's `UpdateUserRoles`: sets the system roles, in live sessions too.
    ///
    /// # Errors
    ///
    /// 400 for an unknown user or role, or where nobody would be system admin any more.
    pub async fn update_user_roles(&self, user_id: &str, new_roles: &str) -> Result<User, AppError> {
        let names: Vec<&str> = new_roles.split_whitespace().collect();
        self.check_roles_exist(&names).await?;
        if !self.get_user(user_id).await.map_err(unknown_user)?.has_role(SYSTEM_ADMIN) || names.contains(&SYSTEM_ADMIN)
        {
            return self.set_roles(user_id, &names.join(" ")).await;
        }
        let sql = "SELECT COUNT(*) FROM users WHERE delete_at = 0 AND is_bot = 0 AND id <> $1
                   AND (' ' || roles || ' ') LIKE '% system*_admin %' ESCAPE '*'";
        let others: Option<i64> = self.store.read().await?.value(sql, args![user_id]).await?;
        if others == Some(0) {
            return Err(AppError::new(
                "UpdateUserRoles",
                "api.user.update_user_roles.last_admin.app_error",
                400,
                "The last system admin cannot be made an ordinary user.",
            ));
        }
        self.set_roles(user_id, &names.join(" ")).await
    }

    async fn set_roles(&self, user_id: &str, roles: &str) -> Result<User, AppError> {
        let set = |user: &mut User| {
            roles.clone_into(&mut user.roles);
            Ok(())
        };
        let user = self.change_user(user_id, set).await?.after;
        self.update_session_roles(user_id, roles).await?;
        let event = Event::new("user_role_updated").data("user_id", user_id).data("roles", roles);
        self.publish(event.to_user(user_id));
        self.send_user_updated(&user);
        Ok(user)
    }

    /// Mattermost's `VerifyUserEmail`: marks the address as confirmed.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn verify_user_email(&self, user_id: &str) -> Result<User, AppError> {
        let set = |user: &mut User| {
            user.email_verified = true;
            Ok(())
        };
        let user = self.change_user(user_id, set).await?.after;
        self.send_user_updated(&user);
        Ok(user)
    }
}

fn unknown_user(error: AppError) -> AppError {
    if error.status_code == 404 { AppError { status_code: 400, ..error } } else { error }
}
