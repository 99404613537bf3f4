//! What a call over the bridge can end with. The type is the contract's, so that the core's calls
//! and those of plugins know the same errors.

use crate::{CallError, Fault, FaultKind, bindings::bridge::BridgeError};

/// Each with the status that it is over HTTP, and its name in metrics and traces.
macro_rules! kinds {
    ($($kind:ident $name:literal $status:literal;)*) => {
        impl BridgeError {
            /// A short name for metrics.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => $name,)*
                    Self::NotInitialised => "not_initialised",
                    Self::Http(_) => "http",
                }
            }

            /// The HTTP status that it would be.
            #[must_use]
            pub const fn status(&self) -> u16 {
                match self {
                    $(Self::$kind(_) => $status,)*
                    Self::NotInitialised => 501,
                    Self::Http(answer) => answer.status,
                }
            }

            /// What happened, for people.
            #[must_use]
            pub fn text(&self) -> String {
                match self {
                    $(Self::$kind(text) => text.clone(),)*
                    Self::NotInitialised => "plugins are switched off".to_owned(),
                    Self::Http(answer) => {
                        let body: String = String::from_utf8_lossy(&answer.body).chars().take(1_000).collect();
                        format!("the plugin answered with status {}: {body}", answer.status)
                    }
                }
            }
        }
    };
}

kinds! {
    InvalidRequest "invalid_request" 400;
    NotFound "not_found" 404;
    NotActive "not_active" 503;
    NoEndpoint "no_endpoint" 404;
    Unauthorised "unauthorised" 403;
    SchemaViolation "schema_violation" 400;
    Timeout "timeout" 504;
    TooLarge "too_large" 413;
    Overloaded "overloaded" 503;
    TooDeep "too_deep" 500;
    CircuitOpen "circuit_open" 503;
    Fault "fault" 500;
    Cycle "cycle" 500;
    RateLimited "rate_limited" 429;
}

impl BridgeError {
    /// Whether it speaks against the target, and not against who called. That it is busy does not: it
    /// said so at once.
    pub(super) const fn is_the_targets(&self) -> bool {
        match self {
            Self::Timeout(_) | Self::Fault(_) => true,
            Self::Http(answer) => answer.status >= 500,
            _ => false,
        }
    }
}

impl From<Fault> for BridgeError {
    fn from(fault: Fault) -> Self {
        let text = fault.to_string();
        match fault.kind {
            FaultKind::Deadline { .. } => Self::Timeout(text),
            FaultKind::TooDeep { .. } => Self::TooDeep(text),
            FaultKind::FuelMinute { .. }
            | FaultKind::Overloaded { .. }
            | FaultKind::Reentrant { .. }
            | FaultKind::NoRoom { .. }
            | FaultKind::BackingOff { .. } => Self::Overloaded(text),
            _ => Self::Fault(text),
        }
    }
}

impl From<CallError> for BridgeError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::NotActive(_) => Self::NotActive(error.to_string()),
            CallError::NotImplemented { .. } => Self::NoEndpoint(error.to_string()),
            CallError::Fault(fault) => fault.into(),
        }
    }
}
