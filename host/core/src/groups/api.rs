//! The Plugin API's `groups`.

use wasmoat_model::{
    AppError, CreateDefaultMembershipParams, Group, GroupMember, GroupSearchOpts, GroupSyncable, GroupSyncableType,
    User, ViewUsersRestrictions,
};
use wasmoat_runtime::bindings::groups::Host;

use crate::api::Api;

impl Host for Api<'_> {
    async fn get_group(&mut self, group_id: String) -> Result<Group, AppError> {
        self.core.get_group(&group_id).await
    }

    async fn get_group_by_name(&mut self, name: String) -> Result<Group, AppError> {
        self.core.get_group_by_name(&name).await
    }

    async fn get_group_member_users(
        &mut self,
        group_id: String,
        page: i32,
        per_page: i32,
    ) -> Result<Vec<User>, AppError> {
        self.core.get_group_member_users(&group_id, page.into(), per_page.into()).await
    }

    async fn get_groups_by_source(&mut self, group_source: String) -> Result<Vec<Group>, AppError> {
        self.core.get_groups_by_source(&group_source).await
    }

    async fn get_groups_for_user(&mut self, user_id: String) -> Result<Vec<Group>, AppError> {
        self.core.get_groups_by_user_id(&user_id).await
    }

    async fn upsert_group_member(&mut self, group_id: String, user_id: String) -> Result<GroupMember, AppError> {
        self.core.check_group_licence("UpsertGroupMember")?;
        let mut members = self.core.upsert_group_members(&group_id, &[user_id]).await?;
        Ok(members.pop().unwrap_or_default())
    }

    async fn upsert_group_members(
        &mut self,
        group_id: String,
        user_ids: Vec<String>,
    ) -> Result<Vec<GroupMember>, AppError> {
        self.core.check_group_licence("UpsertGroupMembers")?;
        self.core.upsert_group_members(&group_id, &user_ids).await
    }

    async fn get_group_by_remote_id(&mut self, remote_id: String, group_source: String) -> Result<Group, AppError> {
        self.core.check_group_licence("GetGroupByRemoteID")?;
        self.core.get_group_by_remote_id(&remote_id, &group_source).await
    }

    async fn create_group(&mut self, group: Group) -> Result<Group, AppError> {
        self.core.check_group_licence("CreateGroup")?;
        self.core.create_group(group).await
    }

    async fn update_group(&mut self, group: Group) -> Result<Group, AppError> {
        self.core.check_group_licence("UpdateGroup")?;
        self.core.update_group(group).await
    }

    async fn delete_group(&mut self, group_id: String) -> Result<Group, AppError> {
        self.core.check_group_licence("DeleteGroup")?;
        self.core.delete_group(&group_id).await
    }

    async fn restore_group(&mut self, group_id: String) -> Result<Group, AppError> {
        self.core.check_group_licence("RestoreGroup")?;
        self.core.restore_group(&group_id).await
    }

    async fn delete_group_member(&mut self, group_id: String, user_id: String) -> Result<GroupMember, AppError> {
        self.core.check_group_licence("DeleteGroupMember")?;
        let mut members = self.core.delete_group_members(&group_id, &[user_id]).await?;
        Ok(members.pop().unwrap_or_default())
    }

    async fn get_group_syncable(
        &mut self,
        group_id: String,
        syncable_id: String,
        syncable_type: GroupSyncableType,
    ) -> Result<GroupSyncable, AppError> {
        self.core.check_group_licence("GetGroupSyncable")?;
        self.core.get_group_syncable(&group_id, &syncable_id, syncable_type).await
    }

    async fn get_group_syncables(
        &mut self,
        group_id: String,
        syncable_type: GroupSyncableType,
    ) -> Result<Vec<GroupSyncable>, AppError> {
        self.core.check_group_licence("GetGroupSyncables")?;
        self.core.get_group_syncables(&group_id, syncable_type).await
    }

    async fn upsert_group_syncable(&mut self, group_syncable: GroupSyncable) -> Result<GroupSyncable, AppError> {
        self.core.check_group_licence("UpsertGroupSyncable")?;
        self.core.upsert_group_syncable(group_syncable).await
    }

    async fn update_group_syncable(&mut self, group_syncable: GroupSyncable) -> Result<GroupSyncable, AppError> {
        self.core.check_group_licence("UpdateGroupSyncable")?;
        self.core.update_group_syncable(group_syncable).await
    }

    async fn delete_group_syncable(
        &mut self,
        group_id: String,
        syncable_id: String,
        syncable_type: GroupSyncableType,
    ) -> Result<GroupSyncable, AppError> {
        self.core.check_group_licence("DeleteGroupSyncable")?;
        self.core.delete_group_syncable(&group_id, &syncable_id, syncable_type).await
    }

    async fn get_groups(
        &mut self,
        page: i32,
        per_page: i32,
        opts: GroupSearchOpts,
        view_restrictions: Option<ViewUsersRestrictions>,
    ) -> Result<Vec<Group>, AppError> {
        self.core.check_group_licence("GetGroups")?;
        self.core.get_groups(page.into(), per_page.into(), &opts, view_restrictions.as_ref()).await
    }

    async fn create_default_syncable_memberships(
        &mut self,
        params: CreateDefaultMembershipParams,
    ) -> Result<(), AppError> {
        self.core.check_group_licence("CreateDefaultSyncableMemberships")?;
        self.core.create_default_memberships(&self.caller.context, &params).await
    }

    async fn delete_group_constrained_memberships(&mut self) -> Result<(), AppError> {
        self.core.check_group_licence("DeleteGroupConstrainedMemberships")?;
        self.core.delete_group_constrained_memberships(&self.caller.context).await
    }
}
