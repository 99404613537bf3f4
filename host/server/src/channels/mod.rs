//! `/api/v4/channels` and the channels of teams and users.

mod lists;
mod read;
mod write;

use axum::{
    Router,
    routing::{get, post, put},
};
use wasmoat_model::{Channel, ChannelType};

use crate::{Error, Paging, RequestContext, Server};

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/channels", get(lists::get_all_channels).post(write::create_channel))
        .route("/channels/direct", post(write::create_direct_channel))
        .route("/channels/group", post(write::create_group_channel))
        .route("/channels/group/search", post(lists::search_group_channels))
        .route("/channels/search", post(lists::search_all_channels))
        .route(
            "/channels/{channel_id}",
            get(read::get_channel).put(write::update_channel).delete(write::delete_channel),
        )
        .route("/channels/{channel_id}/patch", put(write::patch_channel))
        .route("/channels/{channel_id}/privacy", put(write::update_channel_privacy))
        .route("/channels/{channel_id}/restore", post(write::restore_channel))
        .route("/channels/{channel_id}/stats", get(read::get_channel_stats))
        .route("/channels/{channel_id}/common_teams", get(read::get_common_teams))
        .route("/teams/{team_id}/channels", get(lists::get_public_channels_for_team))
        .route("/teams/{team_id}/channels/private", get(lists::get_private_channels_for_team))
        .route("/teams/{team_id}/channels/deleted", get(lists::get_deleted_channels_for_team))
        .route("/teams/{team_id}/channels/ids", post(lists::get_public_channels_by_ids))
        .route("/teams/{team_id}/channels/search", post(lists::search_channels))
        .route("/teams/{team_id}/channels/autocomplete", get(lists::autocomplete_channels))
        .route("/teams/{team_id}/channels/search_autocomplete", get(lists::autocomplete_channels))
        .route("/teams/{team_id}/channels/name/{channel_name}", get(read::get_channel_by_name))
        .route("/teams/name/{team_name}/channels/name/{channel_name}", get(read::get_channel_by_name_for_team_name))
        .route("/users/{user_id}/channels", get(lists::get_channels_for_user))
        .route("/users/{user_id}/teams/{team_id}/channels", get(lists::get_channels_for_team_for_user))
}

/// Page and page size as the core counts.
pub(crate) fn pages(paging: Paging) -> (i64, i64) {
    let number = |number| i64::try_from(number).unwrap_or(i64::MAX);
    (number(paging.page), number(paging.per_page))
}

impl RequestContext {
    /// 403 unless the channel may be seen: as a member, or as somebody of the team when it is open.
    pub(crate) async fn require_channel_sight(&self, channel: &Channel) -> Result<(), Error> {
        let core = &self.core;
        let sees = core.session_has_permission_to_channel(&self.session, &channel.id, "read_channel").await
            || (channel.r#type == ChannelType::Open
                && core.session_has_permission_to_team(&self.session, &channel.team_id, "read_public_channel").await);
        if sees { Ok(()) } else { Err(Error::forbidden()) }
    }

    /// 403 unless what is said in the channel may be read.
    pub(crate) async fn require_channel_content(&self, channel_id: &str) -> Result<(), Error> {
        let core = &self.core;
        if core.session_has_permission_to_channel(&self.session, channel_id, "read_channel_content").await {
            return Ok(());
        }
        let channel = core.get_channel(channel_id).await?;
        if core.session_has_permission_to_read_channel(&self.session, &channel).await {
            Ok(())
        } else {
            Err(Error::forbidden())
        }
    }

    /// 403 without the permission that a change of this channel needs.
    pub(crate) async fn require_by_type(&self, channel: &Channel, open: &str, private: &str) -> Result<(), Error> {
        match channel.r#type {
            ChannelType::Open => self.require_channel(&channel.id, open).await,
            ChannelType::Private => self.require_channel(&channel.id, private).await,
            // Those who talk in it change it.
            _ => match self.core.get_channel_member(&channel.id, self.user_id()).await {
                Ok(_) => Ok(()),
                Err(_) => Err(Error::forbidden()),
            },
        }
    }
}
