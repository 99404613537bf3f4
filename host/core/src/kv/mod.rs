//! Key-value store of plugins, as section "Key-value store" of the contract has it.
//!
//! A value that is absent or empty deletes. What has expired is not there, from the first
//! millisecond on; a periodic task takes it out of the table.
//!
//! What a plugin stores is bounded (`kv_bytes`, `kv_value_bytes`, `kv_keys`): every write is counted
//! in its own transaction.

mod api;
mod store;
mod usage;

use std::time::Duration;

use wasmoat_model::{AppError, PLUGIN_ID_LENGTH, now_ms};

use crate::{
    Core,
    kv::{
        store::{Compare, Row},
        usage::Usage,
    },
    store::{StoreError, Transaction},
};

/// Most characters of a key.
const KEY_CHARACTERS: usize = 150;

/// Keys on a page where the caller names no size.
const PER_PAGE: i64 = 10;

/// Most keys on a page.
const PAGE_LIMIT: i64 = 10_000;

/// How often expired rows are deleted. They are invisible before that; this is about room.
const SWEEP: Duration = Duration::from_secs(3_600);

/// How a value is written: Mattermost's `PluginKVSetOptions`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KvSetOptions {
    /// Compare before writing.
    pub atomic: bool,
    /// What must be stored; absent: nothing. Only with `atomic`.
    pub old_value: Option<Vec<u8>>,
    /// Seconds to live; 0 is for ever, less than 0 is dead at once.
    pub expire_in_seconds: i64,
}

fn invalid(id: &str, message: String) -> AppError {
    AppError::new("PluginKeyValue.IsValid", id, 400, message)
}

fn check(plugin_id: &str, key: &str) -> Result<(), AppError> {
    if !(1..=*PLUGIN_ID_LENGTH.end()).contains(&plugin_id.chars().count()) {
        let message = format!("A plugin id has 1 to {} characters.", PLUGIN_ID_LENGTH.end());
        return Err(invalid("model.plugin_key_value.is_valid.plugin_id.app_error", message));
    }
    let characters = key.chars().count();
    if key.contains('\0') {
        let message = "A key has no NUL character.".to_owned();
        return Err(invalid("model.plugin_key_value.is_valid.key.app_error", message));
    }
    if !(1..=KEY_CHARACTERS).contains(&characters) {
        let message = format!("A key has 1 to {KEY_CHARACTERS} characters; this one has {characters}.");
        return Err(invalid("model.plugin_key_value.is_valid.key.app_error", message));
    }
    Ok(())
}

/// An empty value is an absent one: over Go's RPC the two cannot be told apart.
fn present(value: Option<Vec<u8>>) -> Option<Vec<u8>> {
    value.filter(|value| !value.is_empty())
}

fn expiry(seconds: i64) -> i64 {
    if seconds == 0 { 0 } else { now_ms().saturating_add(seconds.saturating_mul(1_000)) }
}

/// One write, whatever it is; whether it wrote.
async fn write(
    tx: &mut Transaction,
    row: &Row<'_>,
    value: Option<Vec<u8>>,
    atomic: bool,
    old: Option<Vec<u8>>,
) -> Result<bool, StoreError> {
    match (value, atomic, old) {
        (None, false, _) => store::delete(tx, row).await.map(|_| true),
        (Some(value), false, _) => store::upsert(tx, row, value).await.map(|()| true),
        (Some(value), true, None) => store::insert(tx, row, value, now_ms()).await,
        (Some(new), true, Some(old)) => store::compare(tx, row, Compare::Set { old, new }, now_ms()).await,
        (None, true, Some(old)) => store::compare(tx, row, Compare::Delete { old }, now_ms()).await,
        (None, true, None) => Ok(false),
    }
}

/// What the plugin has after a write of one key.
async fn counted(tx: &mut Transaction, before: Usage, old: Usage, row: &Row<'_>) -> Result<Usage, StoreError> {
    let new = usage::of_key(tx, row.plugin_id, row.key).await?;
    Ok(Usage { bytes: before.bytes - old.bytes + new.bytes, keys: before.keys - old.keys + new.keys })
}

impl Core {
    /// Mattermost's `SetPluginKeyWithOptions`. True when it wrote.
    ///
    /// # Errors
    ///
    /// 400 for a bad key, or an old value without `atomic`; 413 for a value that is too large, 507
    /// where the plugin has no room for it.
    pub async fn set_plugin_key_with_options(
        &self,
        plugin_id: &str,
        key: &str,
        value: Option<Vec<u8>>,
        options: KvSetOptions,
    ) -> Result<bool, AppError> {
        check(plugin_id, key)?;
        let old = present(options.old_value);
        if old.is_some() && !options.atomic {
            let message = "An old value is compared only by an atomic set.".to_owned();
            return Err(invalid("model.plugin_kvset_options.is_valid.old_value.app_error", message));
        }
        let limits = self.plugin_limits(plugin_id);
        let value = present(value);
        usage::check_value(value.as_deref().unwrap_or_default(), &limits)?;
        let row = Row { plugin_id, key, expire_at: expiry(options.expire_in_seconds) };
        let mut tx = self.store.write().await?;
        let before = usage::hold(&mut tx, plugin_id).await?;
        let of_key = usage::of_key(&mut tx, plugin_id, key).await?;
        let wrote = write(&mut tx, &row, value, options.atomic, old).await?;
        let mut after = counted(&mut tx, before, of_key, &row).await?;
        if after.check(before, &limits).is_err() && store::sweep_of(&mut tx, plugin_id, now_ms()).await? > 0 {
            // What has expired takes no room.
            after = usage::count(&mut tx, plugin_id).await?;
        }
        // Where there is no room, the transaction goes, and the write with it.
        after.check(before, &limits)?;
        usage::put(&mut tx, plugin_id, after).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(wrote)
    }

    /// Mattermost's `SetPluginKey`: stores without expiry.
    ///
    /// # Errors
    ///
    /// 400 for a bad key.
    pub async fn set_plugin_key(&self, plugin_id: &str, key: &str, value: Option<Vec<u8>>) -> Result<(), AppError> {
        self.set_plugin_key_with_options(plugin_id, key, value, KvSetOptions::default()).await.map(drop)
    }

    /// Mattermost's `GetPluginKey`: the live value.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_plugin_key(&self, plugin_id: &str, key: &str) -> Result<Option<Vec<u8>>, AppError> {
        let mut connection = self.store.read().await?;
        Ok(store::get(&mut connection, plugin_id, key, now_ms()).await?)
    }

    /// Mattermost's `DeletePluginKey`; a missing key is no error.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn delete_plugin_key(&self, plugin_id: &str, key: &str) -> Result<(), AppError> {
        let mut tx = self.store.write().await?;
        let before = usage::hold(&mut tx, plugin_id).await?;
        let of_key = usage::of_key(&mut tx, plugin_id, key).await?;
        let row = Row { plugin_id, key, expire_at: 0 };
        store::delete(&mut tx, &row).await?;
        let after = counted(&mut tx, before, of_key, &row).await?;
        usage::put(&mut tx, plugin_id, after).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(())
    }

    /// Mattermost's `DeleteAllKeysForPlugin`: the server's own keys for it too.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn delete_all_keys_for_plugin(&self, plugin_id: &str) -> Result<(), AppError> {
        let mut tx = self.store.write().await?;
        usage::hold(&mut tx, plugin_id).await?;
        store::delete_all(&mut tx, plugin_id).await?;
        usage::put(&mut tx, plugin_id, Usage::default()).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(())
    }

    /// Mattermost's `ListPluginKeys`: a page of live keys in byte order. A page size of 0 or less
    /// is 10, and a page has at most 10 000; a page before the first is the first.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn list_plugin_keys(&self, plugin_id: &str, page: i32, per_page: i32) -> Result<Vec<String>, AppError> {
        let limit = if per_page <= 0 { PER_PAGE } else { i64::from(per_page).min(PAGE_LIMIT) };
        let offset = i64::from(page).saturating_mul(limit).max(0);
        let mut connection = self.store.read().await?;
        Ok(store::list(&mut connection, plugin_id, now_ms(), offset, limit).await?)
    }

    /// Deletes what has expired, and says how many rows that were.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn delete_expired_plugin_keys(&self) -> Result<u64, AppError> {
        let now = now_ms();
        let plugins = store::plugins_with_expired(&mut *self.store.read().await?, now).await?;
        let mut deleted = 0;
        for plugin_id in plugins {
            let mut tx = self.store.write().await?;
            usage::hold(&mut tx, &plugin_id).await?;
            deleted += store::sweep_of(&mut tx, &plugin_id, now).await?;
            let after = usage::count(&mut tx, &plugin_id).await?;
            usage::put(&mut tx, &plugin_id, after).await?;
            tx.commit().await.map_err(StoreError::from)?;
        }
        Ok(deleted)
    }

    pub(crate) fn start_kv_sweep(&self) {
        let core = self.clone();
        self.tasks.every(SWEEP, move || {
            let core = core.clone();
            async move {
                match core.delete_expired_plugin_keys().await {
                    Ok(deleted) => tracing::debug!(deleted, "expired plugin keys deleted"),
                    Err(error) => tracing::warn!(%error, "expired plugin keys could not be deleted"),
                }
            }
        });
    }
}

#[cfg(test)]
mod quota_tests;
#[cfg(test)]
mod tests;
