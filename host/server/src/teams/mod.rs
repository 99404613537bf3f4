//! `/api/v4/teams`. Memberships have a file of their own.

mod icon;
mod read;
mod write;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post, put},
};
use wasmoat_model::Team;

use crate::{RequestContext, Server};

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/teams", get(read::get_teams).post(write::create_team))
        .route("/teams/search", post(read::search_teams))
        .route("/teams/name/{team_name}", get(read::get_team_by_name))
        .route("/teams/name/{team_name}/exists", get(read::team_exists))
        .route("/teams/invite/{invite_id}", get(read::get_invite_info))
        .route("/teams/{team_id}", get(read::get_team).put(write::update_team).delete(write::delete_team))
        .route("/teams/{team_id}/patch", put(write::patch_team))
        .route("/teams/{team_id}/privacy", put(write::update_team_privacy))
        .route("/teams/{team_id}/restore", post(write::restore_team))
        .route("/teams/{team_id}/regenerate_invite_id", post(write::regenerate_invite_id))
        // The size is limited by the configuration.
        .route(
            "/teams/{team_id}/image",
            get(icon::get_team_icon)
                .post(icon::set_team_icon)
                .delete(icon::remove_team_icon)
                .layer(DefaultBodyLimit::disable()),
        )
        .route("/teams/{team_id}/stats", get(read::get_team_stats))
        .route("/users/{user_id}/teams", get(read::get_teams_for_user))
        .route("/users/{user_id}/teams/unread", get(read::get_teams_unread))
        .route("/users/{user_id}/teams/{team_id}/unread", get(read::get_team_unread))
}

impl RequestContext {
    /// A team as the asking user may see it: the address and the invitation only with the right
    /// to manage the team or to invite to it.
    pub(crate) async fn visible_team(&self, team: Team) -> Team {
        let manages = self.core.session_has_permission_to_team(&self.session, &team.id, "manage_team").await;
        let invites = self.core.session_has_permission_to_team(&self.session, &team.id, "invite_user").await;
        let email = if manages { team.email.clone() } else { String::new() };
        let invite_id = if invites { team.invite_id.clone() } else { String::new() };
        Team { email, invite_id, ..team }
    }

    pub(crate) async fn visible_teams(&self, teams: Vec<Team>) -> Vec<Team> {
        let mut visible = Vec::with_capacity(teams.len());
        for team in teams {
            visible.push(self.visible_team(team).await);
        }
        visible
    }
}
