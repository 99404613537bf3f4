//! Interactive dialogs: forms that an integration shows to a user.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::json;

/// A dialog, and whose action opens it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct OpenDialogRequest {
    /// Proof of what the user did just now.
    #[component(name = "trigger-id")]
    pub trigger_id: String,
    /// Where the answer goes.
    pub url: String,
    /// What is shown.
    pub dialog: Dialog,
}

/// A form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct Dialog {
    /// Given back with the answer.
    #[component(name = "callback-id")]
    pub callback_id: String,
    /// 1 to 24 bytes.
    pub title: String,
    /// Markdown.
    #[component(name = "introduction-text")]
    pub introduction_text: String,
    /// http or https, if set.
    #[component(name = "icon-url")]
    pub icon_url: String,
    /// Fields; their names are unique.
    pub elements: Vec<DialogElement>,
    /// Text of the button; empty is the client's.
    #[component(name = "submit-label")]
    pub submit_label: String,
    /// Dismissing the dialog is told to its URL too.
    #[component(name = "notify-on-cancel")]
    pub notify_on_cancel: bool,
    /// Given back with the answer.
    pub state: String,
    /// Where elements with `refresh` fetch the form again.
    #[component(name = "source-url")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub source_url: String,
}

/// A field of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct DialogElement {
    /// At most 24 bytes.
    #[component(name = "display-name")]
    pub display_name: String,
    /// Key in the answer; at most 300 bytes.
    pub name: String,
    /// `text`, `textarea`, `select`, `bool`, `radio`, `date`, `datetime`.
    #[component(name = "type")]
    pub r#type: String,
    /// Of texts: `text`, `email`, `number`, `tel`, `url`, `password`, or empty.
    pub subtype: String,
    /// Value at first.
    pub default: String,
    /// Shown while empty.
    pub placeholder: String,
    /// At most 150 bytes.
    #[component(name = "help-text")]
    pub help_text: String,
    /// May be left empty.
    pub optional: bool,
    /// 0 or more.
    #[component(name = "min-length")]
    pub min_length: i32,
    /// Texts up to 150, textareas up to 3000.
    #[component(name = "max-length")]
    pub max_length: i32,
    /// Of a select: empty for `options`, `users`, `channels` or `dynamic`.
    #[component(name = "data-source")]
    pub data_source: String,
    /// Where a `dynamic` select looks choices up.
    #[component(name = "data-source-url")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub data_source_url: String,
    /// Choices of a select without a source and of a radio.
    pub options: Vec<PostActionOptions>,
    /// A select that answers a list.
    pub multiselect: bool,
    /// A change of this field fetches the form again.
    #[serde(skip_serializing_if = "json::is_default")]
    pub refresh: bool,
    /// More about dates and times.
    #[component(name = "datetime-config")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub datetime_config: Option<DialogDateTimeConfig>,
    /// Earliest date.
    #[component(name = "min-date")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub min_date: String,
    /// Latest date.
    #[component(name = "max-date")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub max_date: String,
    /// Minutes: 1 to 1440, a divisor of 1440; 0 is 60.
    #[component(name = "time-interval")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub time_interval: i32,
}

/// A choice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct PostActionOptions {
    /// What is shown.
    pub text: String,
    /// What is sent.
    pub value: String,
}

/// Settings of a date or time field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct DialogDateTimeConfig {
    /// Minutes; 0 is 60.
    #[component(name = "time-interval")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub time_interval: i32,
    /// IANA name of a time zone.
    #[component(name = "location-timezone")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub location_timezone: String,
    /// The time may be typed.
    #[component(name = "allow-manual-time-entry")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub allow_manual_time_entry: bool,
}

/// What a client answers, and what the integration gets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SubmitDialogRequest {
    /// `dialog_submission` (also when dismissed), `refresh` or `dialog_lookup`; set by the server.
    pub r#type: String,
    /// Where the answer goes; only from the client to the server.
    #[serde(skip_serializing_if = "json::is_default")]
    pub url: String,
    /// Of the dialog.
    pub callback_id: String,
    /// Of the dialog.
    pub state: String,
    /// Who answers.
    pub user_id: String,
    /// Where.
    pub channel_id: String,
    /// Where; may be empty.
    pub team_id: String,
    /// Values by the fields' names.
    pub submission: serde_json::Map<String, serde_json::Value>,
    /// Dismissed.
    pub cancelled: bool,
}

/// What the integration says to an answer; nothing at all is fine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SubmitDialogResponse {
    /// What is wrong with the whole.
    #[serde(skip_serializing_if = "json::is_default")]
    pub error: String,
    /// What is wrong with single fields.
    #[serde(with = "json::map", skip_serializing_if = "json::is_default")]
    pub errors: json::StringMap,
    /// Empty, `ok`, `navigate` or `form`.
    #[serde(skip_serializing_if = "json::is_default")]
    pub r#type: String,
    /// The next form, where the type is `form`.
    #[serde(skip_serializing_if = "json::is_default")]
    pub form: Option<Dialog>,
}

/// Choices that an integration finds for a `dynamic` select.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LookupDialogResponse {
    /// The choices.
    pub items: Vec<PostActionOptions>,
}
