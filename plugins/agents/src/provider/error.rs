//! Why a model gave no answer.

use std::time::Duration;

/// Characters of a provider's own text that are passed on.
const MAX_DETAIL: usize = 500;

/// Why a model gave no answer. The texts are for admins and users; [`code`](Self::code) is for programs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The service cannot be asked with the settings it has.
    #[error("the service `{service}` is not set up: {detail}")]
    Misconfigured {
        /// Name of the service.
        service: String,
        /// What is missing.
        detail: String,
    },
    /// The key is wrong, or may not do this (401, 403).
    #[error("the provider refuses the API key ({status}): {detail}")]
    Unauthorised {
        /// Its status.
        status: u16,
        /// Its text.
        detail: String,
    },
    /// Too much was asked in too short a time (429).
    #[error("the provider's rate limit is reached{}: {detail}", after(.retry_after.as_ref()))]
    RateLimited {
        /// When to try again, where it says so.
        retry_after: Option<Duration>,
        /// Its text.
        detail: String,
    },
    /// There is nothing left to spend (429 too, but waiting does not help).
    #[error("the account's quota at the provider is used up: {detail}")]
    QuotaExhausted {
        /// Its text.
        detail: String,
    },
    /// The conversation is longer than the model, or the admin, allows.
    #[error("the conversation is too long for the model: {detail}")]
    ContextTooLong {
        /// How long it is and how long it may be.
        detail: String,
    },
    /// The provider cannot do this (400, 404, 422 and the like).
    #[error("the provider refuses the request ({status}): {detail}")]
    Refused {
        /// Its status.
        status: u16,
        /// Its text.
        detail: String,
    },
    /// The provider, or the model, does not want to answer this.
    #[error("the model declines to answer: {detail}")]
    Declined {
        /// Its text.
        detail: String,
    },
    /// The provider is down or overloaded (408, 409, 5xx).
    #[error("the provider is not available ({status}): {detail}")]
    Unavailable {
        /// Its status.
        status: u16,
        /// When to try again, where it says so.
        retry_after: Option<Duration>,
        /// Its text.
        detail: String,
    },
    /// What it answered is not what its interface says.
    #[error("the provider's answer cannot be read: {detail}")]
    Malformed {
        /// What is wrong with it.
        detail: String,
    },
    /// The answer ended in the middle.
    #[error("the provider's answer was cut off: {detail}")]
    Truncated {
        /// Where.
        detail: String,
    },
    /// It took too long.
    #[error("the provider took too long: {detail}")]
    Timeout {
        /// What was waited for, and the setting.
        detail: String,
    },
    /// No connection could be had.
    #[error("the provider cannot be reached: {detail}")]
    Unreachable {
        /// Why.
        detail: String,
    },
    /// Whoever asked does not want the rest.
    #[error("whoever asked reads no more")]
    Unwanted,
    /// The admin of this server does not allow the connection.
    #[error("the provider may not be asked: {detail}")]
    Denied {
        /// What to allow.
        detail: String,
    },
}

fn after(retry_after: Option<&Duration>) -> String {
    retry_after.map(|time| format!(" (try again in {} s)", time.as_secs_f32().ceil())).unwrap_or_default()
}

impl ProviderError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Misconfigured { .. } => "misconfigured",
            Self::Unauthorised { .. } => "unauthorised",
            Self::RateLimited { .. } => "rate_limited",
            Self::QuotaExhausted { .. } => "quota_exhausted",
            Self::ContextTooLong { .. } => "context_too_long",
            Self::Refused { .. } => "refused",
            Self::Declined { .. } => "declined",
            Self::Unavailable { .. } => "unavailable",
            Self::Malformed { .. } => "malformed",
            Self::Truncated { .. } => "truncated",
            Self::Timeout { .. } => "timeout",
            Self::Unreachable { .. } => "unreachable",
            Self::Denied { .. } => "denied",
            Self::Unwanted => "unwanted",
        }
    }

    /// The HTTP status for who asked this plugin: what is the provider's fault is a bad gateway, what
    /// is the asker's is a bad request.
    pub fn status(&self) -> u16 {
        match self {
            Self::ContextTooLong { .. } => 413,
            Self::Declined { .. } => 422,
            Self::RateLimited { .. } => 429,
            Self::Unwanted => 499,
            Self::Misconfigured { .. } => 500,
            Self::Unavailable { .. } | Self::QuotaExhausted { .. } => 503,
            Self::Timeout { .. } => 504,
            Self::Unauthorised { .. }
            | Self::Refused { .. }
            | Self::Malformed { .. }
            | Self::Truncated { .. }
            | Self::Unreachable { .. }
            | Self::Denied { .. } => 502,
        }
    }

    /// When to try again, where the provider says so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether the same may go well in a moment.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::RateLimited { .. } | Self::Unavailable { .. } | Self::Unreachable { .. })
    }

    /// What the provider said with a status that is no success.
    pub fn answered(status: u16, retry_after: Option<Duration>, problem: Problem) -> Self {
        let Problem { code, detail } = problem;
        let is = |word: &str| code.contains(word);
        match status {
            _ if is("context_length") => Self::ContextTooLong { detail },
            _ if is("insufficient_quota") => Self::QuotaExhausted { detail },
            _ if is("content_filter") => Self::Declined { detail },
            401 | 403 => Self::Unauthorised { status, detail },
            429 => Self::RateLimited { retry_after, detail },
            408 | 409 | 425 | 500.. => Self::Unavailable { status, retry_after, detail },
            413 => Self::ContextTooLong { detail },
            _ => Self::Refused { status, detail },
        }
    }

    /// What the provider said inside an answer that had begun well.
    pub fn inside(problem: Problem) -> Self {
        let is = |words: &[&str]| words.iter().any(|word| problem.code.contains(word));
        let status = if is(&["rate_limit"]) {
            429
        } else if is(&["authentication", "invalid_api_key", "permission"]) {
            401
        } else if is(&["invalid_request"]) {
            400
        } else {
            500
        };
        Self::answered(status, None, problem)
    }

    /// The same without a secret that the provider may have repeated.
    pub fn without(mut self, secret: &str) -> Self {
        if let Some(detail) = self.detail_mut()
            && !secret.is_empty()
        {
            *detail = detail.replace(secret, "***");
        }
        self
    }

    fn detail_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Misconfigured { .. } | Self::Unwanted => None,
            Self::Unauthorised { detail, .. }
            | Self::RateLimited { detail, .. }
            | Self::QuotaExhausted { detail }
            | Self::ContextTooLong { detail }
            | Self::Refused { detail, .. }
            | Self::Declined { detail }
            | Self::Unavailable { detail, .. }
            | Self::Malformed { detail }
            | Self::Truncated { detail }
            | Self::Timeout { detail }
            | Self::Unreachable { detail }
            | Self::Denied { detail } => Some(detail),
        }
    }
}

/// What a provider says about its failure: a word for programs and a text for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// The error's code and type, in one text.
    pub code: String,
    /// The text.
    pub detail: String,
}

impl Problem {
    /// Reads the forms that are about: `{"error": {"message", "type", "code"}}`, `{"error": "…"}`,
    /// `{"message": "…"}`, `{"detail": "…"}`; anything else is a text.
    pub fn read(body: &[u8]) -> Self {
        match serde_json::from_slice(body) {
            Ok(value) => Self::of(&value),
            Err(_no_json) => Self { code: String::new(), detail: shortened(&String::from_utf8_lossy(body)) },
        }
    }

    /// The same of a value.
    pub fn of(value: &serde_json::Value) -> Self {
        let inner = value.get("error").filter(|error| !error.is_null()).unwrap_or(value);
        let text = |name: &str| inner.get(name).and_then(serde_json::Value::as_str);
        let code = [text("code"), text("type")].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let detail = inner.as_str().or_else(|| text("message")).or_else(|| text("detail"));
        Self { code, detail: detail.map_or_else(|| shortened(&inner.to_string()), shortened) }
    }
}

fn shortened(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(MAX_DETAIL) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None if text.is_empty() => "it says nothing more".to_owned(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, body: &str) -> ProviderError {
        ProviderError::answered(status, None, Problem::read(body.as_bytes()))
    }

    #[test]
    fn each_status_has_its_error() {
        for (status, body, code) in [
            (401, r#"{"error":{"message":"bad key","code":"invalid_api_key"}}"#, "unauthorised"),
            (403, "{}", "unauthorised"),
            (429, r#"{"error":{"message":"slow down","type":"requests"}}"#, "rate_limited"),
            (429, r#"{"error":{"message":"pay","type":"insufficient_quota"}}"#, "quota_exhausted"),
            (400, r#"{"error":{"message":"8193 tokens","code":"context_length_exceeded"}}"#, "context_too_long"),
            (400, r#"{"error":{"message":"no","code":"content_filter"}}"#, "declined"),
            (404, r#"{"error":"model `x` not found"}"#, "refused"),
            (422, r#"{"detail":"field required"}"#, "refused"),
            (413, "", "context_too_long"),
            (500, "<html>", "unavailable"),
            (529, "", "unavailable"),
            (408, "", "unavailable"),
        ] {
            assert_eq!(answered(status, body).code(), code, "{status} {body}");
        }
    }

    #[test]
    fn the_providers_own_words_are_passed_on_whatever_their_form() {
        for body in [
            r#"{"error":{"message":"no such model","type":"x"}}"#,
            r#"{"error":"no such model"}"#,
            r#"{"message":"no such model"}"#,
            r#"{"detail":"no such model"}"#,
            "no such model",
        ] {
            assert_eq!(Problem::read(body.as_bytes()).detail, "no such model");
        }
        let long = "é".repeat(2_000);
        assert_eq!(Problem::read(long.as_bytes()).detail.chars().count(), MAX_DETAIL + 1);
        assert!(!Problem::read(b"").detail.is_empty());
    }

    #[test]
    fn a_key_that_the_provider_repeats_is_taken_out() {
        let error = answered(401, r#"{"error":{"message":"Incorrect API key provided: sk-123"}}"#).without("sk-123");
        assert!(error.to_string().contains("provided: ***"), "{error}");
    }

    #[test]
    fn a_rate_limit_says_when_to_come_back() {
        let error =
            ProviderError::answered(429, Some(Duration::from_millis(1_500)), Problem::read(b"{\"message\":\"x\"}"));
        assert!(error.to_string().contains("in 2 s"), "{error}");
        assert_eq!(error.retry_after(), Some(Duration::from_millis(1_500)));
    }

    #[test]
    fn an_error_inside_a_stream_is_told_by_its_code() {
        let inside = |code: &str| ProviderError::inside(Problem { code: code.into(), detail: "x".into() }).code();
        assert_eq!(inside("rate_limit_exceeded"), "rate_limited");
        assert_eq!(inside("server_error"), "unavailable");
        assert_eq!(inside("invalid_request_error"), "refused");
    }
}
