//! A request, as a handler sees it.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use crate::{
    Error, Result,
    types::{HttpRequest, PluginContext},
};

/// The header that says who asks. The server alone sets it: it can be trusted.
const USER_ID: &str = "Mattermost-User-Id";

/// The header that names a calling plugin; as trustworthy.
const PLUGIN_ID: &str = "Mattermost-Plugin-ID";

/// A request and what the router found in its path.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    raw: &'a HttpRequest,
    context: &'a PluginContext,
    path: &'a str,
    query: &'a str,
    params: Vec<(&'a str, Cow<'a, str>)>,
}

impl<'a> Request<'a> {
    pub(super) fn new(raw: &'a HttpRequest, context: &'a PluginContext) -> Self {
        let (path, query) = raw.url.split_once('?').unwrap_or((&raw.url, ""));
        Self { raw, context, path, query, params: Vec::new() }
    }

    pub(super) fn with_params(&self, params: Vec<(&'a str, Cow<'a, str>)>) -> Self {
        Self { params, ..self.clone() }
    }

    /// The request as the host gave it.
    #[must_use]
    pub fn raw(&self) -> &'a HttpRequest {
        self.raw
    }

    /// Where the call comes from; empty under [`Router::serve`](super::Router::serve).
    #[must_use]
    pub fn context(&self) -> &'a PluginContext {
        self.context
    }

    /// The path below the plugin, without the query.
    #[must_use]
    pub fn path(&self) -> &'a str {
        self.path
    }

    /// What stands in the path where the pattern has `{name}`, decoded; empty where the pattern has
    /// no such part.
    #[must_use]
    pub fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value)
    }

    /// The first value of a query parameter, decoded.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        self.query
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .find(|(key, _)| decode(key, true) == name)
            .map(|(_, value)| decode(value, true).into_owned())
    }

    /// The first value of a header, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.raw
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name))
            .map(|header| header.value.as_str())
    }

    /// The logged-in user.
    ///
    /// # Errors
    ///
    /// 401 where nobody is logged in. The server lets such requests through: it is the plugin that
    /// must refuse them.
    pub fn user_id(&self) -> Result<&'a str> {
        self.header(USER_ID)
            .filter(|id| !id.is_empty())
            .ok_or_else(|| Error::new(401, "plugin.http.not_logged_in", "You are not logged in."))
    }

    /// The plugin that asks, where it is one.
    #[must_use]
    pub fn plugin_id(&self) -> Option<&'a str> {
        self.header(PLUGIN_ID).filter(|id| !id.is_empty())
    }

    /// The body as JSON.
    ///
    /// # Errors
    ///
    /// 400 where it is none, or not a `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.raw.body).map_err(|error| {
            Error::new(400, "plugin.http.bad_body", format!("The body is not what is expected: {error}"))
        })
    }
}

/// Decodes `%41`, and `+` as a blank where it is a query. What is not well formed stays.
pub(super) fn decode(text: &str, query: bool) -> Cow<'_, str> {
    let escaped = text.contains('%') || (query && text.contains('+'));
    if !escaped {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        let escaped = match (first, tail) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match (escaped, first) {
            (Some((high, low)), _) => {
                bytes.push((high << 4) | low);
                rest = tail.get(2..).unwrap_or_default();
            }
            (None, b'+') if query => bytes.push(b' '),
            (None, _) => bytes.push(*first),
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_leaves_what_is_not_well_formed() {
        assert_eq!(decode("a%20b+c", false), "a b+c");
        assert_eq!(decode("a%20b+c", true), "a b c");
        assert_eq!(decode("%C3%A9%", false), "é%");
        assert_eq!(decode("%zz%4", false), "%zz%4");
    }

    #[test]
    fn an_empty_user_header_is_nobody() {
        let raw = HttpRequest {
            headers: vec![crate::types::HttpHeader { name: USER_ID.into(), value: String::new() }],
            ..HttpRequest::default()
        };
        let context = PluginContext::default();
        assert_eq!(Request::new(&raw, &context).user_id().unwrap_err().status(), 401);
    }

    #[test]
    fn query_parameters_are_found_and_decoded() {
        let raw = HttpRequest { url: "/x?a=1&b=two+words&c".into(), ..HttpRequest::default() };
        let context = PluginContext::default();
        let request = Request::new(&raw, &context);
        assert_eq!(request.path(), "/x");
        assert_eq!(request.query("b").as_deref(), Some("two words"));
        assert_eq!(request.query("c").as_deref(), Some(""));
        assert_eq!(request.query("d"), None);
    }
}
