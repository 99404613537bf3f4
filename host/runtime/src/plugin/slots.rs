//! How many calls at once, without deadlock.
//!
//! A call from outside waits for a slot until its deadline. A call from inside a plugin holds
//! slots of its callers while it waits, so it waits only for a slot of its own depth: what it
//! waits for is held by calls that wait, if at all, for deeper slots, and the deepest wait for
//! nobody. A plugin with too few slots to spare one for each depth does not let nested calls wait:
//! past the limit they fail at once.

use std::{sync::Arc, time::Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::MAX_DEPTH;

/// Slots of one plugin.
#[derive(Debug)]
pub(crate) struct Slots {
    limit: usize,
    outside: Arc<Semaphore>,
    /// By depth from 1; empty where nested calls share the slots of the outside.
    nested: Vec<Arc<Semaphore>>,
}

/// A slot, given back when dropped.
pub(crate) type Slot = OwnedSemaphorePermit;

impl Slots {
    pub(crate) fn new(limit: usize) -> Self {
        let depths = MAX_DEPTH - 1;
        // One in sixteen for each depth of nesting, the rest for calls from outside.
        let reserve = (limit / 16).max(1);
        let (outside, nested) = match limit.checked_sub(reserve * depths) {
            Some(outside) if outside > 0 => (outside, (0..depths).map(|_| Arc::new(Semaphore::new(reserve))).collect()),
            _ => (limit, Vec::new()),
        };
        Self { limit, outside: Arc::new(Semaphore::new(outside)), nested }
    }

    pub(crate) const fn limit(&self) -> usize {
        self.limit
    }

    /// A slot for a call at this depth; `None` where there is none in time.
    pub(crate) async fn take(&self, depth: usize, deadline: Instant) -> Option<Slot> {
        let (slots, may_wait) = match depth.checked_sub(1) {
            None => (&self.outside, true),
            Some(nested) => match self.nested.get(nested) {
                Some(slots) => (slots, true),
                None => (&self.outside, false),
            },
        };
        if let Ok(slot) = Arc::clone(slots).try_acquire_owned() {
            return Some(slot);
        }
        if !may_wait {
            return None;
        }
        tokio::time::timeout_at(deadline.into(), Arc::clone(slots).acquire_owned()).await.ok()?.ok()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(20)
    }

    #[tokio::test]
    async fn slots_never_add_up_to_more_than_the_limit() {
        for limit in [1, 2, 7, 8, 16, 32, 100, 512] {
            let slots = Slots::new(limit);
            let mut held = Vec::new();
            for depth in 0..MAX_DEPTH {
                while let Some(slot) = slots.take(depth, Instant::now()).await {
                    held.push(slot);
                }
            }
            assert!(held.len() <= limit && !held.is_empty(), "{limit}: {}", held.len());
        }
    }

    #[tokio::test]
    async fn a_nested_call_finds_a_slot_when_the_outside_holds_all_of_its_own() {
        let slots = Slots::new(16);
        let mut outside = Vec::new();
        while let Some(slot) = slots.take(0, Instant::now()).await {
            outside.push(slot);
        }
        assert!(slots.take(1, soon()).await.is_some());
    }

    #[tokio::test]
    async fn where_there_are_few_slots_a_nested_call_fails_at_once() {
        let slots = Slots::new(1);
        let _held = slots.take(0, soon()).await.unwrap();
        let far = Instant::now() + Duration::from_secs(600);
        assert!(slots.take(1, far).await.is_none());
    }
}
