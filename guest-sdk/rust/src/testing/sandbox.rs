//! Clock, randomness, the plugin's id and the log.

use std::time::Duration;

use super::{LogLevel, LogLine, Platform, calls};

/// The clock's first value: the first of January 2026.
pub(super) const START: i64 = 1_767_225_600_000;

/// Time that a call may take, as far as a test is concerned.
const REMAINING_MS: u64 = 30_000;

/// The host cuts a request for random bytes here.
const MAX_RANDOM: u32 = 64 * 1024;

pub(super) fn install(platform: &Platform) {
    platform.answer(calls::sandbox::Now, |platform, ()| platform.state.now.get());
    platform.answer(calls::sandbox::MonotonicNow, |platform, ()| {
        u64::try_from(platform.state.now.get()).unwrap_or_default().saturating_mul(1_000_000)
    });
    platform.answer(calls::sandbox::RandomBytes, |platform, (len,)| {
        (0..len.min(MAX_RANDOM)).map(|_| platform.next_byte()).collect()
    });
    platform.answer(calls::sandbox::PluginId, |platform, ()| platform.state.plugin_id.borrow().clone());
    platform.answer(calls::sandbox::RemainingTime, |_, ()| REMAINING_MS);
    // The clock stands still but for this.
    platform.answer(calls::sandbox::Sleep, |platform, (milliseconds,)| {
        platform.advance(Duration::from_millis(milliseconds.min(REMAINING_MS)));
    });
    platform.answer(calls::sandbox::ReportPanic, |_, (_message,)| ());

    platform.answer(calls::log::LogDebug, |p, (text, fields)| {
        p.push(LogLevel::Debug, text, fields);
    });
    platform.answer(calls::log::LogInfo, |p, (text, fields)| {
        p.push(LogLevel::Info, text, fields);
    });
    platform.answer(calls::log::LogWarn, |p, (text, fields)| {
        p.push(LogLevel::Warn, text, fields);
    });
    platform.answer(calls::log::LogError, |p, (text, fields)| {
        p.push(LogLevel::Error, text, fields);
    });
}

impl Platform {
    /// What the clock shows, in milliseconds since 1970. It stands still until told otherwise.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.state.now.get()
    }

    /// Sets the clock.
    pub fn set_now(&self, now: i64) -> &Self {
        self.state.now.set(now);
        self
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) -> &Self {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.set_now(self.now().saturating_add(by))
    }

    /// Begins the random numbers anew; the same seed gives the same numbers. A fresh platform has
    /// the seed 0.
    pub fn seed(&self, seed: u64) -> &Self {
        self.state.random.set(seed);
        self
    }

    /// What the plugin logged so far.
    #[must_use]
    pub fn log(&self) -> Vec<LogLine> {
        self.state.log.borrow().clone()
    }

    fn push(&self, level: LogLevel, message: String, fields: Vec<(String, String)>) {
        self.state.log.borrow_mut().push(LogLine { level, message, fields });
    }

    /// A byte of SplitMix64.
    fn next_byte(&self) -> u8 {
        let seed = self.state.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.state.random.set(seed);
        let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).to_be_bytes()[0]
    }

    /// A fresh id in Mattermost's form.
    pub(super) fn new_id(&self) -> String {
        const ALPHABET: &[u8; 32] = b"ybndrfg8ejkmcpqxot1uwisza345h769";
        (0..26)
            .filter_map(|_| ALPHABET.get(usize::from(self.next_byte() & 31)))
            .map(|letter| char::from(*letter))
            .collect()
    }
}
