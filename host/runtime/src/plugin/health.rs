//! The ladder from a fault to a disabled plugin: instance dropped, backoff, disabled.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Faults older than this are forgotten.
pub(crate) const WINDOW: Duration = Duration::from_secs(600);

/// Faults in a row before calls are held back.
const PATIENCE: u32 = 3;

/// First and longest time for which they are.
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);

/// Health of an active plugin.
#[derive(Debug)]
pub(crate) struct Health {
    most: usize,
    /// A well plugin is called without taking the lock.
    well: AtomicBool,
    state: Mutex<Ladder>,
}

#[derive(Debug, Default)]
struct Ladder {
    recent: VecDeque<Instant>,
    in_a_row: u32,
    until: Option<Instant>,
}

/// What a fault leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The plugin goes on.
    GoOn,
    /// It has faulted too often.
    Disable {
        /// How often.
        faults: usize,
    },
}

impl Health {
    pub(crate) fn new(most: u64) -> Self {
        Self { most: usize::try_from(most).unwrap_or(usize::MAX), well: AtomicBool::new(true), state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, Ladder> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Time until the plugin may be called again, and faults in a row.
    pub(crate) fn backing_off(&self) -> Option<(Duration, u32)> {
        if self.well.load(Ordering::Acquire) {
            return None;
        }
        let state = self.state();
        let wait = state.until?.checked_duration_since(Instant::now())?;
        Some((wait, state.in_a_row))
    }

    pub(crate) fn well(&self) {
        if self.well.load(Ordering::Acquire) {
            return;
        }
        let mut state = self.state();
        state.in_a_row = 0;
        state.until = None;
        self.well.store(true, Ordering::Release);
    }

    pub(crate) fn fault(&self) -> Verdict {
        self.fault_at(Instant::now())
    }

    fn fault_at(&self, now: Instant) -> Verdict {
        let mut state = self.state();
        while state.recent.front().is_some_and(|then| now.duration_since(*then) > WINDOW) {
            state.recent.pop_front();
        }
        state.recent.push_back(now);
        self.well.store(false, Ordering::Release);
        state.in_a_row = state.in_a_row.saturating_add(1);
        if let Some(steps) = state.in_a_row.checked_sub(PATIENCE) {
            let wait = FIRST_BACKOFF.saturating_mul(1 << steps.min(16)).min(LONGEST_BACKOFF);
            state.until = Some(now + wait);
        }
        let faults = state.recent.len();
        if faults >= self.most {
            state.recent.clear();
            return Verdict::Disable { faults };
        }
        Verdict::GoOn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_is_disabled_after_so_many_faults_within_the_window() {
        let health = Health::new(3);
        let start = Instant::now();
        assert_eq!(health.fault_at(start), Verdict::GoOn);
        assert_eq!(health.fault_at(start + Duration::from_secs(1)), Verdict::GoOn);
        assert_eq!(health.fault_at(start + Duration::from_secs(2)), Verdict::Disable { faults: 3 });
    }

    #[test]
    fn old_faults_are_forgotten() {
        let health = Health::new(2);
        let start = Instant::now();
        assert_eq!(health.fault_at(start), Verdict::GoOn);
        assert_eq!(health.fault_at(start + WINDOW + Duration::from_secs(1)), Verdict::GoOn);
    }

    #[test]
    fn faults_in_a_row_hold_calls_back_until_one_goes_well() {
        let health = Health::new(100);
        for _ in 0..2 {
            health.fault();
        }
        assert_eq!(health.backing_off(), None, "two in a row may be chance");
        health.fault();
        health.fault();
        let (wait, in_a_row) = health.backing_off().unwrap();
        assert!(wait <= LONGEST_BACKOFF && in_a_row == 4);
        health.well();
        assert_eq!(health.backing_off(), None);
    }
}
