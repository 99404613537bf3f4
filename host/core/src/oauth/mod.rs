//! Applications of the OAuth 2 provider.
//!
//! What a user has allowed an application is a preference of the user (category `oauth_app`, named
//! by the application's id) and the sessions that name the application.

mod api;
mod store;
#[cfg(test)]
mod tests;

use wasmoat_model::{AppError, OAuthApp, new_id, now_ms};

use crate::{
    Core,
    store::{Queries as _, StoreError, args},
};

/// Preference category: applications that the user has allowed.
const CATEGORY: &str = "oauth_app";

/// Session property: the application whose session it is.
const PROP_APP_ID: &str = "oauth_app_id";

fn not_found(at: &str, app_id: &str) -> AppError {
    let message = "There is no such application.";
    AppError::new(at, "app.oauth.get_app.find.app_error", 404, message).detail(app_id)
}

impl Core {
    fn check_oauth_provider(&self, at: &str, id: &str) -> Result<(), AppError> {
        if self.config.get().flag("ServiceSettings.EnableOAuthServiceProvider") {
            return Ok(());
        }
        let text = "The OAuth 2 provider is switched off (setting `ServiceSettings.EnableOAuthServiceProvider`).";
        Err(AppError::new(at, &format!("api.oauth.{id}.turn_off.app_error"), 501, text))
    }

    /// Mattermost's `CreateOAuthApp`: registers an application. Its id and its secret are made here.
    ///
    /// # Errors
    ///
    /// 501 where the provider is off, 400 for a field that breaks its rule.
    pub async fn create_oauth_app(&self, app: OAuthApp) -> Result<OAuthApp, AppError> {
        let at = "CreateOAuthApp";
        self.check_oauth_provider(at, "register_oauth_app")?;
        if !app.id.is_empty() {
            let message = "The application has an id already; ids are made by the server.";
            return Err(AppError::new(at, "app.oauth.save_app.existing.app_error", 400, message));
        }
        let now = now_ms();
        let app = OAuthApp { id: new_id(), client_secret: new_id(), create_at: now, update_at: now, ..app };
        app.is_valid()?;
        self.store.read().await?.insert(&app).await?;
        Ok(app)
    }

    /// Mattermost's `GetOAuthApp`, the secret included.
    ///
    /// # Errors
    ///
    /// 501 where the provider is off, 404 when unknown.
    pub async fn get_oauth_app(&self, app_id: &str) -> Result<OAuthApp, AppError> {
        let at = "GetOAuthApp";
        self.check_oauth_provider(at, "allow_oauth")?;
        let app = self.store.read().await?.one("WHERE oauth_apps.id = $1", args![app_id]).await?;
        app.ok_or_else(|| not_found(at, app_id))
    }

    /// Mattermost's `UpdateOAuthApp`: replaces what can be edited.
    ///
    /// # Errors
    ///
    /// 501 where the provider is off, 404 when unknown, 400 for a field that breaks its rule.
    pub async fn update_oauth_app(&self, app: OAuthApp) -> Result<OAuthApp, AppError> {
        let id = app.id.clone();
        self.change_oauth_app(&id, move |stored| OAuthApp {
            id: stored.id,
            creator_id: stored.creator_id,
            create_at: stored.create_at,
            client_secret: stored.client_secret,
            is_dynamically_registered: stored.is_dynamically_registered,
            ..app
        })
        .await
    }

    /// Mattermost's `RegenerateOAuthAppSecret`.
    ///
    /// # Errors
    ///
    /// 501 where the provider is off, 404 when unknown.
    pub async fn regenerate_oauth_app_secret(&self, app_id: &str) -> Result<OAuthApp, AppError> {
        self.change_oauth_app(app_id, |stored| OAuthApp { client_secret: new_id(), ..stored }).await
    }

    async fn change_oauth_app(
        &self,
        app_id: &str,
        change: impl FnOnce(OAuthApp) -> OAuthApp + Send,
    ) -> Result<OAuthApp, AppError> {
        let at = "UpdateOAuthApp";
        self.check_oauth_provider(at, "allow_oauth")?;
        let mut tx = self.store.write().await?;
        let stored: Option<OAuthApp> = tx.one("WHERE oauth_apps.id = $1", args![app_id]).await?;
        let mut app = change(stored.ok_or_else(|| not_found(at, app_id))?);
        app.update_at = now_ms();
        app.is_valid()?;
        tx.update(&app).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(app)
    }

    /// Mattermost's `DeleteOAuthApp`: deletes an application, and ends what users have allowed it.
    ///
    /// # Errors
    ///
    /// 501 where the provider is off, 404 when unknown.
    pub async fn delete_oauth_app(&self, app_id: &str) -> Result<(), AppError> {
        let at = "DeleteOAuthApp";
        self.check_oauth_provider(at, "allow_oauth")?;
        let mut tx = self.store.write().await?;
        if tx.run("DELETE FROM oauth_apps WHERE id = $1", args![app_id]).await? == 0 {
            return Err(not_found(at, app_id));
        }
        tx.run("DELETE FROM preferences WHERE category = $1 AND name = $2", args![CATEGORY, app_id]).await?;
        self.end_sessions_with(tx, PROP_APP_ID, app_id).await
    }

    /// A page of applications by name: all of them, or those of one creator.
    ///
    /// # Errors
    ///
    /// 501 where the provider is off.
    pub async fn get_oauth_apps(
        &self,
        creator_id: Option<&str>,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<OAuthApp>, AppError> {
        self.check_oauth_provider("GetOAuthApps", "allow_oauth")?;
        let rest = "WHERE ($1 = '' OR oauth_apps.creator_id = $1)
                    ORDER BY oauth_apps.name, oauth_apps.id LIMIT $2 OFFSET $3";
        let arguments = args![creator_id.unwrap_or_default(), limit, offset];
        Ok(self.store.read().await?.all(rest, arguments).await?)
    }

    /// Mattermost's `GetAuthorizedAppsForUser`: a page of the applications that the user has
    /// allowed, without their secrets.
    ///
    /// # Errors
    ///
    /// 501 where the provider is off.
    pub async fn get_authorized_apps_for_user(
        &self,
        user_id: &str,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<OAuthApp>, AppError> {
        self.check_oauth_provider("GetAuthorizedAppsForUser", "allow_oauth")?;
        let rest = "JOIN preferences ON preferences.name = oauth_apps.id
                    WHERE preferences.user_id = $1 AND preferences.category = $2
                    ORDER BY oauth_apps.name, oauth_apps.id LIMIT $3 OFFSET $4";
        let apps: Vec<OAuthApp> = self.store.read().await?.all(rest, args![user_id, CATEGORY, limit, offset]).await?;
        Ok(apps.into_iter().map(OAuthApp::sanitized).collect())
    }
}
