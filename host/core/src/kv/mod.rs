//! Key-value store of plugins, as section "Key-value store" of the contract has it.
//!
//! A value that is absent or empty deletes. What has expired is not there, from the first
//! millisecond on; a periodic task takes it out of the table.

mod api;
mod store;

use std::time::Duration;

use wasmoat_model::{AppError, PLUGIN_ID_LENGTH, now_ms};

use crate::{
    Core,
    kv::store::{Compare, Row},
};

/// Most characters of a key.
const KEY_CHARACTERS: usize = 150;

/// Keys on a page where the caller names no size.
const PER_PAGE: i64 = 10;

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

impl Core {
    /// Mattermost's `SetPluginKeyWithOptions`. True when it wrote.
    ///
    /// # Errors
    ///
    /// 400 for a bad key, or an old value without `atomic`.
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
        let mut tx = self.store.write().await?;
        let row = Row { plugin_id, key, expire_at: expiry(options.expire_in_seconds) };
        let wrote = match (present(value), options.atomic, old) {
            (None, false, _) => store::delete(&mut tx, &row).await.map(|_| true)?,
            (Some(value), false, _) => store::upsert(&mut tx, &row, value).await.map(|()| true)?,
            (Some(value), true, None) => store::insert(&mut tx, &row, value, now_ms()).await?,
            (Some(value), true, Some(old)) => {
                store::compare(&mut tx, &row, Compare::Set { old, new: value }, now_ms()).await?
            }
            (None, true, Some(old)) => store::compare(&mut tx, &row, Compare::Delete { old }, now_ms()).await?,
            (None, true, None) => false,
        };
        tx.commit().await.map_err(crate::store::StoreError::from)?;
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
        let mut connection = self.store.read().await?;
        store::delete(&mut connection, &Row { plugin_id, key, expire_at: 0 }).await?;
        Ok(())
    }

    /// Mattermost's `DeleteAllKeysForPlugin`: the server's own keys for it too.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn delete_all_keys_for_plugin(&self, plugin_id: &str) -> Result<(), AppError> {
        let mut connection = self.store.read().await?;
        store::delete_all(&mut connection, plugin_id).await?;
        Ok(())
    }

    /// Mattermost's `ListPluginKeys`: a page of live keys in byte order. A page size of 0 or less
    /// is 10; a page before the first is the first.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn list_plugin_keys(&self, plugin_id: &str, page: i32, per_page: i32) -> Result<Vec<String>, AppError> {
        let limit = if per_page <= 0 { PER_PAGE } else { i64::from(per_page) };
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
        let mut connection = self.store.read().await?;
        Ok(store::sweep(&mut connection, now_ms()).await?)
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
mod tests;
