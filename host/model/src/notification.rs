//! Notifications outside the client: mobile push and mail.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::json;

/// What a mobile device is sent: the JSON of Mattermost's push proxy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct PushNotification {
    /// Id that the device acknowledges; made per device.
    #[component(name = "ack-id")]
    pub ack_id: String,
    /// `apple`, `android`, `apple_rn`, `android_rn`; set per device.
    pub platform: String,
    /// Id of this installation.
    #[component(name = "server-id")]
    pub server_id: String,
    /// Token; set per device.
    #[component(name = "device-id")]
    pub device_id: String,
    /// Post.
    #[component(name = "post-id")]
    pub post_id: String,
    /// `CAN_REPLY` where the device may answer.
    #[serde(skip_serializing_if = "json::is_default")]
    pub category: String,
    /// `none` is silent.
    #[serde(skip_serializing_if = "json::is_default")]
    pub sound: String,
    /// Text.
    #[serde(skip_serializing_if = "json::is_default")]
    pub message: String,
    /// Number on the application's icon.
    #[serde(skip_serializing_if = "json::is_default")]
    pub badge: i32,
    /// 1 is delivered in the background.
    #[component(name = "cont-ava")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub cont_ava: i32,
    /// Team.
    #[component(name = "team-id")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub team_id: String,
    /// Channel.
    #[component(name = "channel-id")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub channel_id: String,
    /// Root of the thread.
    #[component(name = "root-id")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub root_id: String,
    /// Name shown for the channel.
    #[component(name = "channel-name")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub channel_name: String,
    /// `message`, `clear`, `update_badge`, `session` or `test`.
    #[component(name = "type")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub r#type: String,
    /// `calls`, or empty.
    #[component(name = "sub-type")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub sub_type: String,
    /// Author.
    #[component(name = "sender-id")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub sender_id: String,
    /// Name shown for the author.
    #[component(name = "sender-name")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub sender_name: String,
    /// Name that an integration chose.
    #[component(name = "override-username")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub override_username: String,
    /// Picture that an integration chose.
    #[component(name = "override-icon-url")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub override_icon_url: String,
    /// `true` where a webhook posted.
    #[component(name = "from-webhook")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub from_webhook: String,
    /// `v2`.
    #[serde(skip_serializing_if = "json::is_default")]
    pub version: String,
    /// Collapsed threads are on for the user.
    #[component(name = "is-crt-enabled")]
    pub is_crt_enabled: bool,
    /// The device fetches the text by itself.
    #[component(name = "is-id-loaded")]
    pub is_id_loaded: bool,
    /// Type of the post; not in JSON.
    #[component(name = "post-type")]
    #[serde(skip)]
    pub post_type: String,
    /// `O`, `P`, `D` or `G`; not in JSON.
    #[component(name = "channel-type")]
    #[serde(skip)]
    pub channel_type: String,
    /// A JWT of this server over `ack_id` and `device_id`; made per device.
    pub signature: String,
}

/// A mail about a post. Only its content can be changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct EmailNotification {
    /// Post.
    #[component(name = "post-id")]
    pub post_id: String,
    /// Channel.
    #[component(name = "channel-id")]
    pub channel_id: String,
    /// Team; empty in direct and group messages.
    #[component(name = "team-id")]
    pub team_id: String,
    /// Author.
    #[component(name = "sender-id")]
    pub sender_id: String,
    /// Name shown for the author.
    #[component(name = "sender-display-name")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub sender_display_name: String,
    /// Who gets the mail.
    #[component(name = "recipient-id")]
    pub recipient_id: String,
    /// Root of the thread.
    #[component(name = "root-id")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub root_id: String,
    /// `O`, `P`, `D` or `G`.
    #[component(name = "channel-type")]
    pub channel_type: String,
    /// Name shown for the channel.
    #[component(name = "channel-name")]
    pub channel_name: String,
    /// Name shown for the team.
    #[component(name = "team-name")]
    pub team_name: String,
    /// Username of the author.
    #[component(name = "sender-username")]
    pub sender_username: String,
    /// A direct message.
    #[component(name = "is-direct-message")]
    pub is_direct_message: bool,
    /// A group message.
    #[component(name = "is-group-message")]
    pub is_group_message: bool,
    /// A reply.
    #[component(name = "is-thread-reply")]
    pub is_thread_reply: bool,
    /// Collapsed threads are on for the recipient.
    #[component(name = "is-crt-enabled")]
    pub is_crt_enabled: bool,
    /// The recipient wants times of 24 hours.
    #[component(name = "use-military-time")]
    pub use_military_time: bool,
    /// What the mail says.
    #[serde(flatten)]
    pub content: EmailNotificationContent,
}

/// What a mail says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct EmailNotificationContent {
    /// Subject.
    #[serde(skip_serializing_if = "json::is_default")]
    pub subject: String,
    /// First line.
    #[serde(skip_serializing_if = "json::is_default")]
    pub title: String,
    /// Line below it.
    #[serde(skip_serializing_if = "json::is_default")]
    pub subtitle: String,
    /// The message as HTML.
    #[component(name = "message-html")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub message_html: String,
    /// The message as plain text.
    #[component(name = "message-text")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub message_text: String,
    /// Text of the button.
    #[component(name = "button-text")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub button_text: String,
    /// Where the button leads.
    #[component(name = "button-url")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub button_url: String,
    /// Last line.
    #[component(name = "footer-text")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub footer_text: String,
}
