//! The SQL of channel memberships.

use sqlx::AnyConnection;
use wasmoat_model::ChannelMember;

use crate::store::{Queries as _, StoreError, args, record, record_name};

record!(ChannelMember, "channel_members", key [channel_id, user_id], [
    explicit_roles, last_viewed_at, msg_count, msg_count_root, mention_count, mention_count_root, urgent_mention_count,
    notify_props, last_update_at, scheme_guest, scheme_user, scheme_admin, autotranslation_disabled,
]);

fn with_roles(members: Vec<ChannelMember>) -> Vec<ChannelMember> {
    members.into_iter().map(ChannelMember::with_roles).collect()
}

pub(crate) async fn one(
    store: &mut AnyConnection,
    channel_id: &str,
    user_id: &str,
) -> Result<Option<ChannelMember>, StoreError> {
    let member: Option<ChannelMember> =
        store.one("WHERE channel_id = $1 AND user_id = $2", args![channel_id, user_id]).await?;
    Ok(member.map(ChannelMember::with_roles))
}

pub(crate) async fn page(
    store: &mut AnyConnection,
    channel_id: &str,
    limit: i64,
    offset: i64,
) -> Result<Vec<ChannelMember>, StoreError> {
    let rest = "WHERE channel_id = $1 ORDER BY user_id LIMIT $2 OFFSET $3";
    Ok(with_roles(store.all(rest, args![channel_id, limit, offset]).await?))
}

pub(crate) async fn by_ids(
    store: &mut AnyConnection,
    channel_id: &str,
    user_ids: &[String],
) -> Result<Vec<ChannelMember>, StoreError> {
    let mut members = Vec::with_capacity(user_ids.len());
    for user_id in user_ids {
        members.extend(one(store, channel_id, user_id).await?);
    }
    Ok(members)
}

/// A user's memberships, in all teams.
pub(crate) async fn of_user(
    store: &mut AnyConnection,
    user_id: &str,
    limit: i64,
    offset: i64,
) -> Result<Vec<ChannelMember>, StoreError> {
    let rest = "WHERE user_id = $1 ORDER BY channel_id LIMIT $2 OFFSET $3";
    Ok(with_roles(store.all(rest, args![user_id, limit, offset]).await?))
}

/// A user's memberships in a team, and in direct and group messages.
pub(crate) async fn of_user_in_team(
    store: &mut AnyConnection,
    user_id: &str,
    team_id: &str,
) -> Result<Vec<ChannelMember>, StoreError> {
    let rest = "JOIN channels ON channels.id = channel_members.channel_id
        WHERE channel_members.user_id = $1 AND channels.team_id IN ($2, '') AND channels.delete_at = 0";
    Ok(with_roles(store.all(rest, args![user_id, team_id]).await?))
}

/// A user's memberships, each with name, display name and time of change of its team.
pub(crate) async fn of_user_with_team(
    store: &mut AnyConnection,
    user_id: &str,
    limit: i64,
    offset: i64,
) -> Result<Vec<(ChannelMember, [String; 2], i64)>, StoreError> {
    use crate::store::{Column, Record};
    let columns: Vec<String> =
        ChannelMember::COLUMNS.iter().map(|column| format!("channel_members.{column}")).collect();
    let sql = format!(
        "SELECT {}, COALESCE(teams.name, '') AS team_name, COALESCE(teams.display_name, '') AS team_display_name,
            COALESCE(teams.update_at, 0) AS team_update_at
         FROM channel_members JOIN channels ON channels.id = channel_members.channel_id
         LEFT JOIN teams ON teams.id = channels.team_id
         WHERE channel_members.user_id = $1 AND channels.delete_at = 0
         ORDER BY channel_members.channel_id LIMIT $2 OFFSET $3",
        columns.join(", ")
    );
    store
        .rows(&sql, args![user_id, limit, offset], |row| {
            let member = <ChannelMember as Record>::read(row)?.with_roles();
            let team =
                [String::read(row, record_name("team_name"))?, String::read(row, record_name("team_display_name"))?];
            Ok((member, team, i64::read(row, "team_update_at")?))
        })
        .await
}
