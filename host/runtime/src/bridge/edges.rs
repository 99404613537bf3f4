//! Who calls what: one edge for each caller of each endpoint, with what is counted of it and what
//! holds it back. An edge lives as long as the activation of its target.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use metrics::{Counter, Histogram};

use super::{breaker::Breaker, endpoints::Endpoint};

/// Most endpoints that one caller has edges of its own to, where the target declares none: their
/// names are the caller's to make up.
const MAX_OPEN_ENDPOINTS: usize = 64;

/// All other endpoints together.
const OTHER: &str = "other";

/// Status of a call that went well.
pub(super) const OK: &str = "ok";

/// One caller's way to one endpoint.
#[derive(Debug)]
pub(super) struct Edge {
    pub(super) source: Arc<str>,
    pub(super) target: Arc<str>,
    pub(super) endpoint: Arc<str>,
    pub(super) breaker: Arc<Breaker>,
    pub(super) calls: AtomicU64,
    pub(super) errors: AtomicU64,
    pub(super) per_minute: u32,
    rate: DefaultDirectRateLimiter,
    measures: Measures,
}

impl Edge {
    fn new(source: &Arc<str>, target: &Arc<str>, endpoint: Arc<str>, method: &str, per_minute: u32) -> Self {
        Self {
            source: Arc::clone(source),
            target: Arc::clone(target),
            endpoint,
            breaker: Arc::default(),
            calls: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            per_minute,
            rate: RateLimiter::direct(Quota::per_minute(NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN))),
            measures: Measures::new(source, target, method),
        }
    }

    /// Whether the caller has a call left.
    pub(super) fn has_calls_left(&self) -> bool {
        self.rate.check().is_ok()
    }

    /// Counts a call that has ended.
    pub(super) fn ended(&self, took: Duration, status: &'static str) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if status != OK {
            self.errors.fetch_add(1, Ordering::Relaxed);
        }
        self.measures.ended(took, status);
    }
}

/// The metrics of an edge. The handles are made once; labels come from ids of plugins and declared
/// endpoints, so that nobody can make many of them.
struct Measures {
    labels: [(&'static str, String); 3],
    ok: Counter,
    seconds: Histogram,
}

impl std::fmt::Debug for Measures {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Measures").field("labels", &self.labels).finish_non_exhaustive()
    }
}

impl Measures {
    fn new(source: &str, target: &str, method: &str) -> Self {
        let labels = [("source", source.to_owned()), ("target", target.to_owned()), ("method", method.to_owned())];
        let seconds = metrics::histogram!("plugin_bridge_call_duration_seconds", &labels);
        Self { ok: calls(&labels, OK), seconds, labels }
    }

    fn ended(&self, took: Duration, status: &'static str) {
        self.seconds.record(took);
        if status == OK {
            self.ok.increment(1);
        } else {
            calls(&self.labels, status).increment(1);
        }
    }
}

fn calls(labels: &[(&'static str, String); 3], status: &'static str) -> Counter {
    let [source, target, method] = labels.clone();
    let labels = [source, target, method, ("status", status.to_owned())];
    metrics::counter!("plugin_bridge_calls_total", &labels)
}

/// Counts a call that did not get as far as an edge: its target is not there.
pub(super) fn count_unreached(source: &str, target: Option<&Arc<str>>, took: Duration, status: &'static str) {
    Measures::new(source, target.map_or(OTHER, |target| target), OTHER).ended(took, status);
}

/// The edges to one target.
#[derive(Debug, Default)]
pub(crate) struct Edges(RwLock<HashMap<Arc<str>, FromCaller>>);

/// The edges of one caller, by endpoint.
type FromCaller = HashMap<Arc<str>, Arc<Edge>>;

impl Edges {
    /// The edge from a caller to an endpoint, or to a path where the target declares none.
    pub(super) fn of(
        &self,
        source: &Arc<str>,
        target: &Arc<str>,
        place: Result<&Endpoint, &str>,
        per_minute: u32,
    ) -> Arc<Edge> {
        let name = match place {
            Ok(endpoint) => &*endpoint.name,
            Err(path) => path,
        };
        let find = |edges: &HashMap<Arc<str>, HashMap<Arc<str>, Arc<Edge>>>| edges.get(source)?.get(name).cloned();
        if let Some(edge) = find(&self.0.read().unwrap_or_else(PoisonError::into_inner)) {
            return edge;
        }
        let mut edges = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let own = edges.entry(Arc::clone(source)).or_default();
        let is_full = own.len() >= MAX_OPEN_ENDPOINTS;
        let (name, method, per_minute): (Arc<str>, &str, u32) = match place {
            Ok(endpoint) => {
                let declared = endpoint.declared.rate.unwrap_or(per_minute);
                (Arc::clone(&endpoint.name), &endpoint.name, declared.min(per_minute))
            }
            Err(_) if is_full => (OTHER.into(), OTHER, per_minute),
            Err(path) => (path.into(), OTHER, per_minute),
        };
        let edge = own
            .entry(Arc::clone(&name))
            .or_insert_with(|| Arc::new(Edge::new(source, target, name, method, per_minute)));
        Arc::clone(edge)
    }

    /// All edges, in the order of callers and endpoints.
    pub(super) fn all(&self) -> Vec<Arc<Edge>> {
        let edges = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = edges.values().flat_map(HashMap::values).cloned().collect();
        all.sort_by(|a, b| (&a.source, &a.endpoint).cmp(&(&b.source, &b.endpoint)));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_cannot_make_up_endpoints_without_end() {
        let edges = Edges::default();
        let (source, target): (Arc<str>, Arc<str>) = ("a".into(), "b".into());
        for number in 0..1_000 {
            edges.of(&source, &target, Err(&format!("/{number}")), 60);
        }
        assert_eq!(edges.all().len(), MAX_OPEN_ENDPOINTS + 1);
        let other = edges.of(&source, &target, Err("/one-more"), 60);
        assert_eq!(&*other.endpoint, OTHER);
        let known = edges.of(&source, &target, Err("/7"), 60);
        assert_eq!(&*known.endpoint, "/7");
    }

    #[test]
    fn a_caller_has_so_many_calls_a_minute_and_others_have_theirs() {
        let edges = Edges::default();
        let target: Arc<str> = "b".into();
        let edge = |source: &str| edges.of(&source.into(), &target, Err("/x"), 2);
        assert!(edge("a").has_calls_left() && edge("a").has_calls_left() && !edge("a").has_calls_left());
        assert!(edge("c").has_calls_left());
    }
}
