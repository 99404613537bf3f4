//! Channels: public, private, direct and group.

mod api;
mod archive;
mod create;
mod direct;
mod guards;
mod lists;
mod messages;
pub(crate) mod store;
mod team_defaults;
#[cfg(test)]
pub(crate) mod tests;
mod update;

use wasmoat_model::{AppError, Channel, ChannelStats, ChannelType};

pub(crate) use self::direct::group_name;
pub(crate) use self::guards::Guards;
pub use self::{lists::ChannelSearch, store::Listing};
use crate::{
    Core,
    store::{Queries as _, args},
};

pub(crate) fn missing_channel(at: &str, what: &str) -> AppError {
    AppError::new(at, "app.channel.get.existing.app_error", 404, "There is no such channel.").detail(what)
}

impl Core {
    /// Mattermost's `GetChannel`: one channel, archived or not.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn get_channel(&self, channel_id: &str) -> Result<Channel, AppError> {
        let channel = self.store.read().await?.one("WHERE id = $1", args![channel_id]).await?;
        channel.ok_or_else(|| missing_channel("GetChannel", channel_id))
    }

    /// Mattermost's `GetChannelOfType`: one channel of exactly this type.
    ///
    /// # Errors
    ///
    /// 404 when unknown or of another type.
    pub async fn get_channel_of_type(&self, channel_id: &str, channel_type: ChannelType) -> Result<Channel, AppError> {
        let channel = self.get_channel(channel_id).await?;
        if channel.r#type == channel_type { Ok(channel) } else { Err(missing_channel("GetChannelOfType", channel_id)) }
    }

    /// Mattermost's `GetChannels`: the channels there are of these.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_channels(&self, channel_ids: &[String]) -> Result<Vec<Channel>, AppError> {
        let mut connection = self.store.read().await?;
        let mut channels = Vec::with_capacity(channel_ids.len());
        for id in channel_ids {
            channels.extend(connection.one::<Channel>("WHERE id = $1", args![id]).await?);
        }
        Ok(channels)
    }

    /// Mattermost's `GetChannelByName`: by URL name; the team is empty for direct and group messages.
    ///
    /// # Errors
    ///
    /// 404 when unknown, or archived and not asked for.
    pub async fn get_channel_by_name(
        &self,
        team_id: &str,
        name: &str,
        include_deleted: bool,
    ) -> Result<Channel, AppError> {
        let rest = "WHERE team_id = $1 AND name = $2 AND (delete_at = 0 OR $3 = 1)";
        let channel = self.store.read().await?.one(rest, args![team_id, name, include_deleted]).await?;
        channel.ok_or_else(|| {
            let id = "app.channel.get_by_name.missing.app_error";
            AppError::new("GetChannelByName", id, 404, "There is no channel of this name.")
                .detail(format!("name={name}"))
        })
    }

    /// Mattermost's `GetChannelByNameForTeamName`.
    ///
    /// # Errors
    ///
    /// 404 when the team or the channel is unknown.
    pub async fn get_channel_by_name_for_team_name(
        &self,
        team_name: &str,
        channel_name: &str,
        include_deleted: bool,
    ) -> Result<Channel, AppError> {
        let team = self.get_team_by_name(team_name).await?;
        self.get_channel_by_name(&team.id, channel_name, include_deleted).await
    }

    /// Mattermost's `GetChannelStats`: members, pinned posts and files.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_channel_stats(&self, channel_id: &str) -> Result<ChannelStats, AppError> {
        Ok(store::stats(&mut *self.store.read().await?, channel_id).await?)
    }
}
