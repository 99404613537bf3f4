//! Stops a statement that runs for too long or takes too much memory. SQLite asks every so many steps.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::super::DatabaseError;

/// Steps between two looks.
pub(super) const STEPS: i32 = 1_000;

/// Memory of SQLite in the whole process at which long statements of plugins are stopped: sorting
/// and recursion go on in memory, so that they fill no disk, and are not limited there.
const MEMORY: i64 = 384 << 20;

/// How long a statement runs before it is suspected of being the one that takes the memory.
const LONG: Duration = Duration::from_millis(200);

/// The statement that a connection is at.
#[derive(Debug)]
pub(super) struct Watch(Mutex<Watched>);

#[derive(Debug)]
struct Watched {
    since: Instant,
    deadline: Instant,
    stopped: Option<DatabaseError>,
}

impl Watch {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self(Mutex::new(Watched { since: now, deadline: now, stopped: None }))
    }

    /// A statement begins.
    pub(super) fn begin(&self, deadline: Instant) {
        *self.lock() = Watched { since: Instant::now(), deadline, stopped: None };
    }

    /// Whether the statement must stop.
    pub(super) fn must_stop(&self) -> bool {
        let mut watched = self.lock();
        let now = Instant::now();
        if now >= watched.deadline {
            watched.stopped = Some(DatabaseError::Stopped);
        } else if now.duration_since(watched.since) > LONG && memory::used() > MEMORY {
            let text = "the memory for statements of all plugins is used up; make smaller steps or sort by an index";
            watched.stopped = Some(DatabaseError::Busy(text.to_owned()));
        }
        watched.stopped.is_some()
    }

    /// Why the statement was stopped.
    pub(super) fn reason(&self) -> DatabaseError {
        self.lock().stopped.clone().unwrap_or(DatabaseError::Stopped)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Watched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A number that no safe function gives.
mod memory {
    #![allow(unsafe_code, reason = "rusqlite has no safe function for it")]

    /// Bytes that SQLite uses in this process.
    pub(super) fn used() -> i64 {
        // SAFETY: it takes nothing, and reads a counter under a mutex of SQLite's own; it may be
        // called at any time and from any thread.
        unsafe { rusqlite::ffi::sqlite3_memory_used() }
    }
}
