//! The clock. `std::time::SystemTime::now` traps in a component without WASI.

use std::time::Duration;

use crate::sandbox;

/// Wall clock: milliseconds since 1970 in UTC, the unit of every time in Mattermost's records.
#[must_use]
pub fn now_ms() -> i64 {
    sandbox::now()
}

/// For measuring: time since some moment, never backwards, the same in all instances of a server.
#[must_use]
pub fn monotonic() -> Duration {
    Duration::from_nanos(sandbox::monotonic_now())
}

/// Waits, without computing; never longer than this call may take.
pub fn sleep(time: Duration) {
    sandbox::sleep(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
}

/// How long this call may still take before the host stops it.
#[must_use]
pub fn remaining() -> Duration {
    Duration::from_millis(sandbox::remaining_time())
}
