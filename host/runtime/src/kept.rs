//! What a platform keeps for a plugin while it handles one call.
//!
//! It begins empty with each call and is dropped when the call is over, however it ends: that is how
//! a transaction which a guest left open is rolled back.

use std::{
    any::Any,
    fmt,
    sync::{Arc, OnceLock},
};

/// A place for one value of the platform's. Clones share it.
#[derive(Clone, Default)]
pub struct Kept(Arc<OnceLock<Box<dyn Any + Send + Sync>>>);

impl Kept {
    /// What is kept, made when it is first asked for. A platform keeps one type: asked for another
    /// one, there is nothing.
    #[must_use]
    pub fn get<K: Any + Default + Send + Sync>(&self) -> Option<&K> {
        self.0.get_or_init(|| Box::new(K::default())).downcast_ref()
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Kept")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn what_is_kept_is_the_same_until_the_call_is_over() {
        let kept = Kept::default();
        let clone = kept.clone();
        kept.get::<Mutex<u32>>().unwrap().lock().unwrap().clone_from(&7);
        assert_eq!(*clone.get::<Mutex<u32>>().unwrap().lock().unwrap(), 7);
        assert!(kept.get::<String>().is_none(), "another type");
        assert_eq!(*Kept::default().get::<Mutex<u32>>().unwrap().lock().unwrap(), 0, "another call");
    }
}
