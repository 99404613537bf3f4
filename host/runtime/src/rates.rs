//! How often a plugin may do what others have to bear: events to clients, posts, mails, audit
//! records. One [`Rate`] each, shared by all of a plugin's calls and jobs.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::{
    Limits,
    log::{GuestLog, LogLevel},
};

/// A plugin did something too often.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the plugin may make {limit} {what} a {per} (setting `{setting}`)")]
pub struct TooOften {
    /// Like `posts`.
    pub what: &'static str,
    /// How many.
    pub limit: u64,
    /// In which time.
    pub per: &'static str,
    /// The setting to change.
    pub setting: &'static str,
}

/// The rates of one plugin.
#[derive(Debug)]
pub struct Rates {
    /// Events that it sends to clients by itself.
    pub websocket_events: Rate,
    /// Posts that it makes.
    pub posts: Rate,
    /// Mails and push notifications that it sends.
    pub notifications: Rate,
    /// Records of the audit log that it writes.
    pub audit_records: Rate,
}

impl Rates {
    pub(crate) fn new(limits: &Limits, log: &Arc<GuestLog>) -> Self {
        let rate = |what, per, setting| Rate::new(limits, log, what, per, setting);
        Self {
            websocket_events: rate("websocket events", SECOND, "websocket_events_per_second"),
            posts: rate("posts", MINUTE, "posts_per_minute"),
            notifications: rate("mails and push notifications", MINUTE, "notifications_per_minute"),
            audit_records: rate("audit records", SECOND, "audit_records_per_second"),
        }
    }
}

const SECOND: &str = "second";
const MINUTE: &str = "minute";

/// A number of acts in a time. A second's number may be saved up tenfold; a minute's may be used
/// at once.
#[derive(Debug)]
pub struct Rate {
    limiter: DefaultDirectRateLimiter,
    error: TooOften,
    log: Arc<GuestLog>,
    refused: AtomicU64,
}

impl Rate {
    fn new(limits: &Limits, log: &Arc<GuestLog>, what: &'static str, per: &'static str, setting: &'static str) -> Self {
        let limit = limits.get(setting).unwrap_or_default();
        let number = number(limit);
        let quota = if per == SECOND { per_second(number) } else { Quota::per_minute(number) };
        let error = TooOften { what, limit, per, setting };
        Self { limiter: RateLimiter::direct(quota), error, log: Arc::clone(log), refused: AtomicU64::new(0) }
    }

    /// Counts one act. Refusals are said in the plugin's log: the first, and later how many.
    ///
    /// # Errors
    ///
    /// Where it is one too many.
    pub fn take(&self) -> Result<(), TooOften> {
        if self.limiter.check().is_ok() {
            let refused = self.refused.swap(0, Ordering::Relaxed);
            if refused > 1 {
                self.log.host(LogLevel::Warn, &format!("{refused} refused: {}", self.error));
            }
            return Ok(());
        }
        metrics::counter!(
            "plugin_rate_limited_total", "plugin_id" => self.log.plugin().to_owned(), "setting" => self.error.setting
        )
        .increment(1);
        if self.refused.fetch_add(1, Ordering::Relaxed) == 0 {
            self.log.guest(LogLevel::Warn, &format!("refused: {}", self.error), &[]);
        }
        Err(self.error.clone())
    }
}

fn number(limit: u64) -> NonZeroU32 {
    u32::try_from(limit).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN)
}

fn per_second(number: NonZeroU32) -> Quota {
    Quota::per_second(number).allow_burst(number.saturating_mul(NonZeroU32::MIN.saturating_add(9)))
}

/// A limiter of so many in a second.
pub(crate) fn limiter_per_second(limit: u64) -> DefaultDirectRateLimiter {
    RateLimiter::direct(per_second(number(limit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_often_is_refused_and_said_once() {
        let limits = Limits { posts_per_minute: 3, ..Limits::default() };
        let log = Arc::new(GuestLog::new("p".into(), &limits));
        let rates = Rates::new(&limits, &log);
        let refused = (0..10).filter(|_| rates.posts.take().is_err()).count();
        assert_eq!(refused, 7);
        assert!(rates.posts.take().unwrap_err().to_string().contains("`posts_per_minute`"));
        let lines = log.lines(0, 100);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(rates.audit_records.take().is_ok(), "each rate is its own");
    }
}
