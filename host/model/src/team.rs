//! Teams and their members.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::{AppError, json};

/// A team.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct Team {
    /// Id; filled on create.
    pub id: String,
    /// Time of creation.
    #[component(name = "create-at")]
    pub create_at: i64,
    /// Time of the last change.
    #[component(name = "update-at")]
    pub update_at: i64,
    /// Time of archiving; 0 when live.
    #[component(name = "delete-at")]
    pub delete_at: i64,
    /// 1 to 64 characters.
    #[component(name = "display-name")]
    pub display_name: String,
    /// URL part: 2 to 64 bytes, lower case; unique; some words are reserved.
    pub name: String,
    /// At most 255 bytes.
    pub description: String,
    /// At most 128 bytes.
    pub email: String,
    /// `O` open or `I` invite only.
    #[component(name = "type")]
    pub r#type: String,
    /// At most 64 bytes.
    #[component(name = "company-name")]
    pub company_name: String,
    /// Mail domains that may join, separated by commas or spaces; at most 500 bytes.
    #[component(name = "allowed-domains")]
    pub allowed_domains: String,
    /// Secret of invite links; generated on create.
    #[component(name = "invite-id")]
    pub invite_id: String,
    /// Anyone on the server may join.
    #[component(name = "allow-open-invite")]
    pub allow_open_invite: bool,
    /// Time of the last icon change.
    #[component(name = "last-team-icon-update")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub last_team_icon_update: i64,
    /// Permission scheme.
    #[component(name = "scheme-id")]
    pub scheme_id: Option<String>,
    /// Membership follows linked groups only.
    #[component(name = "group-constrained")]
    pub group_constrained: Option<bool>,
    /// Retention policy; only some reads fill it.
    #[component(name = "policy-id")]
    pub policy_id: Option<String>,
    /// Archived by a plan limit.
    #[component(name = "cloud-limits-archived")]
    pub cloud_limits_archived: bool,
    /// Fields of later minor versions.
    #[serde(skip)]
    pub extra: String,
}

/// Unread counters of a user in a team.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct TeamUnread {
    /// The team.
    #[component(name = "team-id")]
    pub team_id: String,
    /// Unread messages, replies included.
    #[component(name = "msg-count")]
    pub msg_count: i64,
    /// Mentions, replies included.
    #[component(name = "mention-count")]
    pub mention_count: i64,
    /// Mentions in root posts.
    #[component(name = "mention-count-root")]
    pub mention_count_root: i64,
    /// Unread root posts.
    #[component(name = "msg-count-root")]
    pub msg_count_root: i64,
    /// Threads with unread replies.
    #[component(name = "thread-count")]
    pub thread_count: i64,
    /// Mentions in threads.
    #[component(name = "thread-mention-count")]
    pub thread_mention_count: i64,
    /// Urgent mentions in threads.
    #[component(name = "thread-urgent-mention-count")]
    pub thread_urgent_mention_count: i64,
}

/// Membership in a team.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct TeamMember {
    /// The team.
    #[component(name = "team-id")]
    pub team_id: String,
    /// The member.
    #[component(name = "user-id")]
    pub user_id: String,
    /// Effective roles, separated by spaces: explicit ones and those of the flags.
    pub roles: String,
    /// Time of leaving; 0 for a live membership.
    #[component(name = "delete-at")]
    pub delete_at: i64,
    /// Guest of the team.
    #[component(name = "scheme-guest")]
    pub scheme_guest: bool,
    /// Ordinary member.
    #[component(name = "scheme-user")]
    pub scheme_user: bool,
    /// Team admin.
    #[component(name = "scheme-admin")]
    pub scheme_admin: bool,
    /// Extra roles only.
    #[component(name = "explicit-roles")]
    pub explicit_roles: String,
    /// Time of joining; not in JSON.
    #[component(name = "create-at")]
    #[serde(skip)]
    pub create_at: i64,
    /// Fields of later minor versions.
    #[serde(skip)]
    pub extra: String,
}

/// One result of a graceful bulk add: a member or the error that kept the user out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct TeamMemberWithError {
    /// The user.
    #[component(name = "user-id")]
    pub user_id: String,
    /// Present on success.
    pub member: Option<TeamMember>,
    /// Present on failure.
    pub error: Option<AppError>,
}

/// Member counts of a team.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct TeamStats {
    /// The team.
    #[component(name = "team-id")]
    pub team_id: String,
    /// Deactivated users included.
    #[component(name = "total-member-count")]
    pub total_member_count: i64,
    /// Active users only.
    #[component(name = "active-member-count")]
    pub active_member_count: i64,
}
