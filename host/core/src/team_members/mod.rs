//! Membership in teams.

mod api;
mod roles;
mod store;
#[cfg(test)]
mod tests;

pub use self::store::MemberPage;

use std::{slice, sync::Arc};

use wasmoat_model::{AppError, Team, TeamMember, TeamMemberWithError, User, now_ms};
use wasmoat_runtime::{CallContext, TeamMemberWillBeAdded, UserHasJoinedTeam, UserHasLeftTeam};

use crate::{
    Core,
    rejection::rejected,
    store::{Queries as _, args},
    websocket::Event,
};

/// Key of a membership in memory.
fn key(team_id: &str, user_id: &str) -> String {
    format!("{team_id}/{user_id}")
}

pub(crate) fn missing(at: &str) -> AppError {
    AppError::new(at, "app.team.get_member.missing.app_error", 404, "The user is not a member of the team.")
}

impl Core {
    /// Mattermost's `GetTeamMember`: one membership, a former one too (`delete_at`).
    ///
    /// # Errors
    ///
    /// 404 when there is none.
    pub async fn get_team_member(&self, team_id: &str, user_id: &str) -> Result<TeamMember, AppError> {
        let load = async {
            let member = store::get(&mut *self.store.read().await?, team_id, user_id).await?;
            Ok::<_, AppError>(member.map(Arc::new))
        };
        let member = self.people.team_members.get(&key(team_id, user_id), load).await?;
        member.map(Arc::unwrap_or_clone).ok_or_else(|| missing("GetTeamMember"))
    }

    /// Mattermost's `GetTeamMembers`: a page of live memberships, by user id or by username.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_team_members(&self, team_id: &str, page: MemberPage) -> Result<Vec<TeamMember>, AppError> {
        Ok(store::of_team(&mut *self.store.read().await?, team_id, page).await?)
    }

    /// Mattermost's `GetTeamMembersByIds`: the memberships there are of these users.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_team_members_by_ids(
        &self,
        team_id: &str,
        user_ids: &[String],
    ) -> Result<Vec<TeamMember>, AppError> {
        let mut members = Vec::new();
        for user_id in user_ids {
            match self.get_team_member(team_id, user_id).await {
                Ok(member) if member.delete_at == 0 => members.push(member),
                Err(error) if error.status_code != 404 => return Err(error),
                _ => {}
            }
        }
        Ok(members)
    }

    /// Mattermost's `GetTeamMembersForUser`: a user's memberships, by team; former ones where
    /// they are asked for.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_team_members_for_user(
        &self,
        user_id: &str,
        include_deleted: bool,
    ) -> Result<Vec<TeamMember>, AppError> {
        Ok(store::of_user(&mut *self.store.read().await?, user_id, include_deleted).await?)
    }

    /// Mattermost's `AddTeamMember`: adds a user; an existing membership is returned as it is.
    ///
    /// # Errors
    ///
    /// 404 for an unknown team or user, 400 where the address is not allowed, the team is full or
    /// a plugin refuses.
    pub async fn add_team_member(
        &self,
        cx: &CallContext,
        team_id: &str,
        user_id: &str,
        requestor_id: &str,
    ) -> Result<TeamMember, AppError> {
        let team = self.get_team(team_id).await?;
        let user = self.get_user(user_id).await?;
        let requestor = if requestor_id.is_empty() { None } else { Some(self.get_user(requestor_id).await?) };
        self.join_user_to_team(cx, &team, &user, requestor.as_ref()).await
    }

    /// Adds users one by one and goes on after failures.
    pub async fn add_team_members_gracefully(
        &self,
        cx: &CallContext,
        team_id: &str,
        user_ids: &[String],
        requestor_id: &str,
    ) -> Vec<TeamMemberWithError> {
        let mut results = Vec::with_capacity(user_ids.len());
        for user_id in user_ids {
            let result = self.add_team_member(cx, team_id, user_id, requestor_id).await;
            let (member, error) = match result {
                Ok(member) => (Some(member), None),
                Err(error) => (None, Some(error)),
            };
            results.push(TeamMemberWithError { user_id: user_id.clone(), member, error });
        }
        results
    }

    /// Mattermost's `JoinUserToTeam`: plugins are asked, the membership is stored, the default
    /// channels are joined, clients and plugins are told.
    ///
    /// # Errors
    ///
    /// 400 where the address is not allowed, the team is full or a plugin refuses.
    pub async fn join_user_to_team(
        &self,
        cx: &CallContext,
        team: &Team,
        user: &User,
        requestor: Option<&User>,
    ) -> Result<TeamMember, AppError> {
        match self.get_team_member(&team.id, &user.id).await {
            Ok(member) if member.delete_at == 0 => return Ok(member),
            Err(error) if error.status_code != 404 => return Err(error),
            _ => {}
        }
        self.check_may_join(team, user).await?;
        let guest = user.has_role("system_guest");
        let member = TeamMember {
            team_id: team.id.clone(),
            user_id: user.id.clone(),
            scheme_guest: guest,
            scheme_user: !guest,
            // The creator's membership: the team was given the creator's address.
            scheme_admin: !guest && !team.email.is_empty() && team.email == user.email,
            create_at: now_ms(),
            ..TeamMember::default()
        }
        .with_roles();
        let wanted = self
            .runtime
            .filter::<TeamMemberWillBeAdded, _, _>(cx, member.clone(), |context, member| (context, member))
            .await
            .map_err(|rejection| {
                rejected("JoinUserToTeam", "app.team.join_user_to_team.rejected_by_plugin", "", rejection)
            })?;
        // A plugin decides on roles, not on who joins what.
        let member =
            TeamMember { team_id: member.team_id, user_id: member.user_id, delete_at: 0, ..wanted }.with_roles();
        self.store.read().await?.upsert(&member).await?;
        self.people.team_members.invalidate(&key(&team.id, &user.id));
        self.hub.membership_changed(&team.id);
        self.join_default_channels(cx, team, user, requestor).await?;
        let event = Event::new("added_to_team").data("team_id", team.id.as_str()).data("user_id", user.id.as_str());
        self.publish(event.to_user(&user.id));
        let actor = requestor.cloned().map(Arc::new);
        self.runtime.observe::<UserHasJoinedTeam>(cx, |context| (context, Arc::new(member.clone()), actor));
        Ok(member)
    }

    async fn check_may_join(&self, team: &Team, user: &User) -> Result<(), AppError> {
        if !self.is_team_email_allowed(team, user) {
            return Err(AppError::new(
                "JoinUserToTeam",
                "api.team.join_user_to_team.allowed_domains.app_error",
                400,
                "The user's e-mail address is not of a domain that the team accepts.",
            ));
        }
        let most = self.config.get().number("TeamSettings.MaxUsersPerTeam");
        if self.get_team_stats(&team.id).await?.active_member_count >= most {
            return Err(AppError::new(
                "JoinUserToTeam",
                "app.team.join_user_to_team.max_accounts.app_error",
                400,
                format!("The team has reached its {most} members (setting `TeamSettings.MaxUsersPerTeam`)."),
            ));
        }
        Ok(())
    }

    /// Mattermost's `RemoveUserFromTeam`: takes a user out of the team and its channels.
    ///
    /// # Errors
    ///
    /// 404 for an unknown team or user, 400 for somebody who is no member.
    pub async fn remove_user_from_team(
        &self,
        cx: &CallContext,
        team_id: &str,
        user_id: &str,
        requestor_id: &str,
    ) -> Result<(), AppError> {
        let team = self.get_team(team_id).await?;
        let user = self.get_user(user_id).await?;
        let mut member = self.get_team_member(&team.id, &user.id).await.map_err(not_in_team)?;
        if member.delete_at > 0 {
            return Err(not_in_team(missing("RemoveUserFromTeam")));
        }
        let actor = if requestor_id.is_empty() { None } else { Some(Arc::new(self.get_user(requestor_id).await?)) };
        // Members of the team are told while the leaver still is one of them.
        let event = || Event::new("leave_team").data("user_id", user.id.as_str()).data("team_id", team.id.as_str());
        self.publish(event().to_team(&team.id).omit_user(&user.id));
        self.leave_team_channels(cx, &team, &user, actor.as_deref()).await?;
        member.delete_at = now_ms();
        member.explicit_roles.clear();
        self.save_team_members(slice::from_ref(&member)).await?;
        self.publish(event().to_user(&user.id));
        self.runtime.observe::<UserHasLeftTeam>(cx, |context| (context, Arc::new(member), actor));
        Ok(())
    }

    pub(super) async fn save_team_members(&self, members: &[TeamMember]) -> Result<(), AppError> {
        for member in members {
            self.store.read().await?.update(member).await?;
            self.people.team_members.invalidate(&key(&member.team_id, &member.user_id));
            self.hub.membership_changed(&member.team_id);
        }
        Ok(())
    }

    /// Mattermost's `AddTeamMemberByInviteId`: joins the team of an invitation.
    ///
    /// # Errors
    ///
    /// 404 for an unknown invitation; else as [`Core::join_user_to_team`].
    pub async fn add_team_member_by_invite_id(
        &self,
        cx: &CallContext,
        invite_id: &str,
        user_id: &str,
    ) -> Result<TeamMember, AppError> {
        let team = self.get_team_by_invite_id(invite_id).await?;
        let user = self.get_user(user_id).await?;
        self.join_user_to_team(cx, &team, &user, None).await
    }

    /// Ids of a team's live members.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn team_member_ids(&self, team_id: &str) -> Result<Vec<String>, AppError> {
        let sql = "SELECT user_id FROM team_members WHERE team_id = $1 AND delete_at = 0";
        Ok(self.store.read().await?.values(sql, args![team_id]).await?)
    }
}

fn not_in_team(error: AppError) -> AppError {
    if error.status_code != 404 {
        return error;
    }
    AppError::new(
        "RemoveUserFromTeam",
        "api.team.remove_user_from_team.missing.app_error",
        400,
        "The user does not appear to be part of this team.",
    )
}
