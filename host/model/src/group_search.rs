//! Which groups are looked for, and which memberships links imply.

use wasmtime::component::{ComponentType, Lift, Lower};

/// A page: its number from 0 and its size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
pub struct PageOpts {
    /// Counts from 0.
    pub page: i32,
    /// Items.
    #[component(name = "per-page")]
    pub per_page: i32,
}

/// What a restricted user may see of others.
#[derive(Clone, Debug, Default, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
pub struct ViewUsersRestrictions {
    /// Members of these teams.
    pub teams: Vec<String>,
    /// Members of these channels.
    pub channels: Vec<String>,
}

/// Which groups `GetGroups` finds. Empty text and 0 are no condition.
#[derive(Clone, Debug, Default, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
pub struct GroupSearchOpts {
    /// Part of the name or of the display name, in any case.
    pub q: String,
    /// Not linked to this team.
    #[component(name = "not-associated-to-team")]
    pub not_associated_to_team: String,
    /// Not linked to this channel.
    #[component(name = "not-associated-to-channel")]
    pub not_associated_to_channel: String,
    /// Fill `member_count`.
    #[component(name = "include-member-count")]
    pub include_member_count: bool,
    /// Only groups that messages may name.
    #[component(name = "filter-allow-reference")]
    pub filter_allow_reference: bool,
    /// Mattermost's own; `GetGroups` pages by its arguments.
    #[component(name = "page-opts")]
    pub page_opts: Option<PageOpts>,
    /// Only changed after this time; deleted groups are among them.
    pub since: i64,
    /// Only of this source.
    pub source: String,
    /// Only groups that the group-constrained team of `not_associated_to_channel` permits.
    #[component(name = "filter-parent-team-permitted")]
    pub filter_parent_team_permitted: bool,
    /// Only groups of this user.
    #[component(name = "filter-has-member")]
    pub filter_has_member: String,
    /// Fill `channel_member_count` for this channel.
    #[component(name = "include-channel-member-count")]
    pub include_channel_member_count: String,
    /// Fill `channel_member_timezones_count` too.
    #[component(name = "include-timezones")]
    pub include_timezones: bool,
    /// Fill `member_ids`.
    #[component(name = "include-member-ids")]
    pub include_member_ids: bool,
    /// Deleted groups too.
    #[component(name = "include-archived")]
    pub include_archived: bool,
    /// Deleted groups only.
    #[component(name = "filter-archived")]
    pub filter_archived: bool,
    /// Only `ldap` and `plugin_…`.
    #[component(name = "only-syncable-sources")]
    pub only_syncable_sources: bool,
}

/// Which memberships `CreateDefaultSyncableMemberships` makes.
#[derive(Clone, Debug, Default, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
pub struct CreateDefaultMembershipParams {
    /// Only for members that joined their group, or links that changed, from this time on.
    pub since: i64,
    /// Also bring back who left the team or the channel.
    #[component(name = "re-add-removed-members")]
    pub re_add_removed_members: bool,
    /// Only this user.
    #[component(name = "scoped-user-id")]
    pub scoped_user_id: Option<String>,
    /// Only this team.
    #[component(name = "scoped-team-id")]
    pub scoped_team_id: Option<String>,
    /// Only this channel.
    #[component(name = "scoped-channel-id")]
    pub scoped_channel_id: Option<String>,
}
