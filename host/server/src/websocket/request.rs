//! What a client sends: JSON in text frames, MessagePack in binary ones.

use serde::Deserialize;
use serde_json::{Map, Value};
use wasmoat_model::WebSocketRequest;

/// A request of a client.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Request {
    /// The client's number, from 1.
    #[serde(deserialize_with = "or_default")]
    pub(super) seq: i64,
    /// What it wants.
    #[serde(deserialize_with = "or_default")]
    pub(super) action: String,
    /// Details.
    #[serde(deserialize_with = "or_default")]
    pub(super) data: Map<String, Value>,
}

fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Request {
    /// A text of the details; empty where it is missing.
    pub(super) fn text(&self, name: &str) -> &str {
        self.data.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A boolean of the details.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.data.get(name).and_then(Value::as_bool)
    }

    /// As plugins get it: with where it came from.
    pub(super) fn for_plugins(mut self, remote_addr: &str, forwarded: &str, session_id: String) -> WebSocketRequest {
        self.data.insert("remote_addr".to_owned(), remote_addr.into());
        self.data.insert("x_forwarded_for".to_owned(), forwarded.into());
        WebSocketRequest { seq: self.seq, action: self.action, data: Value::Object(self.data).to_string(), session_id }
    }
}
