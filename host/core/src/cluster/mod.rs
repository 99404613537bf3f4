//! Several nodes over one database: who is there, and what plugins tell themselves across nodes.
//!
//! With `ClusterSettings.Enable`, each node says every few seconds that it lives. An event is a
//! row for each node that is to get it; the node polls for its rows, deletes and delivers them, so
//! each is delivered at most once. A node that does not come for its rows fills its queue up to a
//! bound, and its rows are swept away when it has been silent for long.

mod api;
mod store;
#[cfg(test)]
mod tests;

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use wasmoat_model::{
    AppError, ClusterInfo, PluginClusterEvent, PluginClusterEventSendOptions, PluginContext, new_id, now_ms,
};
use wasmoat_runtime::{CallContext, OnPluginClusterEvent};

use self::store::{Event, Node};
use crate::{Core, server::SERVER_VERSION};

/// How often a node looks for its events.
const POLL: Duration = Duration::from_millis(500);
/// How often it says that it lives.
const HEARTBEAT_MS: i64 = 5_000;
/// A node that was silent for so long is gone.
const SILENCE_MS: i64 = 30_000;
/// What a node leaves behind is swept after so long.
const SWEEP_MS: i64 = 10 * 60_000;
/// Most nodes that are looked at.
const NODES: i64 = 100;
/// Most events that wait for one node.
const QUEUE: i64 = 1_000;
/// Most events of one look.
const BATCH: i64 = 32;
/// Most bytes of an event's data.
const DATA_BYTES: usize = 1 << 20;
/// Longest name of an event, in bytes.
const NAME_BYTES: usize = 128;

/// This node.
#[derive(Debug)]
pub(crate) struct Cluster {
    id: String,
    started_at: i64,
    /// When this node last said that it lives.
    said_at: AtomicI64,
    /// Number of the last event sent: events of one node arrive in their order.
    sequence: AtomicI64,
}

impl Default for Cluster {
    fn default() -> Self {
        Self { id: new_id(), started_at: now_ms(), said_at: AtomicI64::new(0), sequence: AtomicI64::new(0) }
    }
}

impl Cluster {
    /// Grows with time, also over a restart, and never stands still.
    fn next(&self) -> i64 {
        let now = now_ms().saturating_mul(1_000);
        let before = self.sequence.fetch_update(Ordering::AcqRel, Ordering::Acquire, |last| Some(now.max(last + 1)));
        before.map_or(now, |last| now.max(last + 1))
    }
}

fn refused(id: &str, status: u16, message: impl Into<String>) -> AppError {
    AppError::new("PublishPluginClusterEvent", id, status, message)
}

impl Core {
    fn is_cluster(&self) -> bool {
        self.config.flag("ClusterSettings.Enable")
    }

    /// Mattermost's `GetClusterId`: id of this node; empty without a cluster.
    #[must_use]
    pub fn cluster_id(&self) -> String {
        if self.is_cluster() { self.cluster.id.clone() } else { String::new() }
    }

    /// Mattermost's `PublishPluginClusterEvent`: tells the plugin on the other nodes. Succeeds
    /// without a cluster.
    ///
    /// # Errors
    ///
    /// 413 for too much data, 404 for a target that is not there, 503 where a node's queue is full
    /// and the event is not sent by best effort.
    pub async fn publish_plugin_cluster_event(
        &self,
        plugin_id: &str,
        event: &PluginClusterEvent,
        options: &PluginClusterEventSendOptions,
    ) -> Result<(), AppError> {
        if event.data.len() > DATA_BYTES || event.id.len() > NAME_BYTES {
            let message = format!("An event has at most {DATA_BYTES} bytes of data and a name of {NAME_BYTES} bytes.");
            return Err(refused("app.cluster.event_too_large.app_error", 413, message));
        }
        if !self.is_cluster() {
            return Ok(());
        }
        let mut tx = self.store.write().await?;
        let mut nodes = store::alive(&mut tx, now_ms() - SILENCE_MS, NODES).await?;
        nodes.retain(|node| node.id != self.cluster.id);
        if !options.target_id.is_empty() {
            nodes.retain(|node| node.id == options.target_id);
            if nodes.is_empty() {
                let message = format!("There is no other node `{}`.", options.target_id);
                return Err(refused("app.cluster.node_not_found.app_error", 404, message));
            }
        }
        for node in nodes {
            if store::waiting(&mut tx, &node.id).await? >= QUEUE {
                metrics::counter!("cluster_events_dropped_total").increment(1);
                if options.send_type == "best_effort" {
                    continue;
                }
                let message = format!("Node `{}` does not keep up: {QUEUE} events wait for it.", node.id);
                return Err(refused("app.cluster.queue_full.app_error", 503, message));
            }
            store::send(&mut tx, &self.event(&node, plugin_id, event)).await?;
        }
        tx.commit().await.map_err(crate::store::StoreError::from)?;
        Ok(())
    }

    fn event(&self, node: &Node, plugin_id: &str, event: &PluginClusterEvent) -> Event {
        Event {
            id: new_id(),
            node_id: node.id.clone(),
            sender_id: self.cluster.id.clone(),
            plugin_id: plugin_id.to_owned(),
            name: event.id.clone(),
            data: event.data.clone(),
            sequence: self.cluster.next(),
            create_at: now_ms(),
        }
    }

    /// Mattermost's `GetClusterStatus`: the nodes that live; nobody without a cluster.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_cluster_status(&self) -> Result<Vec<ClusterInfo>, AppError> {
        if !self.is_cluster() {
            return Ok(Vec::new());
        }
        let nodes = store::alive(&mut *self.store.read().await?, now_ms() - SILENCE_MS, NODES).await?;
        let info = |node: Node| ClusterInfo {
            id: node.id,
            version: node.version,
            schema_version: env!("CARGO_PKG_VERSION").to_owned(),
            config_hash: self.config.fingerprint(),
            ipaddress: String::new(),
            hostname: node.hostname,
        };
        Ok(nodes.into_iter().map(info).collect())
    }

    pub(crate) async fn start_cluster(&self) {
        // At once, so that a node that has started is there.
        self.cluster_tick().await;
        let core = self.clone();
        self.tasks.every(POLL, move || {
            let core = core.clone();
            async move { core.cluster_tick().await }
        });
    }

    /// Says that this node lives, and delivers what waits for it.
    pub(crate) async fn cluster_tick(&self) {
        if !self.is_cluster() {
            return;
        }
        if let Err(error) = self.say_alive().await {
            tracing::warn!(%error, "this node could not say that it lives");
        }
        if let Err(error) = self.deliver_cluster_events().await {
            tracing::warn!(%error, "events of other nodes could not be read");
        }
    }

    async fn say_alive(&self) -> Result<(), AppError> {
        let now = now_ms();
        if now - self.cluster.said_at.load(Ordering::Acquire) < HEARTBEAT_MS {
            return Ok(());
        }
        let node = Node {
            id: self.cluster.id.clone(),
            hostname: std::env::var("HOSTNAME").unwrap_or_default(),
            version: SERVER_VERSION.to_owned(),
            started_at: self.cluster.started_at,
            seen_at: now,
        };
        let mut tx = self.store.write().await?;
        store::put(&mut tx, &node).await?;
        store::sweep(&mut tx, now - SWEEP_MS).await?;
        tx.commit().await.map_err(crate::store::StoreError::from)?;
        self.cluster.said_at.store(now, Ordering::Release);
        Ok(())
    }

    async fn deliver_cluster_events(&self) -> Result<(), AppError> {
        // Looked at first: most looks find nothing, and a reader holds nobody up.
        if store::waiting(&mut *self.store.read().await?, &self.cluster.id).await? == 0 {
            return Ok(());
        }
        let mut tx = self.store.write().await?;
        let events = store::take(&mut tx, &self.cluster.id, BATCH).await?;
        tx.commit().await.map_err(crate::store::StoreError::from)?;
        for event in events.into_iter().filter(|event| !event.name.is_empty()) {
            let cx = CallContext { plugin_context: Arc::new(PluginContext::default()), ..CallContext::core() };
            let told = Arc::new(PluginClusterEvent { id: event.name, data: event.data });
            self.runtime.observe_one::<OnPluginClusterEvent>(&cx, &event.plugin_id, |ctx| (ctx, told));
        }
        Ok(())
    }

    /// This node goes: nobody sends it anything any more.
    pub(crate) async fn leave_cluster(&self) {
        if !self.is_cluster() {
            return;
        }
        let gone = async {
            let mut tx = self.store.write().await?;
            store::remove(&mut tx, &self.cluster.id).await?;
            tx.commit().await.map_err(crate::store::StoreError::from)
        };
        if let Err(error) = gone.await {
            tracing::warn!(%error, "this node could not say that it goes");
        }
    }
}
