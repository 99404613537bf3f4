//! Granular policies.

use wasmoat_model::{AppError, RetentionPolicy, RetentionPolicyPatch, new_id};

use crate::{
    Core,
    store::{Queries as _, StoreError, args, record},
};

use super::scope::{Place, check_count};

record!(RetentionPolicy, "retention_policies", key[id], [display_name, post_duration_days]);

pub(super) fn missing_policy(at: &str, policy_id: &str) -> AppError {
    let text = "There is no such policy.";
    AppError::new(at, "ent.data_retention.policies.invalid_policy", 404, text).detail(policy_id)
}

impl Core {
    /// Mattermost's `GetRetentionPolicies`: a page of policies by name.
    ///
    /// # Errors
    ///
    /// 501 without the feature.
    pub async fn get_retention_policies(&self, page: i64, per_page: i64) -> Result<Vec<RetentionPolicy>, AppError> {
        self.check_data_retention("GetRetentionPolicies")?;
        let (limit, offset) = (per_page.max(0), page.max(0).saturating_mul(per_page.max(0)));
        let rest = "ORDER BY display_name, id LIMIT $1 OFFSET $2";
        let policies: Vec<RetentionPolicy> = self.store.read().await?.all(rest, args![limit, offset]).await?;
        let mut counted = Vec::with_capacity(policies.len());
        for policy in policies {
            counted.push(self.with_counts(policy).await?);
        }
        Ok(counted)
    }

    /// Mattermost's `GetRetentionPoliciesCount`.
    ///
    /// # Errors
    ///
    /// 501 without the feature.
    pub async fn get_retention_policies_count(&self) -> Result<i64, AppError> {
        self.check_data_retention("GetRetentionPoliciesCount")?;
        let sql = "SELECT COUNT(*) FROM retention_policies";
        Ok(self.store.read().await?.value(sql, args![]).await?.unwrap_or_default())
    }

    /// Mattermost's `GetRetentionPolicy`.
    ///
    /// # Errors
    ///
    /// 501 without the feature, 404 when unknown.
    pub async fn get_retention_policy(&self, policy_id: &str) -> Result<RetentionPolicy, AppError> {
        let at = "GetRetentionPolicy";
        self.check_data_retention(at)?;
        let policy = self.store.read().await?.one("WHERE id = $1", args![policy_id]).await?;
        self.with_counts(policy.ok_or_else(|| missing_policy(at, policy_id))?).await
    }

    async fn with_counts(&self, policy: RetentionPolicy) -> Result<RetentionPolicy, AppError> {
        let mut connection = self.store.read().await?;
        let teams = "SELECT COUNT(*) FROM retention_policy_teams WHERE policy_id = $1";
        let channels = "SELECT COUNT(*) FROM retention_policy_channels WHERE policy_id = $1";
        Ok(RetentionPolicy {
            team_count: connection.value(teams, args![policy.id]).await?.unwrap_or_default(),
            channel_count: connection.value(channels, args![policy.id]).await?.unwrap_or_default(),
            ..policy
        })
    }

    /// Mattermost's `CreateRetentionPolicy`, with its first teams and channels.
    ///
    /// # Errors
    ///
    /// 501 without the feature; 400 for a bad name or duration, and for teams and channels that are
    /// unknown or have a policy.
    pub async fn create_retention_policy(&self, policy: RetentionPolicy) -> Result<RetentionPolicy, AppError> {
        let at = "CreateRetentionPolicy";
        self.check_data_retention(at)?;
        policy.is_valid()?;
        check_count(at, &policy.team_ids)?;
        check_count(at, &policy.channel_ids)?;
        let policy = RetentionPolicy { id: new_id(), ..policy };
        let mut tx = self.store.write().await?;
        tx.insert(&policy).await?;
        Place::Team.add(&mut tx, at, &policy.id, &policy.team_ids).await?;
        Place::Channel.add(&mut tx, at, &policy.id, &policy.channel_ids).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.get_retention_policy(&policy.id).await
    }

    /// Mattermost's `PatchRetentionPolicy`: changes what the patch names.
    ///
    /// # Errors
    ///
    /// As [`Core::create_retention_policy`], and 404 when unknown.
    pub async fn patch_retention_policy(
        &self,
        policy_id: &str,
        patch: RetentionPolicyPatch,
    ) -> Result<RetentionPolicy, AppError> {
        let at = "PatchRetentionPolicy";
        let mut policy = self.get_retention_policy(policy_id).await?;
        policy.display_name = patch.display_name.unwrap_or(policy.display_name);
        policy.post_duration_days = patch.post_duration_days.unwrap_or(policy.post_duration_days);
        policy.is_valid()?;
        let mut tx = self.store.write().await?;
        tx.update(&policy).await?;
        for (place, ids) in [(Place::Team, patch.team_ids), (Place::Channel, patch.channel_ids)] {
            if let Some(ids) = ids {
                check_count(at, &ids)?;
                place.clear(&mut tx, policy_id).await?;
                place.add(&mut tx, at, policy_id, &ids).await?;
            }
        }
        tx.commit().await.map_err(StoreError::from)?;
        self.get_retention_policy(policy_id).await
    }

    /// Mattermost's `DeleteRetentionPolicy`: its teams and channels have none from then on.
    ///
    /// # Errors
    ///
    /// 501 without the feature, 404 when unknown.
    pub async fn delete_retention_policy(&self, policy_id: &str) -> Result<(), AppError> {
        let at = "DeleteRetentionPolicy";
        self.check_data_retention(at)?;
        let mut tx = self.store.write().await?;
        Place::Team.clear(&mut tx, policy_id).await?;
        Place::Channel.clear(&mut tx, policy_id).await?;
        if tx.run("DELETE FROM retention_policies WHERE id = $1", args![policy_id]).await? == 0 {
            return Err(missing_policy(at, policy_id));
        }
        tx.commit().await.map_err(StoreError::from)?;
        Ok(())
    }
}
