//! User groups: of a directory, made by users, or of a plugin; their members, and their links to
//! teams and channels.

mod api;
mod constrained;
mod defaults;
mod lists;
mod members;
mod store;
mod syncables;
#[cfg(test)]
mod tests;

use wasmoat_model::{AppError, Group, new_id, now_ms};

pub(crate) use self::constrained::departed;
pub use self::lists::{GroupWithSchemeAdmin, SyncableGroups};
use crate::{
    Core,
    server::Feature,
    store::{Queries as _, StoreError, args},
    websocket::Event,
};

pub(crate) fn missing_group(at: &str, what: &str) -> AppError {
    AppError::new(at, "app.group.no_rows", 404, "There is no such group.").detail(what)
}

fn taken(at: &str, error: StoreError) -> AppError {
    if error.is_unique_violation() {
        let text = "The name is another group's, or the source has a group with this remote id.";
        return AppError::new(at, "app.custom_group.unique_name", 400, text).detail(error);
    }
    error.into()
}

impl Core {
    /// The licence that Mattermost's Plugin API asks for before most of its group methods.
    pub(crate) fn check_group_licence(&self, at: &str) -> Result<(), AppError> {
        self.check_feature(Feature::LdapGroups, at, "app.group.license_error", 403)
    }

    /// Mattermost's `GetGroup`: one group, deleted or not.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn get_group(&self, group_id: &str) -> Result<Group, AppError> {
        let group = store::one(&mut *self.store.read().await?, "WHERE id = $1", args![group_id]).await?;
        group.ok_or_else(|| missing_group("GetGroup", group_id))
    }

    /// A group, and how many members with an active account it has.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn get_group_with_count(&self, group_id: &str) -> Result<Group, AppError> {
        let group = self.get_group(group_id).await?;
        let count = store::member_count(&mut *self.store.read().await?, group_id).await?;
        Ok(Group { member_count: Some(count), ..group })
    }

    /// Mattermost's `GetGroupByName`.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn get_group_by_name(&self, name: &str) -> Result<Group, AppError> {
        let group = store::one(&mut *self.store.read().await?, "WHERE name = $1", args![name]).await?;
        group.ok_or_else(|| missing_group("GetGroupByName", name))
    }

    /// Mattermost's `GetGroupByRemoteID`.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn get_group_by_remote_id(&self, remote_id: &str, source: &str) -> Result<Group, AppError> {
        let rest = "WHERE remote_id = $1 AND source = $2";
        let group = store::one(&mut *self.store.read().await?, rest, args![remote_id, source]).await?;
        group.ok_or_else(|| missing_group("GetGroupByRemoteID", remote_id))
    }

    /// Mattermost's `CreateGroup`.
    ///
    /// # Errors
    ///
    /// 400 for a bad field, a name that a user or a group has, or a remote id that is there already.
    pub async fn create_group(&self, group: Group) -> Result<Group, AppError> {
        let at = "CreateGroup";
        if !group.id.is_empty() {
            return Err(AppError::new(at, "app.group.id.app_error", 400, "A new group has no id yet."));
        }
        let now = now_ms();
        let group = Group { id: new_id(), create_at: now, update_at: now, delete_at: 0, ..stored_fields(group) };
        group.is_valid_for_create()?;
        self.check_no_such_username(at, &group).await?;
        self.store.read().await?.insert(&group).await.map_err(|error| taken(at, error))?;
        self.send_group(&group);
        Ok(group)
    }

    /// Mattermost's `CreateGroupWithUserIds`: a group and its first members, together.
    ///
    /// # Errors
    ///
    /// As [`Core::create_group`], and 400 for unknown users.
    pub async fn create_group_with_user_ids(&self, group: Group, user_ids: &[String]) -> Result<Group, AppError> {
        self.check_users(user_ids).await?;
        let group = self.create_group(group).await?;
        if !user_ids.is_empty() {
            self.upsert_group_members(&group.id, user_ids).await?;
        }
        self.get_group_with_count(&group.id).await
    }

    /// Mattermost's `UpdateGroup`: replaces the group. A deleted one comes back with `delete_at` 0.
    ///
    /// # Errors
    ///
    /// 404 when unknown, 400 for a bad field or a taken name.
    pub async fn update_group(&self, group: Group) -> Result<Group, AppError> {
        let at = "UpdateGroup";
        let old = self.get_group(&group.id).await?;
        if group.delete_at != 0 && group.delete_at != old.delete_at {
            let text = "A group is not deleted by a change.";
            return Err(AppError::new(at, "model.group.delete_at.app_error", 400, text));
        }
        let update_at = now_ms().max(old.update_at + 1);
        let group = Group { create_at: old.create_at, update_at, ..stored_fields(group) };
        group.is_valid_for_update()?;
        self.check_no_such_username(at, &group).await?;
        if !self.store.read().await?.update(&group).await.map_err(|error| taken(at, error))? {
            return Err(missing_group(at, &group.id));
        }
        let group = self.get_group_with_count(&group.id).await?;
        self.send_group(&group);
        Ok(group)
    }

    /// Mattermost's `DeleteGroup`: deletes softly.
    ///
    /// # Errors
    ///
    /// 404 when unknown or deleted.
    pub async fn delete_group(&self, group_id: &str) -> Result<Group, AppError> {
        let sql = "UPDATE user_groups SET delete_at = $2, update_at = $2 WHERE id = $1 AND delete_at = 0";
        self.set_group_deleted("DeleteGroup", sql, group_id).await
    }

    /// Mattermost's `RestoreGroup`: brings a deleted group back.
    ///
    /// # Errors
    ///
    /// 404 when there is no deleted group of this id.
    pub async fn restore_group(&self, group_id: &str) -> Result<Group, AppError> {
        let sql = "UPDATE user_groups SET delete_at = 0, update_at = $2 WHERE id = $1 AND delete_at > 0";
        self.set_group_deleted("RestoreGroup", sql, group_id).await
    }

    async fn set_group_deleted(&self, at: &str, sql: &str, group_id: &str) -> Result<Group, AppError> {
        if self.store.read().await?.run(sql, args![group_id, now_ms()]).await? == 0 {
            return Err(missing_group(at, group_id));
        }
        let group = self.get_group_with_count(group_id).await?;
        self.send_group(&group);
        Ok(group)
    }

    fn send_group(&self, group: &Group) {
        self.publish(Event::new("received_group").json("group", group));
    }

    /// A message could not say which of the two it names.
    async fn check_no_such_username(&self, at: &str, group: &Group) -> Result<(), AppError> {
        let Some(name) = &group.name else { return Ok(()) };
        match self.get_user_by_username(name).await {
            Ok(_) => {
                let text = format!("A user is called `{name}`.");
                Err(AppError::new(at, "app.group.username_conflict", 400, text))
            }
            Err(error) if error.status_code == 404 => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// What is only ever computed is not taken from a caller; an empty text stands for no text.
fn stored_fields(group: Group) -> Group {
    Group {
        name: group.name.filter(|name| !name.is_empty()),
        remote_id: group.remote_id.filter(|id| !id.is_empty()),
        has_syncables: false,
        member_count: None,
        channel_member_count: None,
        channel_member_timezones_count: None,
        member_ids: Vec::new(),
        ..group
    }
}
