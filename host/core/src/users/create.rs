//! New accounts.

use std::sync::Arc;

use wasmoat_model::{AppError, Bot, Preference, User, new_id, now_ms};
use wasmoat_runtime::{CallContext, UserHasBeenCreated};

use super::{
    SYSTEM_ADMIN, SYSTEM_USER, password,
    update::{field_taken, taken},
};
use crate::{
    Core,
    store::{Queries as _, StoreError, args},
    websocket::Event,
};

impl Core {
    /// Mattermost's `CreateUser`: makes an account with the role `system_user`; the first person
    /// becomes the system's admin. Roles that the caller gives are ignored.
    ///
    /// # Errors
    ///
    /// 400 for a bad or taken name or address, a weak password or a refused domain.
    pub async fn create_user(&self, cx: &CallContext, mut user: User) -> Result<User, AppError> {
        let config = self.config.get();
        if !domain_is_accepted(&user.email, config.text("TeamSettings.RestrictCreationToDomains")) {
            return Err(domain_refused("createUser"));
        }
        let has_password = user.auth_service.is_empty();
        if has_password {
            password::check_rules(&config, &user.password)?;
        }
        user.pre_save(new_id(), now_ms());
        user.roles.clear();
        user.is_valid()?;
        let hash = if has_password { self.hash_password(&user.password).await? } else { String::new() };
        let user = self.insert_user(user, &hash, None).await?;
        self.save_default_preferences(&user.id).await?;
        self.publish(Event::new("new_user").data("user_id", user.id.clone()).to_everyone());
        self.runtime.observe::<UserHasBeenCreated>(cx, |context| (context, Arc::new(user.clone())));
        Ok(user)
    }

    /// Stores an account that was checked, as the first one or as one more, with its bot if it is
    /// one.
    pub(crate) async fn insert_user(&self, mut user: User, hash: &str, bot: Option<&Bot>) -> Result<User, AppError> {
        user.password.clear();
        let mut tx = self.store.write().await?;
        let people: Option<i64> = tx.value("SELECT COUNT(*) FROM users WHERE is_bot = 0", args![]).await?;
        user.roles = match people {
            Some(0) if !user.is_bot => format!("{SYSTEM_ADMIN} {SYSTEM_USER}"),
            _ => SYSTEM_USER.to_owned(),
        };
        // Where name and address are both taken, every engine is to name the same.
        let same: Option<i64> =
            tx.value("SELECT COUNT(*) FROM users WHERE username = $1", args![user.username]).await?;
        if same != Some(0) {
            return Err(field_taken("username"));
        }
        tx.insert(&user).await.map_err(taken)?;
        tx.run("UPDATE users SET password = $2 WHERE id = $1", args![user.id, hash]).await?;
        if let Some(bot) = bot {
            Self::insert_bot(&mut tx, bot).await?;
        }
        tx.commit().await.map_err(StoreError::from)?;
        Ok(user)
    }

    async fn save_default_preferences(&self, user_id: &str) -> Result<(), AppError> {
        let defaults = [
            ("tutorial_step", user_id, "0"),
            ("recommended_next_steps", "hide", "false"),
            ("system_notice", "GMasDM", "true"),
        ];
        let mut tx = self.store.write().await?;
        for (category, name, value) in defaults {
            let preference = Preference {
                user_id: user_id.to_owned(),
                category: category.to_owned(),
                name: name.to_owned(),
                value: value.to_owned(),
            };
            tx.upsert(&preference).await?;
        }
        Ok(tx.commit().await.map_err(StoreError::from)?)
    }

    /// Mattermost's `IsFirstUserAccount`: whether nobody has signed up so far.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn is_first_user_account(&self) -> Result<bool, AppError> {
        let people: Option<i64> =
            self.store.read().await?.value("SELECT COUNT(*) FROM users WHERE is_bot = 0", args![]).await?;
        Ok(people == Some(0))
    }

    /// Mattermost's `CreateUserFromSignup`: somebody makes an account for themselves.
    ///
    /// # Errors
    ///
    /// 501 where sign-up is off, 403 where it needs an invitation; else as [`Core::create_user`].
    pub async fn create_user_from_signup(&self, cx: &CallContext, user: User) -> Result<User, AppError> {
        self.check_signup()?;
        if !self.is_first_user_account().await? && !self.config.get().flag("TeamSettings.EnableOpenServer") {
            return Err(AppError::new(
                "CreateUserFromSignup",
                "api.user.create_user.no_open_server",
                403,
                "This server does not allow open sign-ups. Ask an administrator for an invitation.",
            ));
        }
        self.create_user(cx, User { email_verified: false, ..user }).await
    }

    /// Mattermost's `CreateUserWithInviteId`: somebody makes an account with the link of a team,
    /// and joins the team.
    ///
    /// # Errors
    ///
    /// 400 for an unknown invitation or a refused domain; else as [`Core::create_user`].
    pub async fn create_user_with_invite_id(
        &self,
        cx: &CallContext,
        user: User,
        invite_id: &str,
    ) -> Result<User, AppError> {
        self.check_signup()?;
        let team = self.get_team_by_invite_id(invite_id).await?;
        if !domain_is_accepted(&user.email, &team.allowed_domains) {
            return Err(domain_refused("CreateUserWithInviteId"));
        }
        let user = self.create_user(cx, User { email_verified: false, ..user }).await?;
        self.join_user_to_team(cx, &team, &user, None).await?;
        Ok(user)
    }

    fn check_signup(&self) -> Result<(), AppError> {
        let config = self.config.get();
        if config.flag("TeamSettings.EnableUserCreation") && config.flag("EmailSettings.EnableSignUpWithEmail") {
            return Ok(());
        }
        Err(AppError::new(
            "CreateUserFromSignup",
            "api.user.create_user.signup_email_disabled.app_error",
            501,
            "Sign-up with an e-mail address is switched off.",
        ))
    }
}

/// Whether the address is of one of these domains, separated by commas or spaces; none is all.
pub(crate) fn domain_is_accepted(email: &str, domains: &str) -> bool {
    let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain).to_lowercase();
    let mut accepted = domains.split([',', ' ', '@']).map(str::trim).filter(|text| !text.is_empty()).peekable();
    accepted.peek().is_none() || accepted.any(|text| text.to_lowercase() == domain)
}

pub(crate) fn domain_refused(at: &str) -> AppError {
    AppError::new(
        at,
        "api.user.create_user.accepted_domain.app_error",
        400,
        "E-mail addresses of this domain are not accepted here.",
    )
}
