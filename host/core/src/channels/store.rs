//! The SQL of channels.

use sqlx::AnyConnection;
use wasmoat_model::{Channel, ChannelStats};

use crate::{
    store::{Queries as _, StoreError, args, record},
    users::store::like,
};

record!(
    Channel,
    "channels",
    key[id],
    [
        create_at,
        update_at,
        delete_at,
        team_id,
        r#type,
        display_name,
        name,
        header,
        purpose,
        last_post_at,
        last_root_post_at,
        total_msg_count,
        total_msg_count_root,
        creator_id,
        scheme_id,
        props,
        group_constrained,
        autotranslation,
        shared,
        banner_info,
        default_category_name,
    ]
);

/// Which of a team's channels a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Open and live.
    Public,
    /// Private and live.
    Private,
    /// Archived, of both kinds.
    Deleted,
}

pub(crate) async fn list(
    store: &mut AnyConnection,
    team_id: &str,
    listing: Listing,
    limit: i64,
    offset: i64,
) -> Result<Vec<Channel>, StoreError> {
    let which = match listing {
        Listing::Public => "type = 'O' AND delete_at = 0",
        Listing::Private => "type = 'P' AND delete_at = 0",
        Listing::Deleted => "type IN ('O', 'P') AND delete_at > 0",
    };
    let rest = format!("WHERE team_id = $1 AND {which} ORDER BY display_name, id LIMIT $2 OFFSET $3");
    store.all(&rest, args![team_id, limit, offset]).await
}

/// A user's channels: those of a team and those of no team, or all where the team is empty.
pub(crate) async fn of_user(
    store: &mut AnyConnection,
    user_id: &str,
    team_id: &str,
    include_deleted: bool,
    deleted_since: i64,
) -> Result<Vec<Channel>, StoreError> {
    let rest = "JOIN channel_members ON channel_members.channel_id = channels.id AND channel_members.user_id = $1
        WHERE ($2 = '' OR channels.team_id IN ($2, ''))
        AND (channels.delete_at = 0 OR ($3 = 1 AND channels.delete_at >= $4))
        ORDER BY channels.display_name, channels.id";
    store.all(rest, args![user_id, team_id, include_deleted, deleted_since]).await
}

/// What a search looks through.
#[derive(Clone, Debug, Default)]
pub(crate) struct Search<'a> {
    /// Empty is every team.
    pub team_id: &'a str,
    pub term: &'a str,
    /// Private channels of this user too; empty is none, `*` is all private ones.
    pub user_id: &'a str,
    pub include_deleted: bool,
    pub purpose: bool,
    pub limit: i64,
    pub offset: i64,
}

fn condition(search: &Search<'_>) -> String {
    let private = match search.user_id {
        "" => "channels.type = 'O'",
        "*" => "channels.type IN ('O', 'P')",
        _ => {
            "(channels.type = 'O' OR (channels.type = 'P' AND EXISTS (SELECT 1 FROM channel_members
              WHERE channel_members.channel_id = channels.id AND channel_members.user_id = $3)))"
        }
    };
    let purpose = if search.purpose { " OR LOWER(channels.purpose) LIKE $2 ESCAPE '*'" } else { "" };
    let deleted = if search.include_deleted { "" } else { " AND channels.delete_at = 0" };
    format!(
        "WHERE ($1 = '' OR channels.team_id = $1) AND $3 = $3 AND {private}{deleted}
         AND (LOWER(channels.name) LIKE $2 ESCAPE '*' OR LOWER(channels.display_name) LIKE $2 ESCAPE '*'{purpose})"
    )
}

pub(crate) async fn search(store: &mut AnyConnection, search: &Search<'_>) -> Result<Vec<Channel>, StoreError> {
    let rest = format!("{} ORDER BY channels.display_name, channels.id LIMIT $4 OFFSET $5", condition(search));
    let pattern = format!("%{}%", like(&search.term.to_lowercase()));
    store.all(&rest, args![search.team_id, pattern, search.user_id, search.limit, search.offset]).await
}

pub(crate) async fn count_search(store: &mut AnyConnection, search: &Search<'_>) -> Result<i64, StoreError> {
    let sql = format!("SELECT COUNT(*) FROM channels {}", condition(search));
    let pattern = format!("%{}%", like(&search.term.to_lowercase()));
    Ok(store.value(&sql, args![search.team_id, pattern, search.user_id]).await?.unwrap_or_default())
}

/// A page over all teams: open and private channels that do not have one of the names.
pub(crate) async fn everywhere(
    store: &mut AnyConnection,
    include_deleted: bool,
    limit: i64,
    offset: i64,
) -> Result<Vec<Channel>, StoreError> {
    let rest = "WHERE type IN ('O', 'P') AND (delete_at = 0 OR $1 = 1) ORDER BY display_name, id LIMIT $2 OFFSET $3";
    store.all(rest, args![include_deleted, limit, offset]).await
}

pub(crate) async fn stats(store: &mut AnyConnection, channel_id: &str) -> Result<ChannelStats, StoreError> {
    let members = "SELECT COUNT(*) FROM channel_members JOIN users ON users.id = channel_members.user_id
        WHERE channel_members.channel_id = $1 AND users.delete_at = 0";
    let guests = format!("{members} AND channel_members.scheme_guest = 1");
    let pinned = "SELECT COUNT(*) FROM posts WHERE channel_id = $1 AND is_pinned = 1 AND delete_at = 0";
    let files = "SELECT COUNT(*) FROM file_infos WHERE channel_id = $1 AND post_id <> '' AND delete_at = 0";
    Ok(ChannelStats {
        channel_id: channel_id.to_owned(),
        member_count: store.value(members, args![channel_id]).await?.unwrap_or_default(),
        guest_count: store.value(&guests, args![channel_id]).await?.unwrap_or_default(),
        pinnedpost_count: store.value(pinned, args![channel_id]).await?.unwrap_or_default(),
        files_count: store.value(files, args![channel_id]).await?.unwrap_or_default(),
    })
}

/// Group messages of a user where a member's name matches.
pub(crate) async fn search_groups(
    store: &mut AnyConnection,
    user_id: &str,
    term: &str,
    limit: i64,
) -> Result<Vec<Channel>, StoreError> {
    let pattern = format!("%{}%", like(&term.trim().to_lowercase()));
    let rest = "JOIN channel_members ON channel_members.channel_id = channels.id AND channel_members.user_id = $1
        WHERE channels.type = 'G' AND EXISTS (SELECT 1 FROM channel_members others JOIN users ON users.id = others.user_id
            WHERE others.channel_id = channels.id AND users.username LIKE $2 ESCAPE '*')
        ORDER BY channels.display_name, channels.id LIMIT $3";
    store.all(rest, args![user_id, pattern, limit]).await
}
