//! Commands about whether the caller is there.

use wasmoat_model::{CommandArgs, CommandResponse, CustomStatus, is_valid_emoji_name};
use wasmoat_runtime::CallContext;

use super::tell;
use crate::Core;

/// Longest text of a custom status, in characters.
const STATUS_TEXT: usize = 100;

impl Core {
    pub(super) async fn presence_command(&self, args: &CommandArgs, status: &str, text: &str) -> CommandResponse {
        match self.update_user_status(&args.user_id, status, 0).await {
            Ok(_) => tell(text),
            Err(error) => tell(error.message),
        }
    }

    /// `/status :emoji: text` or `/status clear`.
    pub(super) async fn custom_status_command(
        &self,
        cx: &CallContext,
        args: &CommandArgs,
        message: &str,
    ) -> CommandResponse {
        if !self.config.get().flag("TeamSettings.EnableCustomUserStatuses") {
            return tell("Custom statuses are switched off.");
        }
        let (done, text) = match message {
            "" => return tell("Write an emoji or a text after `/status`, or `clear`."),
            "clear" => (self.remove_custom_status(&args.user_id).await, "Your status is cleared.".to_owned()),
            message => {
                let status = custom_status(message);
                let text = format!("Your status is set to \":{}: {}\".", status.emoji, status.text);
                (self.set_custom_status(cx, &args.user_id, status).await, text)
            }
        };
        match done {
            Ok(()) => tell(text),
            Err(error) => tell(error.message),
        }
    }
}

/// Emoji and text of a status; a speech balloon where no emoji is given.
fn custom_status(message: &str) -> CustomStatus {
    let given = message.strip_prefix(':').and_then(|rest| rest.split_once(':'));
    let (emoji, text) = match given {
        Some((emoji, text)) if is_valid_emoji_name(emoji) => (emoji, text),
        _ => ("speech_balloon", message),
    };
    let text = text.trim().chars().take(STATUS_TEXT).collect();
    CustomStatus { emoji: emoji.to_owned(), text, ..CustomStatus::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_begins_with_its_emoji() {
        let status = |emoji: &str, text: &str| {
            let (emoji, text) = (emoji.to_owned(), text.to_owned());
            CustomStatus { emoji, text, ..CustomStatus::default() }
        };
        assert_eq!(custom_status(":palm_tree: on holiday"), status("palm_tree", "on holiday"));
        assert_eq!(custom_status("at lunch"), status("speech_balloon", "at lunch"));
        assert_eq!(custom_status(":+1:"), status("+1", ""));
        assert_eq!(custom_status(": not: an emoji"), status("speech_balloon", ": not: an emoji"));
    }
}
