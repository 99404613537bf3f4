//! The Plugin API's `sessions`.

use wasmoat_model::{AppError, Session, UserAccessToken};
use wasmoat_runtime::bindings::sessions::Host;

use crate::api::Api;

impl Host for Api<'_> {
    async fn get_session(&mut self, session_id: String) -> Result<Session, AppError> {
        self.core.get_session_by_id(&session_id).await
    }

    async fn create_session(&mut self, session: Session) -> Result<Session, AppError> {
        self.core.create_session(session).await
    }

    async fn extend_session_expiry(&mut self, session_id: String, new_expiry: i64) -> Result<(), AppError> {
        self.core.extend_session_expiry(&session_id, new_expiry.max(0)).await
    }

    async fn revoke_session(&mut self, session_id: String) -> Result<(), AppError> {
        let session = self.core.get_session_by_id(&session_id).await?;
        self.core.revoke_session(&session).await
    }

    async fn create_user_access_token(&mut self, token: UserAccessToken) -> Result<UserAccessToken, AppError> {
        self.core.create_user_access_token(token).await
    }

    async fn revoke_user_access_token(&mut self, token_id: String) -> Result<(), AppError> {
        self.core.revoke_user_access_token(&token_id).await
    }
}
