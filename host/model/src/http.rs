//! HTTP as plugins see it.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

/// A header line; a name that has several values comes several times.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct HttpHeader {
    /// Canonical name, like `Content-Type`.
    pub name: String,
    /// Value.
    pub value: String,
}

/// A request to a plugin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct HttpRequest {
    /// Upper case.
    pub method: String,
    /// Path below the plugin, and query.
    pub url: String,
    /// Headers; those that say who is asking are set by the server alone.
    pub headers: Vec<HttpHeader>,
    /// Body, whole.
    pub body: Vec<u8>,
    /// Host that was asked for.
    pub host: String,
    /// Address and port of the peer.
    #[component(name = "remote-addr")]
    pub remote_addr: String,
    /// Target as it was received.
    #[component(name = "request-uri")]
    pub request_uri: String,
}

/// A plugin's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct HttpResponse {
    /// 100 to 999.
    pub status: u16,
    /// Headers.
    pub headers: Vec<HttpHeader>,
    /// Body, whole.
    pub body: Vec<u8>,
}
