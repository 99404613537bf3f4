//! Membership in channels.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::{AppError, StringMap, is_valid_id, json};

/// Membership in a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct ChannelMember {
    /// The channel.
    #[component(name = "channel-id")]
    pub channel_id: String,
    /// The member.
    #[component(name = "user-id")]
    pub user_id: String,
    /// Effective roles, separated by spaces.
    pub roles: String,
    /// When the member last looked.
    #[component(name = "last-viewed-at")]
    pub last_viewed_at: i64,
    /// Messages seen; the channel's total minus this is unread.
    #[component(name = "msg-count")]
    pub msg_count: i64,
    /// Unread mentions.
    #[component(name = "mention-count")]
    pub mention_count: i64,
    /// Unread mentions in root posts.
    #[component(name = "mention-count-root")]
    pub mention_count_root: i64,
    /// Unread urgent mentions.
    #[component(name = "urgent-mention-count")]
    pub urgent_mention_count: i64,
    /// Root posts seen.
    #[component(name = "msg-count-root")]
    pub msg_count_root: i64,
    /// Notification settings of this channel.
    #[component(name = "notify-props")]
    #[serde(with = "json::map")]
    pub notify_props: StringMap,
    /// Time of the last change.
    #[component(name = "last-update-at")]
    pub last_update_at: i64,
    /// Guest of the channel.
    #[component(name = "scheme-guest")]
    pub scheme_guest: bool,
    /// Ordinary member.
    #[component(name = "scheme-user")]
    pub scheme_user: bool,
    /// Channel admin.
    #[component(name = "scheme-admin")]
    pub scheme_admin: bool,
    /// Extra roles only.
    #[component(name = "explicit-roles")]
    pub explicit_roles: String,
    /// The member wants no translations.
    #[component(name = "autotranslation-disabled")]
    pub autotranslation_disabled: bool,
    /// Fields of later minor versions.
    #[serde(skip)]
    pub extra: String,
}

/// Names one membership.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct ChannelMemberIdentifier {
    /// The channel.
    #[component(name = "channel-id")]
    pub channel_id: String,
    /// The member.
    #[component(name = "user-id")]
    pub user_id: String,
}

/// The notification keys of a channel that a member may set.
pub const CHANNEL_NOTIFY_KEYS: [&str; 10] = [
    "desktop",
    "desktop_sound",
    "desktop_notification_sound",
    "desktop_threads",
    "email",
    "push",
    "push_threads",
    "mark_unread",
    "ignore_channel_mentions",
    "channel_auto_follow_threads",
];

impl ChannelMember {
    /// A new ordinary membership.
    #[must_use]
    pub fn new(channel_id: &str, user_id: &str) -> Self {
        Self {
            channel_id: channel_id.to_owned(),
            user_id: user_id.to_owned(),
            notify_props: default_channel_notify_props(),
            scheme_user: true,
            ..Self::default()
        }
        .with_roles()
    }

    /// Derives the effective roles from the flags and the explicit ones.
    #[must_use]
    pub fn with_roles(mut self) -> Self {
        let scheme = [
            (self.scheme_guest, "channel_guest"),
            (self.scheme_user, "channel_user"),
            (self.scheme_admin, "channel_admin"),
        ];
        let flags = scheme.into_iter().filter_map(|(is, role)| is.then_some(role));
        let roles: Vec<&str> = self.explicit_roles.split_whitespace().chain(flags).collect();
        self.roles = roles.join(" ");
        self
    }

    /// Sets the flags and the explicit roles from a list of effective ones.
    #[must_use]
    pub fn set_roles(mut self, roles: &str) -> Self {
        let has = |role: &str| roles.split_whitespace().any(|other| other == role);
        self.scheme_guest = has("channel_guest");
        self.scheme_user = has("channel_user");
        self.scheme_admin = has("channel_admin");
        let scheme = ["channel_guest", "channel_user", "channel_admin"];
        let explicit: Vec<&str> = roles.split_whitespace().filter(|role| !scheme.contains(role)).collect();
        self.explicit_roles = explicit.join(" ");
        self.with_roles()
    }

    /// Mattermost's `IsChannelMemberNotifyPropsValid` and `ChannelMember.IsValid`.
    ///
    /// # Errors
    ///
    /// 400 `model.channel_member.is_valid.…` for the first rule that is broken.
    pub fn is_valid(&self) -> Result<(), AppError> {
        if !is_valid_id(&self.channel_id) {
            return Err(invalid("channel_id", "The channel's id is not valid."));
        }
        if !is_valid_id(&self.user_id) {
            return Err(invalid("user_id", "The user's id is not valid."));
        }
        if self.roles.len() > 256 {
            return Err(invalid("roles_limit", "A member's roles have at most 256 bytes."));
        }
        for (key, value) in &self.notify_props {
            let allowed: &[&str] = match key.as_str() {
                "desktop" | "push" => &["default", "all", "mention", "none"],
                "email" => &["default", "true", "false"],
                "mark_unread" => &["all", "mention"],
                "ignore_channel_mentions" => &["default", "off", "on"],
                "channel_auto_follow_threads" => &["on", "off"],
                _ => continue,
            };
            if !allowed.contains(&value.as_str()) {
                let (field, text) = match key.as_str() {
                    "desktop" => ("notify_level", "desktop"),
                    "push" => ("push_level", "push"),
                    "email" => ("email_value", "email"),
                    "mark_unread" => ("unread_level", "mark_unread"),
                    "ignore_channel_mentions" => ("ignore_channel_mentions_value", "ignore_channel_mentions"),
                    _ => ("channel_auto_follow_threads_value", "channel_auto_follow_threads"),
                };
                return Err(invalid(field, &format!("`{text}` is one of: {}.", allowed.join(", "))));
            }
        }
        Ok(())
    }
}

/// Notification settings of a new membership.
#[must_use]
pub fn default_channel_notify_props() -> StringMap {
    [
        ("desktop", "default"),
        ("email", "default"),
        ("ignore_channel_mentions", "default"),
        ("mark_unread", "all"),
        ("push", "default"),
        ("channel_auto_follow_threads", "off"),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .collect()
}

fn invalid(field: &str, message: &str) -> AppError {
    AppError::new("ChannelMember.IsValid", &format!("model.channel_member.is_valid.{field}.app_error"), 400, message)
}

/// What a member has not read of a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChannelUnread {
    /// The channel's team.
    pub team_id: String,
    /// The channel.
    pub channel_id: String,
    /// Unread messages, replies included.
    pub msg_count: i64,
    /// Unread mentions.
    pub mention_count: i64,
    /// Unread mentions in root posts.
    pub mention_count_root: i64,
    /// Unread urgent mentions.
    pub urgent_mention_count: i64,
    /// Unread root posts.
    pub msg_count_root: i64,
    /// Notification settings.
    #[serde(skip)]
    pub notify_props: StringMap,
}

/// Where a member stands after a post was marked unread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChannelUnreadAt {
    /// The channel's team.
    pub team_id: String,
    /// The member.
    pub user_id: String,
    /// The channel.
    pub channel_id: String,
    /// Messages read.
    pub msg_count: i64,
    /// Unread mentions.
    pub mention_count: i64,
    /// Unread mentions in root posts.
    pub mention_count_root: i64,
    /// Unread urgent mentions.
    pub urgent_mention_count: i64,
    /// Root posts read.
    pub msg_count_root: i64,
    /// Just before the post.
    pub last_viewed_at: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effective_roles_are_the_explicit_ones_and_those_of_the_flags() {
        let member = ChannelMember::new("c", "u").set_roles("channel_user custom channel_admin");
        assert_eq!(member.roles, "custom channel_user channel_admin");
        assert_eq!(member.explicit_roles, "custom");
        assert!(member.scheme_admin && member.scheme_user && !member.scheme_guest);
    }
}
