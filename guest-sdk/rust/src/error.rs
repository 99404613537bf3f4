//! The one error type.

use std::fmt;

use crate::{
    body_stream::BodyError, bridge::BridgeError, http_client::RequestError, response_stream::StreamError,
    types::AppError,
};

/// What SDK functions answer with, and what hooks that can fail return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Id of an error that says that an administrator has not granted what a call needs.
const PERMISSION_DENIED: &str = "app.plugin.permission_denied.app_error";

/// Why something failed.
///
/// The server's own failures keep their [`AppError`]; an author's are made with [`Error::new`] or
/// from a text, and `?` takes both out of a hook.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The server said no.
    Api(Box<AppError>),
    /// Another plugin did not answer.
    Bridge(Box<BridgeError>),
    /// A host outside the server did not answer.
    Http(Box<RequestError>),
    /// JSON did not have the shape that was asked for.
    Json {
        /// What was read or written, like ``the key `polls` ``.
        what: String,
        /// Where and why.
        source: serde_json::Error,
    },
    /// An atomic update lost against other writers each time it tried.
    Contended {
        /// The key that others kept changing.
        key: String,
        /// How often it was tried.
        tries: u32,
    },
}

impl Error {
    /// An error of the plugin's own: an HTTP status, a stable dotted id and a text for people.
    pub fn new(status: i32, id: impl Into<String>, message: impl Into<String>) -> Self {
        AppError { id: id.into(), message: message.into(), status_code: status, ..AppError::default() }.into()
    }

    /// The HTTP status that belongs to this error.
    #[must_use]
    pub fn status(&self) -> i32 {
        match self {
            Self::Api(error) => error.status_code,
            Self::Bridge(error) => bridge_status(error),
            Self::Http(error) => request_parts(error).0,
            Self::Json { .. } => 500,
            Self::Contended { .. } => 409,
        }
    }

    /// The stable dotted id; compare on this and not on the text.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Api(error) => &error.id,
            Self::Bridge(_) => "plugin.bridge",
            Self::Http(error) if matches!(**error, RequestError::Denied(_)) => PERMISSION_DENIED,
            Self::Http(_) => "plugin.http_client",
            Self::Json { .. } => "plugin.json",
            Self::Contended { .. } => "plugin.contended",
        }
    }

    /// What was asked for does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.status() == 404
    }

    /// The administrator has not granted what the call needs.
    #[must_use]
    pub fn is_permission_denied(&self) -> bool {
        self.id() == PERMISSION_DENIED
    }

    pub(crate) fn json(what: impl Into<String>) -> impl FnOnce(serde_json::Error) -> Self {
        let what = what.into();
        move |source| Self::Json { what, source }
    }
}

fn bridge_status(error: &BridgeError) -> i32 {
    match error {
        BridgeError::InvalidRequest(_) | BridgeError::SchemaViolation(_) => 400,
        BridgeError::Unauthorised(_) => 403,
        BridgeError::NotFound(_) | BridgeError::NoEndpoint(_) => 404,
        BridgeError::TooLarge(_) => 413,
        BridgeError::RateLimited(_) => 429,
        BridgeError::Http(answer) => i32::from(answer.status),
        BridgeError::Timeout(_) => 504,
        BridgeError::NotInitialised
        | BridgeError::NotActive(_)
        | BridgeError::Overloaded(_)
        | BridgeError::CircuitOpen(_) => 503,
        BridgeError::TooDeep(_) | BridgeError::Cycle(_) | BridgeError::Fault(_) => 500,
    }
}

/// The status that belongs to an error of a request, what kind it is, and its text.
fn request_parts(error: &RequestError) -> (i32, &'static str, &str) {
    match error {
        RequestError::Invalid(text) => (400, "invalid request", text),
        RequestError::Denied(text) => (403, "denied", text),
        RequestError::Unresolved(text) => (502, "unknown host", text),
        RequestError::Unreachable(text) => (502, "unreachable", text),
        RequestError::Tls(text) => (502, "not to be trusted", text),
        RequestError::Timeout(text) => (504, "timed out", text),
        RequestError::TooLarge(text) => (413, "too large", text),
        RequestError::Overloaded(text) => (429, "too many requests", text),
        RequestError::TooManyRedirects(text) => (502, "too many redirects", text),
        RequestError::Interrupted(text) => (502, "interrupted", text),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(error) => {
                f.write_str(&error.message)?;
                if error.detailed_error.is_empty() { Ok(()) } else { write!(f, " ({})", error.detailed_error) }
            }
            Self::Bridge(error) => write_bridge(f, error),
            Self::Http(error) => {
                let (_, kind, text) = request_parts(error);
                write!(f, "{kind}: {text}")
            }
            Self::Json { what, source } => write!(f, "{what}: {source}"),
            Self::Contended { key, tries } => {
                write!(f, "the key `{key}` was changed by others in each of {tries} tries")
            }
        }
    }
}

fn write_bridge(f: &mut fmt::Formatter<'_>, error: &BridgeError) -> fmt::Result {
    match error {
        BridgeError::NotInitialised => f.write_str("plugins are switched off"),
        BridgeError::InvalidRequest(text) => write!(f, "invalid request: {text}"),
        BridgeError::NotFound(text) => write!(f, "no such plugin: {text}"),
        BridgeError::NotActive(text) => write!(f, "the plugin is not active: {text}"),
        BridgeError::NoEndpoint(text) => write!(f, "no such endpoint: {text}"),
        BridgeError::Unauthorised(text) => write!(f, "the plugin refuses the call: {text}"),
        BridgeError::Http(answer) => {
            let text = String::from_utf8_lossy(&answer.body);
            write!(f, "the plugin answered {}: {}", answer.status, text.trim())
        }
        BridgeError::SchemaViolation(text) => write!(f, "against the schema: {text}"),
        BridgeError::Timeout(text) => write!(f, "timed out: {text}"),
        BridgeError::TooLarge(text) => write!(f, "too large: {text}"),
        BridgeError::Overloaded(text) => write!(f, "overloaded: {text}"),
        BridgeError::RateLimited(text) => write!(f, "too many calls: {text}"),
        BridgeError::Cycle(text) => write!(f, "the call comes back to where it is: {text}"),
        BridgeError::TooDeep(text) => write!(f, "too many nested calls: {text}"),
        BridgeError::CircuitOpen(text) => write!(f, "calls are suspended: {text}"),
        BridgeError::Fault(text) => write!(f, "the plugin failed: {text}"),
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Json { source, .. } => Some(source),
            Self::Api(_) | Self::Bridge(_) | Self::Http(_) | Self::Contended { .. } => None,
        }
    }
}

impl From<AppError> for Error {
    fn from(error: AppError) -> Self {
        Self::Api(Box::new(error))
    }
}

impl From<BridgeError> for Error {
    fn from(error: BridgeError) -> Self {
        Self::Bridge(Box::new(error))
    }
}

impl From<StreamError> for Error {
    fn from(error: StreamError) -> Self {
        let text = match error {
            StreamError::NotHere => "this hook answers by what it returns alone".to_owned(),
            StreamError::NotBegun => "the answer has not been begun".to_owned(),
            StreamError::Begun => "the answer has been begun already".to_owned(),
            StreamError::Closed => "nobody reads the answer any more".to_owned(),
            StreamError::InvalidStatus(status) => format!("{status} is no status of an answer"),
        };
        Self::new(500, "plugin.response_stream", text)
    }
}

impl From<BodyError> for Error {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::NotHere => Self::new(500, "plugin.body_stream", "this hook has no body to read"),
            BodyError::Interrupted(text) => Self::new(400, "plugin.body_stream", format!("the body is cut: {text}")),
        }
    }
}

impl From<RequestError> for Error {
    fn from(error: RequestError) -> Self {
        Self::Http(Box::new(error))
    }
}

impl From<String> for Error {
    fn from(message: String) -> Self {
        Self::new(500, "plugin.error", message)
    }
}

impl From<&str> for Error {
    fn from(message: &str) -> Self {
        message.to_owned().into()
    }
}

impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        match error {
            Error::Api(error) => *error,
            error => Self {
                id: error.id().to_owned(),
                message: error.to_string(),
                status_code: error.status(),
                ..Self::default()
            },
        }
    }
}

impl From<Error> for String {
    fn from(error: Error) -> Self {
        error.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_error_survives_the_way_through_a_hook() {
        let original = AppError { id: "a.b".into(), status_code: 404, ..AppError::default() };
        let error = Error::from(original.clone());
        assert!(error.is_not_found());
        assert_eq!(AppError::from(error), original);
    }

    #[test]
    fn a_text_is_an_error_with_status_500() {
        let error = Error::from("no coffee");
        assert_eq!((error.status(), error.to_string()), (500, "no coffee".to_owned()));
        assert_eq!(AppError::from(error).message, "no coffee");
    }

    #[test]
    fn a_denied_call_can_be_told_apart() {
        assert!(Error::new(403, "app.plugin.permission_denied.app_error", "…").is_permission_denied());
    }
}
