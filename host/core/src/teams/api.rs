//! The Plugin API's `teams`.

use wasmoat_model::{AppError, Team, TeamStats, TeamUnread};
use wasmoat_runtime::bindings::teams::Host;

use super::TeamFilter;
use crate::api::Api;

impl Host for Api<'_> {
    async fn create_team(&mut self, team: Team) -> Result<Team, AppError> {
        self.core.create_team(&self.caller.context, team).await
    }

    async fn delete_team(&mut self, team_id: String) -> Result<(), AppError> {
        self.core.delete_team(&team_id).await
    }

    async fn get_teams(&mut self) -> Result<Vec<Team>, AppError> {
        self.core.list_teams(&TeamFilter::all()).await
    }

    async fn get_team(&mut self, team_id: String) -> Result<Team, AppError> {
        self.core.get_team(&team_id).await
    }

    async fn get_team_by_name(&mut self, name: String) -> Result<Team, AppError> {
        self.core.get_team_by_name(&name).await
    }

    async fn get_team_icon(&mut self, team_id: String) -> Result<Vec<u8>, AppError> {
        self.core.get_team_icon(&team_id).await.map(Vec::from)
    }

    async fn set_team_icon(&mut self, team_id: String, data: Vec<u8>) -> Result<(), AppError> {
        self.core.set_team_icon(&team_id, data.into()).await
    }

    async fn remove_team_icon(&mut self, team_id: String) -> Result<(), AppError> {
        self.core.remove_team_icon(&team_id).await
    }

    async fn get_teams_unread_for_user(&mut self, user_id: String) -> Result<Vec<TeamUnread>, AppError> {
        self.core.get_teams_unread_for_user(&user_id).await
    }

    async fn update_team(&mut self, team: Team) -> Result<Team, AppError> {
        self.core.update_team(team).await
    }

    async fn search_teams(&mut self, term: String) -> Result<Vec<Team>, AppError> {
        self.core.list_teams(&TeamFilter { term, include_deleted: false, ..TeamFilter::all() }).await
    }

    async fn get_teams_for_user(&mut self, user_id: String) -> Result<Vec<Team>, AppError> {
        self.core.get_teams_for_user(&user_id).await
    }

    async fn get_team_stats(&mut self, team_id: String) -> Result<TeamStats, AppError> {
        self.core.get_team_stats(&team_id).await
    }
}
