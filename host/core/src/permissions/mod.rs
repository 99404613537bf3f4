//! Roles, and what they permit.
//!
//! Roles are names in a text separated by spaces, on the account, the team membership and the
//! channel membership. A check passes when the channel's roles, else the team's, else the
//! system's grant the permission.

mod api;
pub mod built_in;
pub mod ids;
mod roles;
#[cfg(test)]
mod tests;

use wasmoat_model::{Channel, ChannelType, Session};

pub use self::roles::RoleMap;
use crate::Core;

/// Permits everything on channels.
const MANAGE_SYSTEM: &str = "manage_system";

impl Core {
    /// Mattermost's `RolesGrantPermission`: whether one of the named roles has the permission.
    pub async fn roles_grant_permission<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str> + Send,
        permission: &str,
    ) -> bool {
        match self.roles().await {
            Ok(roles) => names.into_iter().any(|name| roles.grants(name, permission)),
            Err(error) => {
                tracing::error!(%error, permission, "roles could not be read; permission refused");
                false
            }
        }
    }

    async fn grant(&self, roles: &str, permission: &str) -> bool {
        self.roles_grant_permission(roles.split_whitespace().collect::<Vec<_>>(), permission).await
    }

    /// Mattermost's `HasPermissionTo`: by a system role. False for unknown users.
    pub async fn has_permission_to(&self, user_id: &str, permission: &str) -> bool {
        match self.get_user(user_id).await {
            Ok(user) => self.grant(&user.roles, permission).await,
            Err(_) => false,
        }
    }

    /// Mattermost's `HasPermissionToTeam`: by a team role, then by a system role.
    pub async fn has_permission_to_team(&self, user_id: &str, team_id: &str, permission: &str) -> bool {
        if user_id.is_empty() || team_id.is_empty() {
            return false;
        }
        self.team_roles_grant(user_id, team_id, permission).await || self.has_permission_to(user_id, permission).await
    }

    /// Mattermost's `HasPermissionToChannel`: by a channel role, then team, then system.
    pub async fn has_permission_to_channel(&self, user_id: &str, channel_id: &str, permission: &str) -> bool {
        if user_id.is_empty() || channel_id.is_empty() {
            return false;
        }
        if self.channel_roles_grant(user_id, channel_id, permission).await {
            return true;
        }
        match self.get_channel(channel_id).await {
            Ok(channel) if !channel.team_id.is_empty() => {
                self.has_permission_to_team(user_id, &channel.team_id, permission).await
            }
            _ => self.has_permission_to(user_id, permission).await,
        }
    }

    /// Mattermost's `SessionHasPermissionTo`: by the system roles of the session.
    pub async fn session_has_permission_to(&self, session: &Session, permission: &str) -> bool {
        self.grant(&session.roles, permission).await
    }

    /// Whether the session has one of these permissions.
    pub async fn session_has_permission_to_any(&self, session: &Session, permissions: &[&str]) -> bool {
        for permission in permissions {
            if self.session_has_permission_to(session, permission).await {
                return true;
            }
        }
        false
    }

    /// Mattermost's `SessionHasPermissionToTeam`.
    pub async fn session_has_permission_to_team(&self, session: &Session, team_id: &str, permission: &str) -> bool {
        !team_id.is_empty()
            && (self.team_roles_grant(&session.user_id, team_id, permission).await
                || self.session_has_permission_to(session, permission).await)
    }

    /// Mattermost's `SessionHasPermissionToChannel`.
    pub async fn session_has_permission_to_channel(
        &self,
        session: &Session,
        channel_id: &str,
        permission: &str,
    ) -> bool {
        if channel_id.is_empty() {
            return false;
        }
        if self.channel_roles_grant(&session.user_id, channel_id, permission).await
            || self.session_has_permission_to(session, MANAGE_SYSTEM).await
        {
            return true;
        }
        match self.get_channel(channel_id).await {
            Ok(channel) if !channel.team_id.is_empty() => {
                self.session_has_permission_to_team(session, &channel.team_id, permission).await
            }
            _ => self.session_has_permission_to(session, permission).await,
        }
    }

    /// Mattermost's `SessionHasPermissionToReadChannel`: as a member, or as somebody of the team
    /// when the channel is open and compliance mode is off.
    pub async fn session_has_permission_to_read_channel(&self, session: &Session, channel: &Channel) -> bool {
        if self.session_has_permission_to_channel(session, &channel.id, "read_channel_content").await {
            return true;
        }
        channel.r#type == ChannelType::Open
            && !self.config.get().flag("ComplianceSettings.Enable")
            && self.session_has_permission_to_team(session, &channel.team_id, "read_public_channel").await
    }

    /// Mattermost's `SessionHasPermissionToUser`: the own account, or `edit_other_users` on
    /// anybody but a system admin, or `manage_system`.
    pub async fn session_has_permission_to_user(&self, session: &Session, user_id: &str) -> bool {
        if user_id.is_empty() {
            return false;
        }
        if session.user_id == user_id || self.session_has_permission_to(session, MANAGE_SYSTEM).await {
            return true;
        }
        if !self.session_has_permission_to(session, "edit_other_users").await {
            return false;
        }
        self.get_user(user_id).await.is_ok_and(|user| !user.has_role("system_admin"))
    }

    /// Mattermost's `UserCanSeeOtherUser`: guests see only people they share a channel with.
    pub async fn user_can_see_other_user(&self, session: &Session, user_id: &str) -> bool {
        if session.user_id == user_id || self.session_has_permission_to(session, "view_members").await {
            return true;
        }
        self.shares_channel(&session.user_id, user_id).await.unwrap_or(false)
    }

    async fn team_roles_grant(&self, user_id: &str, team_id: &str, permission: &str) -> bool {
        match self.get_team_member(team_id, user_id).await {
            Ok(member) if member.delete_at == 0 => self.grant(&member.roles, permission).await,
            _ => false,
        }
    }

    async fn channel_roles_grant(&self, user_id: &str, channel_id: &str, permission: &str) -> bool {
        match self.get_channel_member(channel_id, user_id).await {
            Ok(member) => self.grant(&member.roles, permission).await,
            Err(_) => false,
        }
    }
}
