//! Which teams and channels a policy is about.

use sqlx::AnyConnection;
use wasmoat_model::{AppError, Channel, RetentionPolicyForChannel, RetentionPolicyForTeam, Team};

use super::policies::missing_policy;
use crate::{
    Core,
    store::{Column as _, Queries as _, StoreError, args},
    users::store::like,
};

/// Teams or channels that are added or removed at once.
const AT_ONCE: usize = 1000;

/// Most teams or channels that a search finds.
const FOUND: i64 = 100;

pub(super) fn check_count(at: &str, ids: &[String]) -> Result<(), AppError> {
    if ids.len() <= AT_ONCE {
        return Ok(());
    }
    let text = format!("{} ids were given; {AT_ONCE} are allowed at once.", ids.len());
    Err(AppError::new(at, "api.context.invalid_body_param.app_error", 400, text))
}

/// What a policy holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Team,
    Channel,
}

impl Place {
    const fn name(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Channel => "channel",
        }
    }

    /// Adds to a policy; what is in it already stays.
    pub(super) async fn add(
        self,
        tx: &mut AnyConnection,
        at: &str,
        policy_id: &str,
        ids: &[String],
    ) -> Result<(), AppError> {
        let invalid = |text: String| AppError::new(at, "ent.data_retention.policies.invalid_policy", 400, text);
        let name = self.name();
        let exists = format!("SELECT COUNT(*) FROM {name}s WHERE id = $1");
        let insert = format!(
            "INSERT INTO retention_policy_{name}s ({name}_id, policy_id) VALUES ($1, $2) ON CONFLICT ({name}_id) DO NOTHING"
        );
        let owner = format!("SELECT policy_id FROM retention_policy_{name}s WHERE {name}_id = $1");
        for id in ids {
            if tx.value::<i64>(&exists, args![id]).await?.unwrap_or_default() == 0 {
                return Err(invalid(format!("There is no {name} `{id}`.")));
            }
            tx.run(&insert, args![id, policy_id]).await?;
            if tx.value::<String>(&owner, args![id]).await?.as_deref() != Some(policy_id) {
                return Err(invalid(format!("The {name} `{id}` has another policy.")));
            }
        }
        Ok(())
    }

    async fn remove(self, tx: &mut AnyConnection, policy_id: &str, ids: &[String]) -> Result<(), AppError> {
        let name = self.name();
        let sql = format!("DELETE FROM retention_policy_{name}s WHERE {name}_id = $1 AND policy_id = $2");
        for id in ids {
            tx.run(&sql, args![id, policy_id]).await?;
        }
        Ok(())
    }

    /// Takes everything out of a policy.
    pub(super) async fn clear(self, tx: &mut AnyConnection, policy_id: &str) -> Result<(), AppError> {
        let sql = format!("DELETE FROM retention_policy_{}s WHERE policy_id = $1", self.name());
        tx.run(&sql, args![policy_id]).await?;
        Ok(())
    }
}

impl Core {
    async fn change_policy(
        &self,
        at: &str,
        place: Place,
        policy_id: &str,
        ids: &[String],
        add: bool,
    ) -> Result<(), AppError> {
        self.check_data_retention(at)?;
        check_count(at, ids)?;
        let mut tx = self.store.write().await?;
        let sql = "SELECT COUNT(*) FROM retention_policies WHERE id = $1";
        if tx.value::<i64>(sql, args![policy_id]).await?.unwrap_or_default() == 0 {
            return Err(missing_policy(at, policy_id));
        }
        if add {
            place.add(&mut tx, at, policy_id, ids).await?;
        } else {
            place.remove(&mut tx, policy_id, ids).await?;
        }
        tx.commit().await.map_err(StoreError::from)?;
        Ok(())
    }

    /// Mattermost's `AddChannelsToRetentionPolicy`, all or none.
    ///
    /// # Errors
    ///
    /// 501 without the feature, 404 for an unknown policy, 400 for unknown channels, those of
    /// another policy, and more than 1000.
    pub async fn add_channels_to_retention_policy(&self, policy_id: &str, ids: &[String]) -> Result<(), AppError> {
        self.change_policy("AddChannelsToRetentionPolicy", Place::Channel, policy_id, ids, true).await
    }

    /// Mattermost's `RemoveChannelsFromRetentionPolicy`; what is not in it is passed over.
    ///
    /// # Errors
    ///
    /// 501 without the feature, 404 for an unknown policy, 400 for more than 1000.
    pub async fn remove_channels_from_retention_policy(&self, policy_id: &str, ids: &[String]) -> Result<(), AppError> {
        self.change_policy("RemoveChannelsFromRetentionPolicy", Place::Channel, policy_id, ids, false).await
    }

    /// Mattermost's `AddTeamsToRetentionPolicy`.
    ///
    /// # Errors
    ///
    /// As for channels.
    pub async fn add_teams_to_retention_policy(&self, policy_id: &str, ids: &[String]) -> Result<(), AppError> {
        self.change_policy("AddTeamsToRetentionPolicy", Place::Team, policy_id, ids, true).await
    }

    /// Mattermost's `RemoveTeamsFromRetentionPolicy`.
    ///
    /// # Errors
    ///
    /// As for channels.
    pub async fn remove_teams_from_retention_policy(&self, policy_id: &str, ids: &[String]) -> Result<(), AppError> {
        self.change_policy("RemoveTeamsFromRetentionPolicy", Place::Team, policy_id, ids, false).await
    }

    /// Mattermost's `GetChannelsForRetentionPolicy`: a page by display name, and how many there are.
    ///
    /// # Errors
    ///
    /// 501 without the feature.
    pub async fn get_channels_for_retention_policy(
        &self,
        policy_id: &str,
        page: i64,
        per_page: i64,
    ) -> Result<(Vec<Channel>, i64), AppError> {
        self.check_data_retention("GetChannelsForRetentionPolicy")?;
        let rest = "JOIN retention_policy_channels ON retention_policy_channels.channel_id = channels.id
            WHERE retention_policy_channels.policy_id = $1";
        let (limit, offset) = (per_page.max(0), page.max(0).saturating_mul(per_page.max(0)));
        let mut connection = self.store.read().await?;
        let total = connection.value(&format!("SELECT COUNT(*) FROM channels {rest}"), args![policy_id]).await?;
        let rest = format!("{rest} ORDER BY channels.display_name, channels.id LIMIT $2 OFFSET $3");
        let channels: Vec<Channel> = connection.all(&rest, args![policy_id, limit, offset]).await?;
        let with_policy = |channel| Channel { policy_id: Some(policy_id.to_owned()), ..channel };
        Ok((channels.into_iter().map(with_policy).collect(), total.unwrap_or_default()))
    }

    /// The channels of a policy whose name matches.
    ///
    /// # Errors
    ///
    /// 501 without the feature.
    pub async fn search_channels_of_retention_policy(
        &self,
        policy_id: &str,
        term: &str,
    ) -> Result<Vec<Channel>, AppError> {
        self.check_data_retention("SearchChannelsForRetentionPolicy")?;
        let rest = "JOIN retention_policy_channels ON retention_policy_channels.channel_id = channels.id
            WHERE retention_policy_channels.policy_id = $1
            AND (LOWER(channels.name) LIKE $2 ESCAPE '*' OR LOWER(channels.display_name) LIKE $2 ESCAPE '*')
            ORDER BY channels.display_name, channels.id LIMIT $3";
        let pattern = format!("%{}%", like(&term.trim().to_lowercase()));
        Ok(self.store.read().await?.all(rest, args![policy_id, pattern, FOUND]).await?)
    }

    /// Mattermost's `GetTeamsForRetentionPolicy`: a page by display name, and how many there are.
    ///
    /// # Errors
    ///
    /// 501 without the feature.
    pub async fn get_teams_for_retention_policy(
        &self,
        policy_id: &str,
        page: i64,
        per_page: i64,
    ) -> Result<(Vec<Team>, i64), AppError> {
        self.check_data_retention("GetTeamsForRetentionPolicy")?;
        let rest = "JOIN retention_policy_teams ON retention_policy_teams.team_id = teams.id
            WHERE retention_policy_teams.policy_id = $1";
        let (limit, offset) = (per_page.max(0), page.max(0).saturating_mul(per_page.max(0)));
        let mut connection = self.store.read().await?;
        let total = connection.value(&format!("SELECT COUNT(*) FROM teams {rest}"), args![policy_id]).await?;
        let rest = format!("{rest} ORDER BY teams.display_name, teams.id LIMIT $2 OFFSET $3");
        let teams: Vec<Team> = connection.all(&rest, args![policy_id, limit, offset]).await?;
        let with_policy = |team| Team { policy_id: Some(policy_id.to_owned()), ..team };
        Ok((teams.into_iter().map(with_policy).collect(), total.unwrap_or_default()))
    }

    /// The teams of a policy whose name matches.
    ///
    /// # Errors
    ///
    /// 501 without the feature.
    pub async fn search_teams_of_retention_policy(&self, policy_id: &str, term: &str) -> Result<Vec<Team>, AppError> {
        self.check_data_retention("SearchTeamsForRetentionPolicy")?;
        let rest = "JOIN retention_policy_teams ON retention_policy_teams.team_id = teams.id
            WHERE retention_policy_teams.policy_id = $1
            AND (LOWER(teams.name) LIKE $2 ESCAPE '*' OR LOWER(teams.display_name) LIKE $2 ESCAPE '*')
            ORDER BY teams.display_name, teams.id LIMIT $3";
        let pattern = format!("%{}%", like(&term.trim().to_lowercase()));
        Ok(self.store.read().await?.all(rest, args![policy_id, pattern, FOUND]).await?)
    }

    /// Mattermost's `GetTeamPoliciesForUser`: policies of the teams that a user is in.
    ///
    /// # Errors
    ///
    /// 501 without the feature.
    pub async fn get_team_policies_for_user(
        &self,
        user_id: &str,
        page: i64,
        per_page: i64,
    ) -> Result<(Vec<RetentionPolicyForTeam>, i64), AppError> {
        self.check_data_retention("GetTeamPoliciesForUser")?;
        let members = "retention_policy_teams held JOIN team_members members ON members.team_id = held.team_id
            AND members.delete_at = 0";
        let (rows, total) = self.policies_for_user("team_id", members, user_id, page, per_page).await?;
        let policy = |(team_id, post_duration_days)| RetentionPolicyForTeam { team_id, post_duration_days };
        Ok((rows.into_iter().map(policy).collect(), total))
    }

    /// Mattermost's `GetChannelPoliciesForUser`: policies of the channels that a user is in.
    ///
    /// # Errors
    ///
    /// 501 without the feature.
    pub async fn get_channel_policies_for_user(
        &self,
        user_id: &str,
        page: i64,
        per_page: i64,
    ) -> Result<(Vec<RetentionPolicyForChannel>, i64), AppError> {
        self.check_data_retention("GetChannelPoliciesForUser")?;
        let members =
            "retention_policy_channels held JOIN channel_members members ON members.channel_id = held.channel_id";
        let (rows, total) = self.policies_for_user("channel_id", members, user_id, page, per_page).await?;
        let policy = |(channel_id, post_duration_days)| RetentionPolicyForChannel { channel_id, post_duration_days };
        Ok((rows.into_iter().map(policy).collect(), total))
    }

    async fn policies_for_user(
        &self,
        id: &str,
        members: &str,
        user_id: &str,
        page: i64,
        per_page: i64,
    ) -> Result<(Vec<(String, i64)>, i64), AppError> {
        let from = format!(
            "FROM {members} JOIN retention_policies ON retention_policies.id = held.policy_id WHERE members.user_id = $1"
        );
        let (limit, offset) = (per_page.max(0), page.max(0).saturating_mul(per_page.max(0)));
        let mut connection = self.store.read().await?;
        let total = connection.value(&format!("SELECT COUNT(*) {from}"), args![user_id]).await?;
        let sql = format!(
            "SELECT held.{id} AS place, retention_policies.post_duration_days {from} ORDER BY held.{id} LIMIT $2 OFFSET $3"
        );
        let read = |row: &sqlx::any::AnyRow| Ok((String::read(row, "place")?, i64::read(row, "post_duration_days")?));
        Ok((connection.rows(&sql, args![user_id, limit, offset], read).await?, total.unwrap_or_default()))
    }
}
