//! The roles that a server is shipped with, and what they permit until somebody patches them.

use wasmoat_model::Role;

use super::ids;

/// How a role is handed out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// By the flags of an account or a membership.
    Scheme,
    /// By name, beside those.
    Extra,
}

const BOOKMARKS: [&str; 8] = [
    "add_bookmark_public_channel",
    "edit_bookmark_public_channel",
    "delete_bookmark_public_channel",
    "order_bookmark_public_channel",
    "add_bookmark_private_channel",
    "edit_bookmark_private_channel",
    "delete_bookmark_private_channel",
    "order_bookmark_private_channel",
];

const BANNERS: [&str; 2] = ["manage_public_channel_banner", "manage_private_channel_banner"];

/// The built-in roles, without ids and times.
#[must_use]
pub fn roles() -> Vec<Role> {
    let mut roles = vec![
        role("system_admin", "Every permission.", Kind::Scheme, ids::all()),
        role("system_user", "What every account may do.", Kind::Scheme, SYSTEM_USER.iter().copied()),
        role("system_guest", "What guests may do.", Kind::Scheme, ["create_direct_channel", "create_group_channel"]),
        role("team_user", "What members of a team may do.", Kind::Scheme, TEAM_USER.iter().copied()),
        role("team_guest", "What guests of a team may do.", Kind::Scheme, ["view_team"]),
        role("team_admin", "Manages a team.", Kind::Scheme, TEAM_ADMIN.iter().copied().chain(BOOKMARKS).chain(BANNERS)),
        role(
            "channel_user",
            "What members of a channel may do.",
            Kind::Scheme,
            CHANNEL_USER.iter().copied().chain(BOOKMARKS),
        ),
        role("channel_guest", "What guests of a channel may do.", Kind::Scheme, CHANNEL_GUEST.iter().copied()),
        role(
            "channel_admin",
            "Manages a channel.",
            Kind::Scheme,
            CHANNEL_ADMIN.iter().copied().chain(BOOKMARKS).chain(BANNERS),
        ),
    ];
    roles.extend(extra_roles());
    roles
}

fn extra_roles() -> [Role; 16] {
    let post_all = ["create_post", "use_channel_mentions"];
    let post_all_public = ["create_post_public", "use_channel_mentions"];
    [
        role("system_user_access_token", "Makes personal access tokens.", Kind::Extra, ACCESS_TOKENS.iter().copied()),
        role("system_post_all", "Posts in every channel.", Kind::Extra, post_all),
        role("system_post_all_public", "Posts in every public channel.", Kind::Extra, post_all_public),
        role("team_post_all", "Posts in every channel of the team.", Kind::Extra, post_all),
        role("team_post_all_public", "Posts in every public channel of the team.", Kind::Extra, post_all_public),
        role("system_manager", "Manages the site, not its roles.", Kind::Extra, system_manager()),
        role("system_user_manager", "Manages users, groups, teams and channels.", Kind::Extra, system_user_manager()),
        role("system_read_only_admin", "Reads the System Console.", Kind::Extra, console_reads()),
        role(
            "system_custom_group_admin",
            "Manages custom groups.",
            Kind::Extra,
            ids::GROUP.iter().copied().chain(["create_custom_group"]),
        ),
        role(
            "system_shared_channel_manager",
            "Shares channels with other servers.",
            Kind::Extra,
            ["manage_shared_channels"],
        ),
        role(
            "system_secure_connection_manager",
            "Connects to other servers.",
            Kind::Extra,
            ["manage_secure_connections"],
        ),
        role("custom_group_user", "Member of a custom group.", Kind::Extra, []),
        role(
            "playbook_admin",
            "Manages a playbook.",
            Kind::Scheme,
            ids::PLAYBOOK.iter().copied().filter(|id| id.contains("_manage_") || id.ends_with("_make_private")),
        ),
        role("playbook_member", "Uses a playbook.", Kind::Scheme, PLAYBOOK_MEMBER.iter().copied()),
        role("run_admin", "Manages a run.", Kind::Scheme, ["run_manage_members", "run_manage_properties"]),
        role("run_member", "Takes part in a run.", Kind::Scheme, ["run_view"]),
    ]
}

fn role(name: &str, description: &str, kind: Kind, permissions: impl IntoIterator<Item = &'static str>) -> Role {
    Role {
        name: name.to_owned(),
        display_name: name.replace('_', " "),
        description: description.to_owned(),
        permissions: permissions.into_iter().map(ToOwned::to_owned).collect(),
        scheme_managed: kind == Kind::Scheme,
        built_in: true,
        ..Role::default()
    }
}

fn console_reads() -> impl Iterator<Item = &'static str> {
    let more = [
        "list_private_teams",
        "list_public_teams",
        "view_team",
        "read_other_users_teams",
        "get_logs",
        "read_channel",
        "read_public_channel_groups",
        "read_private_channel_groups",
    ];
    ids::SYSTEM.iter().copied().filter(|id| id.starts_with("sysconsole_read_")).chain(more)
}

fn console_writes(areas: &'static [&'static str]) -> impl Iterator<Item = &'static str> {
    ids::SYSTEM.iter().copied().filter(move |id| {
        id.strip_prefix("sysconsole_write_").is_some_and(|area| areas.iter().any(|prefix| area.starts_with(prefix)))
    })
}

fn system_manager() -> impl Iterator<Item = &'static str> {
    const AREAS: &[&str] = &[
        "environment",
        "site",
        "integrations",
        "user_management_groups",
        "user_management_teams",
        "user_management_channels",
        "user_management_permissions",
    ];
    const MORE: &[&str] = &[
        "manage_team",
        "manage_team_roles",
        "add_user_to_team",
        "remove_user_from_team",
        "join_public_teams",
        "join_private_teams",
        "reload_config",
        "test_email",
        "test_s3",
        "test_site_url",
        "recycle_database_connections",
        "invalidate_caches",
    ];
    console_reads().chain(console_writes(AREAS)).chain(MORE.iter().copied())
}

fn system_user_manager() -> impl Iterator<Item = &'static str> {
    const AREAS: &[&str] = &["user_management_groups", "user_management_teams", "user_management_channels"];
    const MORE: &[&str] = &[
        "list_private_teams",
        "list_public_teams",
        "view_team",
        "manage_team",
        "manage_team_roles",
        "add_user_to_team",
        "remove_user_from_team",
        "join_public_teams",
        "join_private_teams",
        "read_channel",
        "manage_channel_roles",
        "read_other_users_teams",
    ];
    let reads = ids::SYSTEM.iter().copied().filter(|id| id.starts_with("sysconsole_read_user_management"));
    reads.chain(console_writes(AREAS)).chain(MORE.iter().copied())
}

const ACCESS_TOKENS: &[&str] = &["create_user_access_token", "read_user_access_token", "revoke_user_access_token"];

const SYSTEM_USER: &[&str] = &[
    "list_public_teams",
    "join_public_teams",
    "create_team",
    "create_direct_channel",
    "create_group_channel",
    "view_members",
    "create_custom_group",
    "edit_custom_group",
    "delete_custom_group",
    "restore_custom_group",
    "manage_custom_group_members",
    "create_emojis",
    "delete_emojis",
];

const TEAM_USER: &[&str] = &[
    "view_team",
    "list_team_channels",
    "join_public_channels",
    "read_public_channel",
    "create_public_channel",
    "create_private_channel",
    "invite_user",
    "add_user_to_team",
    "playbook_public_create",
    "playbook_private_create",
];

const TEAM_ADMIN: &[&str] = &[
    "manage_team",
    "manage_team_roles",
    "import_team",
    "remove_user_from_team",
    "manage_channel_roles",
    "manage_webhooks",
    "manage_others_webhooks",
    "manage_incoming_webhooks",
    "manage_own_incoming_webhooks",
    "manage_others_incoming_webhooks",
    "manage_outgoing_webhooks",
    "manage_own_outgoing_webhooks",
    "manage_others_outgoing_webhooks",
    "bypass_incoming_webhook_channel_lock",
    "manage_slash_commands",
    "manage_own_slash_commands",
    "manage_others_slash_commands",
    "convert_public_channel_to_private",
    "convert_private_channel_to_public",
    "delete_post",
    "delete_others_posts",
    "manage_channel_access_rules",
];

const CHANNEL_USER: &[&str] = &[
    "read_channel",
    "read_channel_content",
    "create_post",
    "edit_post",
    "delete_post",
    "add_reaction",
    "remove_reaction",
    "upload_file",
    "get_public_link",
    "use_channel_mentions",
    "manage_public_channel_properties",
    "manage_private_channel_properties",
    "delete_public_channel",
    "delete_private_channel",
    "manage_public_channel_members",
    "manage_private_channel_members",
];

const CHANNEL_GUEST: &[&str] = &[
    "read_channel",
    "read_channel_content",
    "create_post",
    "edit_post",
    "add_reaction",
    "remove_reaction",
    "upload_file",
    "use_channel_mentions",
];

const CHANNEL_ADMIN: &[&str] = &[
    "manage_channel_roles",
    "use_group_mentions",
    "manage_channel_access_rules",
    "manage_public_channel_auto_translation",
    "manage_private_channel_auto_translation",
];

const PLAYBOOK_MEMBER: &[&str] = &[
    "playbook_public_view",
    "playbook_public_manage_members",
    "playbook_public_manage_properties",
    "playbook_private_view",
    "playbook_private_manage_members",
    "playbook_private_manage_properties",
    "run_create",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_of_a_built_in_role_is_a_known_one() {
        let known: std::collections::BTreeSet<&str> = ids::all().collect();
        assert_eq!(known.len(), 303);
        for role in roles() {
            for permission in &role.permissions {
                assert!(known.contains(permission.as_str()), "{}: {permission}", role.name);
            }
        }
    }
}
