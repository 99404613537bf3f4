//! Favorites: a category, and a preference of each channel in it.

use sqlx::AnyConnection;
use wasmoat_model::{Preference, SidebarCategoryWithChannels};

use super::store;
use crate::store::{Queries as _, StoreError, args};

/// Category of the preferences.
const PREFERENCE: &str = "favorite_channel";

/// Brings the categories in line with preferences that were saved, or deleted.
pub(crate) async fn favorites_changed(
    tx: &mut AnyConnection,
    user_id: &str,
    preferences: &[Preference],
    saved: bool,
) -> Result<(), StoreError> {
    let changed: Vec<&Preference> = preferences.iter().filter(|preference| preference.category == PREFERENCE).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let rest = "WHERE user_id = $1 AND type = 'favorites'";
    let categories: Vec<SidebarCategoryWithChannels> = tx.all(rest, args![user_id]).await?;
    for preference in changed {
        if saved && preference.value == "true" {
            add(tx, &categories, &preference.name).await?;
        } else {
            let sql = "DELETE FROM sidebar_channels WHERE user_id = $1 AND channel_id = $2
                AND category_id IN (SELECT id FROM sidebar_categories WHERE user_id = $1 AND type = 'favorites')";
            tx.run(sql, args![user_id, preference.name]).await?;
        }
    }
    Ok(())
}

/// A direct or group message is a favorite in every team.
async fn add(
    tx: &mut AnyConnection,
    categories: &[SidebarCategoryWithChannels],
    channel_id: &str,
) -> Result<(), StoreError> {
    let team_id: Option<String> = tx.value("SELECT team_id FROM channels WHERE id = $1", args![channel_id]).await?;
    let Some(team_id) = team_id else { return Ok(()) };
    for category in categories.iter().filter(|category| team_id.is_empty() || category.team_id == team_id) {
        let sql = "SELECT COUNT(*) FROM sidebar_channels WHERE category_id = $1 AND channel_id = $2";
        if tx.value::<i64>(sql, args![category.id, channel_id]).await?.unwrap_or_default() > 0 {
            continue;
        }
        store::take_out(tx, &category.user_id, &category.team_id, channel_id).await?;
        store::append(tx, &category.id, &category.user_id, channel_id).await?;
    }
    Ok(())
}

/// Fills the favorites of a team for the first time.
pub(super) async fn take_over_preferences(
    tx: &mut AnyConnection,
    user_id: &str,
    team_id: &str,
) -> Result<(), StoreError> {
    let rest = "WHERE user_id = $1 AND team_id = $2 AND type = 'favorites'";
    let categories: Vec<SidebarCategoryWithChannels> = tx.all(rest, args![user_id, team_id]).await?;
    let sql = "SELECT name FROM preferences WHERE user_id = $1 AND category = $2 AND value = 'true' ORDER BY name";
    let channel_ids: Vec<String> = tx.values(sql, args![user_id, PREFERENCE]).await?;
    for channel_id in &channel_ids {
        add(tx, &categories, channel_id).await?;
    }
    Ok(())
}

/// Brings the preferences in line with a category that was rewritten.
pub(super) async fn category_changed(
    tx: &mut AnyConnection,
    old: &SidebarCategoryWithChannels,
    channel_ids: &[String],
) -> Result<(), StoreError> {
    let favorites = old.r#type == "favorites";
    let gone = if favorites { old.channel_ids.as_slice() } else { channel_ids };
    for channel_id in gone {
        let sql = "DELETE FROM preferences WHERE user_id = $1 AND category = $2 AND name = $3";
        tx.run(sql, args![old.user_id, PREFERENCE, channel_id]).await?;
    }
    if !favorites {
        return Ok(());
    }
    for channel_id in channel_ids {
        let preference = Preference {
            user_id: old.user_id.clone(),
            category: PREFERENCE.to_owned(),
            name: channel_id.clone(),
            value: "true".to_owned(),
        };
        tx.upsert(&preference).await?;
    }
    Ok(())
}
