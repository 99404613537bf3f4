//! The SQL of the sidebar.

use sqlx::AnyConnection;
use wasmoat_model::SidebarCategoryWithChannels;

use super::STEP;
use crate::store::{Column as _, Queries as _, StoreError, args, record};

record!(
    SidebarCategoryWithChannels,
    "sidebar_categories",
    key[id],
    [user_id, team_id, sort_order, sorting, r#type, display_name, muted, collapsed]
);

/// The categories of a user in a team, in order, without channels.
pub(super) async fn categories(
    store: &mut AnyConnection,
    user_id: &str,
    team_id: &str,
) -> Result<Vec<SidebarCategoryWithChannels>, StoreError> {
    store.all("WHERE user_id = $1 AND team_id = $2 ORDER BY sort_order, id", args![user_id, team_id]).await
}

/// What a user has put somewhere in a team: category and channel, in order.
pub(super) async fn placed(
    store: &mut AnyConnection,
    user_id: &str,
    team_id: &str,
) -> Result<Vec<(String, String)>, StoreError> {
    let sql = "SELECT sidebar_channels.category_id, sidebar_channels.channel_id FROM sidebar_channels
        JOIN sidebar_categories ON sidebar_categories.id = sidebar_channels.category_id
        WHERE sidebar_categories.user_id = $1 AND sidebar_categories.team_id = $2
        ORDER BY sidebar_categories.sort_order, sidebar_categories.id, sidebar_channels.sort_order, sidebar_channels.channel_id";
    store
        .rows(sql, args![user_id, team_id], |row| {
            Ok((String::read(row, "category_id")?, String::read(row, "channel_id")?))
        })
        .await
}

/// Two clients may come first at once.
pub(super) async fn insert_unless_there(
    tx: &mut AnyConnection,
    category: &SidebarCategoryWithChannels,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO sidebar_categories
        (id, user_id, team_id, sort_order, sorting, type, display_name, muted, collapsed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING";
    let args = args![
        category.id,
        category.user_id,
        category.team_id,
        category.sort_order,
        category.sorting,
        category.r#type,
        category.display_name,
        category.muted,
        category.collapsed
    ];
    tx.run(sql, args).await?;
    Ok(())
}

/// Makes these the channels of a category: they leave the others of the team.
pub(super) async fn set_channels(
    tx: &mut AnyConnection,
    category: &SidebarCategoryWithChannels,
    channel_ids: &[String],
) -> Result<(), StoreError> {
    tx.run("DELETE FROM sidebar_channels WHERE category_id = $1", args![category.id]).await?;
    for (channel_id, sort_order) in channel_ids.iter().zip((0..).step_by(10)) {
        take_out(tx, &category.user_id, &category.team_id, channel_id).await?;
        put(tx, &category.id, &category.user_id, channel_id, sort_order).await?;
    }
    Ok(())
}

/// Takes a channel out of all categories of a user in a team.
pub(super) async fn take_out(
    tx: &mut AnyConnection,
    user_id: &str,
    team_id: &str,
    channel_id: &str,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM sidebar_channels WHERE user_id = $1 AND channel_id = $3
        AND category_id IN (SELECT id FROM sidebar_categories WHERE user_id = $1 AND team_id = $2)";
    tx.run(sql, args![user_id, team_id, channel_id]).await?;
    Ok(())
}

/// Puts a channel into a category.
pub(super) async fn put(
    tx: &mut AnyConnection,
    category_id: &str,
    user_id: &str,
    channel_id: &str,
    sort_order: i64,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO sidebar_channels (category_id, channel_id, user_id, sort_order) VALUES ($1, $2, $3, $4)
        ON CONFLICT (category_id, channel_id) DO UPDATE SET sort_order = excluded.sort_order";
    tx.run(sql, args![category_id, channel_id, user_id, sort_order]).await?;
    Ok(())
}

/// Puts a channel behind the others of a category.
pub(super) async fn append(
    tx: &mut AnyConnection,
    category_id: &str,
    user_id: &str,
    channel_id: &str,
) -> Result<(), StoreError> {
    let sql = "SELECT MAX(sort_order) FROM sidebar_channels WHERE category_id = $1";
    let last: Option<i64> = tx.value::<Option<i64>>(sql, args![category_id]).await?.flatten();
    put(tx, category_id, user_id, channel_id, last.map_or(0, |last| last + STEP)).await
}

/// Gives the categories their places, in this order.
pub(super) async fn set_order(tx: &mut AnyConnection, user_id: &str, order: &[String]) -> Result<(), StoreError> {
    for (id, sort_order) in order.iter().zip((0..).step_by(10)) {
        let sql = "UPDATE sidebar_categories SET sort_order = $3 WHERE id = $1 AND user_id = $2";
        tx.run(sql, args![id, user_id, i64::from(sort_order)]).await?;
    }
    Ok(())
}

/// Forgets where a user had put a channel.
pub(crate) async fn left_channel(tx: &mut AnyConnection, channel_id: &str, user_id: &str) -> Result<(), StoreError> {
    tx.run("DELETE FROM sidebar_channels WHERE user_id = $1 AND channel_id = $2", args![user_id, channel_id]).await?;
    Ok(())
}

/// Forgets a user's categories in a team.
pub(crate) async fn left_team(tx: &mut AnyConnection, team_id: &str, user_id: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM sidebar_channels WHERE user_id = $1
        AND category_id IN (SELECT id FROM sidebar_categories WHERE user_id = $1 AND team_id = $2)";
    tx.run(sql, args![user_id, team_id]).await?;
    tx.run("DELETE FROM sidebar_categories WHERE user_id = $1 AND team_id = $2", args![user_id, team_id]).await?;
    Ok(())
}
