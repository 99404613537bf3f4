//! What plugins say: log lines of the API, and what WASI guests write to stdout and stderr.
//!
//! A line goes to `tracing` with the plugin's id and into a ring that `wasmoat plugin logs` reads.
//! Lines faster than the plugin's rate are counted and dropped, and the count is said.

use std::{
    collections::VecDeque,
    io,
    num::NonZeroU32,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use serde::Serialize;
use tokio::io::AsyncWrite;
use wasmoat_model::now_ms;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

/// Lines that are kept per plugin.
const LINES_KEPT: usize = 1_000;

/// Bytes of a line; what is longer is cut.
const LINE_BYTES: usize = 8 << 10;

/// Severity of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// `LogDebug`.
    Debug,
    /// `LogInfo`.
    Info,
    /// `LogWarn`.
    Warn,
    /// `LogError`.
    Error,
}

/// A line that a plugin logged, or the server about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// Counts up per plugin, from 1.
    pub seq: u64,
    /// Milliseconds since 1970.
    pub time: i64,
    /// Severity.
    pub level: LogLevel,
    /// Text, with its keys and values.
    pub message: String,
}

/// The log of one plugin.
#[derive(Debug)]
pub(crate) struct GuestLog {
    plugin: Arc<str>,
    rate: DefaultDirectRateLimiter,
    dropped: AtomicU64,
    ring: Mutex<Ring>,
}

#[derive(Debug, Default)]
struct Ring {
    seq: u64,
    lines: VecDeque<LogLine>,
}

impl GuestLog {
    pub(crate) fn new(plugin: Arc<str>, lines_per_second: u64) -> Self {
        let rate = u32::try_from(lines_per_second).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(rate).allow_burst(rate.saturating_mul(NonZeroU32::MIN.saturating_add(9)));
        Self { plugin, rate: RateLimiter::direct(quota), dropped: AtomicU64::new(0), ring: Mutex::default() }
    }

    /// A line of the guest, if its rate allows.
    pub(crate) fn guest(&self, level: LogLevel, text: &str, pairs: &[(String, String)]) {
        if self.rate.check().is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            metrics::counter!("plugin_log_lines_dropped_total", "plugin_id" => self.plugin.to_string()).increment(1);
            return;
        }
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            self.host(LogLevel::Warn, &format!("{dropped} log lines dropped (setting `log_lines_per_second`)"));
        }
        let mut message = text.to_owned();
        for (key, value) in pairs {
            message.push_str(&format!(" {key}={value:?}"));
        }
        self.write(level, message);
    }

    /// A line of the host about the plugin.
    pub(crate) fn host(&self, level: LogLevel, text: &str) {
        self.write(level, text.to_owned());
    }

    fn write(&self, level: LogLevel, mut message: String) {
        if message.len() > LINE_BYTES {
            message.truncate(message.floor_char_boundary(LINE_BYTES));
            message.push('…');
        }
        // A guest's line breaks must not look like lines of the server.
        let message = message.trim_end().replace(['\n', '\r'], "⏎");
        let plugin_id = &*self.plugin;
        match level {
            LogLevel::Debug => tracing::debug!(target: "plugin", plugin_id, "{message}"),
            LogLevel::Info => tracing::info!(target: "plugin", plugin_id, "{message}"),
            LogLevel::Warn => tracing::warn!(target: "plugin", plugin_id, "{message}"),
            LogLevel::Error => tracing::error!(target: "plugin", plugin_id, "{message}"),
        }
        let mut ring = self.ring();
        ring.seq += 1;
        if ring.lines.len() == LINES_KEPT {
            ring.lines.pop_front();
        }
        let seq = ring.seq;
        ring.lines.push_back(LogLine { seq, time: now_ms(), level, message });
    }

    /// The newest lines after a sequence number, the oldest of them first.
    pub(crate) fn lines(&self, after: u64, most: usize) -> Vec<LogLine> {
        let ring = self.ring();
        let newer = ring.lines.iter().filter(|line| line.seq > after);
        let skip = newer.clone().count().saturating_sub(most);
        newer.skip(skip).cloned().collect()
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A WASI guest's stdout or stderr: each line of it is a log line.
#[derive(Clone, Debug)]
pub(crate) struct Stdio {
    log: Arc<GuestLog>,
    level: LogLevel,
}

impl Stdio {
    pub(crate) const fn new(log: Arc<GuestLog>, level: LogLevel) -> Self {
        Self { log, level }
    }
}

impl IsTerminal for Stdio {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Stdio {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(LineWriter { stdio: self.clone(), line: Vec::new() })
    }
}

/// Gathers bytes to lines.
struct LineWriter {
    stdio: Stdio,
    line: Vec<u8>,
}

impl LineWriter {
    fn flush_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            self.stdio.log.guest(self.stdio.level, &String::from_utf8_lossy(&line), &[]);
        }
    }
}

impl AsyncWrite for LineWriter {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        for &byte in bytes {
            if byte == b'\n' || self.line.len() >= LINE_BYTES {
                self.flush_line();
            }
            if byte != b'\n' {
                self.line.push(byte);
            }
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.flush_line();
        Poll::Ready(Ok(()))
    }
}

impl Drop for LineWriter {
    fn drop(&mut self) {
        self.flush_line();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_cut_and_counted() {
        let log = GuestLog::new("p".into(), 1);
        for _ in 0..1_000 {
            log.guest(LogLevel::Info, "flood", &[]);
        }
        assert_eq!(log.lines(0, 1_000).len(), 10, "a burst of ten times the rate");
        assert_eq!(log.dropped.load(Ordering::Relaxed), 990);
    }

    #[test]
    fn a_line_break_does_not_begin_a_line_of_the_server() {
        let log = GuestLog::new("p".into(), 10);
        log.guest(LogLevel::Error, "a\nERROR admin logged in", &[("k".into(), "v\n".into())]);
        assert_eq!(log.lines(0, 9)[0].message, "a⏎ERROR admin logged in k=\"v\\n\"");
    }

    #[test]
    fn the_newest_lines_are_kept() {
        let log = GuestLog::new("p".into(), 10_000);
        for number in 0..1_200 {
            log.guest(LogLevel::Info, &number.to_string(), &[]);
        }
        let lines = log.lines(0, 2);
        assert_eq!(lines.iter().map(|line| line.message.as_str()).collect::<Vec<_>>(), ["1198", "1199"]);
        assert_eq!(log.lines(lines[0].seq, 10).len(), 1);
    }
}
