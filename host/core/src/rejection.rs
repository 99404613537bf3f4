//! What a caller is told when a plugin stopped an act.

use wasmoat_model::AppError;
use wasmoat_runtime::{Refusal, Rejection};

/// Mattermost's id of a post that a plugin dropped quietly.
const DISMISSED: &str = "plugin.message_will_be_posted.dismiss_post";

/// How a refusal is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refused<'a> {
    /// The function that asked.
    pub at: &'a str,
    /// Id of the error.
    pub id: &'a str,
    /// Text before the plugin's own.
    pub before: &'a str,
}

impl Refused<'_> {
    /// The error of a round that ended early.
    pub(crate) fn by(self, rejection: Rejection) -> AppError {
        rejected(self.at, self.id, self.before, rejection)
    }
}

/// 400 with the plugin's own text, or 503 where a plugin that must not be passed over failed.
pub(crate) fn rejected(at: &str, id: &str, before: &str, rejection: Rejection) -> AppError {
    match rejection {
        Rejection::Refused { plugin, refusal: Refusal::Reason(reason) } => {
            AppError::new(at, id, 400, format!("{before}{reason}")).detail(format_args!("plugin_id={plugin}"))
        }
        Rejection::Refused { plugin, refusal: Refusal::Error(error) } => {
            // As in Mattermost, an error of the plugin's own passes; text alone is a bad request.
            let status_code = if (100..1_000).contains(&error.status_code) { error.status_code } else { 400 };
            let id = if error.id.is_empty() { id.to_owned() } else { error.id };
            let message = if error.message.is_empty() { error.detailed_error } else { error.message };
            AppError { id, message: format!("{before}{message}"), status_code, ..AppError::default() }
                .detail(format_args!("plugin_id={plugin}"))
        }
        Rejection::Refused { plugin, refusal: Refusal::Dismissed } => {
            // Clients know this id, and show nothing.
            AppError::new(at, DISMISSED, 400, DISMISSED).detail(format_args!("plugin_id={plugin}"))
        }
        Rejection::Fault(fault) => {
            let message = format!("The plugin `{}` had to be asked and failed.", fault.plugin);
            AppError::new(at, "app.plugin.hook_failed.app_error", 503, message).detail(fault)
        }
        Rejection::GuardInactive { plugin } => {
            let message = format!("The plugin `{plugin}` guards this channel and is not active.");
            AppError::new(at, "app.plugin.inactive_guard.app_error", 503, message)
        }
        Rejection::GuardFailed(fault) => {
            let message = format!("The plugin `{}` guards this channel and failed.", fault.plugin);
            AppError::new(at, "app.plugin.guard_hook_failed.app_error", 503, message).detail(fault)
        }
    }
}
