//! Icons of teams.

use bytes::Bytes;
use wasmoat_model::{AppError, now_ms};

use crate::Core;

fn path(team_id: &str) -> String {
    format!("teams/{team_id}/teamIcon.png")
}

impl Core {
    /// Mattermost's `GetTeamIcon`: a PNG.
    ///
    /// # Errors
    ///
    /// 404 for an unknown team, or one without an icon.
    pub async fn get_team_icon(&self, team_id: &str) -> Result<Bytes, AppError> {
        let team = self.get_team(team_id).await?;
        let icon = if team.last_team_icon_update > 0 { self.read_stored(&path(team_id)).await? } else { None };
        icon.ok_or_else(|| {
            let id = "api.team.get_team_icon.read_file.app_error";
            AppError::new("GetTeamIcon", id, 404, "The team has no icon.").detail(team_id)
        })
    }

    /// Mattermost's `SetTeamIcon`: keeps the middle of an image as the icon.
    ///
    /// # Errors
    ///
    /// 404 for an unknown team, 400 for what is no image or has too many pixels.
    pub async fn set_team_icon(&self, team_id: &str, data: Bytes) -> Result<(), AppError> {
        self.get_team(team_id).await?;
        let icon = self.square_picture("SetTeamIcon", "api.team.set_team_icon", data).await?;
        self.write_stored(&path(team_id), icon).await?;
        self.edit_team(team_id, |stored| stored.last_team_icon_update = now_ms()).await.map(drop)
    }

    /// Mattermost's `RemoveTeamIcon`; none is no error.
    ///
    /// # Errors
    ///
    /// 404 for an unknown team.
    pub async fn remove_team_icon(&self, team_id: &str) -> Result<(), AppError> {
        self.edit_team(team_id, |stored| stored.last_team_icon_update = 0).await?;
        self.remove_stored(&path(team_id)).await
    }
}
