//! A request that cannot be granted, for both ways in.

use serde::Serialize;
use wasmoat::{Error, Result, http::Response};

use crate::provider::ProviderError;

/// Why a request was not granted.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It makes no sense.
    #[error("{0}")]
    BadRequest(String),
    /// Not a plugin and not the server.
    #[error("only plugins and the server may ask")]
    NotAPlugin,
    /// The user may not use the agent, or not there.
    #[error("{0}")]
    Forbidden(String),
    /// There is no such agent or service.
    #[error("{0}")]
    NotFound(String),
    /// The model gave no answer.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The server failed.
    #[error("{0}")]
    Server(#[from] Error),
}

/// The body of such an answer: Mattermost's `error`, and beside it what programs like to know.
#[derive(Serialize)]
struct Body {
    error: String,
    code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u128>,
}

impl Failure {
    /// A stable word for programs.
    pub fn code(&self) -> &str {
        match self {
            Self::BadRequest(_) => "bad_request",
            Self::NotAPlugin => "not_a_plugin",
            Self::Forbidden(_) => "forbidden",
            Self::NotFound(_) => "not_found",
            Self::Provider(error) => error.code(),
            Self::Server(error) => error.id(),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::BadRequest(_) => 400,
            Self::NotAPlugin => 401,
            Self::Forbidden(_) => 403,
            Self::NotFound(_) => 404,
            Self::Provider(error) => error.status(),
            Self::Server(error) => u16::try_from(error.status()).unwrap_or(500),
        }
    }

    /// The answer of Mattermost's interface between plugins, where all that a model does wrong is 500.
    pub fn response(&self) -> Result<Response> {
        let (status, retry_after) = match self {
            Self::Provider(error) => (500, error.retry_after()),
            other => (other.status(), None),
        };
        let retry_after_ms = retry_after.map(|time| time.as_millis());
        let body = Body { error: self.to_string(), code: self.code().to_owned(), retry_after_ms };
        Ok(Response::json(&body)?.status(status))
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Server(error) => error,
            failure => {
                // Over the bridge, 404 says that there is no such endpoint.
                let status = if matches!(failure, Failure::NotFound(_)) { 400 } else { failure.status() };
                Self::new(i32::from(status), format!("agents.{}", failure.code()), failure.to_string())
            }
        }
    }
}
