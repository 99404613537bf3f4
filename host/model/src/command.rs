//! Slash commands.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::{AppError, AutocompleteData, ID_LENGTH, StringMap, is_valid_id, json};

/// A slash command.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct Command {
    /// Id; filled on create.
    pub id: String,
    /// Secret of 26 characters; not used by plugin commands.
    pub token: String,
    /// Time of creation.
    #[component(name = "create-at")]
    pub create_at: i64,
    /// Time of the last change.
    #[component(name = "update-at")]
    pub update_at: i64,
    /// Time of deletion; 0 when live.
    #[component(name = "delete-at")]
    pub delete_at: i64,
    /// Who created it; empty for plugin commands.
    #[component(name = "creator-id")]
    pub creator_id: String,
    /// Team; empty is every team (plugin commands only).
    #[component(name = "team-id")]
    pub team_id: String,
    /// The word after the slash, lower case.
    pub trigger: String,
    /// `P` (POST) or `G` (GET); stored commands only.
    pub method: String,
    /// Name shown on answers.
    pub username: String,
    /// Icon shown on answers.
    #[component(name = "icon-url")]
    pub icon_url: String,
    /// Offer it in autocomplete.
    #[component(name = "auto-complete")]
    pub auto_complete: bool,
    /// Text shown in autocomplete.
    #[component(name = "auto-complete-desc")]
    pub auto_complete_desc: String,
    /// Hint on arguments.
    #[component(name = "auto-complete-hint")]
    pub auto_complete_hint: String,
    /// At most 64 bytes.
    #[component(name = "display-name")]
    pub display_name: String,
    /// At most 128 bytes.
    pub description: String,
    /// Where a stored command is sent: http or https, at most 1024 bytes.
    pub url: String,
    /// Owning plugin; forced to the caller.
    #[component(name = "plugin-id")]
    pub plugin_id: String,
    /// Tree of Mattermost's `AutocompleteData`; empty for none.
    #[component(name = "autocomplete-data")]
    #[serde(with = "json::value", skip_serializing_if = "json::is_default")]
    pub autocomplete_data: String,
    /// `data:image/svg+xml;base64,…`
    #[component(name = "autocomplete-icon-data")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub autocomplete_icon_data: String,
}

/// A slash command as a user typed it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct CommandArgs {
    /// Who typed it.
    #[component(name = "user-id")]
    pub user_id: String,
    /// Where.
    #[component(name = "channel-id")]
    pub channel_id: String,
    /// Team in view; may be empty in direct messages.
    #[component(name = "team-id")]
    pub team_id: String,
    /// Root of the thread, or empty.
    #[component(name = "root-id")]
    pub root_id: String,
    /// Legacy.
    #[component(name = "parent-id")]
    pub parent_id: String,
    /// Opens dialogs.
    #[component(name = "trigger-id")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub trigger_id: String,
    /// The whole line, slash included.
    pub command: String,
    /// Address of the server; not in JSON.
    #[component(name = "site-url")]
    #[serde(skip)]
    pub site_url: String,
    /// Mentioned username to user id; not in JSON.
    #[component(name = "user-mentions")]
    #[serde(skip)]
    pub user_mentions: StringMap,
    /// Mentioned channel name to channel id; not in JSON.
    #[component(name = "channel-mentions")]
    #[serde(skip)]
    pub channel_mentions: StringMap,
}

/// Answer to a slash command.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct CommandResponse {
    /// `in_channel`, or `ephemeral` (also when empty).
    #[component(name = "response-type")]
    pub response_type: String,
    /// Markdown; may be empty.
    pub text: String,
    /// Name shown, where the server allows it.
    pub username: String,
    /// Post there instead; the caller must be a member.
    #[component(name = "channel-id")]
    pub channel_id: String,
    /// Icon shown, where the server allows it.
    #[component(name = "icon-url")]
    pub icon_url: String,
    /// Post type; `system_…` is refused (400).
    #[component(name = "type")]
    pub r#type: String,
    /// Merged into the post.
    #[serde(with = "json::object")]
    pub props: String,
    /// Address that the client opens.
    #[component(name = "goto-location")]
    pub goto_location: String,
    /// Filled by the server.
    #[component(name = "trigger-id")]
    pub trigger_id: String,
    /// Leave Slack's markup alone.
    #[component(name = "skip-slack-parsing")]
    pub skip_slack_parsing: bool,
    /// JSON list of message attachments; empty for none.
    #[serde(with = "json::value")]
    pub attachments: String,
    /// JSON list of further answers, each posted like this one; empty for none.
    #[component(name = "extra-responses")]
    #[serde(with = "json::value")]
    pub extra_responses: String,
}

/// Longest trigger, in bytes.
pub const COMMAND_TRIGGER_MAX_LENGTH: usize = 128;

impl Command {
    /// Mattermost's `Command.IsValid`, for a stored command.
    ///
    /// # Errors
    ///
    /// 400 `model.command.is_valid.…` for the first rule that is broken.
    pub fn is_valid(&self) -> Result<(), AppError> {
        if !is_valid_id(&self.id) {
            return Err(invalid("id", "The command's id is not valid."));
        }
        if self.token.len() != ID_LENGTH {
            return Err(invalid("token", "The command's token has 26 characters."));
        }
        if self.create_at == 0 || self.update_at == 0 {
            return Err(invalid("create_at", "The command has no time of creation or change."));
        }
        if self.plugin_id.is_empty() && !is_valid_id(&self.creator_id) {
            return Err(invalid("user_id", "The creator's id is not valid."));
        }
        if !self.plugin_id.is_empty() && !self.creator_id.is_empty() {
            return Err(invalid("plugin_id", "A command is a user's or a plugin's, not both."));
        }
        if !is_valid_id(&self.team_id) {
            return Err(invalid("team_id", "The team's id is not valid."));
        }
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'/');
        let length = self.trigger.len();
        if !(1..=COMMAND_TRIGGER_MAX_LENGTH).contains(&length)
            || self.trigger.starts_with('/')
            || !self.trigger.bytes().all(fits)
        {
            let text = "A trigger has 1 to 128 letters, digits, `_`, `.`, `-` and `/`, and begins with no slash.";
            return Err(invalid("trigger", text));
        }
        let http = self.url.starts_with("http://") || self.url.starts_with("https://");
        if self.url.is_empty() || self.url.len() > 1024 || !http {
            return Err(invalid("url", "A command needs an http or https address of at most 1024 bytes."));
        }
        if !matches!(self.method.as_str(), "G" | "P") {
            return Err(invalid("method", "The method is `G` or `P`."));
        }
        if self.display_name.len() > 64 {
            return Err(invalid("display_name", "A command's display name has at most 64 bytes."));
        }
        if self.description.len() > 128 {
            return Err(invalid("description", "A command's description has at most 128 bytes."));
        }
        self.autocomplete().map_or(Ok(()), |data| data.is_valid())
    }

    /// The autocomplete data; none where there is none, or where it cannot be read.
    #[must_use]
    pub fn autocomplete(&self) -> Option<AutocompleteData> {
        serde_json::from_str(&self.autocomplete_data).ok().flatten()
    }

    /// Without what only its owner may know.
    #[must_use]
    pub fn sanitized(self) -> Self {
        Self {
            token: String::new(),
            creator_id: String::new(),
            method: String::new(),
            url: String::new(),
            username: String::new(),
            icon_url: String::new(),
            ..self
        }
    }
}

fn invalid(field: &str, message: &str) -> AppError {
    AppError::new("Command.IsValid", &format!("model.command.is_valid.{field}.app_error"), 400, message)
}
