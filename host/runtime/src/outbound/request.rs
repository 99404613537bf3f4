//! A request as both doors hand it over, and its body on the way out.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, Method};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt as _, Full, combinators::UnsyncBoxBody};
use tokio::sync::watch;
use url::Url;

use super::error::OutboundError;

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Longest URL: what servers take at most.
const URL_BYTES: usize = 8 << 10;

/// A request.
#[derive(Debug)]
pub(crate) struct OutboundRequest {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Payload,
    /// Redirects to follow.
    pub(crate) redirects: u8,
    /// Time until the head of the response; the limit's where absent or larger.
    pub(crate) head_timeout: Option<Duration>,
    /// Time between pieces of the response; the limit's where absent or larger.
    pub(crate) idle_timeout: Option<Duration>,
}

/// The body of a request.
#[derive(Debug)]
pub(crate) enum Payload {
    /// All of it; can be sent again.
    Whole(Bytes),
    /// It comes piece by piece, in all so many bytes where that is known.
    Pieces(UnsyncBoxBody<Bytes, BoxError>, Option<u64>),
}

/// Reads the URL of a request. The one reading counts: what is checked is what is connected to.
pub(crate) fn read_url(text: &str) -> Result<Url, OutboundError> {
    let invalid = |what: &str| OutboundError::Invalid(format!("URL {text:.200?}: {what}"));
    if text.len() > URL_BYTES {
        return Err(invalid(&format!("longer than {URL_BYTES} bytes")));
    }
    if text.contains(|c: char| c.is_ascii_control() || c == ' ') {
        return Err(invalid("it holds blanks or control characters"));
    }
    let url = Url::parse(text).map_err(|error| invalid(&error.to_string()))?;
    check_url(url)
}

/// Refuses what no plugin asks for: other schemes, a user in the URL.
pub(super) fn check_url(mut url: Url) -> Result<Url, OutboundError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(OutboundError::Invalid(format!("scheme `{}`; it must be `https` or `http`", url.scheme())));
    }
    if !url.username().is_empty() || url.password().is_some() {
        // Not shown: it may hold a password.
        return Err(OutboundError::Invalid("a user in the URL; credentials belong in a header".to_owned()));
    }
    url.set_fragment(None);
    Ok(url)
}

/// Refuses methods that make something else of the connection.
pub(super) fn check_method(method: &Method) -> Result<(), OutboundError> {
    if matches!(*method, Method::CONNECT | Method::TRACE) {
        return Err(OutboundError::Invalid(format!("method `{method}` is not for plugins")));
    }
    Ok(())
}

/// A body on its way out: counted, bounded, and seen to move.
pub(super) struct Upload {
    body: UnsyncBoxBody<Bytes, BoxError>,
    exact: Option<u64>,
    limit: u64,
    sent: Arc<AtomicU64>,
    progress: watch::Sender<Instant>,
}

impl Upload {
    /// Its bytes are added to `sent`; `progress` says when the last of them went.
    pub(super) fn new(payload: Payload, limit: u64, sent: Arc<AtomicU64>, progress: watch::Sender<Instant>) -> Self {
        let (body, exact) = match payload {
            Payload::Whole(bytes) => (Full::new(bytes).map_err(|never| match never {}).boxed_unsync(), None),
            Payload::Pieces(body, exact) => (body, exact),
        };
        Self { body, exact, limit, sent, progress }
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Some(frame) = ready!(Pin::new(&mut self.body).poll_frame(cx)) else { return Poll::Ready(None) };
        let frame = frame?;
        let bytes = frame.data_ref().map_or(0, |data| u64::try_from(data.len()).unwrap_or(u64::MAX));
        let sent = self.sent.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if sent > self.limit {
            return Poll::Ready(Some(Err(OutboundError::RequestTooLarge { limit: self.limit }.into())));
        }
        self.progress.send_replace(Instant::now());
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.exact.map_or_else(|| self.body.size_hint(), SizeHint::with_exact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_no_user_no_blank_and_a_scheme_of_http() {
        for text in [
            "https://api.example.org@evil.org/",
            "https://user:secret@api.example.org/",
            "https://api.exa mple.org/",
            "https://api.example.org/\r\nHost: evil",
            "https://api.example.org/a\tb",
            " https://api.example.org/",
            "file:///etc/passwd",
            "gopher://api.example.org/",
            "/relative",
            "https://",
            "",
        ] {
            let Err(error) = read_url(text) else { panic!("`{text}` was taken") };
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        assert_eq!(read_url("https://api.example.org/a?b#c").unwrap().as_str(), "https://api.example.org/a?b");
    }

    #[test]
    fn a_method_that_opens_a_tunnel_is_refused() {
        assert!(check_method(&Method::CONNECT).is_err() && check_method(&Method::TRACE).is_err());
        assert_eq!(check_method(&Method::from_bytes(b"PROPFIND").unwrap()), Ok(()));
    }
}
