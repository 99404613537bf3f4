//! Why a plugin's request got no answer, or no more of it.

use std::{io, net::IpAddr, time::Duration};

/// Names what failed, the actual value, the limit and the setting to change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutboundError {
    /// It is no request that can be sent.
    #[error("not a request: {0}")]
    Invalid(String),
    /// The plugin may ask nobody.
    #[error("the permission `http` was not granted")]
    NotGranted,
    /// No rule allows the host, the scheme or the port.
    #[error("host `{rule}` was not granted (manifest: `wasmoat.hosts`)")]
    HostNotGranted {
        /// The rule that would allow it.
        rule: String,
    },
    /// The name is allowed, and leads where it must not.
    #[error("`{host}` leads to the {kind} address {address}, which was not granted (manifest: `wasmoat.hosts`)")]
    AddressNotGranted {
        /// The host that was asked for.
        host: String,
        /// Where it leads.
        address: IpAddr,
        /// What kind of address that is.
        kind: &'static str,
    },
    /// The name has no address.
    #[error("`{host}` has no address: {reason}")]
    Unresolved {
        /// The host that was asked for.
        host: String,
        /// What the resolver says.
        reason: String,
    },
    /// Nobody answers there.
    #[error("no connection to `{host}`: {reason}")]
    Unreachable {
        /// The host that was asked for.
        host: String,
        /// What the system says.
        reason: String,
    },
    /// Somebody answers who cannot show that it is the host.
    #[error("no trustworthy connection to `{host}`: {reason}")]
    Tls {
        /// The host that was asked for.
        host: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No head of a response in time.
    #[error("no response within {limit:?} (setting `http_ms`, or the request's own timeout)")]
    HeadTimeout {
        /// Time allowed.
        limit: Duration,
    },
    /// The body stopped coming.
    #[error("nothing more of the response within {limit:?} (setting `http_idle_ms`)")]
    IdleTimeout {
        /// Time allowed.
        limit: Duration,
    },
    /// The request's body is too large.
    #[error("the request has more than {limit} bytes (setting `http_request_bytes`)")]
    RequestTooLarge {
        /// Bytes allowed.
        limit: u64,
    },
    /// The response's body is too large.
    #[error("the response has more than {limit} bytes (setting `http_response_bytes`)")]
    ResponseTooLarge {
        /// Bytes allowed.
        limit: u64,
    },
    /// Too many requests at once.
    #[error("{limit} requests at once are allowed (setting `http_requests`)")]
    TooManyAtOnce {
        /// Requests allowed.
        limit: u64,
    },
    /// Too many requests in a minute.
    #[error("{limit} requests per minute are allowed (setting `http_requests_per_minute`)")]
    TooManyPerMinute {
        /// Requests allowed.
        limit: u64,
    },
    /// More redirects than the request wants.
    #[error("more than {limit} redirects, the last to `{to}`")]
    TooManyRedirects {
        /// Redirects that were followed.
        limit: u8,
        /// Where it would go on.
        to: String,
    },
    /// The connection or the call ended in the middle.
    #[error("interrupted: {0}")]
    Interrupted(String),
}

impl OutboundError {
    /// A short name for metrics and the audit log.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid",
            Self::NotGranted | Self::HostNotGranted { .. } | Self::AddressNotGranted { .. } => "denied",
            Self::Unresolved { .. } => "unresolved",
            Self::Unreachable { .. } => "unreachable",
            Self::Tls { .. } => "tls",
            Self::HeadTimeout { .. } | Self::IdleTimeout { .. } => "timeout",
            Self::RequestTooLarge { .. } | Self::ResponseTooLarge { .. } => "too_large",
            Self::TooManyAtOnce { .. } | Self::TooManyPerMinute { .. } => "overloaded",
            Self::TooManyRedirects { .. } => "too_many_redirects",
            Self::Interrupted(_) => "interrupted",
        }
    }

    /// Whether an admin wants to hear of it: the plugin tried what it must not, or more of it.
    pub(super) fn concerns_the_admin(&self) -> bool {
        matches!(self.name(), "denied" | "too_large" | "overloaded")
    }

    /// Finds the broker's own error in the chain of what hyper says, or tells the whole chain.
    pub(super) fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut texts: Vec<String> = Vec::new();
        let mut next = Some(error);
        while let Some(cause) = next {
            if let Some(own) = cause.downcast_ref::<Self>() {
                return own.clone();
            }
            let text = cause.to_string();
            if texts.last() != Some(&text) {
                texts.push(text);
            }
            next = cause.source();
        }
        Self::Interrupted(texts.join(": "))
    }

    pub(super) fn unreachable(host: &impl ToString, error: &io::Error) -> Self {
        Self::Unreachable { host: host.to_string(), reason: error.to_string() }
    }
}
