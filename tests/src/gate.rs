//! A gate in the platform: guests that ask for the key `gate` wait until it is open.

use std::sync::Arc;

use tokio::sync::watch;

/// Open at first. Tests close it to hold guests inside a call of the API, and know how many are
/// there, so that no test has to guess a time.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    open: watch::Sender<bool>,
    waiting: watch::Sender<usize>,
}

impl Default for Gate {
    fn default() -> Self {
        Self(Arc::new(Inner { open: watch::Sender::new(true), waiting: watch::Sender::new(0) }))
    }
}

/// Counts a guest as waiting, also where its call is given up.
struct Waiting<'a>(&'a watch::Sender<usize>);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|waiting| *waiting -= 1);
    }
}

impl Gate {
    /// Lets nobody through any more.
    pub fn close(&self) {
        self.0.open.send_replace(false);
    }

    /// Lets everybody through.
    pub fn open(&self) {
        self.0.open.send_replace(true);
    }

    /// Returns once exactly so many guests wait at the gate.
    pub async fn until_waiting(&self, guests: usize) {
        // The sender lives as long as `self`.
        let _ = self.0.waiting.subscribe().wait_for(|waiting| *waiting == guests).await;
    }

    pub(crate) async fn pass(&self) {
        self.0.waiting.send_modify(|waiting| *waiting += 1);
        let _waiting = Waiting(&self.0.waiting);
        let _ = self.0.open.subscribe().wait_for(|open| *open).await;
    }
}
