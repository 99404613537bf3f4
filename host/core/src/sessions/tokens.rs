//! Personal access tokens: sessions without a login.

use wasmoat_model::{AppError, Session, User, UserAccessToken, json, new_id, now_ms};

use super::{PROP_TOKEN_ID, PROP_TYPE, TYPE_USER_ACCESS_TOKEN, ended};
use crate::{
    Core,
    store::{Queries as _, StoreError, Transaction, args},
    users::store::like,
};

/// Sessions of tokens do not expire by themselves; the row needs a time far away.
const SESSION_LIFE_MS: i64 = 100 * 365 * super::DAY_MS;

fn not_found(at: &str) -> AppError {
    AppError::new(at, "app.user_access_token.get_by_user.app_error", 404, "There is no such token.")
}

impl Core {
    /// Mattermost's `CreateUserAccessToken`: the answer has the secret, once.
    ///
    /// # Errors
    ///
    /// 501 where tokens are switched off, except for bots; 404 for an unknown user; 400 for a
    /// description that is too long.
    pub async fn create_user_access_token(&self, token: UserAccessToken) -> Result<UserAccessToken, AppError> {
        let user = self.get_user(&token.user_id).await?;
        if !user.is_bot && !self.config.get().flag("ServiceSettings.EnableUserAccessTokens") {
            return Err(AppError::new(
                "CreateUserAccessToken",
                "app.user_access_token.disabled",
                501,
                "Personal access tokens are switched off on this server.",
            ));
        }
        let token = UserAccessToken { id: new_id(), token: new_id(), is_active: true, ..token };
        token.is_valid()?;
        if token.expires_at != 0 && token.expires_at <= now_ms() {
            let message = "The time of expiry must lie in the future.";
            return Err(AppError::new(
                "CreateUserAccessToken",
                "model.user_access_token.is_valid.expires_at.app_error",
                400,
                message,
            ));
        }
        self.store.read().await?.insert(&token).await?;
        Ok(token)
    }

    /// Mattermost's `GetUserAccessToken`, without the secret.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn get_user_access_token(&self, token_id: &str) -> Result<UserAccessToken, AppError> {
        self.stored_token("GetUserAccessToken", token_id).await.map(without_secret)
    }

    async fn stored_token(&self, at: &str, token_id: &str) -> Result<UserAccessToken, AppError> {
        let token = self.store.read().await?.one("WHERE user_access_tokens.id = $1", args![token_id]).await?;
        token.ok_or_else(|| not_found(at))
    }

    /// Mattermost's `GetUserAccessTokens`: a page of everybody's tokens.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_user_access_tokens(&self, offset: i64, limit: i64) -> Result<Vec<UserAccessToken>, AppError> {
        let rest = "ORDER BY user_access_tokens.id LIMIT $1 OFFSET $2";
        let tokens = self.store.read().await?.all(rest, args![limit, offset]).await?;
        Ok(tokens.into_iter().map(without_secret).collect())
    }

    /// Mattermost's `GetUserAccessTokensForUser`: a page of an account's tokens.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_user_access_tokens_for_user(
        &self,
        user_id: &str,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<UserAccessToken>, AppError> {
        let rest = "WHERE user_access_tokens.user_id = $1 ORDER BY user_access_tokens.id LIMIT $2 OFFSET $3";
        let tokens = self.store.read().await?.all(rest, args![user_id, limit, offset]).await?;
        Ok(tokens.into_iter().map(without_secret).collect())
    }

    /// Mattermost's `SearchUserAccessTokens`: by id of the token, id or name of its owner.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn search_user_access_tokens(&self, term: &str) -> Result<Vec<UserAccessToken>, AppError> {
        let rest = "JOIN users ON users.id = user_access_tokens.user_id
                    WHERE user_access_tokens.id LIKE $1 ESCAPE '*' OR users.id LIKE $1 ESCAPE '*' OR users.username LIKE $1 ESCAPE '*'
                    ORDER BY user_access_tokens.id LIMIT 100";
        let pattern = format!("{}%", like(&term.trim().to_lowercase()));
        let tokens = self.store.read().await?.all(rest, args![pattern]).await?;
        Ok(tokens.into_iter().map(without_secret).collect())
    }

    /// Mattermost's `RevokeUserAccessToken`: deletes the token and ends its session.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn revoke_user_access_token(&self, token_id: &str) -> Result<(), AppError> {
        let token = self.stored_token("RevokeUserAccessToken", token_id).await?;
        let mut tx = self.store.write().await?;
        tx.run("DELETE FROM user_access_tokens WHERE id = $1", args![token_id]).await?;
        self.end_token(tx, &token).await
    }

    /// Mattermost's `DisableUserAccessToken` and `EnableUserAccessToken`; disabling ends the session.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn set_user_access_token_active(&self, token_id: &str, active: bool) -> Result<(), AppError> {
        let token = self.stored_token("UpdateUserAccessToken", token_id).await?;
        let mut tx = self.store.write().await?;
        tx.run("UPDATE user_access_tokens SET is_active = $2 WHERE id = $1", args![token_id, active]).await?;
        if active {
            return Ok(tx.commit().await.map_err(StoreError::from)?);
        }
        self.end_token(tx, &token).await
    }

    /// Ends the session that a token made, with what was done to the token.
    async fn end_token(&self, mut tx: Transaction, token: &UserAccessToken) -> Result<(), AppError> {
        let sql = "DELETE FROM sessions WHERE token = $1 RETURNING id, token";
        let gone = ended(&mut tx, sql, args![token.token]).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.forget_sessions(&gone);
        Ok(())
    }

    /// Gives a token a new secret, and ends the session of the old one.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn rotate_user_access_token(&self, token_id: &str) -> Result<UserAccessToken, AppError> {
        let old = self.stored_token("RotateUserAccessToken", token_id).await?;
        let rotated = UserAccessToken { token: new_id(), ..old.clone() };
        let mut tx = self.store.write().await?;
        tx.update(&rotated).await?;
        self.end_token(tx, &old).await?;
        Ok(rotated)
    }

    /// Makes the session of a token on its first use.
    pub(super) async fn session_of_access_token(&self, token: &str) -> Result<Option<Session>, AppError> {
        let stored: Option<UserAccessToken> =
            self.store.read().await?.one("WHERE user_access_tokens.token = $1", args![token]).await?;
        let Some(stored) =
            stored.filter(|stored| stored.is_active && (stored.expires_at == 0 || stored.expires_at > now_ms()))
        else {
            return Ok(None);
        };
        let user = self.get_user(&stored.user_id).await?;
        if user.delete_at > 0 {
            return Ok(None);
        }
        let session = token_session(&stored, &user);
        if !self.access_token_is_allowed(&session) {
            return Ok(None);
        }
        let mut tx = self.store.write().await?;
        // Once more, with nobody in between: what was disabled meanwhile must not log in.
        let sql = "SELECT COUNT(*) FROM user_access_tokens JOIN users ON users.id = user_access_tokens.user_id
                   WHERE user_access_tokens.token = $1 AND user_access_tokens.is_active = 1 AND users.delete_at = 0";
        if tx.value::<i64>(sql, args![token]).await? != Some(1) {
            return Ok(None);
        }
        let made: Option<Session> = tx.one("WHERE sessions.token = $1", args![token]).await?;
        if made.is_some() {
            return Ok(made);
        }
        tx.insert(&session).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(Some(session))
    }

    /// The setting may have been switched off since the session was made; bots' tokens work on.
    pub(super) fn access_token_is_allowed(&self, session: &Session) -> bool {
        json::get(&session.props, PROP_TYPE) != Some(TYPE_USER_ACCESS_TOKEN)
            || json::get(&session.props, "is_bot") == Some("true")
            || self.config.get().flag("ServiceSettings.EnableUserAccessTokens")
    }
}

fn token_session(token: &UserAccessToken, user: &User) -> Session {
    let now = now_ms();
    let props = [
        (PROP_TYPE, TYPE_USER_ACCESS_TOKEN.to_owned()),
        (PROP_TOKEN_ID, token.id.clone()),
        ("is_bot", user.is_bot.to_string()),
        ("is_guest", user.has_role("system_guest").to_string()),
    ];
    Session {
        id: new_id(),
        token: token.token.clone(),
        create_at: now,
        last_activity_at: now,
        expires_at: if token.expires_at == 0 { now + SESSION_LIFE_MS } else { token.expires_at },
        user_id: user.id.clone(),
        roles: user.roles.clone(),
        props: props.map(|(key, value)| (key.to_owned(), value)).into(),
        ..Session::default()
    }
}

fn without_secret(token: UserAccessToken) -> UserAccessToken {
    UserAccessToken { token: String::new(), ..token }
}
