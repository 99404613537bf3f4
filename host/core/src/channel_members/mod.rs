//! Membership in channels.

mod api;
mod join;
mod leave;
mod settings;
pub(crate) mod store;
#[cfg(test)]
mod tests;
mod view;

use wasmoat_model::{AppError, ChannelMember};

pub use self::{join::Added, view::ChannelView};
use crate::{Core, pages};

/// Ids that a plugin or client may ask for at once.
const IDS_AT_ONCE: usize = 1000;

pub(crate) fn missing_member(at: &str, channel_id: &str, user_id: &str) -> AppError {
    let text = "The user is not a member of the channel.";
    AppError::new(at, "app.channel.get_member.missing.app_error", 404, text)
        .detail(format!("channel_id={channel_id} user_id={user_id}"))
}

/// A membership, and the team of its channel.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct ChannelMemberWithTeam {
    /// The membership.
    #[serde(flatten)]
    pub member: ChannelMember,
    /// Name of the team for people; empty for direct and group messages.
    pub team_display_name: String,
    /// URL name of the team.
    pub team_name: String,
    /// When the team was changed last.
    pub team_update_at: i64,
}

impl Core {
    /// Mattermost's `GetChannelMember`: one membership.
    ///
    /// # Errors
    ///
    /// 404 when there is none.
    pub async fn get_channel_member(&self, channel_id: &str, user_id: &str) -> Result<ChannelMember, AppError> {
        let member = store::one(&mut *self.store.read().await?, channel_id, user_id).await?;
        member.ok_or_else(|| missing_member("GetChannelMember", channel_id, user_id))
    }

    /// Mattermost's `GetChannelMembersPage`: a page of a channel's memberships.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_channel_members(
        &self,
        channel_id: &str,
        page: i64,
        per_page: i64,
    ) -> Result<Vec<ChannelMember>, AppError> {
        let (limit, offset) = pages::window(page, per_page);
        Ok(store::page(&mut *self.store.read().await?, channel_id, limit, offset).await?)
    }

    /// Mattermost's `GetChannelMembersByIds`: the memberships there are of these users.
    ///
    /// # Errors
    ///
    /// 400 for more than 1000 ids.
    pub async fn get_channel_members_by_ids(
        &self,
        channel_id: &str,
        user_ids: &[String],
    ) -> Result<Vec<ChannelMember>, AppError> {
        if user_ids.len() > IDS_AT_ONCE {
            let text = format!("{} ids were given; {IDS_AT_ONCE} are allowed at once.", user_ids.len());
            return Err(AppError::new("GetChannelMembersByIds", "api.context.invalid_body_param.app_error", 400, text));
        }
        Ok(store::by_ids(&mut *self.store.read().await?, channel_id, user_ids).await?)
    }

    /// Mattermost's `GetChannelMembersForUserWithPagination`: a page of a user's memberships in
    /// all teams.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_channel_members_for_user(
        &self,
        user_id: &str,
        page: i64,
        per_page: i64,
    ) -> Result<Vec<ChannelMember>, AppError> {
        let (limit, offset) = pages::window(page, per_page);
        Ok(store::of_user(&mut *self.store.read().await?, user_id, limit, offset).await?)
    }

    /// Mattermost's `GetChannelMembersForUser`: a user's memberships in a team, and in direct and
    /// group messages.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_channel_members_in_team(
        &self,
        user_id: &str,
        team_id: &str,
    ) -> Result<Vec<ChannelMember>, AppError> {
        Ok(store::of_user_in_team(&mut *self.store.read().await?, user_id, team_id).await?)
    }

    /// Mattermost's `GetChannelMembersWithTeamDataForUserWithPagination`.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_channel_members_with_team(
        &self,
        user_id: &str,
        page: i64,
        per_page: i64,
    ) -> Result<Vec<ChannelMemberWithTeam>, AppError> {
        let (limit, offset) = pages::window(page, per_page);
        let rows = store::of_user_with_team(&mut *self.store.read().await?, user_id, limit, offset).await?;
        Ok(rows
            .into_iter()
            .map(|(member, [team_name, team_display_name], team_update_at)| ChannelMemberWithTeam {
                member,
                team_display_name,
                team_name,
                team_update_at,
            })
            .collect())
    }
}
