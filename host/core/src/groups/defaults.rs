//! The memberships that links of groups imply.

use wasmoat_model::{AppError, CreateDefaultMembershipParams, GroupSyncableType, User};
use wasmoat_runtime::CallContext;

use crate::{
    Core,
    channel_members::Added,
    store::{Column as _, Queries as _, args},
};

/// Memberships that are looked at together.
const BATCH: i64 = 500;

/// Who is in a linked group and not in the team, behind (`$1`, `$2`).
const TEAMS: &str = "SELECT DISTINCT group_syncables.syncable_id AS place, group_members.user_id FROM group_members
    JOIN users ON users.id = group_members.user_id AND users.delete_at = 0
    JOIN user_groups ON user_groups.id = group_members.group_id AND user_groups.delete_at = 0
    JOIN group_syncables ON group_syncables.group_id = user_groups.id AND group_syncables.type = 'Team'
        AND group_syncables.auto_add = 1 AND group_syncables.delete_at = 0
    JOIN teams ON teams.id = group_syncables.syncable_id AND teams.delete_at = 0
    LEFT JOIN team_members ON team_members.team_id = teams.id AND team_members.user_id = group_members.user_id
    WHERE group_members.delete_at = 0
    AND ((team_members.user_id IS NULL AND (group_members.create_at >= $3 OR group_syncables.update_at >= $3))
        OR ($4 = 1 AND (team_members.user_id IS NULL OR team_members.delete_at > 0)))
    AND ($5 = '' OR group_members.user_id = $5) AND ($6 = '' OR teams.id = $6)";

/// Who is in a linked group and not in the channel, behind (`$1`, `$2`).
const CHANNELS: &str = "SELECT DISTINCT group_syncables.syncable_id AS place, group_members.user_id FROM group_members
    JOIN users ON users.id = group_members.user_id AND users.delete_at = 0
    JOIN user_groups ON user_groups.id = group_members.group_id AND user_groups.delete_at = 0
    JOIN group_syncables ON group_syncables.group_id = user_groups.id AND group_syncables.type = 'Channel'
        AND group_syncables.auto_add = 1 AND group_syncables.delete_at = 0
    JOIN channels ON channels.id = group_syncables.syncable_id AND channels.delete_at = 0
    LEFT JOIN channel_members ON channel_members.channel_id = channels.id
        AND channel_members.user_id = group_members.user_id
    LEFT JOIN channel_departures ON channel_departures.channel_id = channels.id
        AND channel_departures.user_id = group_members.user_id
    WHERE group_members.delete_at = 0 AND channel_members.user_id IS NULL
    AND ($4 = 1 OR (channel_departures.user_id IS NULL
        AND (group_members.create_at >= $3 OR group_syncables.update_at >= $3)))
    AND ($5 = '' OR group_members.user_id = $5) AND ($6 = '' OR channels.team_id = $6)
    AND ($7 = '' OR channels.id = $7)";

const BEHIND: &str = "AND (group_syncables.syncable_id > $1
    OR (group_syncables.syncable_id = $1 AND group_members.user_id > $2)) ORDER BY place, group_members.user_id";

impl Core {
    /// Mattermost's `CreateDefaultMemberships`: makes the memberships in teams and channels that
    /// links with `auto_add` imply. Whom a team or a channel does not take is passed over.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn create_default_memberships(
        &self,
        cx: &CallContext,
        params: &CreateDefaultMembershipParams,
    ) -> Result<(), AppError> {
        // A membership in a channel brings the one in its team.
        if params.scoped_channel_id.is_none() {
            self.make_implied(cx, GroupSyncableType::Team, params).await?;
        }
        self.make_implied(cx, GroupSyncableType::Channel, params).await
    }

    /// Mattermost's `SyncRolesAndMembership`: who is in a linked group comes in, who is out of
    /// place in a constrained team or channel goes, and members of groups with `scheme_admin` are
    /// admins.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn sync_roles_and_membership(
        &self,
        cx: &CallContext,
        r#type: GroupSyncableType,
        syncable_id: &str,
    ) -> Result<(), AppError> {
        let scoped = Some(syncable_id.to_owned());
        let params = match r#type {
            GroupSyncableType::Team => {
                CreateDefaultMembershipParams { scoped_team_id: scoped, ..CreateDefaultMembershipParams::default() }
            }
            GroupSyncableType::Channel => {
                CreateDefaultMembershipParams { scoped_channel_id: scoped, ..CreateDefaultMembershipParams::default() }
            }
        };
        self.make_implied(cx, r#type, &params).await?;
        self.remove_out_of_place(cx, r#type, syncable_id).await?;
        self.make_admins(r#type, syncable_id).await
    }

    /// The same beside a request: clients are not kept waiting for what may be many people.
    pub fn sync_roles_and_membership_later(&self, cx: &CallContext, r#type: GroupSyncableType, syncable_id: &str) {
        let (core, cx, id) = (self.clone(), cx.clone(), syncable_id.to_owned());
        self.tasks.spawn(async move {
            let stop = core.tasks.stopping();
            let work = core.sync_roles_and_membership(&cx, r#type, &id);
            if let Some(Err(error)) = stop.run_until_cancelled(work).await {
                tracing::error!(%error, syncable = id, "memberships were not brought in line with groups");
            }
        });
    }

    async fn make_implied(
        &self,
        cx: &CallContext,
        r#type: GroupSyncableType,
        params: &CreateDefaultMembershipParams,
    ) -> Result<(), AppError> {
        let (mut place, mut user) = (String::new(), String::new());
        loop {
            let batch = self.implied(r#type, params, &place, &user).await?;
            let Some(last) = batch.last().cloned() else { return Ok(()) };
            for (syncable_id, user_id) in batch {
                if let Err(error) = self.bring_in(cx, r#type, &syncable_id, &user_id).await {
                    if error.status_code >= 500 {
                        return Err(error);
                    }
                    tracing::info!(%error, syncable = syncable_id, user = user_id, "not brought in");
                }
            }
            (place, user) = last;
        }
    }

    async fn implied(
        &self,
        r#type: GroupSyncableType,
        params: &CreateDefaultMembershipParams,
        place: &str,
        user: &str,
    ) -> Result<Vec<(String, String)>, AppError> {
        let scope = |id: &Option<String>| id.clone().unwrap_or_default();
        let mut arguments = args![
            place,
            user,
            params.since,
            params.re_add_removed_members,
            scope(&params.scoped_user_id),
            scope(&params.scoped_team_id)
        ];
        let select = match r#type {
            GroupSyncableType::Team => TEAMS,
            GroupSyncableType::Channel => {
                scope(&params.scoped_channel_id).bind(&mut arguments);
                CHANNELS
            }
        };
        let sql = format!("{select} {BEHIND} LIMIT {BATCH}");
        let read = |row: &sqlx::any::AnyRow| Ok((String::read(row, "place")?, String::read(row, "user_id")?));
        Ok(self.store.read().await?.rows(&sql, arguments, read).await?)
    }

    async fn bring_in(
        &self,
        cx: &CallContext,
        r#type: GroupSyncableType,
        syncable_id: &str,
        user_id: &str,
    ) -> Result<(), AppError> {
        if r#type == GroupSyncableType::Team {
            return self.add_team_member(cx, syncable_id, user_id, "").await.map(drop);
        }
        let channel = self.get_channel(syncable_id).await?;
        self.add_team_member(cx, &channel.team_id, user_id, "").await?;
        self.add_channel_member(cx, user_id, &channel, Added::default()).await.map(drop)
    }

    /// Members of groups that are linked with `scheme_admin` become admins there.
    async fn make_admins(&self, r#type: GroupSyncableType, syncable_id: &str) -> Result<(), AppError> {
        let rest = "JOIN group_members ON group_members.user_id = users.id AND group_members.delete_at = 0
            JOIN user_groups ON user_groups.id = group_members.group_id AND user_groups.delete_at = 0
            JOIN group_syncables ON group_syncables.group_id = user_groups.id AND group_syncables.delete_at = 0
            WHERE group_syncables.syncable_id = $1 AND group_syncables.scheme_admin = 1 AND users.delete_at = 0";
        let admins: Vec<User> = self.store.read().await?.all(rest, args![syncable_id]).await?;
        for user in admins.iter().filter(|user| !user.has_role("system_guest")) {
            match r#type {
                GroupSyncableType::Team => {
                    let member = self.get_team_member(syncable_id, &user.id).await;
                    if member.is_ok_and(|member| member.delete_at == 0 && !member.scheme_admin) {
                        self.update_team_member_scheme_roles(syncable_id, &user.id, (false, true, true)).await?;
                    }
                }
                GroupSyncableType::Channel => {
                    let member = self.get_channel_member(syncable_id, &user.id).await;
                    if member.is_ok_and(|member| !member.scheme_admin) {
                        self.update_channel_member_scheme_roles(syncable_id, &user.id, false, true, true).await?;
                    }
                }
            }
        }
        Ok(())
    }
}
