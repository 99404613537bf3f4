//! One at a time, in all instances of a plugin and on all nodes of a server.
//!
//! ```
//! # let platform = wasmoat::testing::Platform::new();
//! use std::time::Duration;
//! use wasmoat::mutex::Mutex;
//!
//! let mutex = Mutex::new("reports")?;
//! let held = mutex.lock(Duration::from_secs(5))?;
//! // Only one instance is here.
//! held.unlock()?;
//! # Ok::<(), wasmoat::Error>(())
//! ```
//!
//! The lock is the key `mutex_{name}` of the plugin's key-value store, as with the mutex of
//! Mattermost's `pluginapi`: Go and Rust versions of a plugin exclude each other. It ends by itself
//! 15 seconds after it was taken or [refreshed](Held::refresh), so that an instance that is stopped does
//! not hold it for ever. A plugin has no threads that could refresh it beside the work: work that takes
//! longer calls `refresh` between its steps.

use std::time::Duration;

use crate::{Error, Result, kv, random, sandbox, time};

/// How long a lock is held without being refreshed.
pub const TTL: Duration = Duration::from_secs(15);

/// The seconds of it, as the store wants them.
const TTL_SECONDS: i64 = 15;

/// When a refresh is due: half of the time has passed.
const REFRESH: Duration = Duration::from_millis(7_500);

/// How often a lock that another holds is tried, give or take a quarter of that.
const POLL: Duration = Duration::from_secs(1);

/// Longest pause between tries while the store fails.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Most characters of a key in the store.
const KEY_CHARACTERS: usize = 150;

/// What a lock is kept as.
const LOCKED: &[u8] = &[1];

/// A named lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutex {
    key: String,
}

impl Mutex {
    /// The lock of this name. Two of the same name are the same lock.
    ///
    /// # Errors
    ///
    /// The name is empty, or longer than 144 characters.
    pub fn new(name: &str) -> Result<Self> {
        let key = format!("mutex_{name}");
        if name.is_empty() || key.chars().count() > KEY_CHARACTERS {
            return Err(Error::new(400, "plugin.mutex.name", "A mutex's name has 1 to 144 characters."));
        }
        Ok(Self { key })
    }

    /// Takes the lock where nobody holds it; nothing where somebody does, be it this instance: it is
    /// not re-entrant.
    ///
    /// # Errors
    ///
    /// The store failed.
    pub fn try_lock(&self) -> Result<Option<Held<'_>>> {
        let taken = kv::kv_set_with_options(&self.key, Some(LOCKED), &options(None))?;
        Ok(taken.then(|| Held { mutex: self, refreshed: time::monotonic(), released: false }))
    }

    /// Takes the lock, and waits for it at most so long; never beyond the time that this call of the
    /// plugin may take. The wait uses no computation.
    ///
    /// # Errors
    ///
    /// 408 `plugin.mutex.timeout` where it was not free in time; the store's error where it fails until
    /// then.
    pub fn lock(&self, patience: Duration) -> Result<Held<'_>> {
        let end = time::monotonic().saturating_add(patience.min(time::remaining()));
        let mut pause = POLL;
        loop {
            let failed = match self.try_lock() {
                Ok(Some(held)) => return Ok(held),
                Ok(None) => {
                    pause = POLL;
                    None
                }
                Err(error) => {
                    pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
                    Some(error)
                }
            };
            let left = end.saturating_sub(time::monotonic());
            if left.is_zero() {
                return Err(failed.unwrap_or_else(|| self.timeout(patience)));
            }
            sandbox::sleep(milliseconds(jittered(pause).min(left)));
        }
    }

    fn timeout(&self, patience: Duration) -> Error {
        let message = format!("`{}` was not free within {patience:?}", self.key);
        Error::new(408, "plugin.mutex.timeout", message)
    }
}

/// A lock that is held. It is given back when this is dropped.
#[derive(Debug)]
#[must_use = "the lock is given back at once where this is dropped"]
pub struct Held<'a> {
    mutex: &'a Mutex,
    refreshed: Duration,
    released: bool,
}

impl Held<'_> {
    /// Holds the lock for another 15 seconds, if half of them have passed; call it as often as you like.
    ///
    /// # Errors
    ///
    /// 409 `plugin.mutex.lost` where it ran out and somebody else may hold it: stop what it protects.
    pub fn refresh(&mut self) -> Result<()> {
        let now = time::monotonic();
        let held_for = now.saturating_sub(self.refreshed);
        if held_for < REFRESH {
            return Ok(());
        }
        // One that ran out can have been taken by another, whose value is the same.
        if held_for < TTL && kv::kv_set_with_options(&self.mutex.key, Some(LOCKED), &options(Some(LOCKED)))? {
            self.refreshed = now;
            return Ok(());
        }
        self.released = true;
        Err(Error::new(409, "plugin.mutex.lost", format!("`{}` was not refreshed in time", self.mutex.key)))
    }

    /// Gives the lock back, and says so where that failed; dropping does the same in silence.
    ///
    /// # Errors
    ///
    /// The store failed: the lock ends by itself after 15 seconds.
    pub fn unlock(mut self) -> Result<()> {
        self.release()
    }

    fn release(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.released, true) {
            return Ok(());
        }
        // What has run out may be somebody else's by now.
        if time::monotonic().saturating_sub(self.refreshed) >= TTL {
            return Ok(());
        }
        kv::kv_set(&self.mutex.key, None)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // It ends by itself after its time.
        let _ = self.release();
    }
}

fn options(old: Option<&[u8]>) -> kv::PluginKvSetOptions {
    kv::PluginKvSetOptions { atomic: true, old_value: old.map(<[u8]>::to_vec), expire_in_seconds: TTL_SECONDS }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1)
}

/// A quarter more or less, so that those who wait do not come at once.
fn jittered(pause: Duration) -> Duration {
    let half = milliseconds(pause) / 2;
    let by = random::u64() % half.max(1);
    Duration::from_millis(milliseconds(pause).saturating_sub(half / 2).saturating_add(by))
}

#[cfg(test)]
mod tests;
