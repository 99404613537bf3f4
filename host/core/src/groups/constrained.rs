//! Teams and channels whose membership follows their groups, and who is out of place in them.
//!
//! Bots belong to no group and are let in everywhere.

use sqlx::AnyConnection;
use wasmoat_model::{AppError, Channel, GroupSyncableType, Team, User, now_ms};
use wasmoat_runtime::CallContext;

use crate::{
    Core,
    store::{Column as _, Queries as _, StoreError, args},
};

/// Memberships that are looked at together.
const BATCH: i64 = 500;

/// A member of one of the groups that are linked to `$1`, with `$2` as the user.
const JUSTIFIED: &str = "SELECT COUNT(*) FROM group_syncables
    JOIN user_groups ON user_groups.id = group_syncables.group_id AND user_groups.delete_at = 0
    JOIN group_members ON group_members.group_id = user_groups.id AND group_members.delete_at = 0
    WHERE group_syncables.syncable_id = $1 AND group_syncables.delete_at = 0 AND group_members.user_id = $2";

/// Remembers who has left a channel.
pub(crate) async fn departed(tx: &mut AnyConnection, channel_id: &str, user_id: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO channel_departures (channel_id, user_id, left_at) VALUES ($1, $2, $3)
        ON CONFLICT (channel_id, user_id) DO UPDATE SET left_at = excluded.left_at";
    tx.run(sql, args![channel_id, user_id, now_ms()]).await?;
    Ok(())
}

impl Core {
    /// Whether one of the groups of a team or a channel has the user in it.
    async fn is_justified(&self, syncable_id: &str, user_id: &str) -> Result<bool, AppError> {
        let count: Option<i64> = self.store.read().await?.value(JUSTIFIED, args![syncable_id, user_id]).await?;
        Ok(count.unwrap_or_default() > 0)
    }

    /// Whether a group-constrained channel takes the user.
    ///
    /// # Errors
    ///
    /// 400 where no group of the channel has the user in it.
    pub(crate) async fn check_group_constraint(&self, user: &User, channel: &Channel) -> Result<(), AppError> {
        if channel.group_constrained != Some(true) || user.is_bot || self.is_justified(&channel.id, &user.id).await? {
            return Ok(());
        }
        let text = "The channel is for members of its groups.";
        Err(AppError::new("AddUserToChannel", "api.channel.add_members.user_denied", 400, text).detail(&user.id))
    }

    /// Whether a group-constrained team takes the users. Clients are asked for it; plugins are not.
    ///
    /// # Errors
    ///
    /// 400 where no group of the team has one of the users in it; 404 for an unknown user.
    pub async fn check_team_group_constraint(&self, team: &Team, user_ids: &[String]) -> Result<(), AppError> {
        if team.group_constrained != Some(true) {
            return Ok(());
        }
        for user_id in user_ids {
            if !self.get_user(user_id).await?.is_bot && !self.is_justified(&team.id, user_id).await? {
                let text = "The team is for members of its groups.";
                return Err(
                    AppError::new("AddTeamMembers", "api.team.add_members.user_denied", 400, text).detail(user_id)
                );
            }
        }
        Ok(())
    }

    /// Mattermost's `DeleteGroupConstrainedMemberships`: takes everybody but bots out of the
    /// group-constrained channels and teams that none of their groups is linked to.
    ///
    /// # Errors
    ///
    /// Where the store fails. Who cannot be taken out is passed over.
    pub async fn delete_group_constrained_memberships(&self, cx: &CallContext) -> Result<(), AppError> {
        self.remove_out_of_place(cx, GroupSyncableType::Channel, "").await?;
        self.remove_out_of_place(cx, GroupSyncableType::Team, "").await
    }

    /// The same for one team or channel; empty is all of them.
    ///
    /// # Errors
    ///
    /// As [`Core::delete_group_constrained_memberships`].
    pub async fn remove_out_of_place(
        &self,
        cx: &CallContext,
        r#type: GroupSyncableType,
        only: &str,
    ) -> Result<(), AppError> {
        let (mut place, mut user) = (String::new(), String::new());
        loop {
            let batch = self.out_of_place(r#type, only, &place, &user).await?;
            let Some(last) = batch.last().cloned() else { return Ok(()) };
            for (syncable_id, user_id) in batch {
                if let Err(error) = self.take_out(cx, r#type, &syncable_id, &user_id).await {
                    if error.status_code >= 500 {
                        return Err(error);
                    }
                    tracing::warn!(%error, syncable = syncable_id, user = user_id, "not taken out");
                }
            }
            (place, user) = last;
        }
    }

    async fn take_out(
        &self,
        cx: &CallContext,
        r#type: GroupSyncableType,
        syncable_id: &str,
        user_id: &str,
    ) -> Result<(), AppError> {
        match r#type {
            GroupSyncableType::Team => self.remove_user_from_team(cx, syncable_id, user_id, "").await,
            GroupSyncableType::Channel => {
                let channel = self.get_channel(syncable_id).await?;
                self.remove_user_from_channel(cx, user_id, "", &channel).await
            }
        }
    }

    /// Memberships behind a given one that no group justifies: place and user.
    async fn out_of_place(
        &self,
        r#type: GroupSyncableType,
        only: &str,
        place: &str,
        user: &str,
    ) -> Result<Vec<(String, String)>, AppError> {
        let (places, members, id, live) = match r#type {
            GroupSyncableType::Team => ("teams", "team_members", "team_id", "AND members.delete_at = 0"),
            GroupSyncableType::Channel => ("channels", "channel_members", "channel_id", ""),
        };
        let sql = format!(
            "SELECT members.{id} AS place, members.user_id FROM {members} members
             JOIN {places} places ON places.id = members.{id} AND places.group_constrained = 1 AND places.delete_at = 0
             JOIN users ON users.id = members.user_id AND users.is_bot = 0
             WHERE ($1 = '' OR members.{id} = $1) {live}
             AND (members.{id} > $2 OR (members.{id} = $2 AND members.user_id > $3))
             AND NOT EXISTS (SELECT 1 FROM group_syncables
                JOIN user_groups ON user_groups.id = group_syncables.group_id AND user_groups.delete_at = 0
                JOIN group_members ON group_members.group_id = user_groups.id AND group_members.delete_at = 0
                WHERE group_syncables.syncable_id = members.{id} AND group_syncables.delete_at = 0
                AND group_members.user_id = members.user_id)
             ORDER BY members.{id}, members.user_id LIMIT $4"
        );
        let read = |row: &sqlx::any::AnyRow| Ok((String::read(row, "place")?, String::read(row, "user_id")?));
        Ok(self.store.read().await?.rows(&sql, args![only, place, user, BATCH], read).await?)
    }

    /// Mattermost's `TeamMembersMinusGroupMembers` and `ChannelMembersMinusGroupMembers`: a page of
    /// the people in a team or a channel who are in none of these groups, and how many they are.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn members_minus_group_members(
        &self,
        r#type: GroupSyncableType,
        syncable_id: &str,
        group_ids: &[String],
        page: i64,
        per_page: i64,
    ) -> Result<(Vec<User>, i64), AppError> {
        let (members, id, live) = match r#type {
            GroupSyncableType::Team => ("team_members", "team_id", "AND team_members.delete_at = 0"),
            GroupSyncableType::Channel => ("channel_members", "channel_id", ""),
        };
        let rest = format!(
            "JOIN {members} ON {members}.user_id = users.id AND {members}.{id} = $1 {live}
             WHERE users.delete_at = 0 AND users.is_bot = 0 AND NOT EXISTS (SELECT 1 FROM group_members
                WHERE group_members.user_id = users.id AND group_members.delete_at = 0 AND group_members.group_id IN ({}))",
            crate::store::placeholders(1, group_ids.len())
        );
        let arguments = || {
            let mut arguments = args![syncable_id];
            group_ids.iter().for_each(|id| id.bind(&mut arguments));
            arguments
        };
        let mut connection = self.store.read().await?;
        let total = connection.value(&format!("SELECT COUNT(*) FROM users {rest}"), arguments()).await?;
        let (offset, limit) = super::members::bounds(page, per_page);
        // Clamped numbers, not text of a caller.
        let rest = format!("{rest} ORDER BY users.username LIMIT {limit} OFFSET {offset}");
        Ok((connection.all(&rest, arguments()).await?, total.unwrap_or_default()))
    }
}
