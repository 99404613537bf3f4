//! Every function of the Plugin API, and how it is kept to teams and channels.
//!
//! `get_post(…) if post(&post_id)` is checked before the call, with the functions of [`Scope`];
//! `, narrow` takes out of the answer what is outside. The rest is in two lists. A function in none
//! of them is denied to a plugin that is kept to a scope, and a test says so.

use wasmoat_model::{
    AppError, Channel, ChannelMemberIdentifier, ChannelType, Command, GetFileInfosOptions, Post, Reaction,
    SearchParameter, SearchParams, StringMap, Team, UploadSession, UserSearch, WebsocketBroadcast,
};
use wasmoat_runtime::{CONTRACT, CONTRACT_VERSION, State, bindings};
use wasmtime::{StoreContextMut, component::Linker};

use super::{
    check::Scope,
    narrow::{Answer, narrow},
};
use crate::{Core, api::view};

/// Functions by interface.
pub(super) type List = &'static [(&'static str, &'static [&'static str])];

/// Stands for every function of an interface.
pub(super) const ALL: &str = "*";

macro_rules! scoped {
    ($($interface:ident {
        $($function:ident($($arg:ident: $ty:ty),*) $(if $check:ident($of:expr))* $(, $narrow:ident)?;)*
    })*) => {
        /// Functions that are checked.
        pub(super) const CHECKED: List = &[$((stringify!($interface), &[$(stringify!($function)),*])),*];

        /// Links them.
        pub(super) fn link(linker: &mut Linker<State<Core>>) -> wasmtime::Result<()> {
            $($interface::link(linker)?;)*
            Ok(())
        }

        $(mod $interface {
            use super::*;

            pub(super) fn link(linker: &mut Linker<State<Core>>) -> wasmtime::Result<()> {
                let mut instance = linker.instance(&import(stringify!($interface)))?;
                $(instance.func_wrap_async(
                    &stringify!($function).replace('_', "-"),
                    |mut call: StoreContextMut<'_, State<Core>>, ($($arg,)*): ($($ty,)*)| {
                        Box::new(async move {
                            let mut api = view(call.data_mut());
                            let scope = Scope::of(&api);
                            let checked = async {
                                $(scope.$check($of).await?;)*
                                Ok::<(), AppError>(())
                            };
                            let answer = match checked.await {
                                Ok(()) => bindings::$interface::Host::$function(&mut api, $($arg),*).await,
                                Err(error) => match Answer::refused(error) {
                                    Ok(refused) => refused,
                                    Err(error) => return Err(call.data_mut().deny(error.message)),
                                },
                            };
                            $(let answer = $narrow(answer, &scope).await;)?
                            Ok(answer.results())
                        })
                    },
                )?;)*
                Ok(())
            }
        })*
    };
}

fn import(interface: &str) -> String {
    format!("{CONTRACT}/{}@{CONTRACT_VERSION}", interface.replace('_', "-"))
}

scoped! {
    posts {
        search_posts_in_team(team_id: String, params_list: Vec<SearchParams>) if team(&team_id), narrow;
        search_posts_in_team_for_user(team_id: String, user_id: String, search_params: SearchParameter)
            if team(&team_id), narrow;
        create_post(post: Post) if channel(&post.channel_id) if files(&post.file_ids);
        send_ephemeral_post(user_id: String, post: Post) if channel(&post.channel_id);
        update_ephemeral_post(user_id: String, post: Post) if channel(&post.channel_id);
        delete_post(post_id: String) if post(&post_id);
        get_post_thread(post_id: String) if post(&post_id), narrow;
        get_post(post_id: String) if post(&post_id);
        get_posts_since(channel_id: String, time: i64) if channel(&channel_id), narrow;
        get_posts_after(channel_id: String, post_id: String, page: i32, per_page: i32)
            if channel(&channel_id) if post(&post_id), narrow;
        get_posts_before(channel_id: String, post_id: String, page: i32, per_page: i32)
            if channel(&channel_id) if post(&post_id), narrow;
        get_posts_for_channel(channel_id: String, page: i32, per_page: i32) if channel(&channel_id), narrow;
        update_post(post: Post) if post(&post.id) if files(&post.file_ids), narrow;
    }
    reactions {
        add_reaction(reaction: Reaction) if post(&reaction.post_id);
        remove_reaction(reaction: Reaction) if post(&reaction.post_id);
        get_reactions(post_id: String) if post(&post_id);
    }
    files {
        copy_file_infos(user_id: String, file_ids: Vec<String>) if files(&file_ids);
        get_file_info(file_id: String) if file(&file_id);
        set_file_searchable_content(file_id: String, content: String) if file(&file_id);
        get_file_infos(page: i32, per_page: i32, opt: GetFileInfosOptions), narrow;
        get_file(file_id: String) if file(&file_id);
        get_file_link(file_id: String) if file(&file_id);
        upload_file(data: Vec<u8>, channel_id: String, filename: String) if channel(&channel_id);
    }
    uploads {
        create_upload_session(us: UploadSession) if channel(&us.channel_id);
        upload_data(us: UploadSession, data: Vec<u8>) if upload(&us.id);
        get_upload_session(upload_id: String) if upload(&upload_id);
    }
    channels {
        create_channel(channel: Channel) if whole_team(&channel.team_id);
        delete_channel(channel_id: String) if channel(&channel_id);
        get_public_channels_for_team(team_id: String, page: i32, per_page: i32) if team(&team_id), narrow;
        get_channel(channel_id: String) if channel(&channel_id);
        get_channel_by_name(team_id: String, name: String, include_deleted: bool) if team(&team_id), narrow;
        get_channel_by_name_for_team_name(team_name: String, channel_name: String, include_deleted: bool), narrow;
        get_channels_for_team_for_user(team_id: String, user_id: String, include_deleted: bool), narrow;
        get_channel_stats(channel_id: String) if channel(&channel_id);
        update_channel(channel: Channel) if channel(&channel.id);
        search_channels(team_id: String, term: String) if team(&team_id), narrow;
        restore_channel(channel_id: String) if channel(&channel_id);
        get_channel_of_type(channel_id: String, channel_type: ChannelType) if channel(&channel_id);
        register_channel_guard(channel_id: String) if channel(&channel_id);
        unregister_channel_guard(channel_id: String) if channel(&channel_id);
    }
    channel_members {
        add_channel_member(channel_id: String, user_id: String) if channel(&channel_id);
        add_user_to_channel(channel_id: String, user_id: String, as_user_id: String) if channel(&channel_id);
        get_channel_member(channel_id: String, user_id: String) if channel(&channel_id);
        get_channel_members(channel_id: String, page: i32, per_page: i32) if channel(&channel_id);
        get_channel_members_by_ids(channel_id: String, user_ids: Vec<String>) if channel(&channel_id);
        get_channel_members_for_user(team_id: String, user_id: String, page: i32, per_page: i32), narrow;
        update_channel_member_roles(channel_id: String, user_id: String, new_roles: String) if channel(&channel_id);
        update_channel_member_notifications(channel_id: String, user_id: String, notifications: StringMap)
            if channel(&channel_id);
        patch_channel_members_notifications(members: Vec<ChannelMemberIdentifier>, notify_props: StringMap)
            if memberships(&members);
        delete_channel_member(channel_id: String, user_id: String) if channel(&channel_id);
    }
    teams {
        delete_team(team_id: String) if whole_team(&team_id);
        get_teams(), narrow;
        get_team(team_id: String) if team(&team_id);
        get_team_by_name(name: String), narrow;
        get_team_icon(team_id: String) if team(&team_id);
        set_team_icon(team_id: String, data: Vec<u8>) if whole_team(&team_id);
        remove_team_icon(team_id: String) if whole_team(&team_id);
        update_team(team: Team) if whole_team(&team.id);
        search_teams(term: String), narrow;
        get_teams_for_user(user_id: String), narrow;
        get_team_stats(team_id: String) if team(&team_id);
    }
    team_members {
        create_team_member(team_id: String, user_id: String) if whole_team(&team_id);
        create_team_members(team_id: String, user_ids: Vec<String>, requestor_id: String) if whole_team(&team_id);
        create_team_members_gracefully(team_id: String, user_ids: Vec<String>, requestor_id: String)
            if whole_team(&team_id);
        delete_team_member(team_id: String, user_id: String, requestor_id: String) if whole_team(&team_id);
        get_team_members(team_id: String, page: i32, per_page: i32) if team(&team_id);
        get_team_member(team_id: String, user_id: String) if team(&team_id);
        get_team_members_for_user(user_id: String, page: i32, per_page: i32), narrow;
        update_team_member_roles(team_id: String, user_id: String, new_roles: String) if whole_team(&team_id);
    }
    users {
        get_users_in_team(team_id: String, page: i32, per_page: i32) if team(&team_id);
        get_users_in_channel(channel_id: String, sort_by: String, page: i32, per_page: i32) if channel(&channel_id);
        search_users(search: UserSearch) if search(&search);
    }
    permissions {
        has_permission_to_team(user_id: String, team_id: String, permission: String) if team(&team_id);
        has_permission_to_channel(user_id: String, channel_id: String, permission: String) if channel(&channel_id);
    }
    commands {
        create_command(cmd: Command) if whole_team(&cmd.team_id);
        list_commands(team_id: String) if team(&team_id);
        list_custom_commands(team_id: String) if team(&team_id);
        list_plugin_commands(team_id: String) if team(&team_id);
        get_command(command_id: String), narrow;
    }
    websocket {
        publish_web_socket_event(event: String, payload: String, broadcast: WebsocketBroadcast) if broadcast(&broadcast);
        publish_user_typing(user_id: String, channel_id: String, parent_id: String) if channel(&channel_id);
    }
}

/// What is no content of teams and channels: people, the server, what the plugin keeps for itself.
/// The permission is enough.
pub(super) const FREE: List = &[
    ("assets", &[ALL]),
    ("audit", &[ALL]),
    // What a call between plugins or a request carries.
    ("body_stream", &[ALL]),
    ("bots", &[ALL]),
    // The plugins that it may call, a consent lists.
    ("bridge", &[ALL]),
    ("cluster", &[ALL]),
    ("commands", &["register_command", "unregister_command", "list_built_in_commands"]),
    ("config", &[ALL]),
    ("database", &[ALL]),
    ("directory", &[ALL]),
    ("emoji", &[ALL]),
    // Lent in a hook, which is dispatched within the scope only.
    ("file_content", &[ALL]),
    ("frontend", &[ALL]),
    (
        "groups",
        &[
            "get_group",
            "get_group_by_name",
            "get_group_by_remote_id",
            "get_group_member_users",
            "get_groups_by_source",
            "get_groups_for_user",
        ],
    ),
    ("http", &[ALL]),
    // The hosts that it may reach, a consent lists.
    ("http_client", &[ALL]),
    ("jobs", &[ALL]),
    ("kv", &[ALL]),
    ("log", &[ALL]),
    ("notify", &[ALL]),
    ("oauth", &[ALL]),
    ("permissions", &["has_permission_to", "roles_grant_permission"]),
    ("plugins", &[ALL]),
    ("response_stream", &[ALL]),
    ("sandbox", &[ALL]),
    ("server", &[ALL]),
    ("sessions", &["extend_session_expiry", "revoke_session", "revoke_user_access_token"]),
    ("status", &[ALL]),
    (
        "users",
        &[
            "create_user",
            "delete_user",
            "get_users",
            "get_users_by_ids",
            "get_user",
            "get_user_by_email",
            "get_user_by_username",
            "get_users_by_usernames",
            "update_user",
            "update_user_active",
            "get_ldap_user_attributes",
            "get_profile_image",
            "set_profile_image",
            "update_user_auth",
            "update_user_roles",
        ],
    ),
];

/// What cannot be kept to a scope, and is denied to a plugin that is.
#[cfg(test)]
pub(super) const BEYOND: List = &[
    // Decides who may do what, everywhere.
    ("access_control", &[ALL]),
    (
        "channels",
        &[
            // In no team, and made where there is none.
            "get_direct_channel",
            "get_group_channel",
            "add_channels_to_retention_policy",
            "remove_channels_from_retention_policy",
        ],
    ),
    // A command may do anything anywhere.
    ("commands", &["execute_slash_command", "update_command", "delete_command"]),
    // Any path.
    ("files", &["read_file"]),
    // Groups put people into teams and channels.
    (
        "groups",
        &[
            "upsert_group_member",
            "upsert_group_members",
            "create_group",
            "update_group",
            "delete_group",
            "restore_group",
            "delete_group_member",
            "get_group_syncable",
            "get_group_syncables",
            "upsert_group_syncable",
            "update_group_syncable",
            "delete_group_syncable",
            "get_groups",
            "create_default_syncable_memberships",
            "delete_group_constrained_memberships",
        ],
    ),
    // Says to a client that any post is gone.
    ("posts", &["delete_ephemeral_post", "move_threads_to_backing_channel"]),
    // Names channels and posts of all teams.
    ("preferences", &[ALL]),
    ("properties", &[ALL]),
    // Acts as a user, who is kept to no scope.
    ("sessions", &["get_session", "create_session", "create_user_access_token"]),
    ("shared_channels", &[ALL]),
    ("sidebar", &[ALL]),
    ("teams", &["create_team", "get_teams_unread_for_user"]),
];
