//! The way of a chain over the bridge: which endpoints it is inside of, and which hop caused which.
//!
//! It travels in the [`CallContext`](crate::CallContext) and is the host's alone: a plugin can
//! neither shorten it nor begin a new one.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// The hops of a chain so far.
#[derive(Clone, Debug, Default)]
pub struct Hops {
    /// Id of the hop that the call is inside of; 0 outside of any.
    span: u64,
    inside: Option<Arc<Hop>>,
}

#[derive(Debug)]
struct Hop {
    target: Arc<str>,
    endpoint: Arc<str>,
    before: Option<Arc<Hop>>,
}

impl Hops {
    /// Id of the hop that the call is inside of; 0 outside of any.
    #[must_use]
    pub const fn span(&self) -> u64 {
        self.span
    }

    /// Whether the chain waits inside this endpoint already.
    pub(crate) fn contains(&self, target: &str, endpoint: &str) -> bool {
        self.iter().any(|hop| &*hop.target == target && &*hop.endpoint == endpoint)
    }

    /// One hop more, with a new id.
    pub(crate) fn enter(&self, target: Arc<str>, endpoint: Arc<str>) -> Self {
        let hop = Hop { target, endpoint, before: self.inside.clone() };
        Self { span: next_span(), inside: Some(Arc::new(hop)) }
    }

    /// What a hop causes that is no call over the bridge.
    pub(crate) fn caused_by(&self, hop: &super::Hop) -> Self {
        Self { span: hop.span, inside: self.inside.clone() }
    }

    /// What comes after a call that does not wait for it: the same cause, and inside of nothing.
    pub(crate) fn detached(&self) -> Self {
        Self { span: self.span, inside: None }
    }

    fn iter(&self) -> impl Iterator<Item = &Hop> {
        std::iter::successors(self.inside.as_deref(), |hop| hop.before.as_deref())
    }
}

/// `agents/v1/ask → search/v1/find`, the outermost first.
impl fmt::Display for Hops {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut hops: Vec<String> = self.iter().map(|hop| format!("{}{}", hop.target, hop.endpoint)).collect();
        hops.reverse();
        formatter.write_str(&hops.join(" → "))
    }
}

/// Ids of hops are of this process; 0 is none.
pub(crate) fn next_span() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_knows_where_it_is_inside_and_shows_its_way() {
        let hops = Hops::default().enter("a".into(), "/x".into()).enter("b".into(), "/y".into());
        assert!(hops.contains("a", "/x") && !hops.contains("a", "/y"));
        assert_eq!(hops.to_string(), "a/x → b/y");
    }

    #[test]
    fn what_nobody_waits_for_is_inside_of_nothing_and_keeps_its_cause() {
        let hops = Hops::default().enter("a".into(), "/x".into());
        let detached = hops.detached();
        assert!(!detached.contains("a", "/x"));
        assert_eq!(detached.span(), hops.span());
    }
}
