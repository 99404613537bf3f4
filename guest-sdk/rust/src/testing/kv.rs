//! The key-value store, with the server's rules.

use super::{Platform, calls};
use crate::{Error, Result, kv::PluginKvSetOptions};

/// Most characters of a key.
const MAX_KEY: usize = 150;

/// Keys on a page where none is asked for.
const DEFAULT_PAGE: i32 = 10;

/// A stored value.
pub(in crate::testing) struct Entry {
    value: Vec<u8>,
    /// When it ends, in milliseconds; 0 is never.
    expire_at: i64,
}

pub(super) fn install(platform: &Platform) {
    platform.answer(calls::kv::KvGet, |p, (key,)| Ok(p.stored(&key)));
    platform.answer(calls::kv::KvSet, |p, (key, value)| p.write(&key, value, &options(0)).map(drop));
    platform.answer(calls::kv::KvSetWithExpiry, |p, (key, value, seconds)| {
        p.write(&key, value, &options(seconds)).map(drop)
    });
    platform.answer(calls::kv::KvSetWithOptions, |p, (key, value, options)| p.write(&key, value, &options));
    platform.answer(calls::kv::KvCompareAndSet, |p, (key, old_value, value)| {
        p.write(&key, value, &PluginKvSetOptions { atomic: true, old_value, ..options(0) })
    });
    platform.answer(calls::kv::KvCompareAndDelete, |p, (key, old_value)| {
        if old_value.is_none() {
            return Ok(false);
        }
        p.write(&key, None, &PluginKvSetOptions { atomic: true, old_value, ..options(0) })
    });
    platform.answer(calls::kv::KvDelete, |p, (key,)| p.write(&key, None, &options(0)).map(drop));
    platform.answer(calls::kv::KvDeleteAll, |p, ()| {
        p.state.kv.borrow_mut().clear();
        Ok(())
    });
    platform.answer(calls::kv::KvList, |p, (page, per_page)| {
        let per_page = if per_page <= 0 { DEFAULT_PAGE } else { per_page };
        let skip = i64::from(page) * i64::from(per_page);
        let store = p.state.kv.borrow();
        let live = store.iter().filter(|(_, entry)| p.is_live(entry)).map(|(key, _)| key.clone());
        let skip = usize::try_from(skip).unwrap_or_default();
        Ok(live.skip(skip).take(usize::try_from(per_page).unwrap_or_default()).collect())
    });
}

fn options(expire_in_seconds: i64) -> PluginKvSetOptions {
    PluginKvSetOptions { atomic: false, old_value: None, expire_in_seconds }
}

impl Platform {
    /// The live value of a key in the key-value store.
    #[must_use]
    pub fn stored(&self, key: &str) -> Option<Vec<u8>> {
        let store = self.state.kv.borrow();
        store.get(key).filter(|entry| self.is_live(entry)).map(|entry| entry.value.clone())
    }

    fn is_live(&self, entry: &Entry) -> bool {
        entry.expire_at == 0 || entry.expire_at > self.state.now.get()
    }

    fn write(&self, key: &str, value: Option<Vec<u8>>, options: &PluginKvSetOptions) -> Result<bool> {
        if key.is_empty() || key.chars().count() > MAX_KEY {
            return Err(Error::new(
                400,
                "model.plugin_key_value.is_valid.key.app_error",
                "A key has 1 to 150 characters.",
            ));
        }
        if options.old_value.is_some() && !options.atomic {
            return Err(Error::new(
                400,
                "model.plugin_kvset_options.is_valid.old_value.app_error",
                "An old value is only for atomic writes.",
            ));
        }
        // Empty arrives as absent, as in a Go plugin.
        let old = options.old_value.clone().filter(|value| !value.is_empty());
        if options.atomic && self.stored(key) != old {
            return Ok(false);
        }
        let mut store = self.state.kv.borrow_mut();
        match value.filter(|value| !value.is_empty()) {
            Some(value) => {
                let expire_at = match options.expire_in_seconds {
                    0 => 0,
                    seconds => self.state.now.get().saturating_add(seconds.saturating_mul(1000)).max(1),
                };
                store.insert(key.to_owned(), Entry { value, expire_at });
            }
            None => {
                store.remove(key);
            }
        }
        Ok(true)
    }
}
