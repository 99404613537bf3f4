//! The statements. Keys sort by their bytes: that is how SQLite compares text; a PostgreSQL database
//! is made with the collation `C` for it.

use sqlx::AnyConnection;

use crate::store::{Queries as _, StoreError, args};

/// Where a value goes.
pub(super) struct Row<'a> {
    pub(super) plugin_id: &'a str,
    pub(super) key: &'a str,
    pub(super) expire_at: i64,
}

/// What happens to a live row whose value is the old one.
pub(super) enum Compare {
    Set { old: Vec<u8>, new: Vec<u8> },
    Delete { old: Vec<u8> },
}

/// A row that is there.
const LIVE: &str = "(expire_at = 0 OR expire_at >";

pub(super) async fn get(
    connection: &mut AnyConnection,
    plugin_id: &str,
    key: &str,
    now: i64,
) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = format!("SELECT value FROM plugin_key_values WHERE plugin_id = $1 AND key = $2 AND {LIVE} $3)");
    connection.value(&sql, args![plugin_id, key, now]).await
}

pub(super) async fn upsert(connection: &mut AnyConnection, row: &Row<'_>, value: Vec<u8>) -> Result<(), StoreError> {
    let sql = "INSERT INTO plugin_key_values (plugin_id, key, value, expire_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (plugin_id, key) DO UPDATE SET value = excluded.value, expire_at = excluded.expire_at";
    connection.run(sql, args![row.plugin_id, row.key, value, row.expire_at]).await?;
    Ok(())
}

/// Stores where nothing live is.
pub(super) async fn insert(
    connection: &mut AnyConnection,
    row: &Row<'_>,
    value: Vec<u8>,
    now: i64,
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO plugin_key_values (plugin_id, key, value, expire_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (plugin_id, key) DO UPDATE SET value = excluded.value, expire_at = excluded.expire_at
               WHERE plugin_key_values.expire_at <> 0 AND plugin_key_values.expire_at <= $5";
    Ok(connection.run(sql, args![row.plugin_id, row.key, value, row.expire_at, now]).await? > 0)
}

/// Writes or deletes where the live value is the old one.
pub(super) async fn compare(
    connection: &mut AnyConnection,
    row: &Row<'_>,
    compare: Compare,
    now: i64,
) -> Result<bool, StoreError> {
    let touched = match compare {
        Compare::Set { old, new } => {
            let sql = format!(
                "UPDATE plugin_key_values SET value = $1, expire_at = $2
                 WHERE plugin_id = $3 AND key = $4 AND value = $5 AND {LIVE} $6)"
            );
            connection.run(&sql, args![new, row.expire_at, row.plugin_id, row.key, old, now]).await?
        }
        Compare::Delete { old } => {
            let sql = format!(
                "DELETE FROM plugin_key_values WHERE plugin_id = $1 AND key = $2 AND value = $3 AND {LIVE} $4)"
            );
            connection.run(&sql, args![row.plugin_id, row.key, old, now]).await?
        }
    };
    Ok(touched > 0)
}

pub(super) async fn delete(connection: &mut AnyConnection, row: &Row<'_>) -> Result<u64, StoreError> {
    let sql = "DELETE FROM plugin_key_values WHERE plugin_id = $1 AND key = $2";
    connection.run(sql, args![row.plugin_id, row.key]).await
}

pub(super) async fn delete_all(connection: &mut AnyConnection, plugin_id: &str) -> Result<u64, StoreError> {
    connection.run("DELETE FROM plugin_key_values WHERE plugin_id = $1", args![plugin_id]).await
}

pub(super) async fn list(
    connection: &mut AnyConnection,
    plugin_id: &str,
    now: i64,
    offset: i64,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    let sql = format!(
        "SELECT key FROM plugin_key_values WHERE plugin_id = $1 AND {LIVE} $2) ORDER BY key LIMIT $3 OFFSET $4"
    );
    connection.values(&sql, args![plugin_id, now, limit, offset]).await
}

pub(super) async fn plugins_with_expired(connection: &mut AnyConnection, now: i64) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT DISTINCT plugin_id FROM plugin_key_values WHERE expire_at <> 0 AND expire_at <= $1";
    connection.values(sql, args![now]).await
}

pub(super) async fn sweep_of(connection: &mut AnyConnection, plugin_id: &str, now: i64) -> Result<u64, StoreError> {
    let sql = "DELETE FROM plugin_key_values WHERE plugin_id = $1 AND expire_at <> 0 AND expire_at <= $2";
    connection.run(sql, args![plugin_id, now]).await
}
