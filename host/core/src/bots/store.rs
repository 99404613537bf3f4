//! The SQL of bots.
//!
//! Name, description and icon of a bot are its user's; only the owner and the times are its own.

use sqlx::{
    AnyConnection,
    any::{AnyArguments, AnyRow},
};
use wasmoat_model::{Bot, BotGetOptions};

use crate::{
    pages,
    store::{Column, Queries as _, StoreError, args},
};

const SELECT: &str = "SELECT bots.user_id, users.username, users.first_name, users.bot_description, bots.owner_id,
    users.bot_last_icon_update, bots.create_at, bots.update_at, bots.delete_at
    FROM bots JOIN users ON users.id = bots.user_id";

fn read(row: &AnyRow) -> Result<Bot, sqlx::Error> {
    Ok(Bot {
        user_id: Column::read(row, "user_id")?,
        username: Column::read(row, "username")?,
        display_name: Column::read(row, "first_name")?,
        description: Column::read(row, "bot_description")?,
        owner_id: Column::read(row, "owner_id")?,
        last_icon_update: Column::read(row, "bot_last_icon_update")?,
        create_at: Column::read(row, "create_at")?,
        update_at: Column::read(row, "update_at")?,
        delete_at: Column::read(row, "delete_at")?,
    })
}

async fn select(store: &mut AnyConnection, rest: &str, args: AnyArguments) -> Result<Vec<Bot>, StoreError> {
    store.rows(&format!("{SELECT} {rest}"), args, read).await
}

pub(super) async fn get(store: &mut AnyConnection, bot_user_id: &str) -> Result<Option<Bot>, StoreError> {
    Ok(select(store, "WHERE bots.user_id = $1", args![bot_user_id]).await?.into_iter().next())
}

pub(super) async fn page(store: &mut AnyConnection, options: &BotGetOptions) -> Result<Vec<Bot>, StoreError> {
    let mut rest = String::new();
    if options.only_orphaned {
        rest.push_str("JOIN users AS owners ON owners.id = bots.owner_id AND owners.delete_at <> 0 ");
    }
    rest.push_str("WHERE ($1 = '' OR bots.owner_id = $1) ");
    if !options.include_deleted {
        rest.push_str("AND bots.delete_at = 0 ");
    }
    rest.push_str("ORDER BY bots.create_at, bots.user_id LIMIT $2 OFFSET $3");
    let (limit, offset) = pages::window(options.page, options.per_page);
    select(store, &rest, args![options.owner_id, limit, offset]).await
}

pub(super) async fn insert(store: &mut AnyConnection, bot: &Bot) -> Result<u64, StoreError> {
    let sql = "INSERT INTO bots (user_id, owner_id, create_at, update_at, delete_at) VALUES ($1, $2, $3, $4, $5)";
    store.run(sql, args![bot.user_id, bot.owner_id, bot.create_at, bot.update_at, bot.delete_at]).await
}
