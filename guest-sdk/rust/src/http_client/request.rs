//! A request, as an author writes it.

use std::{fmt::Write as _, time::Duration};

use serde::Serialize;

use super::{OutgoingRequest, Response, Upload, door};
use crate::{Error, Result, types::HttpHeader};

/// Redirects that are followed where nothing else is said.
const REDIRECTS: u8 = 10;

/// A request to a host outside the server.
#[derive(Debug)]
#[must_use = "a request is made by `send` or `open`"]
pub struct Request {
    raw: OutgoingRequest,
    body: Vec<u8>,
    /// The first thing that went wrong; told by `send`.
    error: Option<Error>,
}

impl Request {
    /// A request with any method.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        let raw = OutgoingRequest {
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            timeout: None,
            redirects: REDIRECTS,
        };
        Self { raw, body: Vec::new(), error: None }
    }

    /// `GET`.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url)
    }

    /// `POST`.
    pub fn post(url: impl Into<String>) -> Self {
        Self::new("POST", url)
    }

    /// `PUT`.
    pub fn put(url: impl Into<String>) -> Self {
        Self::new("PUT", url)
    }

    /// `PATCH`.
    pub fn patch(url: impl Into<String>) -> Self {
        Self::new("PATCH", url)
    }

    /// `DELETE`.
    pub fn delete(url: impl Into<String>) -> Self {
        Self::new("DELETE", url)
    }

    /// One header more. `Host`, `Content-Length` and what else frames a message is the server's.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.raw.headers.push(HttpHeader { name: name.into(), value: value.into() });
        self
    }

    /// `Authorization: Bearer …`. Like every header that is not harmless, it stays behind where a
    /// redirect leads to another origin.
    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", format!("Bearer {token}"))
    }

    /// One parameter more in the query.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        let (url, fragment) = match self.raw.url.split_once('#') {
            Some((url, fragment)) => (url.to_owned(), Some(fragment.to_owned())),
            None => (std::mem::take(&mut self.raw.url), None),
        };
        let joint = match url.split_once('?') {
            None => "?",
            Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
            Some(_) => "&",
        };
        self.raw.url = format!("{url}{joint}{}={}", encode(name), encode(value));
        if let Some(fragment) = fragment {
            let _ = write!(self.raw.url, "#{fragment}");
        }
        self
    }

    /// Time until the head of the response; the plugin's limit `http_ms` where that is less.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.raw.timeout = Some(u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX));
        self
    }

    /// How many redirects are followed: 10 at most, and where nothing else is said. With 0 the
    /// redirect itself is the response.
    pub fn redirects(mut self, redirects: u8) -> Self {
        self.raw.redirects = redirects;
        self
    }

    /// The body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// A value as JSON.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => self.header("Content-Type", "application/json").body(body),
            Err(source) => {
                let what = format!("the request to `{}`", self.raw.url);
                self.error.get_or_insert_with(|| Error::json(what)(source));
                self
            }
        }
    }

    /// Names and values as an HTML form sends them.
    pub fn form<'a>(self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let pairs = fields.into_iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        self.header("Content-Type", "application/x-www-form-urlencoded").body(body)
    }

    /// Sends the request and waits for the head of the response.
    ///
    /// # Errors
    ///
    /// [`Error::Http`] where there is no response. A response of whatever status is no error: see
    /// [`Response::ok`].
    pub fn send(self) -> Result<Response> {
        if let Some(error) = self.error {
            return Err(error);
        }
        Ok(Response::new(self.raw.method.clone(), door::send(&self.raw, &self.body)?))
    }

    /// Begins the request; what is written to the [`Upload`] is its body, and the body so far the
    /// beginning of it.
    ///
    /// # Errors
    ///
    /// [`Error::Http`] where it cannot be begun.
    pub fn open(self) -> Result<Upload> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let upload = Upload::new(self.raw.method.clone(), door::open(&self.raw)?);
        upload.piece(&self.body)?;
        Ok(upload)
    }
}

/// Percent-encodes everything but letters, digits and `-._~`.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
