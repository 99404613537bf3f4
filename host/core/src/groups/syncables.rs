//! Links of groups to teams and channels.

use wasmoat_model::{AppError, GroupSyncable, GroupSyncableType, now_ms};

use super::{missing_group, store};
use crate::{
    Core,
    store::{Queries as _, StoreError, args},
    websocket::Event,
};

impl Core {
    /// Mattermost's `GetGroupSyncable`: one link, removed or not.
    ///
    /// # Errors
    ///
    /// 404 when there is none.
    pub async fn get_group_syncable(
        &self,
        group_id: &str,
        syncable_id: &str,
        r#type: GroupSyncableType,
    ) -> Result<GroupSyncable, AppError> {
        let link = store::syncable(&mut *self.store.read().await?, group_id, syncable_id, r#type).await?;
        link.ok_or_else(|| missing_group("GetGroupSyncable", syncable_id))
    }

    /// Mattermost's `GetGroupSyncables`: the live links of a group to teams, or to channels.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_group_syncables(
        &self,
        group_id: &str,
        r#type: GroupSyncableType,
    ) -> Result<Vec<GroupSyncable>, AppError> {
        Ok(store::syncables(&mut *self.store.read().await?, group_id, r#type).await?)
    }

    /// Mattermost's `UpsertGroupSyncable`: makes, changes or revives a link. A channel's brings one
    /// to its team.
    ///
    /// # Errors
    ///
    /// 404 for an unknown group, team or channel; 400 for bad ids, and where the channel's team is
    /// group-constrained without this group.
    pub async fn upsert_group_syncable(&self, link: GroupSyncable) -> Result<GroupSyncable, AppError> {
        link.is_valid()?;
        self.get_group(&link.group_id).await?;
        match link.r#type {
            GroupSyncableType::Team => {
                self.get_team(&link.syncable_id).await?;
            }
            GroupSyncableType::Channel => self.link_team_of_channel(&link).await?,
        }
        self.store_link(link).await
    }

    async fn link_team_of_channel(&self, link: &GroupSyncable) -> Result<(), AppError> {
        let at = "UpsertGroupSyncable";
        let channel = self.get_channel(&link.syncable_id).await?;
        if !channel.is_open_or_private() {
            let text = "Groups are linked to open and private channels.";
            return Err(AppError::new(at, "model.group_syncable.syncable_id.app_error", 400, text));
        }
        let team = self.get_team(&channel.team_id).await?;
        let mut connection = self.store.read().await?;
        let linked = store::syncable(&mut connection, &link.group_id, &team.id, GroupSyncableType::Team).await?;
        drop(connection);
        if linked.is_some_and(|linked| linked.delete_at == 0) {
            return Ok(());
        }
        if team.group_constrained == Some(true) {
            let text = "The channel's team is for other groups.";
            return Err(AppError::new(at, "group_not_associated_to_synced_team", 400, text));
        }
        let parent = GroupSyncable {
            group_id: link.group_id.clone(),
            syncable_id: team.id,
            auto_add: link.auto_add,
            r#type: GroupSyncableType::Team,
            ..GroupSyncable::default()
        };
        self.store_link(parent).await.map(drop)
    }

    async fn store_link(&self, link: GroupSyncable) -> Result<GroupSyncable, AppError> {
        let now = now_ms();
        let mut tx = self.store.write().await?;
        let old = store::syncable(&mut tx, &link.group_id, &link.syncable_id, link.r#type).await?;
        let link = GroupSyncable {
            create_at: old.map_or(now, |old| old.create_at),
            update_at: now,
            delete_at: 0,
            ..plain(link)
        };
        tx.upsert(&link).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.send_link("received_group_associated_to", &link);
        Ok(link)
    }

    /// Mattermost's `UpdateGroupSyncable`: changes a link; with `delete_at` set it is an upsert.
    ///
    /// # Errors
    ///
    /// 404 when there is none; else as [`Core::upsert_group_syncable`].
    pub async fn update_group_syncable(&self, link: GroupSyncable) -> Result<GroupSyncable, AppError> {
        if link.delete_at != 0 {
            return self.upsert_group_syncable(link).await;
        }
        link.is_valid()?;
        let old = self.get_group_syncable(&link.group_id, &link.syncable_id, link.r#type).await?;
        let update_at = now_ms().max(old.update_at + 1);
        let link = GroupSyncable { create_at: old.create_at, update_at, delete_at: 0, ..plain(link) };
        if !self.store.read().await?.update(&link).await? {
            return Err(missing_group("UpdateGroupSyncable", &link.syncable_id));
        }
        Ok(link)
    }

    /// Mattermost's `DeleteGroupSyncable`: removes a link; a team's takes those to the team's
    /// channels along.
    ///
    /// # Errors
    ///
    /// 404 when there is none, 400 when it is removed already.
    pub async fn delete_group_syncable(
        &self,
        group_id: &str,
        syncable_id: &str,
        r#type: GroupSyncableType,
    ) -> Result<GroupSyncable, AppError> {
        let link = self.get_group_syncable(group_id, syncable_id, r#type).await?;
        if link.delete_at != 0 {
            let text = "The link is removed already.";
            let id = "app.group.group_syncable_already_deleted";
            return Err(AppError::new("DeleteGroupSyncable", id, 400, text));
        }
        let mut gone = vec![link.clone()];
        if r#type == GroupSyncableType::Team {
            let mut channels = self.get_group_syncables(group_id, GroupSyncableType::Channel).await?;
            channels.retain(|channel| channel.team_id == syncable_id);
            gone.extend(channels);
        }
        let now = now_ms();
        let mut tx = self.store.write().await?;
        for link in &gone {
            let sql =
                "UPDATE group_syncables SET delete_at = $3, update_at = $3 WHERE group_id = $1 AND syncable_id = $2";
            tx.run(sql, args![link.group_id, link.syncable_id, now]).await?;
        }
        tx.commit().await.map_err(StoreError::from)?;
        for link in &gone {
            self.send_link("received_group_not_associated_to", link);
        }
        Ok(GroupSyncable { delete_at: now, update_at: now, ..link })
    }

    fn send_link(&self, what: &str, link: &GroupSyncable) {
        let event = |kind: &str| Event::new(format!("{what}_{kind}")).data("group_id", link.group_id.as_str());
        let event = match link.r#type {
            GroupSyncableType::Team => event("team").to_team(&link.syncable_id),
            // Mattermost names the channel in the place of the team; its clients read the other.
            GroupSyncableType::Channel => event("channel").to_channel(&link.syncable_id).to_team(&link.syncable_id),
        };
        self.publish(event);
    }
}

/// Names are only ever computed.
fn plain(link: GroupSyncable) -> GroupSyncable {
    GroupSyncable {
        group_id: link.group_id,
        syncable_id: link.syncable_id,
        auto_add: link.auto_add,
        scheme_admin: link.scheme_admin,
        r#type: link.r#type,
        ..GroupSyncable::default()
    }
}
