//! The Plugin API's `channels`.

use wasmoat_model::{AppError, Channel, ChannelStats, ChannelType};
use wasmoat_runtime::bindings::channels::Host;

use super::Listing;
use crate::api::Api;

impl Host for Api<'_> {
    async fn create_channel(&mut self, channel: Channel) -> Result<Channel, AppError> {
        self.core.create_channel(&self.caller.context, channel, None).await
    }

    async fn delete_channel(&mut self, channel_id: String) -> Result<(), AppError> {
        let channel = self.core.get_channel(&channel_id).await?;
        self.core.delete_channel(&self.caller.context, &channel, "").await
    }

    async fn get_public_channels_for_team(
        &mut self,
        team_id: String,
        page: i32,
        per_page: i32,
    ) -> Result<Vec<Channel>, AppError> {
        self.core.list_team_channels(&team_id, Listing::Public, page.into(), per_page.into()).await
    }

    async fn get_channel(&mut self, channel_id: String) -> Result<Channel, AppError> {
        self.core.get_channel(&channel_id).await
    }

    async fn get_channel_by_name(
        &mut self,
        team_id: String,
        name: String,
        include_deleted: bool,
    ) -> Result<Channel, AppError> {
        self.core.get_channel_by_name(&team_id, &name, include_deleted).await
    }

    async fn get_channel_by_name_for_team_name(
        &mut self,
        team_name: String,
        channel_name: String,
        include_deleted: bool,
    ) -> Result<Channel, AppError> {
        self.core.get_channel_by_name_for_team_name(&team_name, &channel_name, include_deleted).await
    }

    async fn get_channels_for_team_for_user(
        &mut self,
        team_id: String,
        user_id: String,
        include_deleted: bool,
    ) -> Result<Vec<Channel>, AppError> {
        self.core.get_channels_for_team_for_user(&team_id, &user_id, include_deleted, 0).await
    }

    async fn get_channel_stats(&mut self, channel_id: String) -> Result<ChannelStats, AppError> {
        self.core.get_channel_stats(&channel_id).await
    }

    async fn get_direct_channel(&mut self, user_id1: String, user_id2: String) -> Result<Channel, AppError> {
        self.core.get_direct_channel(&self.caller.context, &user_id1, &user_id2).await
    }

    async fn get_group_channel(&mut self, user_ids: Vec<String>) -> Result<Channel, AppError> {
        self.core.get_group_channel(&self.caller.context, &user_ids, "").await
    }

    async fn update_channel(&mut self, channel: Channel) -> Result<Channel, AppError> {
        self.core.update_channel(&self.caller.context, channel).await
    }

    async fn search_channels(&mut self, team_id: String, term: String) -> Result<Vec<Channel>, AppError> {
        self.core.search_channels(&team_id, &term, "").await
    }

    async fn restore_channel(&mut self, channel_id: String) -> Result<Channel, AppError> {
        let channel = self.core.get_channel(&channel_id).await?;
        self.core.restore_channel(&self.caller.context, &channel, "").await
    }

    async fn register_channel_guard(&mut self, channel_id: String) -> Result<(), AppError> {
        self.core.register_channel_guard(&channel_id, self.plugin_id()).await
    }

    async fn unregister_channel_guard(&mut self, channel_id: String) -> Result<(), AppError> {
        self.core.unregister_channel_guard(&channel_id, self.plugin_id()).await
    }

    async fn add_channels_to_retention_policy(
        &mut self,
        policy_id: String,
        channel_ids: Vec<String>,
    ) -> Result<(), AppError> {
        self.core.add_channels_to_retention_policy(&policy_id, &channel_ids).await
    }

    async fn remove_channels_from_retention_policy(
        &mut self,
        policy_id: String,
        channel_ids: Vec<String>,
    ) -> Result<(), AppError> {
        self.core.remove_channels_from_retention_policy(&policy_id, &channel_ids).await
    }

    async fn get_channel_of_type(
        &mut self,
        channel_id: String,
        channel_type: ChannelType,
    ) -> Result<Channel, AppError> {
        self.core.get_channel_of_type(&channel_id, channel_type).await
    }
}
