//! `wit/cluster.wit`.

use serde_json::json;
use sqlx::{ConnectOptions as _, Row as _, sqlite::SqliteConnectOptions};

use crate::{Case, error, success};

/// What waits for a node: plugin, name and data of each event, in order.
async fn waiting(case: &Case, node: &str) -> Vec<(String, String, Vec<u8>)> {
    let file = SqliteConnectOptions::new().filename(case.server.data().join("wasmoat.db"));
    let mut store = file.connect().await.expect("the database opens");
    let rows = sqlx::query("SELECT plugin_id, name, data FROM cluster_events WHERE node_id = ? ORDER BY sequence")
        .bind(node.to_owned())
        .fetch_all(&mut store)
        .await
        .expect("the events are there");
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

#[test]
fn publish_plugin_cluster_event_reaches_the_other_nodes() {
    let settings = json!({"ClusterSettings": {"Enable": true}});
    success("cluster.publish-plugin-cluster-event").settings(settings).run(async |case| {
        // A node that lives, as far as this one can see.
        let node = case.name("node");
        let now = "CAST(strftime('%s', 'now') AS INTEGER) * 1000";
        case.sql(&format!("INSERT INTO cluster_nodes VALUES ('{node}', 'h', '1', {now}, {now})")).await;
        for (name, target) in [("first", ""), ("second", node.as_str())] {
            let ev = json!({"id": name, "data": [1, 2, 3]});
            case.call(json!({"ev": ev, "opts": {"send_type": "reliable", "target_id": target}})).await;
        }
        let event = |name: &str| ("conformance".to_owned(), name.to_owned(), vec![1, 2, 3]);
        assert_eq!(waiting(case, &node).await, [event("first"), event("second")]);
        let status = case.admin.get("/api/v4/cluster/status").await.ok();
        assert!(status.to_string().contains(&node), "{status}");
        case.sql(&format!("DELETE FROM cluster_nodes WHERE id = '{node}'")).await;
    });
}

#[test]
fn publish_plugin_cluster_event_wants_a_target_that_is_there() {
    let settings = json!({"ClusterSettings": {"Enable": true}});
    error("cluster.publish-plugin-cluster-event").settings(settings).run(async |case| {
        let ev = json!({"id": "first", "data": []});
        let nowhere = json!({"ev": ev, "opts": {"send_type": "reliable", "target_id": "nowhere"}});
        case.refused(nowhere).await.is("app.cluster.node_not_found.app_error", 404);
    });
}
