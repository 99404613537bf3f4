//! What plugins say: log lines of the API, and what WASI guests write to stdout and stderr.
//!
//! A line goes to `tracing` with the plugin's id and into a ring that `wasmoat plugin logs` reads.
//! Lines faster than the plugin's rate are counted and dropped, and the count is said.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use arc_swap::ArcSwap;
use governor::DefaultDirectRateLimiter;
use serde::Serialize;
use tokio::io::AsyncWrite;
use wasmoat_model::now_ms;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

use crate::{Limits, rates};

/// Lines that are kept per plugin.
const LINES_KEPT: usize = 1_000;

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
    bounds: ArcSwap<Bounds>,
    dropped: AtomicU64,
    ring: Mutex<Ring>,
}

/// How many lines, and how long they are.
#[derive(Debug)]
struct Bounds {
    lines_per_second: u64,
    rate: DefaultDirectRateLimiter,
    line_bytes: usize,
}

impl Bounds {
    fn new(limits: &Limits) -> Self {
        let lines_per_second = limits.log_lines_per_second;
        let line_bytes = usize::try_from(limits.log_line_bytes).unwrap_or(usize::MAX);
        Self { lines_per_second, rate: rates::limiter_per_second(lines_per_second), line_bytes }
    }
}

#[derive(Debug, Default)]
struct Ring {
    seq: u64,
    lines: VecDeque<LogLine>,
}

impl GuestLog {
    pub(crate) fn new(plugin: Arc<str>, limits: &Limits) -> Self {
        let bounds = ArcSwap::from_pointee(Bounds::new(limits));
        Self { plugin, bounds, dropped: AtomicU64::new(0), ring: Mutex::default() }
    }

    /// The plugin.
    pub(crate) fn plugin(&self) -> &str {
        &self.plugin
    }

    /// The log outlives activations, whose limits may differ. A plugin that is started again with
    /// the same ones does not begin a new second.
    pub(crate) fn set_limits(&self, limits: &Limits) {
        let bounds = Bounds::new(limits);
        let now = self.bounds.load();
        if (now.lines_per_second, now.line_bytes) != (bounds.lines_per_second, bounds.line_bytes) {
            self.bounds.store(Arc::new(bounds));
        }
    }

    /// A line of the guest, if its rate allows.
    pub(crate) fn guest(&self, level: LogLevel, text: &str, pairs: &[(String, String)]) {
        let bounds = self.bounds.load();
        if bounds.rate.check().is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            metrics::counter!("plugin_log_lines_dropped_total", "plugin_id" => self.plugin.to_string()).increment(1);
            return;
        }
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            self.host(LogLevel::Warn, &format!("{dropped} log lines dropped (setting `log_lines_per_second`)"));
        }
        let mut message = cut(text, bounds.line_bytes).to_owned();
        for (key, value) in pairs {
            // What is written down grows: not more of it than the line has room for.
            let most = (bounds.line_bytes + 1).saturating_sub(message.len());
            if most == 0 {
                break;
            }
            message.push_str(&format!(" {}={:?}", cut(key, most), cut(value, most)));
        }
        self.write(level, &message);
    }

    /// A line of the host about the plugin.
    pub(crate) fn host(&self, level: LogLevel, text: &str) {
        self.write(level, text);
    }

    fn write(&self, level: LogLevel, text: &str) {
        let most = self.bounds.load().line_bytes;
        let mut message: String = cut(text.trim_end(), most).chars().map(harmless).collect();
        if message.len() > most {
            message.truncate(message.floor_char_boundary(most));
            message.push('…');
        }
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

/// The first bytes of a text.
fn cut(text: &str, most: usize) -> &str {
    // One letter more shows that something was cut.
    text.get(..text.floor_char_boundary(most.saturating_add(4))).unwrap_or(text)
}

/// A guest's line breaks must not look like lines of the server, nor its characters command the
/// terminal that shows them or turn its text around.
fn harmless(character: char) -> char {
    match character {
        '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => '⏎',
        '\t' => ' ',
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
        other if other.is_control() => char::REPLACEMENT_CHARACTER,
        other => other,
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
        let most = self.stdio.log.bounds.load().line_bytes;
        for &byte in bytes {
            if byte == b'\n' || self.line.len() >= most {
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

    fn log(log_lines_per_second: u64) -> GuestLog {
        GuestLog::new("p".into(), &Limits { log_lines_per_second, ..Limits::default() })
    }

    #[test]
    fn a_flood_is_cut_and_counted() {
        let log = log(1);
        for _ in 0..1_000 {
            log.guest(LogLevel::Info, "flood", &[]);
        }
        assert_eq!(log.lines(0, 1_000).len(), 10, "a burst of ten times the rate");
        assert_eq!(log.dropped.load(Ordering::Relaxed), 990);
    }

    #[test]
    fn a_line_break_does_not_begin_a_line_of_the_server() {
        let log = log(10);
        log.guest(LogLevel::Error, "a\nERROR admin logged in", &[("k".into(), "v\n".into())]);
        assert_eq!(log.lines(0, 9)[0].message, "a⏎ERROR admin logged in k=\"v\\n\"");
    }

    #[test]
    fn a_line_commands_no_terminal() {
        let log = log(10);
        log.guest(LogLevel::Info, "a\u{1b}[2Jb\u{9b}1A\u{85}c\u{2028}d\u{202e}e\tf\0", &[]);
        assert_eq!(log.lines(0, 9)[0].message, "a\u{fffd}[2Jb\u{fffd}1A⏎c⏎d\u{fffd}e f\u{fffd}");
    }

    #[test]
    fn a_line_is_cut_with_all_its_keys_and_values() {
        let limits = Limits { log_line_bytes: 256, ..Limits::default() };
        let log = GuestLog::new("p".into(), &limits);
        let pairs = vec![("\u{1}".repeat(1 << 20), "\u{1}".repeat(1 << 20)); 100];
        log.guest(LogLevel::Info, &"ä".repeat(1 << 20), &[]);
        log.guest(LogLevel::Info, "text", &pairs);
        for line in log.lines(0, 9) {
            assert!(
                line.message.len() <= 256 + '…'.len_utf8() && line.message.ends_with('…'),
                "{}",
                line.message.len()
            );
        }
    }

    #[test]
    fn another_limit_takes_the_place_of_the_old_one() {
        let log = log(1);
        log.set_limits(&Limits { log_lines_per_second: 5, ..Limits::default() });
        (0..1_000).for_each(|_| log.guest(LogLevel::Info, "flood", &[]));
        assert_eq!(log.lines(0, 1_000).len(), 50);
        log.set_limits(&Limits { log_lines_per_second: 5, ..Limits::default() });
        log.guest(LogLevel::Info, "flood", &[]);
        assert_eq!(log.lines(0, 1_000).len(), 50, "a new start is no new second");
    }

    #[test]
    fn the_newest_lines_are_kept() {
        let log = log(10_000);
        for number in 0..1_200 {
            log.guest(LogLevel::Info, &number.to_string(), &[]);
        }
        let lines = log.lines(0, 2);
        assert_eq!(lines.iter().map(|line| line.message.as_str()).collect::<Vec<_>>(), ["1198", "1199"]);
        assert_eq!(log.lines(lines[0].seq, 10).len(), 1);
    }
}
