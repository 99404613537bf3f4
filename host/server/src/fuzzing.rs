//! What the fuzz targets reach of a request's way to a plugin. Built for them alone.

use axum::http::{HeaderMap, Uri, request::Parts};
use wasmoat_model::HttpRequest;

/// Where a request's token stands.
pub use crate::auth::TokenPlace;
use crate::{auth, plugin_routes};

/// The plugin that a path names, and the rest.
#[must_use]
pub fn plugin_target(path: &str) -> Option<(&str, &str)> {
    plugin_routes::target(path)
}

/// The request as the core gets it for the plugin.
#[must_use]
pub fn plugin_request(parts: &Parts, rest: &str, body: Vec<u8>) -> HttpRequest {
    plugin_routes::plugin_request(parts, rest, body)
}

/// The token of a request.
#[must_use]
pub fn plugin_token(headers: &HeaderMap, uri: &Uri) -> Option<(String, TokenPlace)> {
    auth::plugin_token(headers, uri)
}
