//! Server-sent events of an answer that comes in piece by piece.

use std::{
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use futures_core::Stream;
use sseer::{errors::EventStreamError, event_stream::EventStream};

use super::{ProviderError, http::Incoming};

/// Bytes of one line: arguments and encrypted reasoning can be long.
const MAX_LINE: usize = 1 << 20;

/// Bytes of a whole stream.
const MAX_STREAM: usize = 16 << 20;

/// Hands the data of each event to `take` until that says that it was the last. True where it did, false
/// where the stream ended before.
pub fn read(
    incoming: &mut Incoming,
    mut take: impl FnMut(&str) -> Result<bool, ProviderError>,
) -> Result<bool, ProviderError> {
    let mut events = pin!(EventStream::new(Chunks { incoming, line: 0, total: 0 }));
    // Reading waits by itself, so that nothing is ever pending.
    let mut context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(event)) = events.as_mut().poll_next(&mut context) {
        match event {
            Ok(event) => {
                if take(&event.data)? {
                    return Ok(true);
                }
            }
            Err(EventStreamError::Transport(error)) => return Err(error),
            Err(EventStreamError::Utf8Error(error)) => {
                return Err(ProviderError::Malformed { detail: format!("a line is not UTF-8: {error}") });
            }
        }
    }
    Ok(false)
}

/// The bytes of an answer, within bounds.
struct Chunks<'a> {
    incoming: &'a mut Incoming,
    /// Bytes since the last end of a line.
    line: usize,
    total: usize,
}

impl Chunks<'_> {
    fn next(&mut self) -> Option<Result<Bytes, ProviderError>> {
        let chunk = match self.incoming.read() {
            Ok(chunk) => chunk?,
            Err(error) => return Some(Err(error)),
        };
        self.total = self.total.saturating_add(chunk.len());
        self.line = match chunk.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')) {
            Some(end) => chunk.len().saturating_sub(end),
            None => self.line.saturating_add(chunk.len()),
        };
        let too_long = |what: &str, most: usize| {
            Err(ProviderError::Malformed { detail: format!("{what} has more than {most} bytes") })
        };
        Some(if self.line > MAX_LINE {
            too_long("a line of the stream", MAX_LINE)
        } else if self.total > MAX_STREAM {
            too_long("the stream", MAX_STREAM)
        } else {
            Ok(chunk.into())
        })
    }
}

impl Stream for Chunks<'_> {
    type Item = Result<Bytes, ProviderError>;

    fn poll_next(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.next())
    }
}
