//! The last hops between plugins, by the request that they belong to: what a trace is made of.
//!
//! A trace is all hops with one request id; each says which hop it was caused by. They are kept in
//! memory, the newest of all plugins together, so that an admin can ask what just happened without
//! a collector. What is to be kept for longer goes by `tracing`, which has a span for each hop.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::{Serialize, Serializer};
use wasmoat_model::now_ms;

use super::hops::next_span;
use crate::CallContext;

/// Hops that are kept.
const MAX_HOPS: usize = 4_096;

/// Most characters of an error that are kept.
const MAX_TEXT: usize = 500;

/// One hop that has ended.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Hop {
    /// Id of the request that started the chain.
    pub request_id: String,
    /// Id of this hop.
    pub span: u64,
    /// Id of the hop that it was caused by; 0 for none.
    pub parent: u64,
    /// The door: `call-plugin`, `plugin-http`, `http-client` …
    pub door: &'static str,
    /// Who called.
    #[serde(serialize_with = "text")]
    pub source: Arc<str>,
    /// Who was called.
    #[serde(serialize_with = "text")]
    pub target: Arc<str>,
    /// What was called.
    #[serde(serialize_with = "text")]
    pub endpoint: Arc<str>,
    /// User who started the chain; empty for none.
    pub user_id: String,
    /// When it began, in milliseconds since 1970.
    pub started_at: i64,
    /// How long it took, in microseconds.
    pub took_us: u64,
    /// `ok`, or the kind of error.
    pub status: &'static str,
    /// Text of the error; empty where there was none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub error: String,
}

/// Status of a call that its caller did not see the end of.
pub(super) const GIVEN_UP: &str = "given_up";

impl Hop {
    /// A call begins: whoever makes calls that belong into traces, to plugins or to hosts outside,
    /// notes them by [`Runtime::note`](crate::Runtime::note) when they end.
    #[must_use]
    pub fn begin(
        context: &CallContext,
        door: &'static str,
        source: Arc<str>,
        target: Arc<str>,
        endpoint: Arc<str>,
    ) -> Self {
        Self {
            request_id: context.request_id().to_owned(),
            span: next_span(),
            parent: context.hops.span(),
            door,
            source,
            target,
            endpoint,
            user_id: context.user_id().to_owned(),
            started_at: now_ms(),
            took_us: 0,
            status: GIVEN_UP,
            error: String::new(),
        }
    }

    /// It has ended: `ok`, or the kind of error and its text.
    #[must_use]
    pub fn ended(self, took: Duration, status: &'static str, error: &str) -> Self {
        let error = error.chars().take(MAX_TEXT).collect();
        Self { took_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX), status, error, ..self }
    }
}

fn text<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

/// See the head of this file.
#[derive(Debug, Default)]
pub(crate) struct Traces(Mutex<VecDeque<Hop>>);

impl Traces {
    fn hops(&self) -> MutexGuard<'_, VecDeque<Hop>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, hop: Hop) {
        let mut hops = self.hops();
        // Dropped after the lock is free.
        let _oldest = (hops.len() >= MAX_HOPS).then(|| hops.pop_front());
        hops.push_back(hop);
    }

    /// The hops of a request, or the newest of all, in the order in which they began.
    pub(crate) fn list(&self, request_id: Option<&str>, most: usize) -> Vec<Hop> {
        let hops = self.hops();
        let meant = hops.iter().rev().filter(|hop| request_id.is_none_or(|id| hop.request_id == id));
        let mut found: Vec<Hop> = meant.take(most).cloned().collect();
        drop(hops);
        // Ids are given in order; the clock may be set back.
        found.sort_by_key(|hop| hop.span);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(request_id: &str, span: u64) -> Hop {
        Hop {
            request_id: request_id.to_owned(),
            span,
            parent: 0,
            door: "call-plugin",
            source: "a".into(),
            target: "b".into(),
            endpoint: "/x".into(),
            user_id: String::new(),
            started_at: 0,
            took_us: 1,
            status: "ok",
            error: String::new(),
        }
    }

    #[test]
    fn the_newest_hops_are_kept_and_found_by_request() {
        let traces = Traces::default();
        for span in 0..5_000 {
            traces.push(hop(if span % 2 == 0 { "even" } else { "odd" }, span));
        }
        assert_eq!(traces.list(None, usize::MAX).len(), MAX_HOPS);
        let last: Vec<u64> = traces.list(Some("odd"), 2).iter().map(|hop| hop.span).collect();
        assert_eq!(last, [4_997, 4_999]);
    }
}
