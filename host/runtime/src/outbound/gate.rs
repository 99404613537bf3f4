//! How many requests a plugin makes.

use std::{num::NonZeroU32, sync::Arc};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::OutboundError;
use crate::Limits;

/// Counts the requests of one plugin, of all its instances together.
#[derive(Debug)]
pub(super) struct Gate {
    at_once: Arc<Semaphore>,
    at_once_limit: u64,
    per_minute: DefaultDirectRateLimiter,
    per_minute_limit: u64,
}

impl Gate {
    pub(super) fn new(limits: &Limits) -> Self {
        let at_once = usize::try_from(limits.http_requests).unwrap_or(Semaphore::MAX_PERMITS);
        let rate = u32::try_from(limits.http_requests_per_minute).ok().and_then(NonZeroU32::new);
        Self {
            at_once: Arc::new(Semaphore::new(at_once.min(Semaphore::MAX_PERMITS))),
            at_once_limit: limits.http_requests,
            per_minute: RateLimiter::direct(Quota::per_minute(rate.unwrap_or(NonZeroU32::MIN))),
            per_minute_limit: limits.http_requests_per_minute,
        }
    }

    /// A place among those that run, until the permit is dropped. Nobody waits for one: a guest
    /// that waits would hold its instance, and others behind it theirs.
    pub(super) fn enter(&self) -> Result<OwnedSemaphorePermit, OutboundError> {
        let permit = Arc::clone(&self.at_once).try_acquire_owned();
        permit.map_err(|_none_left| OutboundError::TooManyAtOnce { limit: self.at_once_limit })
    }

    /// Counts a request, or a redirect that is followed, into the minute.
    pub(super) fn count(&self) -> Result<(), OutboundError> {
        let counted = self.per_minute.check();
        counted.map_err(|_not_until| OutboundError::TooManyPerMinute { limit: self.per_minute_limit })
    }
}
