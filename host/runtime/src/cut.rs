//! The end of a run, brought forward.

use std::time::{Duration, Instant};

use tokio::sync::watch;

/// Ends a run before its deadline. Clones are the same cut.
#[derive(Clone, Debug, Default)]
pub struct Cut(watch::Sender<Option<Instant>>);

impl Cut {
    /// The run ends no later than this from now.
    pub fn after(&self, grace: Duration) {
        let end = Instant::now() + grace;
        self.0.send_modify(|at| *at = Some(at.map_or(end, |before| before.min(end))));
    }

    /// When the run ends, if that was brought forward.
    #[must_use]
    pub fn at(&self) -> Option<Instant> {
        *self.0.borrow()
    }

    /// Returns once the run has to end.
    pub(crate) async fn passed(&self) {
        let mut changes = self.0.subscribe();
        loop {
            let at = *changes.borrow_and_update();
            let changed = async {
                // `self` holds a sender: there is always one.
                let _ = changes.changed().await;
            };
            match at {
                Some(at) => tokio::select! {
                    () = tokio::time::sleep_until(at.into()) => return,
                    () = changed => {}
                },
                None => changed.await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_earliest_end_counts() {
        let cut = Cut::default();
        assert_eq!(cut.at(), None);
        cut.after(Duration::from_secs(60));
        cut.after(Duration::from_millis(1));
        cut.after(Duration::from_secs(60));
        assert!(cut.at().unwrap() < Instant::now() + Duration::from_secs(1));
        cut.passed().await;
    }
}
