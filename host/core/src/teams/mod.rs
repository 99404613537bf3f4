//! Teams.

mod api;
mod icon;
mod store;
#[cfg(test)]
mod tests;

use wasmoat_model::{AppError, Team, TeamPatch, TeamStats, TeamUnread, User, new_id, now_ms};
use wasmoat_runtime::CallContext;

use crate::{
    Core,
    store::{Queries as _, StoreError, args},
    users::store::like,
    websocket::Event,
};

/// A page of teams, and which ones.
#[derive(Clone, Debug, Default)]
pub struct TeamFilter {
    /// Part of the name or the display name.
    pub term: String,
    /// Only teams that anybody may join, or only the others.
    pub open: Option<bool>,
    /// Archived teams too.
    pub include_deleted: bool,
    /// How many to pass over.
    pub offset: i64,
    /// How many at most.
    pub limit: i64,
}

impl TeamFilter {
    /// Every team.
    #[must_use]
    pub fn all() -> Self {
        Self { include_deleted: true, limit: i64::MAX, ..Self::default() }
    }

    fn conditions(&self) -> String {
        let open = match self.open {
            Some(true) => "AND teams.allow_open_invite = 1 ",
            Some(false) => "AND teams.allow_open_invite = 0 ",
            None => "",
        };
        let live = if self.include_deleted { "" } else { "AND teams.delete_at = 0 " };
        format!(
            "WHERE (LOWER(teams.name) LIKE $1 ESCAPE '*' OR LOWER(teams.display_name) LIKE $1 ESCAPE '*') {open}{live}"
        )
    }

    fn pattern(&self) -> String {
        format!("%{}%", like(&self.term.trim().to_lowercase()))
    }
}

fn missing(id: &str) -> AppError {
    AppError::new("GetTeam", id, 404, "There is no such team.")
}

impl Core {
    /// Mattermost's `CreateTeam`: makes a team and its default channels. Nobody is a member yet.
    ///
    /// # Errors
    ///
    /// 400 for a bad or taken name.
    pub async fn create_team(&self, cx: &CallContext, mut team: Team) -> Result<Team, AppError> {
        team.pre_save(now_ms());
        team.is_valid()?;
        self.store.read().await?.insert(&team).await.map_err(|error| {
            if error.is_unique_violation() {
                return AppError::new(
                    "CreateTeam",
                    "app.team.save.app_error",
                    400,
                    "There is a team with that name already.",
                );
            }
            error.into()
        })?;
        self.create_default_channels(cx, &team.id).await?;
        Ok(team)
    }

    /// Mattermost's `CreateTeamWithUser`: makes a team whose admin is the user.
    ///
    /// # Errors
    ///
    /// As [`Core::create_team`].
    pub async fn create_team_with_user(&self, cx: &CallContext, team: Team, user_id: &str) -> Result<Team, AppError> {
        let user = self.get_user(user_id).await?;
        // A membership with the team's own address makes the admin.
        let team = self.create_team(cx, Team { email: user.email.clone(), ..team }).await?;
        self.join_user_to_team(cx, &team, &user, None).await?;
        Ok(team)
    }

    /// Mattermost's `GetTeam`, archived or not.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn get_team(&self, team_id: &str) -> Result<Team, AppError> {
        let team = self.store.read().await?.one("WHERE teams.id = $1", args![team_id]).await?;
        team.ok_or_else(|| missing("app.team.get.find.app_error"))
    }

    /// Mattermost's `GetTeamByName`.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn get_team_by_name(&self, name: &str) -> Result<Team, AppError> {
        let team = self.store.read().await?.one("WHERE teams.name = $1", args![name.to_lowercase()]).await?;
        team.ok_or_else(|| missing("app.team.get_by_name.missing.app_error"))
    }

    /// Mattermost's `GetTeamByInviteId`.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn get_team_by_invite_id(&self, invite_id: &str) -> Result<Team, AppError> {
        let team = self
            .store
            .read()
            .await?
            .one("WHERE teams.invite_id = $1 AND teams.delete_at = 0", args![invite_id])
            .await?;
        team.ok_or_else(|| missing("app.team.get_by_invite_id.finding.app_error"))
    }

    /// A page of teams by display name.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn list_teams(&self, filter: &TeamFilter) -> Result<Vec<Team>, AppError> {
        let rest = format!("{} ORDER BY teams.display_name, teams.id LIMIT $2 OFFSET $3", filter.conditions());
        Ok(self.store.read().await?.all(&rest, args![filter.pattern(), filter.limit, filter.offset]).await?)
    }

    /// How many teams a filter holds, whatever its page.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn count_teams(&self, filter: &TeamFilter) -> Result<i64, AppError> {
        let sql = format!("SELECT COUNT(*) FROM teams {}", filter.conditions());
        Ok(self.store.read().await?.value(&sql, args![filter.pattern()]).await?.unwrap_or_default())
    }

    /// Mattermost's `GetTeamsForUser`: the live teams of which the user is a member.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_teams_for_user(&self, user_id: &str) -> Result<Vec<Team>, AppError> {
        let rest = "JOIN team_members ON team_members.team_id = teams.id
                    WHERE team_members.user_id = $1 AND team_members.delete_at = 0 AND teams.delete_at = 0
                    ORDER BY teams.display_name, teams.id";
        Ok(self.store.read().await?.all(rest, args![user_id]).await?)
    }

    /// Mattermost's `GetTeamsUnreadForUser`: unread and mention counts; teams without channels
    /// are absent.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_teams_unread_for_user(&self, user_id: &str) -> Result<Vec<TeamUnread>, AppError> {
        Ok(store::unread(&mut *self.store.read().await?, user_id).await?)
    }

    /// Mattermost's `GetTeamUnread`.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_team_unread(&self, team_id: &str, user_id: &str) -> Result<TeamUnread, AppError> {
        let mut teams = self.get_teams_unread_for_user(user_id).await?;
        teams.retain(|team| team.team_id == team_id);
        Ok(teams.pop().unwrap_or_else(|| TeamUnread { team_id: team_id.to_owned(), ..TeamUnread::default() }))
    }

    /// Mattermost's `GetTeamStats`: member counts.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn get_team_stats(&self, team_id: &str) -> Result<TeamStats, AppError> {
        self.get_team(team_id).await?;
        let sql = "SELECT COUNT(*) FROM team_members JOIN users ON users.id = team_members.user_id
                   WHERE team_members.team_id = $1 AND team_members.delete_at = 0";
        let mut connection = self.store.read().await?;
        let total: Option<i64> = connection.value(sql, args![team_id]).await?;
        let active: Option<i64> = connection.value(&format!("{sql} AND users.delete_at = 0"), args![team_id]).await?;
        Ok(TeamStats {
            team_id: team_id.to_owned(),
            total_member_count: total.unwrap_or_default(),
            active_member_count: active.unwrap_or_default(),
        })
    }

    async fn change_team(&self, team_id: &str, change: impl FnOnce(&mut Team) + Send) -> Result<Team, AppError> {
        let mut tx = self.store.write().await?;
        let team: Option<Team> = tx.one("WHERE teams.id = $1", args![team_id]).await?;
        let mut team = team.ok_or_else(|| missing("app.team.get.find.app_error"))?;
        change(&mut team);
        team.pre_update(now_ms());
        team.is_valid()?;
        tx.update(&team).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(team)
    }

    fn send_team_event(&self, name: &str, team: &Team) {
        self.publish(Event::new(name).json("team", &team.clone().sanitized()).to_team(&team.id));
    }

    /// Mattermost's `UpdateTeam`: changes display name, description, company, domains, openness
    /// and group constraint; the rest stays.
    ///
    /// # Errors
    ///
    /// 404 when unknown, 400 when a field breaks its rule.
    pub async fn update_team(&self, team: Team) -> Result<Team, AppError> {
        let id = team.id.clone();
        self.edit_team(&id, move |stored| {
            stored.display_name = team.display_name;
            stored.description = team.description;
            stored.allow_open_invite = team.allow_open_invite;
            stored.company_name = team.company_name;
            stored.allowed_domains = team.allowed_domains;
            stored.group_constrained = team.group_constrained;
        })
        .await
    }

    /// Mattermost's `PatchTeam`: changes what the patch names.
    ///
    /// # Errors
    ///
    /// As [`Core::update_team`].
    pub async fn patch_team(&self, team_id: &str, patch: TeamPatch) -> Result<Team, AppError> {
        self.edit_team(team_id, move |stored| stored.patch(patch)).await
    }

    /// Mattermost's `UpdateTeamPrivacy`: `O` opens the team to anybody; `I` closes it, and old
    /// invitations end.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn update_team_privacy(&self, team_id: &str, team_type: &str) -> Result<Team, AppError> {
        let (team_type, open) = (team_type.to_owned(), team_type == wasmoat_model::TEAM_OPEN);
        self.edit_team(team_id, move |stored| {
            if stored.allow_open_invite && !open {
                stored.invite_id = new_id();
            }
            stored.r#type = team_type;
            stored.allow_open_invite = open;
        })
        .await
    }

    /// Mattermost's `RegenerateTeamInviteId`: old invitations end.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn regenerate_team_invite_id(&self, team_id: &str) -> Result<Team, AppError> {
        self.edit_team(team_id, |stored| stored.invite_id = new_id()).await
    }

    pub(super) async fn edit_team(
        &self,
        team_id: &str,
        change: impl FnOnce(&mut Team) + Send,
    ) -> Result<Team, AppError> {
        let team = self.change_team(team_id, change).await?;
        self.send_team_event("update_team", &team);
        Ok(team)
    }

    /// Mattermost's `SoftDeleteTeam`: archives.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn delete_team(&self, team_id: &str) -> Result<(), AppError> {
        let team = self.change_team(team_id, |stored| stored.delete_at = now_ms()).await?;
        self.send_team_event("delete_team", &team);
        Ok(())
    }

    /// Mattermost's `RestoreTeam`: takes an archived team back.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn restore_team(&self, team_id: &str) -> Result<Team, AppError> {
        let team = self.change_team(team_id, |stored| stored.delete_at = 0).await?;
        self.send_team_event("restore_team", &team);
        Ok(team)
    }

    /// Whether the user's address may join the team.
    pub(crate) fn is_team_email_allowed(&self, team: &Team, user: &User) -> bool {
        let config = self.config.get();
        user.is_bot
            || [team.allowed_domains.as_str(), config.text("TeamSettings.RestrictCreationToDomains")]
                .iter()
                .all(|domains| crate::users::domain_is_accepted(&user.email, domains))
    }
}
