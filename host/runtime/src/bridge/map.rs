//! Who offers what to whom, and how it goes: the bridge at one moment, for people.

use std::{collections::BTreeSet, sync::atomic::Ordering, time::Instant};

use serde::Serialize;

use super::{BreakerState, edges::Edge, endpoints::Endpoint};
use crate::{ExecuteBridgeCall, Hook, Platform, Runtime, ServeHTTP, plugin::Plugin};

/// The bridge at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BridgeMap {
    /// The active plugins, in the order of their ids.
    pub plugins: Vec<MapPlugin>,
    /// Who has called what since the target was activated, in the order of target and caller.
    pub edges: Vec<MapEdge>,
}

/// An active plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MapPlugin {
    /// Id.
    pub id: String,
    /// `direct` for `execute-bridge-call`, `http` for `serve-http`, `none` for neither.
    pub form: &'static str,
    /// What it declares; where that is nothing, it answers whatever it is asked.
    pub endpoints: Vec<MapEndpoint>,
    /// Plugins that the admin lets it call.
    pub may_call: BTreeSet<String>,
}

/// A declared endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MapEndpoint {
    /// Path.
    pub path: String,
    /// Version.
    pub version: String,
    /// What it does.
    pub description: String,
    /// Who may call it.
    pub callers: BTreeSet<String>,
}

/// One caller's calls of one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MapEdge {
    /// Caller.
    pub source: String,
    /// Target.
    pub target: String,
    /// Endpoint.
    pub endpoint: String,
    /// Calls that have ended.
    pub calls: u64,
    /// Those of them that ended with an error.
    pub errors: u64,
    /// Whether the next is let through.
    pub breaker: BreakerState,
}

impl<P: Platform> Runtime<P> {
    /// The bridge at this moment.
    #[must_use]
    pub fn bridge_map(&self) -> BridgeMap {
        let registry = self.inner().registry().clone();
        let now = Instant::now();
        let mut map = BridgeMap::default();
        for plugin in registry.plugins() {
            map.plugins.push(map_plugin(plugin));
            map.edges.extend(plugin.served.edges.all().iter().map(|edge| map_edge(edge, now)));
        }
        map
    }
}

fn map_plugin<P: Platform>(plugin: &Plugin<P>) -> MapPlugin {
    let form = match () {
        () if plugin.implements(ExecuteBridgeCall::INDEX) => "direct",
        () if plugin.implements(ServeHTTP::INDEX) => "http",
        () => "none",
    };
    MapPlugin {
        id: plugin.info.id.to_string(),
        form,
        endpoints: plugin.served.endpoints.iter().map(map_endpoint).collect(),
        may_call: plugin.info.consent.plugins.clone(),
    }
}

fn map_endpoint(endpoint: &Endpoint) -> MapEndpoint {
    let declared = &endpoint.declared;
    MapEndpoint {
        path: declared.path.clone(),
        version: declared.version.clone(),
        description: declared.description.clone(),
        callers: declared.callers.clone(),
    }
}

fn map_edge(edge: &Edge, now: Instant) -> MapEdge {
    MapEdge {
        source: edge.source.to_string(),
        target: edge.target.to_string(),
        endpoint: edge.endpoint.to_string(),
        calls: edge.calls.load(Ordering::Relaxed),
        errors: edge.errors.load(Ordering::Relaxed),
        breaker: edge.breaker.state(now),
    }
}
