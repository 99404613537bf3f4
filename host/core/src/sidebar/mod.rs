//! The categories in which a user sees channels, per team.
//!
//! Stored is what the user has put somewhere. Every other channel is in the category of its kind,
//! so that joining and leaving need no upkeep here. Favorites are preferences too, for clients
//! that know categories and for those that do not.

mod api;
mod favorites;
mod store;
#[cfg(test)]
mod tests;
mod update;

use wasmoat_model::{AppError, Channel, OrderedSidebarCategories, SidebarCategoryWithChannels};

pub(crate) use self::{
    favorites::favorites_changed,
    store::{left_channel, left_team},
};
use crate::{Core, store::StoreError};

/// Room between two categories, or two channels.
const STEP: i64 = 10;

/// The three that everybody has: type, name, order of channels.
const DEFAULTS: [(&str, &str, &str); 3] =
    [("favorites", "Favorites", ""), ("channels", "Channels", ""), ("direct_messages", "Direct Messages", "recent")];

fn missing_category(at: &str, what: &str) -> AppError {
    let text = "There is no such category.";
    AppError::new(at, "app.channel.sidebar_categories.app_error", 404, text).detail(what)
}

impl Core {
    /// Mattermost's `GetSidebarCategoriesForTeamForUser`: all categories in order; the three that
    /// everybody has are made on first access.
    ///
    /// # Errors
    ///
    /// 404 for an unknown user or team.
    pub async fn get_sidebar_categories(
        &self,
        user_id: &str,
        team_id: &str,
    ) -> Result<OrderedSidebarCategories, AppError> {
        let found = self.sidebar(user_id, team_id).await?;
        let complete = DEFAULTS.iter().all(|(kind, ..)| found.iter().any(|category| category.r#type == *kind));
        let categories = if complete {
            found
        } else {
            self.make_default_categories(user_id, team_id).await?;
            self.sidebar(user_id, team_id).await?
        };
        let order = categories.iter().map(|category| category.id.clone()).collect();
        Ok(OrderedSidebarCategories { categories, order })
    }

    /// Mattermost's `GetSidebarCategory`: one category of a user.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn get_sidebar_category(
        &self,
        user_id: &str,
        team_id: &str,
        category_id: &str,
    ) -> Result<SidebarCategoryWithChannels, AppError> {
        let categories = self.get_sidebar_categories(user_id, team_id).await?.categories;
        let category = categories.into_iter().find(|category| category.id == category_id);
        category.ok_or_else(|| missing_category("GetSidebarCategory", category_id))
    }

    async fn make_default_categories(&self, user_id: &str, team_id: &str) -> Result<(), AppError> {
        self.get_user(user_id).await?;
        self.get_team(team_id).await?;
        let mut tx = self.store.write().await?;
        for ((kind, display_name, sorting), sort_order) in DEFAULTS.iter().zip([0, STEP, 2 * STEP]) {
            let category = SidebarCategoryWithChannels {
                id: format!("{kind}_{user_id}_{team_id}"),
                user_id: user_id.to_owned(),
                team_id: team_id.to_owned(),
                sort_order,
                sorting: (*sorting).to_owned(),
                r#type: (*kind).to_owned(),
                display_name: (*display_name).to_owned(),
                ..SidebarCategoryWithChannels::default()
            };
            store::insert_unless_there(&mut tx, &category).await?;
        }
        favorites::take_over_preferences(&mut tx, user_id, team_id).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(())
    }

    /// The stored categories, in order, with their channels: those that the user is in and has put
    /// there, then those that nobody has put anywhere.
    async fn sidebar(&self, user_id: &str, team_id: &str) -> Result<Vec<SidebarCategoryWithChannels>, AppError> {
        let mut connection = self.store.read().await?;
        let mut categories = store::categories(&mut connection, user_id, team_id).await?;
        if categories.is_empty() {
            return Ok(categories);
        }
        let mut channels = crate::channels::store::of_user(&mut connection, user_id, team_id, false, 0).await?;
        for (category_id, channel_id) in store::placed(&mut connection, user_id, team_id).await? {
            let Some(at) = channels.iter().position(|channel| channel.id == channel_id) else { continue };
            if let Some(category) = categories.iter_mut().find(|category| category.id == category_id) {
                channels.remove(at);
                category.channel_ids.push(channel_id);
            }
        }
        for channel in channels {
            let category = categories.iter_mut().find(|category| category.r#type == kind_of(&channel));
            if let Some(category) = category {
                category.channel_ids.push(channel.id);
            }
        }
        Ok(categories)
    }
}

/// The category of a channel that nobody has put anywhere.
fn kind_of(channel: &Channel) -> &'static str {
    if channel.is_open_or_private() {
        "channels"
    } else if channel.is_group_or_direct() {
        "direct_messages"
    } else {
        ""
    }
}
