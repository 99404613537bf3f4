//! A response, as it comes.

use std::io;

use serde::de::DeserializeOwned;

use super::{RequestError, ResponseHead, door};
use crate::{Error, Result, types::HttpHeader};

/// Bytes of one read.
const PIECE: u32 = 64 << 10;

/// Characters of a body that an error shows.
const SHOWN: usize = 500;

/// A response: its head is there, its body comes. Dropping it ends the connection.
#[derive(Debug)]
pub struct Response {
    method: String,
    head: ResponseHead,
    raw: door::Response,
}

/// The bytes of a response as they come. Made by [`Response::pieces`].
#[derive(Debug)]
pub struct Pieces<'a> {
    response: &'a mut Response,
    ended: bool,
}

impl Response {
    pub(super) fn new(method: String, raw: door::Response) -> Self {
        Self { method, head: raw.head(), raw }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.head.status
    }

    /// All headers.
    #[must_use]
    pub fn headers(&self) -> &[HttpHeader] {
        &self.head.headers
    }

    /// The first value of a header, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.headers.iter();
        headers.find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value.as_str())
    }

    /// Where it came from, after redirects.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.head.url
    }

    /// The response, if its status is a success (2xx).
    ///
    /// # Errors
    ///
    /// An error of the status 502 that says what was asked and shows the beginning of the answer.
    pub fn ok(self) -> Result<Self> {
        if (200..300).contains(&self.status()) {
            return Ok(self);
        }
        let (status, method) = (self.status(), self.method.clone());
        // Not the query: it may hold a key.
        let url = self.url().split('?').next().unwrap_or_default().to_owned();
        let text = self.text().unwrap_or_default();
        let shown: String = text.trim().chars().take(SHOWN).collect();
        Err(Error::new(502, "plugin.http_client.status", format!("{method} {url} answered {status}: {shown}")))
    }

    /// The next bytes, at most so many; `None` at the end.
    ///
    /// # Errors
    ///
    /// [`Error::Http`] where no more comes.
    pub fn piece(&mut self, most: u32) -> Result<Option<Vec<u8>>> {
        Ok(self.raw.read(most)?)
    }

    /// The bytes as they come, up to 64 KiB at a time.
    pub fn pieces(&mut self) -> Pieces<'_> {
        Pieces { response: self, ended: false }
    }

    /// The whole body. It has to fit into the plugin's memory.
    ///
    /// # Errors
    ///
    /// [`Error::Http`] where it does not come to its end.
    pub fn bytes(mut self) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        for piece in self.pieces() {
            all.extend_from_slice(&piece?);
        }
        Ok(all)
    }

    /// The whole body as text; what is no UTF-8 is replaced.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes).
    pub fn text(self) -> Result<String> {
        Ok(String::from_utf8_lossy(&self.bytes()?).into_owned())
    }

    /// The whole body as JSON.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes), and [`Error::Json`] where it is not a `T`.
    pub fn json<T: DeserializeOwned>(self) -> Result<T> {
        let what = format!("the answer of `{}`", self.url().split('?').next().unwrap_or_default());
        serde_json::from_slice(&self.bytes()?).map_err(Error::json(what))
    }
}

impl Iterator for Pieces<'_> {
    type Item = Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let piece = self.response.piece(PIECE).transpose();
        self.ended = !matches!(piece, Some(Ok(_)));
        piece
    }
}

impl io::Read for Response {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = u32::try_from(into.len()).unwrap_or(u32::MAX);
        if most == 0 {
            return Ok(0);
        }
        let piece = self.raw.read(most).map_err(io_error)?.unwrap_or_default();
        into.get_mut(..piece.len()).ok_or(io::ErrorKind::InvalidData)?.copy_from_slice(&piece);
        Ok(piece.len())
    }
}

/// The error of a stream, with the one of the request inside.
pub(super) fn io_error(error: RequestError) -> io::Error {
    let kind = match &error {
        RequestError::Timeout(_) => io::ErrorKind::TimedOut,
        RequestError::Interrupted(_) => io::ErrorKind::ConnectionAborted,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, Error::from(error))
}
