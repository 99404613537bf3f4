//! A bounded cache that never keeps what a writer has just changed.
//!
//! A reader may load a row, lose the processor, and put the row into the cache after a writer has
//! changed and invalidated it. So every invalidation counts up; a reader that sees the count moved
//! while it loaded takes its entry out again.

use std::{
    fmt,
    future::Future,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Values by a text key. Only what exists is kept.
pub(crate) struct Cache<V> {
    entries: moka::sync::Cache<String, V>,
    invalidations: AtomicU64,
}

impl<V> fmt::Debug for Cache<V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Cache").finish_non_exhaustive()
    }
}

impl<V: Clone + Send + Sync + 'static> Cache<V> {
    /// A cache of at most `capacity` values, none older than `life`: what another node of the
    /// server writes is seen after that time at the latest.
    pub(crate) fn new(capacity: u64, life: Duration) -> Self {
        Self {
            entries: moka::sync::Cache::builder().max_capacity(capacity).time_to_live(life).build(),
            invalidations: AtomicU64::new(0),
        }
    }

    /// The value of a key, loaded where it is not there.
    pub(crate) async fn get<E>(
        &self,
        key: &str,
        load: impl Future<Output = Result<Option<V>, E>>,
    ) -> Result<Option<V>, E> {
        if let Some(value) = self.entries.get(key) {
            return Ok(Some(value));
        }
        let before = self.invalidations.load(Ordering::SeqCst);
        let value = load.await?;
        if let Some(value) = &value {
            self.entries.insert(key.to_owned(), value.clone());
            if self.invalidations.load(Ordering::SeqCst) != before {
                self.entries.invalidate(key);
            }
        }
        Ok(value)
    }

    /// Forgets a key. To be called after the change is committed.
    pub(crate) fn invalidate(&self, key: &str) {
        self.invalidations.fetch_add(1, Ordering::SeqCst);
        self.entries.invalidate(key);
    }

    /// Forgets everything. To be called after the change is committed.
    pub(crate) fn clear(&self) {
        self.invalidations.fetch_add(1, Ordering::SeqCst);
        self.entries.invalidate_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(value: u32) -> impl Future<Output = Result<Option<u32>, ()>> {
        std::future::ready(Ok(Some(value)))
    }

    #[tokio::test]
    async fn a_value_is_loaded_once_until_it_is_invalidated() {
        let cache = Cache::new(10, Duration::from_secs(60));
        assert_eq!(cache.get("a", found(1)).await, Ok(Some(1)));
        assert_eq!(cache.get("a", found(2)).await, Ok(Some(1)));
        cache.invalidate("a");
        assert_eq!(cache.get("a", found(3)).await, Ok(Some(3)));
        cache.clear();
        assert_eq!(cache.get("a", found(4)).await, Ok(Some(4)));
    }

    #[tokio::test]
    async fn a_row_that_changed_while_it_was_read_is_not_kept() {
        let cache = Cache::new(10, Duration::from_secs(60));
        let stale = cache.get("a", async {
            cache.invalidate("a");
            Ok::<_, ()>(Some(1))
        });
        assert_eq!(stale.await, Ok(Some(1)));
        assert_eq!(cache.get("a", found(2)).await, Ok(Some(2)));
    }
}
