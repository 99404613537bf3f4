//! How often each hook was called, in the key-value store: several instances count at once.

use std::collections::BTreeMap;

use wasmoat::{Result, kv, log};

const PREFIX: &str = "count:";

/// Counts a call. A count that is lost does not fail the hook.
pub fn count(hook: &str) {
    let counted = kv::update_json(&format!("{PREFIX}{hook}"), |count: Option<u64>| Ok(count.unwrap_or_default() + 1));
    if let Err(error) = counted {
        log::warn!("a call was not counted", hook = hook, error = error);
    }
}

/// Every hook that was called, and how often.
pub fn all() -> Result<BTreeMap<String, u64>> {
    let mut counts = BTreeMap::new();
    for key in kv::keys_with_prefix(PREFIX)? {
        if let (Some(hook), Some(count)) = (key.strip_prefix(PREFIX), kv::get_json(&key)?) {
            counts.insert(hook.to_owned(), count);
        }
    }
    Ok(counts)
}
