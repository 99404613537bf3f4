//! Sessions: who a token stands for, how long it lives, and what ends it.

mod api;
mod login;
mod saml;
#[cfg(test)]
mod saml_tests;
mod store;
#[cfg(test)]
mod tests;
mod tokens;

use std::{sync::Arc, time::Duration};

use sqlx::{
    AnyConnection,
    any::{AnyArguments, AnyRow},
};
use wasmoat_model::{AppError, Session, json, new_id, now_ms};

pub use self::login::Login;
use crate::{
    Core,
    store::{Column, Queries as _, StoreError, Transaction, args},
    users::{SYSTEM_ADMIN, store::like},
};

/// Longer tokens are cut, as Mattermost does.
const TOKEN_MAX_BYTES: usize = 50;

/// Sessions of one account; the oldest ends beyond that.
const SESSIONS_PER_USER: i64 = 500;

/// The last request of a session is noted no more often than this.
const ACTIVITY_INTERVAL_MS: i64 = 5 * 60 * 1000;

/// How often expired sessions are removed.
const SWEEP_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Session prop: what made the session, where that is no login.
pub(crate) const PROP_TYPE: &str = "type";
/// [`PROP_TYPE`] of a session made by a personal access token.
pub(crate) const TYPE_USER_ACCESS_TOKEN: &str = "UserAccessToken";
/// Session prop: the token that made it.
pub(crate) const PROP_TOKEN_ID: &str = "user_access_token_id";

/// A session that is no more.
struct Ended {
    id: String,
    token: String,
}

/// Runs a statement that deletes sessions and returns their `id` and `token`.
async fn ended(connection: &mut AnyConnection, sql: &str, args: AnyArguments) -> Result<Vec<Ended>, StoreError> {
    let read = |row: &AnyRow| Ok(Ended { id: Column::read(row, "id")?, token: Column::read(row, "token")? });
    connection.rows(sql, args, read).await
}

fn taken(error: StoreError) -> AppError {
    if error.is_unique_violation() {
        let message = "There is a session with that id or token already.";
        return AppError::new("CreateSession", "app.session.save.existing.app_error", 400, message);
    }
    error.into()
}

impl Core {
    /// Who a token stands for. Absent where the token is unknown, expired, idle for too long, or
    /// of a personal access token that may not be used. Notes the activity.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn session_by_token(&self, token: &str) -> Result<Option<Arc<Session>>, AppError> {
        let mut end = token.len().min(TOKEN_MAX_BYTES);
        while !token.is_char_boundary(end) {
            end -= 1;
        }
        let token = token.get(..end).unwrap_or_default();
        if token.is_empty() {
            return Ok(None);
        }
        let load = async {
            let session: Option<Session> =
                self.store.read().await?.one("WHERE sessions.token = $1", args![token]).await?;
            match session {
                Some(session) => Ok::<_, AppError>(Some(Arc::new(session))),
                None => Ok(self.session_of_access_token(token).await?.map(Arc::new)),
            }
        };
        let Some(session) = self.people.sessions.get(token, load).await? else { return Ok(None) };
        let now = now_ms();
        if (session.expires_at > 0 && session.expires_at <= now)
            || !self.access_token_is_allowed(&session)
            || self.is_idle(&session, now)
        {
            return Ok(None);
        }
        if now - session.last_activity_at >= ACTIVITY_INTERVAL_MS {
            self.note_activity(&session, now).await?;
        }
        Ok(Some(session))
    }

    /// Idle sessions end where their life is not extended by activity.
    fn is_idle(&self, session: &Session, now: i64) -> bool {
        let config = self.config.get();
        let minutes = config.number("ServiceSettings.SessionIdleTimeoutInMinutes");
        !config.flag("ServiceSettings.ExtendSessionLengthWithActivity")
            && minutes > 0
            && session.expires_at > 0
            && !session.is_oauth
            && json::get(&session.props, PROP_TYPE) != Some(TYPE_USER_ACCESS_TOKEN)
            && now - session.last_activity_at > minutes * 60 * 1000
    }

    async fn note_activity(&self, session: &Session, now: i64) -> Result<(), AppError> {
        let mut expires_at = session.expires_at;
        if expires_at > 0 && self.config.get().flag("ServiceSettings.ExtendSessionLengthWithActivity") {
            let length = self.session_length(session);
            // Not at every request: a hundredth of its life, at most a day, must have passed.
            let passed = length - (expires_at - now);
            if passed >= (length / 100).min(DAY_MS) {
                expires_at = now + length;
            }
        }
        let sql = "UPDATE sessions SET last_activity_at = $2, expires_at = $3 WHERE id = $1";
        self.store.read().await?.run(sql, args![session.id, now, expires_at]).await?;
        self.people.sessions.invalidate(&session.token);
        if expires_at != session.expires_at {
            self.hub.extend_session(&session.id, expires_at);
        }
        Ok(())
    }

    fn session_length(&self, session: &Session) -> i64 {
        let config = self.config.get();
        let setting =
            if session.device_id.is_empty() { "SessionLengthWebInHours" } else { "SessionLengthMobileInHours" };
        config.number(&format!("ServiceSettings.{setting}")).max(1) * HOUR_MS
    }

    /// Mattermost's `CreateSession`: stores a session; id and token are made where they are empty.
    /// The oldest sessions of the account end above 500.
    ///
    /// # Errors
    ///
    /// 400 for a bad field or an id or token that is taken; 401 for a deactivated account or one
    /// of another server.
    pub async fn create_session(&self, mut session: Session) -> Result<Session, AppError> {
        let now = now_ms();
        for id in [&mut session.id, &mut session.token] {
            if id.is_empty() {
                *id = new_id();
            }
        }
        session.create_at = now;
        session.last_activity_at = now;
        session.is_valid()?;
        if self.get_user(&session.user_id).await.is_ok_and(|user| user.remote_id.is_some()) {
            return Err(login::remote());
        }
        let mut tx = self.store.write().await?;
        // Whoever is deactivated meanwhile must not keep a session that the deactivation missed.
        let deleted: Option<i64> =
            tx.value("SELECT delete_at FROM users WHERE id = $1", args![session.user_id]).await?;
        if deleted.is_some_and(|time| time > 0) {
            return Err(login::inactive());
        }
        tx.insert(&session).await.map_err(taken)?;
        let sql = "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE user_id = $1
                   ORDER BY last_activity_at DESC LIMIT 1000 OFFSET $2) RETURNING id, token";
        let oldest = ended(&mut tx, sql, args![session.user_id, SESSIONS_PER_USER]).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.forget_sessions(&oldest);
        Ok(session)
    }

    /// Mattermost's `GetSessionById`, the token included.
    ///
    /// # Errors
    ///
    /// 400 when unknown, as in Mattermost.
    pub async fn get_session_by_id(&self, session_id: &str) -> Result<Session, AppError> {
        let session = self.store.read().await?.one("WHERE sessions.id = $1", args![session_id]).await?;
        session.ok_or_else(|| {
            AppError::new("GetSessionById", "app.session.get.app_error", 400, "There is no such session.")
        })
    }

    /// Mattermost's `GetSessions`: an account's live sessions, the last active first.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_sessions(&self, user_id: &str) -> Result<Vec<Session>, AppError> {
        let rest = "WHERE sessions.user_id = $1 AND (sessions.expires_at = 0 OR sessions.expires_at > $2)
                    ORDER BY sessions.last_activity_at DESC, sessions.id";
        Ok(self.store.read().await?.all(rest, args![user_id, now_ms()]).await?)
    }

    /// Mattermost's `RevokeSession`: ends one session. A session that a personal access token
    /// made ends with its token.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn revoke_session(&self, session: &Session) -> Result<(), AppError> {
        let mut tx = self.store.write().await?;
        if json::get(&session.props, PROP_TYPE) == Some(TYPE_USER_ACCESS_TOKEN) {
            tx.run("DELETE FROM user_access_tokens WHERE token = $1", args![session.token]).await?;
        }
        let sql = "DELETE FROM sessions WHERE id = $1 RETURNING id, token";
        let gone = ended(&mut tx, sql, args![session.id]).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.forget_sessions(&gone);
        Ok(())
    }

    /// Mattermost's `ExtendSessionExpiry`: sets another time of expiry; 0 never expires.
    ///
    /// # Errors
    ///
    /// 500 when unknown, as in Mattermost.
    pub async fn extend_session_expiry(&self, session_id: &str, expires_at: i64) -> Result<(), AppError> {
        let sql = "UPDATE sessions SET expires_at = $2 WHERE id = $1 RETURNING token";
        let token: Option<String> = self.store.read().await?.value(sql, args![session_id, expires_at]).await?;
        let token = token.ok_or_else(|| {
            let message = "There is no such session.";
            AppError::new("extendSessionExpiry", "app.session.get_sessions.app_error", 500, message)
        })?;
        self.people.sessions.invalidate(&token);
        self.hub.extend_session(session_id, expires_at);
        Ok(())
    }

    /// Mattermost's `RevokeAllSessions`: ends all sessions of an account. Its personal access
    /// tokens stay, and may make new ones.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn revoke_all_sessions(&self, user_id: &str) -> Result<(), AppError> {
        self.revoke_sessions_except(user_id, "").await
    }

    /// Ends all sessions of an account but one.
    pub(crate) async fn revoke_sessions_except(&self, user_id: &str, keep: &str) -> Result<(), AppError> {
        let sql = "DELETE FROM sessions WHERE user_id = $1 AND id <> $2 RETURNING id, token";
        let gone = ended(&mut *self.store.read().await?, sql, args![user_id, keep]).await?;
        self.forget_sessions(&gone);
        Ok(())
    }

    /// Mattermost's `RevokeSessionsFromAllUsers`: everybody must log in again.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn revoke_sessions_from_all_users(&self) -> Result<(), AppError> {
        let gone = ended(&mut *self.store.read().await?, "DELETE FROM sessions RETURNING id, token", args![]).await?;
        self.forget_sessions(&gone);
        Ok(())
    }

    /// Gives live sessions the new system roles of their account.
    pub(crate) async fn update_session_roles(&self, user_id: &str, roles: &str) -> Result<(), AppError> {
        let sql = "UPDATE sessions SET roles = $2 WHERE user_id = $1 RETURNING token";
        let tokens: Vec<String> = self.store.read().await?.values(sql, args![user_id, roles]).await?;
        for token in &tokens {
            self.people.sessions.invalidate(token);
        }
        let admin = roles.split_whitespace().any(|role| role == SYSTEM_ADMIN);
        self.hub.set_admin(user_id, admin);
        Ok(())
    }

    /// Mattermost's `AttachDeviceId`: says which mobile device a session is on.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn attach_device(
        &self,
        session: &Session,
        device_id: &str,
        props: &[(String, String)],
    ) -> Result<(), AppError> {
        let mut session = self.get_session_by_id(&session.id).await?;
        if !device_id.is_empty() {
            device_id.clone_into(&mut session.device_id);
            session.expires_at = now_ms() + self.session_length(&session);
        }
        for (key, value) in props {
            json::set(&mut session.props, key, value.as_str());
        }
        self.store.read().await?.update(&session).await?;
        self.people.sessions.invalidate(&session.token);
        Ok(())
    }

    /// Ends the sessions that have a property, with what was done in the transaction.
    pub(crate) async fn end_sessions_with(
        &self,
        mut tx: Transaction,
        property: &str,
        value: &str,
    ) -> Result<(), AppError> {
        // The engines differ in how they look into JSON; the text narrows, the property decides.
        let pattern = format!("%{}%", like(value));
        let found: Vec<Session> = tx.all("WHERE sessions.props LIKE $1 ESCAPE '*'", args![pattern]).await?;
        let mut gone = Vec::new();
        for session in found.iter().filter(|session| json::get(&session.props, property) == Some(value)) {
            let sql = "DELETE FROM sessions WHERE id = $1 RETURNING id, token";
            gone.extend(ended(&mut tx, sql, args![session.id]).await?);
        }
        tx.commit().await.map_err(StoreError::from)?;
        self.forget_sessions(&gone);
        Ok(())
    }

    /// Takes ended sessions out of memory, and closes their connections.
    fn forget_sessions(&self, gone: &[Ended]) {
        for session in gone {
            self.people.sessions.invalidate(&session.token);
            self.hub.close_session(&session.id);
        }
    }

    /// Removes expired sessions once a day; until then they are only refused.
    pub(crate) fn start_session_sweep(&self) {
        let core = self.clone();
        self.tasks.every(SWEEP_INTERVAL, move || {
            let core = core.clone();
            async move {
                let sql = "DELETE FROM sessions WHERE expires_at > 0 AND expires_at < $1";
                let done = async { core.store.read().await?.run(sql, args![now_ms()]).await };
                if let Err(error) = done.await {
                    tracing::warn!(%error, "expired sessions were not removed");
                }
            }
        });
    }
}
