//! Reads `plugin.json` at compile time, so that a broken manifest breaks the build and not the
//! upload.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// Where the manifest is, as an absolute path, once it is known to be good.
pub fn check(relative: &str) -> Result<PathBuf, String> {
    let root = std::env::var("CARGO_MANIFEST_DIR")
        .map_err(|error| format!("cargo did not say where the crate is: {error}"))?;
    let path = Path::new(&root).join(relative);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        format!(
            "cannot read the manifest `{relative}`: {error}; every plugin has one beside its \
             Cargo.toml, or say where with #[wasmoat::plugin(manifest = \"…\")]"
        )
    })?;
    validate(&text).map_err(|reason| format!("`{relative}`: {reason}"))?;
    Ok(path)
}

fn validate(text: &str) -> Result<(), String> {
    let manifest: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| format!("not a JSON object: {error}"))?;
    let id = text_of(&manifest, "id")?;
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !(3..=190).contains(&id.len()) || !id.chars().all(good) {
        return Err(format!("`id` is `{id}`; it must be 3 to 190 characters of letters, digits, `-`, `_` and `.`"));
    }
    text_of(&manifest, "version")?;
    manifest.get("wasmoat").map_or(Ok(()), needs)
}

/// What the plugin asks for, each with the author's reason, which an administrator reads before
/// granting it.
fn needs(ours: &Value) -> Result<(), String> {
    let Value::Object(ours) = ours else {
        return Err("`wasmoat` must be an object".into());
    };
    for (key, value) in ours {
        match key.as_str() {
            "permissions" | "hosts" | "plugins" => reasons(key, value)?,
            "directory" | "database" => reason(&format!("wasmoat.{key}"), value)?,
            "limits" if value.is_object() => {}
            "limits" => return Err("`wasmoat.limits` must be an object".into()),
            "bridge" => endpoints(value)?,
            _ => return Err(format!("`wasmoat.{key}` is unknown; there are {}", KEYS.join(", "))),
        }
    }
    Ok(())
}

const KEYS: [&str; 7] = ["permissions", "hosts", "plugins", "directory", "database", "limits", "bridge"];

const ENDPOINT_KEYS: [&str; 8] =
    ["path", "version", "description", "callers", "request", "response", "timeout_ms", "rate"];

/// What the plugin offers to others. That schemas are schemas is checked where the server checks it.
fn endpoints(value: &Value) -> Result<(), String> {
    let Value::Array(endpoints) = value else {
        return Err("`wasmoat.bridge` must be a list of endpoints".into());
    };
    endpoints.iter().enumerate().try_for_each(|(at, endpoint)| {
        self::endpoint(endpoint).map_err(|problem| format!("`wasmoat.bridge[{at}]`: {problem}"))
    })
}

fn endpoint(endpoint: &Value) -> Result<(), String> {
    let Value::Object(endpoint) = endpoint else {
        return Err("an endpoint is an object".into());
    };
    if let Some(unknown) = endpoint.keys().find(|key| !ENDPOINT_KEYS.contains(&key.as_str())) {
        return Err(format!("`{unknown}` is unknown; there are {}", ENDPOINT_KEYS.join(", ")));
    }
    if !text_of(endpoint, "path")?.starts_with('/') {
        return Err("`path` must begin with a slash".into());
    }
    text_of(endpoint, "description")?;
    let callers = endpoint.get("callers").and_then(Value::as_array);
    let named = callers.is_some_and(|callers| !callers.is_empty() && callers.iter().all(Value::is_string));
    if !named {
        return Err("`callers` must list who may call it: ids of plugins, `core`, `*` for everybody".into());
    }
    for key in ["request", "response"] {
        if endpoint.get(key).is_some_and(|schema| !schema.is_object() && !schema.is_boolean()) {
            return Err(format!("`{key}` must be a JSON Schema"));
        }
    }
    for key in ["timeout_ms", "rate"] {
        if endpoint.get(key).is_some_and(|number| number.as_u64().is_none_or(|number| number == 0)) {
            return Err(format!("`{key}` must be a whole number from 1"));
        }
    }
    Ok(())
}

fn reasons(key: &str, value: &Value) -> Result<(), String> {
    let Value::Object(needs) = value else {
        return Err(format!("`wasmoat.{key}` must be an object"));
    };
    needs.iter().try_for_each(|(need, why)| match why {
        Value::String(text) if !text.trim().is_empty() => Ok(()),
        Value::Object(_) => reason(&format!("wasmoat.{key}.{need}"), why),
        _ => Err(format!("`wasmoat.{key}.{need}` must be a text that says why it is needed")),
    })
}

/// The long form: an object of `reason` and `required`.
fn reason(place: &str, value: &Value) -> Result<(), String> {
    let text = value.get("reason").and_then(Value::as_str).unwrap_or_default();
    if text.trim().is_empty() {
        return Err(format!("`{place}.reason` must be a text that says why it is needed"));
    }
    match value.get("required") {
        None | Some(Value::Bool(_)) => Ok(()),
        Some(_) => Err(format!("`{place}.required` must be true or false")),
    }
}

fn text_of<'a>(manifest: &'a Map<String, Value>, key: &str) -> Result<&'a str, String> {
    match manifest.get(key) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(_) => Err(format!("`{key}` must be a text that is not empty")),
        None => Err(format!("`{key}` is missing")),
    }
}

#[cfg(test)]
mod tests {
    use super::validate;

    #[test]
    fn a_good_manifest_passes() {
        validate(r#"{"id": "word-filter", "version": "1.0.0"}"#).unwrap();
        validate(
            r#"{"id": "a.b", "version": "1.0.0",
                "wasmoat": {"permissions": {"posts.write": "to post"}, "limits": {},
                    "hosts": {"api.example.org": {"reason": "to ask", "required": true}},
                    "database": {"reason": "to remember"},
                    "bridge": [{"path": "/v1/x", "version": "1", "description": "Does x.", "callers": ["*"],
                        "request": {"type": "object"}, "response": true, "timeout_ms": 5, "rate": 60}]}}"#,
        )
        .unwrap();
    }

    #[test]
    fn a_bad_one_says_what_is_wrong() {
        for (text, expected) in [
            ("{", "not a JSON object"),
            (r#"{"version": "1.0.0"}"#, "`id` is missing"),
            (r#"{"id": "a b c", "version": "1.0.0"}"#, "`id` is `a b c`"),
            (r#"{"id": "ab", "version": "1.0.0"}"#, "3 to 190"),
            (r#"{"id": "abc"}"#, "`version` is missing"),
            (r#"{"id": "abc", "version": "1", "wasmoat": 1}"#, "must be an object"),
            (r#"{"id": "abc", "version": "1", "wasmoat": {"permission": {}}}"#, "unknown"),
            (
                r#"{"id": "abc", "version": "1", "wasmoat": {"database": {"required": true}}}"#,
                "`wasmoat.database.reason` must be a text",
            ),
            (
                r#"{"id": "abc", "version": "1", "wasmoat": {"bridge": [{"path": "x"}]}}"#,
                "`wasmoat.bridge[0]`: `path` must begin",
            ),
            (
                r#"{"id": "abc", "version": "1", "wasmoat": {"bridge": [{"path": "/x", "description": "d", "callers": []}]}}"#,
                "`callers` must list",
            ),
            (
                r#"{"id": "abc", "version": "1", "wasmoat": {"permissions": {"http": ""}}}"#,
                "`wasmoat.permissions.http` must be a text",
            ),
        ] {
            let error = validate(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
