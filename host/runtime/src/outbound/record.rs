//! What is kept of every request: a line of the log, metrics, and a record for the platform's
//! audit log. Never the path, the query, a header or a body: these hold secrets.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use http::{Method, StatusCode};
use serde::Serialize;
use url::Url;

use super::{error::OutboundError, rules::Target};
use crate::log::{GuestLog, LogLevel};

/// One request of a plugin to a host outside. A redirect that is followed is one of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OutboundRecord {
    /// `GET`, `POST`, …
    pub method: String,
    /// The host, with `http://` where it is not `https`, and a port where it is not the scheme's.
    pub host: String,
    /// Status of the response; absent where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// `ok` where the response was read to its end, `dropped` where the plugin did not want the
    /// rest of it, else the kind of error.
    pub outcome: &'static str,
    /// Bytes of the request's body that were sent.
    pub sent: u64,
    /// Bytes of the response's body that came.
    pub received: u64,
    /// Milliseconds from the beginning to the end.
    pub milliseconds: u64,
}

/// Takes the records of one plugin.
pub(crate) type Audit = Box<dyn Fn(&OutboundRecord) + Send + Sync>;

/// Where the requests of one plugin are written down.
pub(super) struct Ledger {
    plugin: Arc<str>,
    log: Arc<GuestLog>,
    audit: Audit,
    seconds: metrics::Histogram,
    sent: metrics::Counter,
    received: metrics::Counter,
}

impl fmt::Debug for Ledger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Ledger").field("plugin", &self.plugin).finish_non_exhaustive()
    }
}

impl Ledger {
    pub(super) fn new(plugin: &Arc<str>, log: Arc<GuestLog>, audit: Audit) -> Self {
        let id = || plugin.to_string();
        Self {
            plugin: Arc::clone(plugin),
            log,
            audit,
            seconds: metrics::histogram!("plugin_http_seconds", "plugin_id" => id()),
            sent: metrics::counter!("plugin_http_bytes_total", "plugin_id" => id(), "direction" => "sent"),
            received: metrics::counter!("plugin_http_bytes_total", "plugin_id" => id(), "direction" => "received"),
        }
    }

    /// Begins the record of a request; it is written when the entry is dropped.
    pub(super) fn enter(self: &Arc<Self>, method: &Method, url: &Url) -> Entry {
        // A method is the guest's own text.
        let method: String = method.as_str().chars().take(16).collect();
        let host = Target::of(url).map(|target| target.as_rule()).unwrap_or_default();
        Entry {
            ledger: Arc::clone(self),
            record: OutboundRecord { method, host, outcome: "dropped", ..OutboundRecord::default() },
            sent: Arc::default(),
            started: Instant::now(),
        }
    }

    fn write(&self, record: &OutboundRecord, took: Duration) {
        let OutboundRecord { method, host, outcome, sent, received, milliseconds, .. } = record;
        let status = record.status.unwrap_or_default();
        tracing::info!(
            target: "outbound",
            plugin_id = &*self.plugin, method, host, status, outcome, sent, received, milliseconds,
            "request of a plugin"
        );
        self.seconds.record(took);
        self.sent.increment(*sent);
        self.received.increment(*received);
        metrics::counter!(
            "plugin_http_requests_total",
            "plugin_id" => self.plugin.to_string(), "outcome" => *outcome, "status" => class(record.status)
        )
        .increment(1);
        (self.audit)(record);
    }
}

/// A label that takes six values, whatever a server answers.
const fn class(status: Option<u16>) -> &'static str {
    match status {
        Some(200..=299) => "2xx",
        Some(300..=399) => "3xx",
        Some(400..=499) => "4xx",
        Some(500..=599) => "5xx",
        Some(_) => "other",
        None => "none",
    }
}

/// The record of a request that is under way.
pub(super) struct Entry {
    ledger: Arc<Ledger>,
    record: OutboundRecord,
    sent: Arc<AtomicU64>,
    started: Instant,
}

impl Entry {
    /// Counts the bytes of the request's body.
    pub(super) fn sent(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.sent)
    }

    pub(super) fn answered(&mut self, status: StatusCode) {
        self.record.status = Some(status.as_u16());
    }

    /// Bytes of the response's body, so far.
    pub(super) fn received(&mut self, bytes: usize) -> u64 {
        self.record.received = self.record.received.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        self.record.received
    }

    pub(super) fn ended(&mut self) {
        self.record.outcome = "ok";
    }

    /// Notes how it failed; an admin who looks for the reason finds it in the plugin's log.
    pub(super) fn failed(&mut self, error: &OutboundError) {
        self.record.outcome = error.name();
        if error.concerns_the_admin() {
            let OutboundRecord { method, host, .. } = &self.record;
            self.ledger.log.host(LogLevel::Warn, &format!("{method} {host}: {error}"));
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let took = self.started.elapsed();
        self.record.sent = self.sent.load(Ordering::Relaxed);
        self.record.milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.ledger.write(&self.record, took);
    }
}
