//! Commands about whether the caller is there.

use wasmoat_model::{AppError, CommandArgs, CommandResponse, Texts, UserPatch, is_valid_emoji_name, json};

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
    pub(super) async fn custom_status_command(&self, args: &CommandArgs, message: &str) -> CommandResponse {
        if !self.config.get().flag("TeamSettings.EnableCustomUserStatuses") {
            return tell("Custom statuses are switched off.");
        }
        let status = match message {
            "" => return tell("Write an emoji or a text after `/status`, or `clear`."),
            "clear" => None,
            message => Some(custom_status(message)),
        };
        let text = match &status {
            None => "Your status is cleared.".to_owned(),
            Some((emoji, text)) => format!("Your status is set to \":{emoji}: {text}\"."),
        };
        match self.set_custom_status(&args.user_id, status.as_ref()).await {
            Ok(()) => tell(text),
            Err(error) => tell(error.message),
        }
    }

    async fn set_custom_status(&self, user_id: &str, status: Option<&(String, String)>) -> Result<(), AppError> {
        let mut props = self.get_user(user_id).await?.props;
        let value = status.map_or_else(String::new, |(emoji, text)| {
            // Without an end: the time that Go calls zero.
            let never = "0001-01-01T00:00:00Z";
            serde_json::json!({"emoji": emoji, "text": text, "duration": "", "expires_at": never}).to_string()
        });
        json::set(&mut props, "customStatus", value);
        self.patch_user(user_id, UserPatch { props: Some(Texts(props)), ..UserPatch::default() }).await?;
        Ok(())
    }
}

/// Emoji and text of a status; a speech balloon where no emoji is given.
fn custom_status(message: &str) -> (String, String) {
    let given = message.strip_prefix(':').and_then(|rest| rest.split_once(':'));
    let (emoji, text) = match given {
        Some((emoji, text)) if is_valid_emoji_name(emoji) => (emoji, text),
        _ => ("speech_balloon", message),
    };
    (emoji.to_owned(), text.trim().chars().take(STATUS_TEXT).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_begins_with_its_emoji() {
        let status = |emoji: &str, text: &str| (emoji.to_owned(), text.to_owned());
        assert_eq!(custom_status(":palm_tree: on holiday"), status("palm_tree", "on holiday"));
        assert_eq!(custom_status("at lunch"), status("speech_balloon", "at lunch"));
        assert_eq!(custom_status(":+1:"), status("+1", ""));
        assert_eq!(custom_status(": not: an emoji"), status("speech_balloon", ": not: an emoji"));
    }
}
