//! How fields that cross the plugin border as text look in JSON.
//!
//! WIT has no maps and no "any value": a string map is a list of pairs there and a JSON value is
//! its text. In JSON they are what Mattermost's clients expect.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::value::RawValue;

/// A map from text to text, in the order in which it came.
pub type StringMap = Vec<(String, String)>;

/// Looks a key up in a [`StringMap`].
#[must_use]
pub fn get<'a>(map: &'a [(String, String)], key: &str) -> Option<&'a str> {
    map.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
}

/// Sets a key of a [`StringMap`], in place or at the end.
pub fn set(map: &mut StringMap, key: &str, value: impl Into<String>) {
    match map.iter_mut().find(|(name, _)| name == key) {
        Some((_, old)) => *old = value.into(),
        None => map.push((key.to_owned(), value.into())),
    }
}

/// What Go's `omitempty` leaves out.
pub fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn text<'de, D: Deserializer<'de>>(deserializer: D, null: &str) -> Result<String, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(match raw.get() {
        "null" => null.to_owned(),
        _ => Box::<str>::from(raw).into_string(),
    })
}

fn raw<S: Serializer>(text: &str, empty: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let text = if text.is_empty() { empty } else { text };
    let value: &RawValue = serde_json::from_str(text).map_err(ser::Error::custom)?;
    value.serialize(serializer)
}

/// A JSON object held as text; empty text is `{}`.
pub mod object {
    use super::{Deserializer, Serializer, de, raw};

    /// Writes the object itself.
    pub fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        raw(text, "{}", serializer)
    }

    /// Reads an object or null; anything else is an error.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        let text = super::text(deserializer, "")?;
        if text.is_empty() || text.starts_with('{') {
            Ok(text)
        } else {
            Err(de::Error::custom("expected a JSON object"))
        }
    }
}

/// Any JSON value held as text; empty text is `null`.
pub mod value {
    use super::{Deserializer, Serializer, raw};

    /// Writes the value itself.
    pub fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        raw(text, "null", serializer)
    }

    /// Reads any value.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        super::text(deserializer, "")
    }
}

/// A [`StringMap`] as a JSON object. Values that are not text are taken as their JSON, as
/// Mattermost's own clients send booleans here.
pub mod map {
    use super::{BTreeMap, Deserialize, Deserializer, Serializer, StringMap};
    use serde::ser::SerializeMap;

    /// Writes an object.
    pub fn serialize<S: Serializer>(map: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(map.len()))?;
        for (key, value) in map {
            object.serialize_entry(key, value)?;
        }
        object.end()
    }

    /// Reads an object or null.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<StringMap, D::Error> {
        let map = Option::<BTreeMap<String, serde_json::Value>>::deserialize(deserializer)?;
        Ok(map
            .unwrap_or_default()
            .into_iter()
            .map(|(key, value)| match value {
                serde_json::Value::String(text) => (key, text),
                other => (key, other.to_string()),
            })
            .collect())
    }
}

/// Bytes as base64 text, or null.
pub mod base64 {
    use data_encoding::BASE64;
    use serde::{Deserialize, Deserializer, Serializer, de};

    /// Writes base64 or null.
    pub fn serialize<S: Serializer>(bytes: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
        match bytes {
            Some(bytes) => serializer.serialize_str(&BASE64.encode(bytes)),
            None => serializer.serialize_none(),
        }
    }

    /// Reads base64 or null.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
        Option::<String>::deserialize(deserializer)?
            .map(|text| BASE64.decode(text.as_bytes()).map_err(de::Error::custom))
            .transpose()
    }
}

/// A set of ids: `{"id": true}` in JSON, null when empty.
pub mod set {
    use super::{BTreeMap, Deserialize, Deserializer, Serializer};
    use serde::ser::SerializeMap;

    /// Writes an object of `true`s, or null.
    pub fn serialize<S: Serializer>(ids: &[String], serializer: S) -> Result<S::Ok, S::Error> {
        if ids.is_empty() {
            return serializer.serialize_none();
        }
        let mut map = serializer.serialize_map(Some(ids.len()))?;
        for id in ids {
            map.serialize_entry(id, &true)?;
        }
        map.end()
    }

    /// Reads the ids that are `true`.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
        let map = Option::<BTreeMap<String, bool>>::deserialize(deserializer)?.unwrap_or_default();
        Ok(map.into_iter().filter_map(|(id, omit)| omit.then_some(id)).collect())
    }
}
