//! The Plugin API's `oauth`.

use wasmoat_model::{AppError, OAuthApp};
use wasmoat_runtime::bindings::oauth::Host;

use crate::api::Api;

impl Host for Api<'_> {
    async fn create_oauth_app(&mut self, app: OAuthApp) -> Result<OAuthApp, AppError> {
        self.core.create_oauth_app(app).await
    }

    async fn get_oauth_app(&mut self, app_id: String) -> Result<OAuthApp, AppError> {
        self.core.get_oauth_app(&app_id).await
    }

    async fn update_oauth_app(&mut self, app: OAuthApp) -> Result<OAuthApp, AppError> {
        self.core.update_oauth_app(app).await
    }

    async fn delete_oauth_app(&mut self, app_id: String) -> Result<(), AppError> {
        self.core.delete_oauth_app(&app_id).await
    }
}
