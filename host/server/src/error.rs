//! Errors as clients see them: Mattermost's five fields.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;
use wasmoat_model::AppError;

/// What a handler answers.
pub type Answer<T> = Result<Json<T>, Error>;

/// A request that failed.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(pub AppError);

impl From<AppError> for Error {
    fn from(error: AppError) -> Self {
        Self(error)
    }
}

impl Error {
    /// An error of the REST layer itself.
    #[must_use]
    pub fn new(id: &str, status: u16, message: impl Into<String>) -> Self {
        Self(AppError::new("Rest", id, status, message))
    }

    /// 400 for a body, or a member of it, that makes no sense.
    #[must_use]
    pub fn invalid_body(name: &str) -> Self {
        Self::new(
            "api.context.invalid_body_param.app_error",
            400,
            format!("Invalid or missing {name} in request body."),
        )
    }

    /// 400 for a part of the path or of the query that makes no sense.
    #[must_use]
    pub fn invalid_url(name: &str) -> Self {
        Self::new(
            "api.context.invalid_url_param.app_error",
            400,
            format!("Invalid or missing {name} parameter in request URL."),
        )
    }

    /// 403: the session may not do that.
    #[must_use]
    pub fn forbidden() -> Self {
        Self::new("api.context.permissions.app_error", 403, "You do not have the appropriate permissions.")
    }

    /// 401: there is no session.
    #[must_use]
    pub fn no_session() -> Self {
        Self::new("api.context.session_expired.app_error", 401, "Invalid or expired session, please login again.")
    }

    /// 413: the body is larger than allowed.
    #[must_use]
    pub fn too_large(limit: usize) -> Self {
        Self::new(
            "api.context.request_body_too_large.app_error",
            413,
            format!("The request body is larger than the {limit} bytes that are allowed here."),
        )
    }
}

impl IntoResponse for Error {
    /// The error travels beside the answer: the request's id and the developer mode, which its
    /// body needs, are known to the middleware.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self.0);
        response
    }
}

/// The body of an error.
pub(crate) fn body(error: &AppError, request_id: &str, developer: bool) -> String {
    json!({
        "id": error.id,
        "message": error.message,
        "detailed_error": if developer { &error.detailed_error } else { "" },
        "request_id": request_id,
        "status_code": error.status(),
    })
    .to_string()
}
