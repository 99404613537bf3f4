//! Finding channels.

use wasmoat_model::{AppError, Channel};

use super::store::{self, Listing, Search};
use crate::{Core, pages};

/// Most channels that one search finds.
const SEARCH_LIMIT: i64 = 100;
/// Most channels that autocomplete offers.
const AUTOCOMPLETE_LIMIT: i64 = 50;

/// A search over all teams.
#[derive(Clone, Debug, Default)]
pub struct ChannelSearch {
    /// Text in the name, the display name or the purpose.
    pub term: String,
    /// Archived channels too.
    pub include_deleted: bool,
    /// Page, from 0.
    pub page: i64,
    /// Page size.
    pub per_page: i64,
}

impl Core {
    /// Mattermost's `GetPublicChannelsForTeam`, `GetPrivateChannelsForTeam` and
    /// `GetDeletedChannels`: a page of a team's channels, by display name.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn list_team_channels(
        &self,
        team_id: &str,
        listing: Listing,
        page: i64,
        per_page: i64,
    ) -> Result<Vec<Channel>, AppError> {
        let (limit, offset) = pages::window(page, per_page);
        Ok(store::list(&mut *self.store.read().await?, team_id, listing, limit, offset).await?)
    }

    /// Mattermost's `GetChannelsForTeamForUser`: a user's channels in a team, and direct and group
    /// messages; an empty team is every team.
    ///
    /// # Errors
    ///
    /// 404 when there are none.
    pub async fn get_channels_for_team_for_user(
        &self,
        team_id: &str,
        user_id: &str,
        include_deleted: bool,
        deleted_since: i64,
    ) -> Result<Vec<Channel>, AppError> {
        let channels =
            store::of_user(&mut *self.store.read().await?, user_id, team_id, include_deleted, deleted_since).await?;
        if channels.is_empty() {
            let text = "The user is in no channel.";
            return Err(AppError::new("GetChannelsForUser", "app.channel.get_channels.not_found.app_error", 404, text));
        }
        Ok(channels)
    }

    /// Mattermost's `SearchChannels`: at most 100 open channels of a team that match, and private
    /// ones of `user_id`, where given; archived ones included.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn search_channels(&self, team_id: &str, term: &str, user_id: &str) -> Result<Vec<Channel>, AppError> {
        let search = Search {
            team_id,
            term: term.trim(),
            user_id,
            include_deleted: true,
            purpose: true,
            limit: SEARCH_LIMIT,
            offset: 0,
        };
        Ok(store::search(&mut *self.store.read().await?, &search).await?)
    }

    /// Mattermost's `AutocompleteChannelsForTeam`: at most 50 channels whose name matches.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn autocomplete_channels_for_team(
        &self,
        team_id: &str,
        user_id: &str,
        term: &str,
    ) -> Result<Vec<Channel>, AppError> {
        let search = Search {
            team_id,
            term: term.trim(),
            user_id,
            include_deleted: true,
            purpose: false,
            limit: AUTOCOMPLETE_LIMIT,
            offset: 0,
        };
        Ok(store::search(&mut *self.store.read().await?, &search).await?)
    }

    /// Mattermost's `SearchAllChannels`: a page over all teams, and how many there are in all.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn search_all_channels(&self, search: &ChannelSearch) -> Result<(Vec<Channel>, i64), AppError> {
        let (limit, offset) = pages::window(search.page, search.per_page);
        let search = Search {
            team_id: "",
            term: search.term.trim(),
            user_id: "*",
            include_deleted: search.include_deleted,
            purpose: true,
            limit,
            offset,
        };
        let mut connection = self.store.read().await?;
        let total = store::count_search(&mut connection, &search).await?;
        Ok((store::search(&mut connection, &search).await?, total))
    }

    /// Mattermost's `GetAllChannels`: a page over all teams.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_all_channels(
        &self,
        include_deleted: bool,
        page: i64,
        per_page: i64,
    ) -> Result<Vec<Channel>, AppError> {
        let (limit, offset) = pages::window(page, per_page);
        Ok(store::everywhere(&mut *self.store.read().await?, include_deleted, limit, offset).await?)
    }

    /// Mattermost's `SearchGroupChannels`: the group messages of a user whose members' names match.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn search_group_channels(&self, user_id: &str, term: &str) -> Result<Vec<Channel>, AppError> {
        Ok(store::search_groups(&mut *self.store.read().await?, user_id, term, SEARCH_LIMIT).await?)
    }
}
