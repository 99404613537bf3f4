//! A circuit breaker: one caller's way to one endpoint.
//!
//! Closed, it remembers how the last calls went. Where half of them failed or took far too long, it
//! opens: calls are refused at once, for a while that doubles each time. Then one call is let
//! through to see (half open): if it goes well the breaker closes, else it opens again.
//!
//! Written here and not taken from a crate: those that there are keep their state to themselves,
//! and an admin wants to see it; and none counts a slow answer as a bad one.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use serde::Serialize;

/// Calls that are remembered.
const WINDOW: u32 = 32;

/// Calls that must have been made before the breaker judges.
const LEAST: u32 = 10;

/// First and longest time for which it is open.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What a breaker does with the next call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// Lets it through.
    Closed,
    /// Refuses it.
    Open,
    /// Lets one through, to see.
    HalfOpen,
}

/// See the head of this file.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<Circuit>);

#[derive(Debug, Default)]
struct Circuit {
    /// The last calls, the newest in the lowest bit; 1 is a bad one.
    history: u32,
    remembered: u32,
    open: Option<Open>,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    until: Instant,
    wait: Duration,
    /// A call is on its way to see.
    probing: bool,
}

/// Leave to make one call. Dropped without a verdict, it says nothing about the target.
#[derive(Debug)]
pub(super) struct Leave {
    breaker: Arc<Breaker>,
    is_probe: bool,
}

impl Breaker {
    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leave for a call, or how long there is none.
    pub(super) fn ask(self: &Arc<Self>, now: Instant) -> Result<Leave, Duration> {
        let mut circuit = self.circuit();
        let is_probe = match &mut circuit.open {
            None => false,
            Some(open) if open.probing || now < open.until => {
                // Who comes while another one probes comes again a little later.
                return Err(open.until.saturating_duration_since(now).max(FIRST_WAIT / 10));
            }
            Some(open) => {
                open.probing = true;
                true
            }
        };
        drop(circuit);
        Ok(Leave { breaker: Arc::clone(self), is_probe })
    }

    pub(super) fn state(&self, now: Instant) -> BreakerState {
        match self.circuit().open {
            None => BreakerState::Closed,
            Some(open) if !open.probing && now < open.until => BreakerState::Open,
            Some(_) => BreakerState::HalfOpen,
        }
    }
}

impl Leave {
    /// The call went well, or did not.
    pub(super) fn done(self, bad: bool, now: Instant) {
        let mut circuit = self.breaker.circuit();
        if self.is_probe {
            let wait = circuit.open.map_or(FIRST_WAIT, |open| open.wait);
            *circuit = Circuit::default();
            if bad {
                circuit.open(now, wait.saturating_mul(2).min(LONGEST_WAIT));
            }
            return;
        }
        circuit.history = (circuit.history << 1) | u32::from(bad);
        circuit.remembered = (circuit.remembered + 1).min(WINDOW);
        let bad_ones = circuit.history.count_ones();
        if circuit.open.is_none() && circuit.remembered >= LEAST && bad_ones * 2 >= circuit.remembered {
            circuit.open(now, FIRST_WAIT);
        }
    }
}

impl Circuit {
    fn open(&mut self, now: Instant, wait: Duration) {
        self.history = 0;
        self.remembered = 0;
        self.open = Some(Open { until: now + wait, wait, probing: false });
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        if self.is_probe
            && let Some(open) = &mut self.breaker.circuit().open
        {
            open.probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(breaker: &Arc<Breaker>, how: &[bool], now: Instant) {
        for bad in how {
            breaker.ask(now).unwrap().done(*bad, now);
        }
    }

    #[test]
    fn half_of_the_calls_going_wrong_opens_it_and_less_does_not() {
        let now = Instant::now();
        let breaker = Arc::new(Breaker::default());
        calls(&breaker, &[false, false, true].repeat(20), now);
        assert_eq!(breaker.state(now), BreakerState::Closed);
        calls(&breaker, &[true; 7], now);
        assert_eq!(breaker.state(now), BreakerState::Open);
        assert!(breaker.ask(now).unwrap_err() <= FIRST_WAIT);
    }

    #[test]
    fn a_few_failures_are_no_reason() {
        let now = Instant::now();
        let breaker = Arc::new(Breaker::default());
        calls(&breaker, &[true; 9], now);
        assert_eq!(breaker.state(now), BreakerState::Closed);
    }

    #[test]
    fn after_a_while_one_call_is_let_through_and_closes_it() {
        let now = Instant::now();
        let breaker = Arc::new(Breaker::default());
        calls(&breaker, &[true; 10], now);
        let later = now + FIRST_WAIT;
        let probe = breaker.ask(later).unwrap();
        assert_eq!(breaker.state(later), BreakerState::HalfOpen);
        assert!(breaker.ask(later).is_err(), "one at a time");
        probe.done(false, later);
        assert_eq!(breaker.state(later), BreakerState::Closed);
    }

    #[test]
    fn a_probe_that_fails_opens_it_for_twice_as_long() {
        let now = Instant::now();
        let breaker = Arc::new(Breaker::default());
        calls(&breaker, &[true; 10], now);
        let later = now + FIRST_WAIT;
        breaker.ask(later).unwrap().done(true, later);
        assert_eq!(breaker.state(later + FIRST_WAIT), BreakerState::Open);
        assert!(breaker.ask(later + FIRST_WAIT * 2).is_ok());
    }

    #[test]
    fn a_probe_that_was_given_up_makes_room_for_another() {
        let now = Instant::now();
        let breaker = Arc::new(Breaker::default());
        calls(&breaker, &[true; 10], now);
        let later = now + FIRST_WAIT;
        drop(breaker.ask(later).unwrap());
        assert!(breaker.ask(later).is_ok());
    }
}
