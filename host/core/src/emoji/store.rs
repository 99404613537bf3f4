//! The SQL of custom emoji.

use sqlx::AnyConnection;
use wasmoat_model::Emoji;

use crate::store::{Column as _, Queries as _, StoreError, args, placeholders, record};

record!(Emoji, "emoji", key[id], [create_at, update_at, delete_at, creator_id, name]);

/// A live one.
pub(super) async fn by_id(store: &mut AnyConnection, id: &str) -> Result<Option<Emoji>, StoreError> {
    store.one("WHERE id = $1 AND delete_at = 0", args![id]).await
}

/// A live one.
pub(super) async fn by_name(store: &mut AnyConnection, name: &str) -> Result<Option<Emoji>, StoreError> {
    store.one("WHERE name = $1 AND delete_at = 0", args![name]).await
}

/// The live ones of these names.
pub(super) async fn by_names(store: &mut AnyConnection, names: &[String]) -> Result<Vec<Emoji>, StoreError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut arguments = args![];
    names.iter().for_each(|name| name.bind(&mut arguments));
    let rest = format!("WHERE delete_at = 0 AND name IN ({}) ORDER BY name", placeholders(0, names.len()));
    store.all(&rest, arguments).await
}

/// A page; `order` is one of ours.
pub(super) async fn page(
    store: &mut AnyConnection,
    order: &str,
    (offset, limit): (i64, i64),
) -> Result<Vec<Emoji>, StoreError> {
    store.all(&format!("WHERE delete_at = 0 ORDER BY {order} LIMIT $1 OFFSET $2"), args![limit, offset]).await
}

/// The live ones whose name contains the term, those that begin with it first.
pub(super) async fn search(
    store: &mut AnyConnection,
    term: &str,
    prefix_only: bool,
    limit: i64,
) -> Result<Vec<Emoji>, StoreError> {
    let term = term.to_lowercase().replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    let begins = format!("{term}%");
    let contains = if prefix_only { begins.clone() } else { format!("%{begins}") };
    let rest = r"WHERE delete_at = 0 AND LOWER(name) LIKE $1 ESCAPE '\'
        ORDER BY CASE WHEN LOWER(name) LIKE $2 ESCAPE '\' THEN 0 ELSE 1 END, name LIMIT $3";
    store.all(rest, args![contains, begins, limit]).await
}

/// Marks one deleted, and takes the reactions with it away.
pub(super) async fn delete(tx: &mut AnyConnection, emoji: &Emoji, now: i64) -> Result<(), StoreError> {
    tx.run("UPDATE emoji SET delete_at = $2, update_at = $2 WHERE id = $1 AND delete_at = 0", args![emoji.id, now])
        .await?;
    let posts = "UPDATE posts SET update_at = $2, has_reactions = CASE WHEN EXISTS (SELECT 1 FROM reactions
            WHERE reactions.post_id = posts.id AND delete_at = 0 AND emoji_name <> $1) THEN 1 ELSE 0 END
        WHERE id IN (SELECT post_id FROM reactions WHERE emoji_name = $1 AND delete_at = 0)";
    tx.run(posts, args![emoji.name, now]).await?;
    let reactions = "UPDATE reactions SET delete_at = $2, update_at = $2 WHERE emoji_name = $1 AND delete_at = 0";
    tx.run(reactions, args![emoji.name, now]).await?;
    Ok(())
}
