//! The plugin's key-value store: what must outlive an instance lives here.
//!
//! The functions that begin with `kv_` are Mattermost's own, on bytes. The others keep JSON:
//!
//! ```
//! # let platform = wasmoat::testing::Platform::new();
//! use wasmoat::kv;
//!
//! kv::set_json("greeting", &"hello")?;
//! let visits = kv::update_json("visits", |old: Option<u64>| Ok(old.unwrap_or(0) + 1))?;
//! assert_eq!(visits, 1);
//! # Ok::<(), wasmoat::Error>(())
//! ```

use serde::{Serialize, de::DeserializeOwned};

#[doc(inline)]
pub use crate::api::kv::*;
use crate::{Error, Result};

/// How often [`update_json`] tries, as `SetAtomicWithRetries` of Mattermost's `pluginapi`.
const TRIES: u32 = 5;

/// Keys per page of [`keys_with_prefix`].
const PAGE: i32 = 200;

/// The JSON value of a key, or none where there is none.
///
/// # Errors
///
/// What is stored is not a `T`, or the store failed.
pub fn get_json<T: DeserializeOwned>(key: &str) -> Result<Option<T>> {
    kv_get(key)?.map(|value| decode(key, &value)).transpose()
}

/// Stores a value as JSON.
///
/// # Errors
///
/// The value cannot be JSON, the key is not 1 to 150 characters, or the store failed.
pub fn set_json<T: Serialize + ?Sized>(key: &str, value: &T) -> Result<()> {
    kv_set(key, Some(&encode(key, value)?))
}

/// Stores `new` where the stored value is exactly the JSON of `old`; none stands for no value.
/// False, and no error, where it differs.
///
/// The bytes are compared: a value whose JSON comes out in another order each time (a `HashMap`)
/// never matches, a `BTreeMap` does. [`update_json`] has no such trap.
///
/// # Errors
///
/// As [`set_json`].
pub fn compare_and_set_json<T: Serialize>(key: &str, old: Option<&T>, new: Option<&T>) -> Result<bool> {
    let old = old.map(|value| encode(key, value)).transpose()?;
    let new = new.map(|value| encode(key, value)).transpose()?;
    kv_compare_and_set(key, old.as_deref(), new.as_deref())
}

/// Changes a value so that no other writer's change is lost: reads, asks `change`, and writes only
/// where nobody wrote between; else it begins anew, five times in all. Answers what it wrote.
///
/// `change` runs once per try; an error of its own ends the update.
///
/// # Errors
///
/// [`Error::Contended`] when other writers were faster each time, an error of `change`, or as
/// [`get_json`] and [`set_json`].
pub fn update_json<T, F>(key: &str, mut change: F) -> Result<T>
where
    T: Serialize + DeserializeOwned,
    F: FnMut(Option<T>) -> Result<T>,
{
    for _ in 0..TRIES {
        let stored = kv_get(key)?;
        let old = stored.as_deref().map(|value| decode(key, value)).transpose()?;
        let new = change(old)?;
        if kv_compare_and_set(key, stored.as_deref(), Some(&encode(key, &new)?))? {
            return Ok(new);
        }
    }
    Err(Error::Contended { key: key.to_owned(), tries: TRIES })
}

/// Every live key that begins with `prefix`, in byte order.
///
/// It reads all keys of the plugin page by page, so keep indexes for what is asked often. Keys
/// written or deleted meanwhile may be missed.
///
/// # Errors
///
/// The store failed.
pub fn keys_with_prefix(prefix: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for page in 0.. {
        let keys = kv_list(page, PAGE)?;
        // In byte order, what has the prefix is one run: behind it there is nothing more.
        let past = keys.last().is_none_or(|last| last.as_str() > prefix && !last.starts_with(prefix));
        found.extend(keys.into_iter().filter(|key| key.starts_with(prefix)));
        if past {
            break;
        }
    }
    Ok(found)
}

fn decode<T: DeserializeOwned>(key: &str, value: &[u8]) -> Result<T> {
    serde_json::from_slice(value).map_err(Error::json(format!("the stored value of `{key}`")))
}

fn encode<T: Serialize + ?Sized>(key: &str, value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(Error::json(format!("a value for `{key}`")))
}

#[cfg(test)]
mod tests;
