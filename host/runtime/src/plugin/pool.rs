//! The instances of a plugin: made on demand, reused, thrown away on any fault.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use super::{Policy, instance::Instance, slots::Slots};
use crate::Limits;

/// The pool of one plugin.
#[derive(Debug)]
pub(crate) struct Pool<P: 'static> {
    pub(crate) slots: Slots,
    idle: Mutex<Vec<Instance<P>>>,
    keep: usize,
    generation: AtomicU64,
    in_use: AtomicUsize,
}

impl<P> Pool<P> {
    pub(crate) fn new(limits: &Limits, policy: Policy) -> Self {
        let (instances, keep) = if policy.single_instance {
            (1, 1)
        } else {
            (limits.instances(), usize::try_from(limits.instances_idle).unwrap_or(usize::MAX))
        };
        Self {
            slots: Slots::new(instances),
            idle: Mutex::default(),
            keep,
            generation: AtomicU64::new(0),
            in_use: AtomicUsize::new(0),
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Instance<P>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The generation that instances made now belong to.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// The instance used last, whose memory is warmest.
    pub(crate) fn take(&self) -> Option<Instance<P>> {
        self.idle().pop()
    }

    /// Takes an instance back after a call that went well.
    pub(crate) fn give_back(&self, instance: Instance<P>) {
        let mut idle = self.idle();
        // Compared under the lock: `retire` empties the list under it.
        if instance.generation == self.generation() && idle.len() < self.keep {
            idle.push(instance);
        }
    }

    /// Drops idle instances; those in use are dropped when their call ends.
    pub(crate) fn retire(&self) {
        let retired = {
            let mut idle = self.idle();
            self.generation.fetch_add(1, Ordering::AcqRel);
            std::mem::take(&mut *idle)
        };
        drop(retired);
    }

    /// Counts a call until the guard is dropped.
    pub(crate) fn using(&self) -> Using<'_> {
        self.in_use.fetch_add(1, Ordering::Relaxed);
        Using(&self.in_use)
    }

    /// Instances in use and idle.
    pub(crate) fn instances(&self) -> (usize, usize) {
        (self.in_use.load(Ordering::Relaxed), self.idle().len())
    }
}

/// A call that is under way.
#[derive(Debug)]
pub(crate) struct Using<'a>(&'a AtomicUsize);

impl Drop for Using<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
