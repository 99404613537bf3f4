//! The SQL of teams.

use wasmoat_model::{StringMap, Team, TeamUnread, json};

use sqlx::AnyConnection;

use crate::store::{Column, Queries as _, StoreError, args, record};

record!(
    Team,
    "teams",
    key[id],
    [
        create_at,
        update_at,
        delete_at,
        display_name,
        name,
        description,
        email,
        r#type,
        company_name,
        allowed_domains,
        invite_id,
        allow_open_invite,
        last_team_icon_update,
        scheme_id,
        group_constrained,
        cloud_limits_archived,
    ]
);

/// One membership's share of the counters of its team.
struct Unread {
    team_id: String,
    messages: i64,
    roots: i64,
    mentions: i64,
    mentions_root: i64,
    notify_props: StringMap,
}

/// Unread counters of a user's teams, by team.
pub(super) async fn unread(store: &mut AnyConnection, user_id: &str) -> Result<Vec<TeamUnread>, StoreError> {
    let sql = "SELECT channels.team_id AS team_id, channels.total_msg_count - channel_members.msg_count AS messages,
               channels.total_msg_count_root - channel_members.msg_count_root AS roots,
               channel_members.mention_count AS mentions, channel_members.mention_count_root AS mentions_root,
               channel_members.notify_props AS notify_props
               FROM channel_members JOIN channels ON channels.id = channel_members.channel_id
               JOIN team_members ON team_members.team_id = channels.team_id AND team_members.user_id = channel_members.user_id
               WHERE channel_members.user_id = $1 AND channels.delete_at = 0 AND team_members.delete_at = 0
               ORDER BY channels.team_id";
    let rows = store
        .rows(sql, args![user_id], |row| {
            Ok(Unread {
                team_id: Column::read(row, "team_id")?,
                messages: Column::read(row, "messages")?,
                roots: Column::read(row, "roots")?,
                mentions: Column::read(row, "mentions")?,
                mentions_root: Column::read(row, "mentions_root")?,
                notify_props: Column::read(row, "notify_props")?,
            })
        })
        .await?;
    let mut teams: Vec<TeamUnread> = Vec::new();
    for row in rows {
        if teams.last().is_none_or(|team| team.team_id != row.team_id) {
            teams.push(TeamUnread { team_id: row.team_id.clone(), ..TeamUnread::default() });
        }
        let Some(team) = teams.last_mut() else { continue };
        team.mention_count += row.mentions;
        team.mention_count_root += row.mentions_root;
        // A muted channel has mentions but no unread messages.
        if json::get(&row.notify_props, "mark_unread") != Some("mention") {
            team.msg_count += row.messages.max(0);
            team.msg_count_root += row.roots.max(0);
        }
    }
    Ok(teams)
}
