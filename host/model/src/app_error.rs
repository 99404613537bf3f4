//! `AppError`: the one error that clients and plugins see.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::json;

/// Mattermost's `AppError`: what nearly every call answers when it fails.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct AppError {
    /// Stable dotted identifier; compare on this, never on `message`.
    pub id: String,
    /// Text for people, in the language of the caller or of the server.
    pub message: String,
    /// Internal detail; not shown to ordinary clients.
    #[component(name = "detailed-error")]
    pub detailed_error: String,
    /// Id of the request that failed; filled by the server.
    #[component(name = "request-id")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub request_id: String,
    /// HTTP status to answer with: 400, 401, 403, 404, 409, 413, 500, 501 or 503.
    #[component(name = "status-code")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub status_code: i32,
    /// The function that raised it.
    #[component(name = "where")]
    #[serde(skip)]
    pub r#where: String,
}

impl AppError {
    /// An error raised by `at`, with the stable `id`, the HTTP `status` and a text for people.
    #[must_use]
    pub fn new(at: &str, id: &str, status: u16, message: impl Into<String>) -> Self {
        Self {
            id: id.to_owned(),
            message: printable(message.into()),
            status_code: i32::from(status),
            r#where: at.to_owned(),
            ..Self::default()
        }
    }

    /// Adds internal detail; not shown to ordinary clients.
    #[must_use]
    pub fn detail(mut self, detail: impl std::fmt::Display) -> Self {
        self.detailed_error = printable(detail.to_string());
        self
    }

    /// The HTTP status to answer with: 500 where the code is none.
    #[must_use]
    pub fn status(&self) -> u16 {
        u16::try_from(self.status_code).ok().filter(|code| (100..=999).contains(code)).unwrap_or(500)
    }
}

/// Most characters of an error's text: what was asked for may be in it.
const PRINTABLE: usize = 1_024;

fn printable(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(PRINTABLE) {
        text.truncate(end);
    }
    text
}

impl std::fmt::Display for AppError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.r#where, self.message)?;
        if !self.detailed_error.is_empty() {
            write!(formatter, ", {}", self.detailed_error)?;
        }
        Ok(())
    }
}

impl std::error::Error for AppError {}
