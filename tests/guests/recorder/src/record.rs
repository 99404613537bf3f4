//! What was called: one key per call, in order of time.

use serde_json::{Value, json};
use wasmoat::{Result, kv, sandbox, time};

const PREFIX: &str = "call/";

/// Writes a call down. Keys of the same moment differ by chance.
pub fn write(hook: &str, arguments: &Value) -> Result<()> {
    let at = u64::try_from(time::monotonic().as_nanos()).unwrap_or(u64::MAX);
    let chance = wasmoat::random::u64();
    let call = json!({ "plugin": sandbox::plugin_id(), "hook": hook, "at": at, "arguments": arguments });
    kv::set_json(&format!("{PREFIX}{at:020}-{chance:020}/{hook}"), &call)
}

/// The calls of a hook, or all, as a JSON list.
pub fn list(hook: Option<&str>) -> Result<Vec<u8>> {
    let mut list = b"[".to_vec();
    for key in keys(hook)? {
        let Some(call) = kv::kv_get(&key)? else { continue };
        if list.len() > 1 {
            list.push(b',');
        }
        list.extend(call);
    }
    list.push(b']');
    Ok(list)
}

/// Forgets all calls.
pub fn forget() -> Result<()> {
    keys(None)?.iter().try_for_each(|key| kv::kv_delete(key))
}

fn keys(hook: Option<&str>) -> Result<Vec<String>> {
    let mut keys = kv::keys_with_prefix(PREFIX)?;
    keys.retain(|key| hook.is_none_or(|hook| key.rsplit('/').next() == Some(hook)));
    Ok(keys)
}
