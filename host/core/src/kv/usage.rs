//! What the keys and values of a plugin add up to: counted with every write, in its transaction.

use sqlx::{AnyConnection, Row as _};
use wasmoat_model::AppError;
use wasmoat_runtime::Limits;

use crate::store::{Queries as _, StoreError, args};

/// Bytes and keys of a plugin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) bytes: i64,
    pub(super) keys: i64,
}

fn full(message: String) -> AppError {
    AppError::new("PluginKeyValue", "app.plugin_key_value.quota.app_error", 507, message)
}

fn within(used: i64, limit: u64) -> bool {
    u64::try_from(used).unwrap_or_default() <= limit
}

impl Usage {
    /// What has grown must have room. A plugin whose limit was lowered may still delete, and write
    /// what is smaller than before.
    pub(super) fn check(self, before: Self, limits: &Limits) -> Result<(), AppError> {
        if self.keys > before.keys && !within(self.keys, limits.kv_keys) {
            return Err(full(format!(
                "The plugin has {} keys; {} are allowed (setting `kv_keys`).",
                before.keys, limits.kv_keys
            )));
        }
        if self.bytes > before.bytes && !within(self.bytes, limits.kv_bytes) {
            return Err(full(format!(
                "The plugin's keys and values would have {} bytes; {} are allowed (setting `kv_bytes`).",
                self.bytes, limits.kv_bytes
            )));
        }
        Ok(())
    }
}

/// A value may be only so large.
pub(super) fn check_value(value: &[u8], limits: &Limits) -> Result<(), AppError> {
    let size = u64::try_from(value.len()).unwrap_or(u64::MAX);
    if size <= limits.kv_value_bytes {
        return Ok(());
    }
    let limit = limits.kv_value_bytes;
    let message = format!("A value has at most {limit} bytes (setting `kv_value_bytes`); this one has {size}.");
    Err(AppError::new("PluginKeyValue", "app.plugin_key_value.value_too_large.app_error", 413, message))
}

/// Holds the plugin's row until the end of the transaction and says what it has now.
pub(super) async fn hold(tx: &mut AnyConnection, plugin_id: &str) -> Result<Usage, StoreError> {
    let sql = "INSERT INTO plugin_kv_usage (plugin_id, bytes, keys) VALUES ($1, 0, 0)
               ON CONFLICT (plugin_id) DO UPDATE SET bytes = plugin_kv_usage.bytes RETURNING bytes, keys";
    let rows =
        tx.rows(sql, args![plugin_id], |row| Ok(Usage { bytes: row.try_get("bytes")?, keys: row.try_get("keys")? }));
    Ok(rows.await?.first().copied().unwrap_or_default())
}

/// What one key takes, dead or alive; nothing where it is not there.
pub(super) async fn of_key(tx: &mut AnyConnection, plugin_id: &str, key: &str) -> Result<Usage, StoreError> {
    let sql = "SELECT length(value) FROM plugin_key_values WHERE plugin_id = $1 AND key = $2";
    let size: Option<i64> = tx.value(sql, args![plugin_id, key]).await?;
    let key = i64::try_from(key.len()).unwrap_or(i64::MAX);
    Ok(size.map_or_else(Usage::default, |value| Usage { bytes: key.saturating_add(value), keys: 1 }))
}

/// Writes down what a plugin has.
pub(super) async fn put(tx: &mut AnyConnection, plugin_id: &str, usage: Usage) -> Result<(), StoreError> {
    let sql = "UPDATE plugin_kv_usage SET bytes = $2, keys = $3 WHERE plugin_id = $1";
    tx.run(sql, args![plugin_id, usage.bytes, usage.keys]).await?;
    Ok(())
}

/// Counts what a plugin has.
pub(super) async fn count(tx: &mut AnyConnection, plugin_id: &str) -> Result<Usage, StoreError> {
    let sql = "SELECT COALESCE(SUM(octet_length(key) + length(value)), 0), COUNT(*)
               FROM plugin_key_values WHERE plugin_id = $1";
    let rows = tx.rows(sql, args![plugin_id], |row| Ok(Usage { bytes: row.try_get(0)?, keys: row.try_get(1)? }));
    Ok(rows.await?.first().copied().unwrap_or_default())
}
