//! The Plugin API's `team-members`.

use wasmoat_model::{AppError, TeamMember, TeamMemberWithError};
use wasmoat_runtime::bindings::team_members::Host;

use super::MemberPage;
use crate::{api::Api, pages};

impl Host for Api<'_> {
    async fn create_team_member(&mut self, team_id: String, user_id: String) -> Result<TeamMember, AppError> {
        self.core.add_team_member(&self.caller.context, &team_id, &user_id, "").await
    }

    async fn create_team_members(
        &mut self,
        team_id: String,
        user_ids: Vec<String>,
        requestor_id: String,
    ) -> Result<Vec<TeamMember>, AppError> {
        let mut members = Vec::with_capacity(user_ids.len());
        for user_id in &user_ids {
            members.push(self.core.add_team_member(&self.caller.context, &team_id, user_id, &requestor_id).await?);
        }
        Ok(members)
    }

    async fn create_team_members_gracefully(
        &mut self,
        team_id: String,
        user_ids: Vec<String>,
        requestor_id: String,
    ) -> Result<Vec<TeamMemberWithError>, AppError> {
        self.core.get_team(&team_id).await?;
        Ok(self.core.add_team_members_gracefully(&self.caller.context, &team_id, &user_ids, &requestor_id).await)
    }

    async fn delete_team_member(
        &mut self,
        team_id: String,
        user_id: String,
        requestor_id: String,
    ) -> Result<(), AppError> {
        self.core.remove_user_from_team(&self.caller.context, &team_id, &user_id, &requestor_id).await
    }

    async fn get_team_members(
        &mut self,
        team_id: String,
        page: i32,
        per_page: i32,
    ) -> Result<Vec<TeamMember>, AppError> {
        let (limit, offset) = pages::window(page, per_page);
        let page = MemberPage { offset, limit, ..MemberPage::default() };
        self.core.get_team_members(&team_id, page).await
    }

    async fn get_team_member(&mut self, team_id: String, user_id: String) -> Result<TeamMember, AppError> {
        self.core.get_team_member(&team_id, &user_id).await
    }

    async fn get_team_members_for_user(
        &mut self,
        user_id: String,
        page: i32,
        per_page: i32,
    ) -> Result<Vec<TeamMember>, AppError> {
        let members = self.core.get_team_members_for_user(&user_id, false).await?;
        let limit = usize::try_from(per_page).unwrap_or_default();
        let offset = usize::try_from(page).unwrap_or_default().saturating_mul(limit);
        Ok(members.into_iter().skip(offset).take(limit).collect())
    }

    async fn update_team_member_roles(
        &mut self,
        team_id: String,
        user_id: String,
        new_roles: String,
    ) -> Result<TeamMember, AppError> {
        self.core.update_team_member_roles(&team_id, &user_id, &new_roles).await
    }
}
