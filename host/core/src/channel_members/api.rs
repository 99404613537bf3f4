//! The Plugin API's `channel-members`.

use wasmoat_model::{AppError, ChannelMember, ChannelMemberIdentifier, StringMap};
use wasmoat_runtime::bindings::channel_members::Host;

use super::Added;
use crate::api::Api;

impl Host for Api<'_> {
    async fn add_channel_member(&mut self, channel_id: String, user_id: String) -> Result<ChannelMember, AppError> {
        let channel = self.core.get_channel(&channel_id).await?;
        self.core.add_channel_member(&self.caller.context, &user_id, &channel, Added::default()).await
    }

    async fn add_user_to_channel(
        &mut self,
        channel_id: String,
        user_id: String,
        as_user_id: String,
    ) -> Result<ChannelMember, AppError> {
        let channel = self.core.get_channel(&channel_id).await?;
        let actor = self.core.get_user(&as_user_id).await?;
        let added = Added { by: Some(&actor), root_id: "" };
        self.core.add_channel_member(&self.caller.context, &user_id, &channel, added).await
    }

    async fn get_channel_member(&mut self, channel_id: String, user_id: String) -> Result<ChannelMember, AppError> {
        self.core.get_channel_member(&channel_id, &user_id).await
    }

    async fn get_channel_members(
        &mut self,
        channel_id: String,
        page: i32,
        per_page: i32,
    ) -> Result<Vec<ChannelMember>, AppError> {
        self.core.get_channel_members(&channel_id, page.into(), per_page.into()).await
    }

    async fn get_channel_members_by_ids(
        &mut self,
        channel_id: String,
        user_ids: Vec<String>,
    ) -> Result<Vec<ChannelMember>, AppError> {
        self.core.get_channel_members_by_ids(&channel_id, &user_ids).await
    }

    async fn get_channel_members_for_user(
        &mut self,
        _team_id: String,
        user_id: String,
        page: i32,
        per_page: i32,
    ) -> Result<Vec<ChannelMember>, AppError> {
        self.core.get_channel_members_for_user(&user_id, page.into(), per_page.into()).await
    }

    async fn update_channel_member_roles(
        &mut self,
        channel_id: String,
        user_id: String,
        new_roles: String,
    ) -> Result<ChannelMember, AppError> {
        self.core.update_channel_member_roles(&channel_id, &user_id, &new_roles).await
    }

    async fn update_channel_member_notifications(
        &mut self,
        channel_id: String,
        user_id: String,
        notifications: StringMap,
    ) -> Result<ChannelMember, AppError> {
        self.core.update_channel_member_notify_props(&channel_id, &user_id, &notifications).await
    }

    async fn patch_channel_members_notifications(
        &mut self,
        members: Vec<ChannelMemberIdentifier>,
        notify_props: StringMap,
    ) -> Result<(), AppError> {
        self.core.patch_channel_members_notify_props(&members, &notify_props).await
    }

    async fn delete_channel_member(&mut self, channel_id: String, user_id: String) -> Result<(), AppError> {
        let channel = self.core.get_channel(&channel_id).await?;
        self.core.remove_user_from_channel(&self.caller.context, &user_id, &user_id, &channel).await
    }
}
