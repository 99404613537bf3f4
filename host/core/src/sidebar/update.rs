//! Making, rewriting, ordering and deleting categories.

use std::collections::{BTreeMap, HashSet};

use wasmoat_model::{AppError, Channel, SidebarCategoryWithChannels, new_id};

use super::{favorites, missing_category, store};
use crate::{
    Core,
    store::{Queries as _, StoreError, args},
    websocket::Event,
};

/// Categories that a user may have in a team.
const MOST: usize = 1000;

fn refused(at: &str, message: &str) -> AppError {
    AppError::new(at, "app.channel.sidebar_categories.app_error", 400, message)
}

/// What a channel's `mark_unread` is in a muted and in another category.
const fn mark_unread(muted: bool) -> &'static str {
    if muted { "mention" } else { "all" }
}

/// Whether each channel is in a muted category.
fn muted_channels(categories: &[SidebarCategoryWithChannels]) -> BTreeMap<&str, bool> {
    let of = |category: &SidebarCategoryWithChannels| category.muted;
    categories.iter().flat_map(|one| one.channel_ids.iter().map(move |id| (id.as_str(), of(one)))).collect()
}

impl Core {
    /// Mattermost's `CreateSidebarCategory`: an own category, behind the favorites where they come
    /// first, else in front. Its channels leave the categories they were in.
    ///
    /// # Errors
    ///
    /// 404 where the user has no categories in the team yet; 400 for a bad name.
    pub async fn create_sidebar_category(
        &self,
        user_id: &str,
        team_id: &str,
        new: SidebarCategoryWithChannels,
    ) -> Result<SidebarCategoryWithChannels, AppError> {
        let at = "CreateSidebarCategory";
        new.is_valid()?;
        let before = self.sidebar(user_id, team_id).await?;
        let first = before.first().ok_or_else(|| missing_category(at, team_id))?;
        if before.len() >= MOST {
            return Err(refused(at, &format!("A user has at most {MOST} categories in a team.")));
        }
        let category = SidebarCategoryWithChannels {
            id: new_id(),
            user_id: user_id.to_owned(),
            team_id: team_id.to_owned(),
            r#type: "custom".to_owned(),
            channel_ids: known_channels(&before, &new.channel_ids),
            ..new
        };
        let mut order: Vec<String> = before.iter().map(|category| category.id.clone()).collect();
        order.insert(usize::from(first.r#type == "favorites"), category.id.clone());
        let mut tx = self.store.write().await?;
        tx.insert(&category).await?;
        store::set_channels(&mut tx, &category, &category.channel_ids).await?;
        favorites::category_changed(&mut tx, &category, &category.channel_ids).await?;
        store::set_order(&mut tx, user_id, &order).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.follow_mutes(user_id, team_id, &before).await?;
        self.send_category("sidebar_category_created", &category);
        self.get_sidebar_category(user_id, team_id, &category.id).await
    }

    /// Mattermost's `UpdateSidebarCategories`: rewrites these categories. Owner, team, type, place
    /// and the names of those that everybody has stay.
    ///
    /// # Errors
    ///
    /// 404 for an unknown category, 400 for a bad name.
    pub async fn update_sidebar_categories(
        &self,
        user_id: &str,
        team_id: &str,
        categories: &[SidebarCategoryWithChannels],
    ) -> Result<Vec<SidebarCategoryWithChannels>, AppError> {
        let at = "UpdateSidebarCategories";
        let before = self.sidebar(user_id, team_id).await?;
        let mut tx = self.store.write().await?;
        for category in categories {
            category.is_valid()?;
            let old = before.iter().find(|old| old.id == category.id);
            let old = old.ok_or_else(|| missing_category(at, &category.id))?;
            let name = if old.is_custom() { &category.display_name } else { &old.display_name };
            let muted = if old.r#type == "direct_messages" { old.muted } else { category.muted };
            let sql = "UPDATE sidebar_categories SET display_name = $2, sorting = $3, muted = $4, collapsed = $5 WHERE id = $1";
            tx.run(sql, args![old.id, name, category.sorting, muted, category.collapsed]).await?;
            let channel_ids = known_channels(&before, &category.channel_ids);
            store::set_channels(&mut tx, old, &channel_ids).await?;
            favorites::category_changed(&mut tx, old, &channel_ids).await?;
        }
        tx.commit().await.map_err(StoreError::from)?;
        self.follow_mutes(user_id, team_id, &before).await?;
        let mut after = self.sidebar(user_id, team_id).await?;
        let mut updated = Vec::with_capacity(categories.len());
        for category in categories {
            if let Some(at) = after.iter().position(|one| one.id == category.id) {
                updated.push(after.remove(at));
            }
        }
        let event = Event::new("sidebar_category_updated").json("updatedCategories", &updated);
        self.publish(event.to_user(user_id).to_team(team_id));
        Ok(updated)
    }

    /// Mattermost's `UpdateSidebarCategoryOrder`.
    ///
    /// # Errors
    ///
    /// 400 unless exactly the user's categories are named.
    pub async fn update_sidebar_category_order(
        &self,
        user_id: &str,
        team_id: &str,
        order: &[String],
    ) -> Result<(), AppError> {
        let known = self.get_sidebar_categories(user_id, team_id).await?.order;
        let (known, wanted): (HashSet<&String>, HashSet<&String>) = (known.iter().collect(), order.iter().collect());
        if known != wanted || wanted.len() != order.len() {
            return Err(refused("UpdateSidebarCategoryOrder", "The order must name each category once."));
        }
        let mut tx = self.store.write().await?;
        store::set_order(&mut tx, user_id, order).await?;
        tx.commit().await.map_err(StoreError::from)?;
        let event = Event::new("sidebar_category_order_updated").data("order", order.to_vec());
        self.publish(event.to_user(user_id).to_team(team_id));
        Ok(())
    }

    /// Mattermost's `DeleteSidebarCategory`: deletes an own category; its channels go back to where
    /// their kind is.
    ///
    /// # Errors
    ///
    /// 404 when unknown, 400 for one that everybody has.
    pub async fn delete_sidebar_category(
        &self,
        user_id: &str,
        team_id: &str,
        category_id: &str,
    ) -> Result<(), AppError> {
        let at = "DeleteSidebarCategory";
        let before = self.sidebar(user_id, team_id).await?;
        let category = before.iter().find(|category| category.id == category_id);
        let category = category.ok_or_else(|| missing_category(at, category_id))?;
        if !category.is_custom() {
            return Err(refused(at, "Only an own category can be deleted."));
        }
        let mut tx = self.store.write().await?;
        tx.run("DELETE FROM sidebar_channels WHERE category_id = $1", args![category_id]).await?;
        tx.run("DELETE FROM sidebar_categories WHERE id = $1", args![category_id]).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.follow_mutes(user_id, team_id, &before).await?;
        self.send_category("sidebar_category_deleted", category);
        Ok(())
    }

    /// Mutes the channels that came into a muted category, or whose category was muted, and the
    /// other way round.
    async fn follow_mutes(
        &self,
        user_id: &str,
        team_id: &str,
        before: &[SidebarCategoryWithChannels],
    ) -> Result<(), AppError> {
        let after = self.sidebar(user_id, team_id).await?;
        let was = muted_channels(before);
        for (channel_id, muted) in muted_channels(&after) {
            if was.get(channel_id).is_none_or(|was| *was == muted) {
                continue;
            }
            let props = vec![("mark_unread".to_owned(), mark_unread(muted).to_owned())];
            self.update_channel_member_notify_props(channel_id, user_id, &props).await?;
        }
        Ok(())
    }

    fn send_category(&self, name: &str, category: &SidebarCategoryWithChannels) {
        let event = Event::new(name).data("category_id", category.id.as_str());
        self.publish(event.to_user(&category.user_id).to_team(&category.team_id));
    }

    /// Puts a channel that the user has joined into the category that it suggests.
    pub(crate) async fn joined_sidebar(&self, user_id: &str, channel: &Channel) {
        let name = channel.default_category_name.trim();
        if name.is_empty() || !self.config.get().flag("ExperimentalSettings.ExperimentalChannelCategorySorting") {
            return;
        }
        if let Err(error) = self.suggest_category(user_id, channel, name).await {
            // The membership stands; the user finds the channel among the others.
            tracing::warn!(%error, channel = channel.id, "channel not put into its category");
        }
    }

    async fn suggest_category(&self, user_id: &str, channel: &Channel, name: &str) -> Result<(), AppError> {
        let categories = self.get_sidebar_categories(user_id, &channel.team_id).await?.categories;
        let known = categories.into_iter().find(|one| one.is_custom() && one.display_name == name);
        match known {
            Some(mut category) => {
                category.channel_ids.push(channel.id.clone());
                self.update_sidebar_categories(user_id, &channel.team_id, &[category]).await?;
            }
            None => {
                let category = SidebarCategoryWithChannels {
                    display_name: name.to_owned(),
                    channel_ids: vec![channel.id.clone()],
                    ..SidebarCategoryWithChannels::default()
                };
                self.create_sidebar_category(user_id, &channel.team_id, category).await?;
            }
        }
        Ok(())
    }
}

/// Those of these channels that the user has in the sidebar, each once.
fn known_channels(sidebar: &[SidebarCategoryWithChannels], channel_ids: &[String]) -> Vec<String> {
    let known: HashSet<&String> = sidebar.iter().flat_map(|category| &category.channel_ids).collect();
    let mut seen = HashSet::new();
    channel_ids.iter().filter(|id| known.contains(id) && seen.insert(*id)).cloned().collect()
}
