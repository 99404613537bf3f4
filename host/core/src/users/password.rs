//! Passwords: their rules, their hashes, and who may change them.

use argon2::{
    Argon2,
    password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString},
};
use wasmoat_model::{AppError, PASSWORD_MAX_BYTES, now_ms};
use wasmoat_runtime::CallContext;

use super::store;
use crate::{
    Core,
    config::Config,
    store::{Queries as _, args},
};

/// The shortest minimum that a configuration can ask for.
const PASSWORD_MIN_BYTES: i64 = 5;

/// Hash of no password: checked where there is no account, so that the answer takes as long.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5$Zt0TBVS1SsHb2p9j1n3kSw5RH4BGqTeyWq0IVr8ozXY";

/// A setting, what it wants, and what is that.
type Rule = (&'static str, &'static str, fn(char) -> bool);

/// Mattermost's `IsPasswordValid`.
///
/// # Errors
///
/// 400 with an id that names the rules that the password breaks.
pub(crate) fn check_rules(config: &Config, password: &str) -> Result<(), AppError> {
    let minimum = config.number("PasswordSettings.MinimumLength").max(PASSWORD_MIN_BYTES);
    let length = i64::try_from(password.len()).unwrap_or(i64::MAX);
    if length < minimum || password.len() > PASSWORD_MAX_BYTES {
        let rule = if length < minimum { "min_length" } else { "max_length" };
        let id = format!("model.user.is_valid.pwd_{rule}.app_error");
        let message = format!("The password must have {minimum} to {PASSWORD_MAX_BYTES} bytes.");
        return Err(AppError::new("User.IsPasswordValid", &id, 400, message));
    }
    let rules: [Rule; 4] = [
        ("Lowercase", "lower-case letter", |c| c.is_ascii_lowercase()),
        ("Uppercase", "upper-case letter", |c| c.is_ascii_uppercase()),
        ("Number", "digit", |c| c.is_ascii_digit()),
        ("Symbol", "symbol", |c| c.is_ascii_punctuation() || c == ' '),
    ];
    let broken: Vec<_> = rules
        .into_iter()
        .filter(|(setting, _, class)| config.flag(&format!("PasswordSettings.{setting}")) && !password.contains(*class))
        .collect();
    if broken.is_empty() {
        return Ok(());
    }
    let suffix: String = broken.iter().map(|(setting, _, _)| format!("_{}", setting.to_lowercase())).collect();
    let missing: Vec<&str> = broken.iter().map(|(_, text, _)| *text).collect();
    let id = format!("model.user.is_valid.pwd{suffix}.app_error");
    Err(AppError::new(
        "User.IsPasswordValid",
        &id,
        400,
        format!("The password needs at least one {}.", missing.join(", one ")),
    ))
}

impl Core {
    /// The hash of a password.
    pub(crate) async fn hash_password(&self, password: &str) -> Result<String, AppError> {
        let password = password.to_owned();
        self.hashing(move || {
            let salt = SaltString::encode_b64(uuid_bytes().as_slice())?;
            Ok(Argon2::default().hash_password(password.as_bytes(), &salt)?.to_string())
        })
        .await
    }

    /// Whether the password is that of the hash. Takes as long for an empty hash, which has none.
    pub(crate) async fn password_matches(&self, password: &str, hash: &str) -> Result<bool, AppError> {
        let (password, hash) = (password.to_owned(), hash.to_owned());
        self.hashing(move || {
            let known = !hash.is_empty();
            let hash = PasswordHash::new(if known { &hash } else { NOBODY })?;
            let matches = Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
            Ok(known && matches)
        })
        .await
    }

    async fn hashing<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, argon2::password_hash::Error> + Send + 'static,
    ) -> Result<T, AppError> {
        let failed = |error: &dyn std::fmt::Display| {
            AppError::new("HashPassword", "app.user.hash_password.app_error", 500, "The password could not be hashed.")
                .detail(error)
        };
        let permit = self.people.hashing.clone().acquire_owned().await.map_err(|error| failed(&error))?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        done.await.map_err(|error| failed(&error))?.map_err(|error| failed(&error))
    }

    /// Mattermost's `UpdatePasswordAsUser`: changes the own password.
    ///
    /// # Errors
    ///
    /// 400 where the current password is wrong or the new one breaks the rules.
    pub async fn update_password_as_user(
        &self,
        cx: &CallContext,
        user_id: &str,
        current: &str,
        new: &str,
    ) -> Result<(), AppError> {
        let user = self.get_user(user_id).await?;
        if user.auth_data.as_deref().is_some_and(|data| !data.is_empty()) {
            let message = format!("The password of this account is kept by {}.", user.auth_service);
            return Err(AppError::new(
                "UpdatePasswordAsUser",
                "api.user.update_password.oauth.app_error",
                400,
                message,
            ));
        }
        let hash = store::password_hash(&mut *self.store.read().await?, user_id).await?;
        if !self.password_matches(current, &hash).await? {
            return Err(AppError::new(
                "UpdatePasswordAsUser",
                "api.user.update_password.incorrect.app_error",
                400,
                "The current password is not correct.",
            ));
        }
        self.update_password(cx, user_id, new).await
    }

    /// Mattermost's `UpdatePassword`: sets a password, and ends the account's other sessions
    /// where the configuration says so.
    ///
    /// # Errors
    ///
    /// 400 where the password breaks the rules.
    pub async fn update_password(&self, cx: &CallContext, user_id: &str, new: &str) -> Result<(), AppError> {
        let config = self.config.get();
        check_rules(&config, new)?;
        self.get_user(user_id).await?;
        let hash = self.hash_password(new).await?;
        let now = now_ms();
        let sql = "UPDATE users SET password = $2, last_password_update = $3, update_at = $3, auth_data = NULL,
                   auth_service = '', failed_attempts = 0 WHERE id = $1";
        self.store.read().await?.run(sql, args![user_id, hash, now]).await?;
        self.people.users.invalidate(user_id);
        if config.flag("ServiceSettings.TerminateSessionsOnPasswordChange") {
            let keep = cx.session.as_ref().map_or("", |session| &session.id);
            self.revoke_sessions_except(user_id, keep).await?;
        }
        Ok(())
    }
}

/// 16 random bytes.
fn uuid_bytes() -> [u8; 16] {
    rand::random()
}
