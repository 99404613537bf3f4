//! The rows of nodes and of what waits for them.

use sqlx::AnyConnection;

use crate::store::{Queries as _, StoreError, args, record};

/// A node.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub(super) id: String,
    pub(super) hostname: String,
    pub(super) version: String,
    pub(super) started_at: i64,
    pub(super) seen_at: i64,
}

record!(Node, "cluster_nodes", key[id], [hostname, version, started_at, seen_at]);

/// An event for one node.
#[derive(Clone, Debug, Default)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) node_id: String,
    pub(super) sender_id: String,
    pub(super) plugin_id: String,
    pub(super) name: String,
    pub(super) data: Vec<u8>,
    pub(super) sequence: i64,
    pub(super) create_at: i64,
}

record!(Event, "cluster_events", key[id], [node_id, sender_id, plugin_id, name, data, sequence, create_at]);

pub(super) async fn put(connection: &mut AnyConnection, node: &Node) -> Result<(), StoreError> {
    connection.upsert(node).await
}

/// Nodes that were seen since.
pub(super) async fn alive(connection: &mut AnyConnection, since: i64, most: i64) -> Result<Vec<Node>, StoreError> {
    connection.all("WHERE cluster_nodes.seen_at >= $1 ORDER BY cluster_nodes.id LIMIT $2", args![since, most]).await
}

pub(super) async fn waiting(connection: &mut AnyConnection, node_id: &str) -> Result<i64, StoreError> {
    let count = connection.value("SELECT COUNT(*) FROM cluster_events WHERE node_id = $1", args![node_id]).await?;
    Ok(count.unwrap_or_default())
}

pub(super) async fn send(connection: &mut AnyConnection, event: &Event) -> Result<(), StoreError> {
    connection.insert(event).await
}

/// The oldest events of a node, which are gone then.
pub(super) async fn take(connection: &mut AnyConnection, node_id: &str, most: i64) -> Result<Vec<Event>, StoreError> {
    let rest = "WHERE cluster_events.node_id = $1 ORDER BY cluster_events.sequence, cluster_events.id LIMIT $2";
    let events: Vec<Event> = connection.all(rest, args![node_id, most]).await?;
    for event in &events {
        connection.run("DELETE FROM cluster_events WHERE id = $1", args![event.id]).await?;
    }
    Ok(events)
}

/// Takes a node out, and what waits for it.
pub(super) async fn remove(connection: &mut AnyConnection, node_id: &str) -> Result<(), StoreError> {
    connection.run("DELETE FROM cluster_nodes WHERE id = $1", args![node_id]).await?;
    connection.run("DELETE FROM cluster_events WHERE node_id = $1", args![node_id]).await?;
    Ok(())
}

/// Takes out nodes that were not seen since, and events from before.
pub(super) async fn sweep(connection: &mut AnyConnection, before: i64) -> Result<(), StoreError> {
    connection.run("DELETE FROM cluster_nodes WHERE seen_at < $1", args![before]).await?;
    connection.run("DELETE FROM cluster_events WHERE create_at < $1", args![before]).await?;
    Ok(())
}
