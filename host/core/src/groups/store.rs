//! The SQL of groups.

use std::collections::{HashMap, HashSet};

use sqlx::{AnyConnection, any::AnyRow};
use wasmoat_model::{Group, GroupMember, GroupSyncable, GroupSyncableType};

use crate::{
    posts::store::CHUNK,
    store::{Column, Queries as _, StoreError, args, placeholders, record},
};

record!(
    Group,
    "user_groups",
    key[id],
    [name, display_name, description, source, remote_id, create_at, update_at, delete_at, allow_reference,]
);

record!(GroupMember, "group_members", key [group_id, user_id], [create_at, delete_at]);

record!(GroupSyncable, "group_syncables", key [group_id, syncable_id], [
    r#type, auto_add, scheme_admin, create_at, update_at, delete_at,
]);

impl Column for GroupSyncableType {
    fn read(row: &AnyRow, name: &str) -> Result<Self, sqlx::Error> {
        Ok(if String::read(row, name)? == Self::Team.name() { Self::Team } else { Self::Channel })
    }

    fn bind(&self, arguments: &mut sqlx::any::AnyArguments) {
        self.name().bind(arguments);
    }
}

/// The first group that a condition holds for, with `has_syncables`.
pub(super) async fn one(
    store: &mut AnyConnection,
    rest: &str,
    args: sqlx::any::AnyArguments,
) -> Result<Option<Group>, StoreError> {
    let mut groups: Vec<Group> = store.one(rest, args).await?.into_iter().collect();
    fill_has_syncables(store, &mut groups).await?;
    Ok(groups.pop())
}

/// The groups that a condition holds for, with `has_syncables`.
pub(super) async fn all(
    store: &mut AnyConnection,
    rest: &str,
    args: sqlx::any::AnyArguments,
) -> Result<Vec<Group>, StoreError> {
    let mut groups = store.all(rest, args).await?;
    fill_has_syncables(store, &mut groups).await?;
    Ok(groups)
}

async fn fill_has_syncables(store: &mut AnyConnection, groups: &mut [Group]) -> Result<(), StoreError> {
    for chunk in groups.chunks_mut(CHUNK) {
        let sql = format!(
            "SELECT DISTINCT group_id FROM group_syncables WHERE delete_at = 0 AND group_id IN ({})",
            placeholders(0, chunk.len())
        );
        let mut arguments = args![];
        chunk.iter().for_each(|group| group.id.bind(&mut arguments));
        let linked: HashSet<String> = store.values(&sql, arguments).await?.into_iter().collect();
        for group in chunk {
            group.has_syncables = linked.contains(&group.id);
        }
    }
    Ok(())
}

/// Members of groups with an active account: group and user, for whom `condition` holds. The
/// values of the condition come before the ids of the groups.
pub(super) async fn members(
    store: &mut AnyConnection,
    group_ids: &[String],
    condition: &str,
    values: &[String],
) -> Result<HashMap<String, Vec<String>>, StoreError> {
    let mut members: HashMap<String, Vec<String>> = HashMap::new();
    for chunk in group_ids.chunks(CHUNK) {
        let sql = format!(
            "SELECT group_members.group_id, group_members.user_id FROM group_members
             JOIN users ON users.id = group_members.user_id AND users.delete_at = 0
             WHERE group_members.delete_at = 0 {condition} AND group_members.group_id IN ({}) ORDER BY users.username",
            placeholders(values.len(), chunk.len())
        );
        let mut arguments = args![];
        values.iter().chain(chunk).for_each(|value| value.bind(&mut arguments));
        let read = |row: &AnyRow| Ok((String::read(row, "group_id")?, String::read(row, "user_id")?));
        for (group_id, user_id) in store.rows(&sql, arguments, read).await? {
            members.entry(group_id).or_default().push(user_id);
        }
    }
    Ok(members)
}

/// Members of a group with an active account.
pub(super) async fn member_count(store: &mut AnyConnection, group_id: &str) -> Result<i32, StoreError> {
    let sql = "SELECT COUNT(*) FROM group_members JOIN users ON users.id = group_members.user_id
        WHERE group_members.group_id = $1 AND group_members.delete_at = 0 AND users.delete_at = 0";
    Ok(i32::try_from(store.value::<i64>(sql, args![group_id]).await?.unwrap_or_default()).unwrap_or(i32::MAX))
}

pub(super) async fn member(
    store: &mut AnyConnection,
    group_id: &str,
    user_id: &str,
) -> Result<Option<GroupMember>, StoreError> {
    store.one("WHERE group_id = $1 AND user_id = $2", args![group_id, user_id]).await
}

pub(super) async fn syncable(
    store: &mut AnyConnection,
    group_id: &str,
    syncable_id: &str,
    r#type: GroupSyncableType,
) -> Result<Option<GroupSyncable>, StoreError> {
    store.one("WHERE group_id = $1 AND syncable_id = $2 AND type = $3", args![group_id, syncable_id, r#type]).await
}

/// The live links of a group to live teams, or to live channels, with names.
pub(super) async fn syncables(
    store: &mut AnyConnection,
    group_id: &str,
    r#type: GroupSyncableType,
) -> Result<Vec<GroupSyncable>, StoreError> {
    let teams = "'' AS channel_display_name, '' AS channel_type, '' AS team_id, teams.display_name AS team_display_name,
        teams.type AS team_type FROM group_syncables JOIN teams ON teams.id = group_syncables.syncable_id AND teams.delete_at = 0";
    let channels =
        "channels.display_name AS channel_display_name, channels.type AS channel_type, channels.team_id AS team_id,
        teams.display_name AS team_display_name, teams.type AS team_type FROM group_syncables
        JOIN channels ON channels.id = group_syncables.syncable_id AND channels.delete_at = 0
        JOIN teams ON teams.id = channels.team_id";
    let names = if r#type == GroupSyncableType::Team { teams } else { channels };
    let sql = format!(
        "SELECT group_syncables.group_id, group_syncables.syncable_id, group_syncables.type, group_syncables.auto_add,
            group_syncables.scheme_admin, group_syncables.create_at, group_syncables.update_at, group_syncables.delete_at, {names}
         WHERE group_syncables.group_id = $1 AND group_syncables.type = $2 AND group_syncables.delete_at = 0
         ORDER BY group_syncables.create_at, group_syncables.syncable_id"
    );
    store
        .rows(&sql, args![group_id, r#type], |row| {
            Ok(GroupSyncable {
                channel_display_name: String::read(row, "channel_display_name")?,
                channel_type: String::read(row, "channel_type")?,
                team_id: String::read(row, "team_id")?,
                team_display_name: String::read(row, "team_display_name")?,
                team_type: String::read(row, "team_type")?,
                ..<GroupSyncable as crate::store::Record>::read(row)?
            })
        })
        .await
}
