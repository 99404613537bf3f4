//! Accounts.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::{StringMap, json};

/// An account, of a person or a bot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct User {
    /// Id; filled on create.
    pub id: String,
    /// Time of creation.
    #[component(name = "create-at")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub create_at: i64,
    /// Time of the last change.
    #[component(name = "update-at")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub update_at: i64,
    /// 0 for an active account, else the time of deactivation.
    #[component(name = "delete-at")]
    pub delete_at: i64,
    /// 1 to 64 bytes of `a-z 0-9 . - _`; unique; `all`, `channel`, `matterbot` and `system` are refused.
    pub username: String,
    /// Plain text on create, at most 72 bytes; always empty on read.
    #[serde(skip_serializing_if = "json::is_default")]
    pub password: String,
    /// Id at the external login provider; at most 128 bytes.
    #[component(name = "auth-data")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub auth_data: Option<String>,
    /// Empty for e-mail login, else the provider.
    #[component(name = "auth-service")]
    pub auth_service: String,
    /// At most 128 bytes, lower case, unique.
    pub email: String,
    /// The address has been confirmed.
    #[component(name = "email-verified")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub email_verified: bool,
    /// At most 64 characters.
    pub nickname: String,
    /// At most 64 characters; the display name of a bot.
    #[component(name = "first-name")]
    pub first_name: String,
    /// At most 64 characters.
    #[component(name = "last-name")]
    pub last_name: String,
    /// At most 128 characters.
    pub position: String,
    /// System roles, separated by spaces; at most 256 bytes.
    pub roles: String,
    /// Legacy opt-in.
    #[component(name = "allow-marketing")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub allow_marketing: bool,
    /// Free map; key `customStatus` is validated.
    #[serde(with = "json::map", skip_serializing_if = "json::is_default")]
    pub props: StringMap,
    /// Notification settings; an empty map is replaced by the defaults.
    #[component(name = "notify-props")]
    #[serde(with = "json::map", skip_serializing_if = "json::is_default")]
    pub notify_props: StringMap,
    /// Time of the last password change.
    #[component(name = "last-password-update")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub last_password_update: i64,
    /// Time of the last picture change; 0 or less is the default picture.
    #[component(name = "last-picture-update")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub last_picture_update: i64,
    /// Wrong passwords since the last login.
    #[component(name = "failed-attempts")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub failed_attempts: i32,
    /// Language tag of at most 5 characters; empty becomes `en`.
    pub locale: String,
    /// `useAutomaticTimezone`, `automaticTimezone`, `manualTimezone`.
    #[serde(with = "json::map")]
    pub timezone: StringMap,
    /// Multi-factor authentication is on.
    #[component(name = "mfa-active")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub mfa_active: bool,
    /// Set when the account mirrors one of another server.
    #[component(name = "remote-id")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub remote_id: Option<String>,
    /// Last activity; only some reads fill it.
    #[component(name = "last-activity-at")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub last_activity_at: i64,
    /// The account is a bot; derived.
    #[component(name = "is-bot")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub is_bot: bool,
    /// Description of the bot; derived.
    #[component(name = "bot-description")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub bot_description: String,
    /// Time of the bot's last icon change; derived.
    #[component(name = "bot-last-icon-update")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub bot_last_icon_update: i64,
    /// Accepted terms of service; derived.
    #[component(name = "terms-of-service-id")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub terms_of_service_id: String,
    /// When they were accepted; derived.
    #[component(name = "terms-of-service-create-at")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub terms_of_service_create_at: i64,
    /// On create: send no welcome mail.
    #[component(name = "disable-welcome-email")]
    pub disable_welcome_email: bool,
    /// Time of the last login.
    #[component(name = "last-login")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub last_login: i64,
    /// Fields of later minor versions.
    #[serde(skip)]
    pub extra: String,
}

/// Which users `get-users` returns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct UserGetOptions {
    /// One system role.
    pub role: String,
    /// Any of these system roles.
    pub roles: Vec<String>,
    /// Only active accounts.
    pub active: bool,
    /// Only deactivated accounts.
    pub inactive: bool,
    /// Only users changed after this time.
    #[component(name = "updated-after")]
    pub updated_after: i64,
    /// `update_at_asc` orders by change time; anything else by username.
    pub sort: String,
    /// Page, from 0.
    pub page: i32,
    /// Page size; 0 yields nothing.
    #[component(name = "per-page")]
    pub per_page: i32,
}

/// Which users `search-users` returns. Exactly one scope is used: the first that is
/// set of without-team, in-channel, not-in-channel, not-in-team, team.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct UserSearch {
    /// Text to look for; empty is allowed.
    pub term: String,
    /// In this team; empty is everywhere.
    #[component(name = "team-id")]
    pub team_id: String,
    /// Outside this team.
    #[component(name = "not-in-team-id")]
    pub not_in_team_id: String,
    /// In this channel.
    #[component(name = "in-channel-id")]
    pub in_channel_id: String,
    /// Outside this channel; needs `team-id`.
    #[component(name = "not-in-channel-id")]
    pub not_in_channel_id: String,
    /// Users in no team.
    #[component(name = "without-team")]
    pub without_team: bool,
    /// Deactivated users too.
    #[component(name = "allow-inactive")]
    pub allow_inactive: bool,
    /// Number of users; 0 yields nothing.
    pub limit: i32,
}
