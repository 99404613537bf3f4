//! Logging in with a password.

use std::sync::Arc;

use wasmoat_model::{AppError, Session, User, json, new_id, now_ms};
use wasmoat_runtime::{CallContext, UserHasLoggedIn, UserWillLogIn};

use crate::{
    Core,
    rejection::rejected,
    store::{Queries as _, args},
    users::store,
};

/// What somebody logs in with.
#[derive(Clone, Debug, Default)]
pub struct Login {
    /// The account; where absent, `login_id` names it.
    pub id: String,
    /// E-mail address or username.
    pub login_id: String,
    /// The password.
    pub password: String,
    /// Device token of a mobile client.
    pub device_id: String,
}

fn refused(id: &str, status: u16, message: &str) -> AppError {
    AppError::new("Login", &format!("api.user.{id}.app_error"), status, message)
}

pub(super) fn inactive() -> AppError {
    refused("login.inactive", 401, "Your account has been deactivated. Ask an administrator.")
}

/// 401: another server keeps the account.
pub(super) fn remote() -> AppError {
    let id = "api.user.login.remote_users.login.error";
    AppError::new("Login", id, 401, "Accounts of other servers cannot log in here.")
}

/// One answer for every reason, so that nobody learns which accounts there are.
fn invalid_credentials() -> AppError {
    AppError::new(
        "Login",
        "api.user.login.invalid_credentials_email_username",
        401,
        "Enter a valid email or username and/or password.",
    )
}

impl Core {
    /// Checks a login and makes its session. Plugins may refuse it, and hear of it.
    ///
    /// # Errors
    ///
    /// 401 for a wrong name or password, a locked, deactivated or unverified account and for
    /// bots; 400 where the password is blank or a plugin refuses.
    pub async fn login(&self, cx: &CallContext, login: &Login) -> Result<(User, Session), AppError> {
        let user = self.authenticate_user_for_login(login).await?;
        self.do_login(cx, user, Session { device_id: login.device_id.clone(), ..Session::default() }).await
    }

    /// Mattermost's `AuthenticateUserForLogin`.
    async fn authenticate_user_for_login(&self, login: &Login) -> Result<User, AppError> {
        if login.password.is_empty() {
            return Err(refused("login.blank_pwd", 400, "Enter a password."));
        }
        let user = self.user_for_login(login).await?;
        let Some(user) = user else {
            self.password_matches(&login.password, "").await?;
            return Err(invalid_credentials());
        };
        if user.is_bot {
            return Err(AppError::new(
                "Login",
                "api.user.login.bot_login_forbidden.app_error",
                401,
                "Bots cannot log in with a password.",
            ));
        }
        self.check_password(&user, &login.password).await?;
        if user.remote_id.is_some() {
            return Err(remote());
        }
        if user.delete_at > 0 {
            return Err(inactive());
        }
        if !user.email_verified && self.config.get().flag("EmailSettings.RequireEmailVerification") {
            return Err(refused("login.not_verified", 401, "Your e-mail address has not been verified yet."));
        }
        Ok(user)
    }

    async fn user_for_login(&self, login: &Login) -> Result<Option<User>, AppError> {
        let config = self.config.get();
        let mut connection = self.store.read().await?;
        if !login.id.is_empty() {
            return Ok(connection.one("WHERE users.id = $1", args![login.id]).await?);
        }
        let name = login.login_id.trim().to_lowercase();
        if config.flag("EmailSettings.EnableSignInWithUsername") {
            let user = connection.one("WHERE users.username = $1", args![name]).await?;
            if user.is_some() {
                return Ok(user);
            }
        }
        if config.flag("EmailSettings.EnableSignInWithEmail") {
            return Ok(connection.one("WHERE users.email = $1", args![name]).await?);
        }
        Ok(None)
    }

    /// Checks a password, and counts: too many wrong ones lock the account until an admin or a
    /// new password unlocks it.
    async fn check_password(&self, user: &User, password: &str) -> Result<(), AppError> {
        let maximum = self.config.get().number("ServiceSettings.MaximumLoginAttempts");
        // The attempt is counted before the password is tried: a hundred guesses at once are a
        // hundred attempts.
        let sql = "UPDATE users SET failed_attempts = failed_attempts + 1
                   WHERE id = $1 AND failed_attempts < $2 RETURNING failed_attempts";
        let counted: Option<i64> = self.store.read().await?.value(sql, args![user.id, maximum]).await?;
        self.people.users.invalidate(&user.id);
        if counted.is_none() {
            return Err(refused(
                "check_user_login_attempts.too_many",
                401,
                "Your account is locked because of too many failed password attempts. Reset your password.",
            ));
        }
        let hash = store::password_hash(&mut *self.store.read().await?, &user.id).await?;
        if !self.password_matches(password, &hash).await? {
            return Err(invalid_credentials());
        }
        let sql = "UPDATE users SET failed_attempts = 0 WHERE id = $1";
        self.store.read().await?.run(sql, args![user.id]).await?;
        self.people.users.invalidate(&user.id);
        Ok(())
    }

    /// Mattermost's `CheckPasswordAndAllCriteria`: for changes that need the password once more.
    ///
    /// # Errors
    ///
    /// 401 for a wrong password or a locked account.
    pub async fn check_password_and_all_criteria(&self, user_id: &str, password: &str) -> Result<(), AppError> {
        let user = self.get_user(user_id).await?;
        self.check_password(&user, password).await.map_err(|error| {
            if error.id == "api.user.login.invalid_credentials_email_username" {
                return refused("check_user_password.invalid", 401, "The password is not correct.");
            }
            error
        })
    }

    /// Mattermost's `DoLogin`: makes the session of somebody whose credentials were right, from
    /// what the kind of login says of it.
    ///
    /// # Errors
    ///
    /// 400 with the plugin's text where one refuses.
    pub async fn do_login(
        &self,
        cx: &CallContext,
        user: User,
        mut session: Session,
    ) -> Result<(User, Session), AppError> {
        let asked = Arc::new(user.clone());
        self.runtime.ask::<UserWillLogIn>(cx, |context| (context, asked)).await.map_err(|rejection| {
            rejected("DoLogin", "app.user.login.rejected_by_plugin.app_error", "Login rejected by plugin: ", rejection)
        })?;
        session.user_id.clone_from(&user.id);
        session.roles.clone_from(&user.roles);
        session.props.extend(client_props(&cx.plugin_context.user_agent));
        session.expires_at = now_ms() + self.session_length(&session);
        json::set(&mut session.props, "csrf", new_id());
        json::set(&mut session.props, "is_guest", user.has_role("system_guest").to_string());
        let session = self.create_session(session).await?;
        let sql = "UPDATE users SET last_login = $2 WHERE id = $1";
        self.store.read().await?.run(sql, args![user.id, session.create_at]).await?;
        self.people.users.invalidate(&user.id);
        let user = User { last_login: session.create_at, failed_attempts: 0, ..user };
        self.runtime.observe::<UserHasLoggedIn>(cx, |context| (context, Arc::new(user.clone())));
        Ok((user, session))
    }
}

/// What the `User-Agent` says of the client, for the list of sessions. The first match counts.
fn client_props(agent: &str) -> Vec<(String, String)> {
    const SYSTEMS: [(&str, &str, &str); 6] = [
        ("Windows", "Windows", "Windows"),
        ("Android", "Linux", "Android"),
        ("iPhone", "iPhone", "iOS"),
        ("iPad", "iPad", "iOS"),
        ("Mac OS X", "Macintosh", "Mac OS"),
        ("Linux", "Linux", "Linux"),
    ];
    const BROWSERS: [(&str, &str); 7] = [
        ("Mattermost/", "Desktop App"),
        ("mmctl/", "mmctl"),
        ("Edg/", "Edge"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("python", "Python"),
    ];
    let (platform, os) = SYSTEMS
        .iter()
        .find(|(token, ..)| agent.contains(token))
        .map_or(("Unknown", ""), |(_, platform, os)| (*platform, *os));
    let found = BROWSERS.iter().find_map(|(token, name)| {
        let (_, rest) = agent.split_once(token)?;
        let version = rest.trim_start_matches('/').split([' ', ';', ')']).next().unwrap_or_default();
        Some(format!("{name}/{version}"))
    });
    let browser: String = found.unwrap_or_else(|| "Unknown".to_owned()).chars().take(64).collect();
    [("platform", platform), ("os", os), ("browser", &browser)]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
}
