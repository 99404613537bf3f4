//! What a member may do in a team.

use std::slice;

use wasmoat_model::{AppError, TeamMember};

use crate::{Core, websocket::Event};

fn refused(id: &str, message: &str) -> AppError {
    AppError::new("UpdateTeamMemberRoles", id, 400, message)
}

impl Core {
    /// Mattermost's `UpdateTeamMemberRoles`: sets the roles from a list separated by spaces.
    ///
    /// # Errors
    ///
    /// 404 for no member; 400 without a base role, for an unknown one, for one that belongs to
    /// another kind of thing, or where a guest would become a user or the other way round.
    pub async fn update_team_member_roles(
        &self,
        team_id: &str,
        user_id: &str,
        new_roles: &str,
    ) -> Result<TeamMember, AppError> {
        let mut member = self.live_member(team_id, user_id).await?;
        let was_guest = member.scheme_guest;
        let names: Vec<&str> = new_roles.split_whitespace().collect();
        self.check_roles_exist(&names).await?;
        let roles = self.roles().await?;
        (member.scheme_guest, member.scheme_user, member.scheme_admin) = (false, false, false);
        let mut explicit = Vec::new();
        for name in names {
            match name {
                "team_guest" => member.scheme_guest = true,
                "team_user" => member.scheme_user = true,
                "team_admin" => member.scheme_admin = true,
                _ if roles.get(name).is_some_and(|role| role.scheme_managed) => {
                    return Err(refused(
                        "api.channel.update_team_member_roles.scheme_role.app_error",
                        &format!("`{name}` is no role of teams."),
                    ));
                }
                _ => explicit.push(name),
            }
        }
        if member.scheme_guest && member.scheme_user {
            return Err(refused(
                "api.team.update_team_member_roles.guest_and_user.app_error",
                "Nobody can be guest and user of a team at once.",
            ));
        }
        if was_guest != member.scheme_guest {
            return Err(refused(
                "api.channel.update_team_member_roles.changing_guest_role.app_error",
                "Members cannot be made guests, or guests members, here.",
            ));
        }
        if !member.scheme_guest && !member.scheme_user {
            return Err(refused(
                "api.channel.update_team_member_roles.unset_user_scheme.app_error",
                "The roles must contain `team_user`.",
            ));
        }
        member.explicit_roles = explicit.join(" ");
        self.save_member_roles(member).await
    }

    /// Mattermost's `UpdateTeamMemberSchemeRoles`: sets the flags that stand for the base roles.
    ///
    /// # Errors
    ///
    /// 404 for no member; 400 where a guest would become a user or the other way round.
    pub async fn update_team_member_scheme_roles(
        &self,
        team_id: &str,
        user_id: &str,
        (guest, user, admin): (bool, bool, bool),
    ) -> Result<TeamMember, AppError> {
        let mut member = self.live_member(team_id, user_id).await?;
        if guest {
            return Err(refused(
                "api.team.update_team_member_roles.guest.app_error",
                "Members cannot be made guests here.",
            ));
        }
        if member.scheme_guest {
            return Err(refused(
                "api.team.update_team_member_roles.user_and_guest.app_error",
                "Guests cannot be made members here.",
            ));
        }
        if !user {
            return Err(refused(
                "api.team.update_team_member_roles.unset_user_scheme.app_error",
                "A member must keep the base role.",
            ));
        }
        member.scheme_user = user;
        member.scheme_admin = admin;
        self.save_member_roles(member).await
    }

    async fn live_member(&self, team_id: &str, user_id: &str) -> Result<TeamMember, AppError> {
        let member = self.get_team_member(team_id, user_id).await?;
        if member.delete_at > 0 { Err(super::missing("UpdateTeamMemberRoles")) } else { Ok(member) }
    }

    async fn save_member_roles(&self, member: TeamMember) -> Result<TeamMember, AppError> {
        let member = member.with_roles();
        self.save_team_members(slice::from_ref(&member)).await?;
        self.publish(Event::new("memberrole_updated").json("member", &member).to_user(&member.user_id));
        Ok(member)
    }
}
