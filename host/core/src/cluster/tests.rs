use serde_json::json;

use super::*;
use crate::Options;

fn event(name: &str) -> PluginClusterEvent {
    PluginClusterEvent { id: name.to_owned(), data: vec![1, 2] }
}

fn to(target_id: &str, send_type: &str) -> PluginClusterEventSendOptions {
    PluginClusterEventSendOptions { send_type: send_type.to_owned(), target_id: target_id.to_owned() }
}

async fn node(data: &std::path::Path) -> Core {
    let core = Core::open(Options { data: data.to_owned(), config: None, development: true }).await.unwrap();
    let on = json!({ "ClusterSettings": { "Enable": true } });
    core.patch_config(&CallContext::core(), &on).await.unwrap();
    core.cluster_tick().await;
    core
}

async fn waiting(core: &Core, id: &str) -> i64 {
    store::waiting(&mut core.store.read().await.unwrap(), id).await.unwrap()
}

#[tokio::test]
async fn without_a_cluster_an_event_goes_nowhere() {
    let core = Core::for_tests().await;
    core.publish_plugin_cluster_event("moat", &event("e"), &to("nowhere", "reliable")).await.unwrap();
    assert_eq!((core.cluster_id(), core.get_cluster_status().await.unwrap().len()), (String::new(), 0));
}

#[cfg(unix)]
#[tokio::test]
async fn two_nodes_over_one_database_hear_each_other() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::os::unix::fs::symlink(first.path().join("wasmoat.db"), second.path().join("wasmoat.db")).unwrap();
    let (ann, bob) = (node(first.path()).await, node(second.path()).await);
    assert_eq!(ann.get_cluster_status().await.unwrap().len(), 2);
    // Bob does not look meanwhile, whatever his clock does.
    bob.tasks.stop().await;
    ann.publish_plugin_cluster_event("moat", &event("a"), &to("", "reliable")).await.unwrap();
    ann.publish_plugin_cluster_event("moat", &event("b"), &to(&bob.cluster_id(), "best_effort")).await.unwrap();
    assert_eq!((waiting(&ann, &ann.cluster_id()).await, waiting(&ann, &bob.cluster_id()).await), (0, 2));
    let taken = {
        let mut tx = bob.store.write().await.unwrap();
        let taken = store::take(&mut tx, &bob.cluster_id(), 10).await.unwrap();
        tx.rollback().await.unwrap();
        taken
    };
    let names: Vec<&str> = taken.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(
        (names, taken[0].data.as_slice()),
        (vec!["a", "b"], &[1, 2][..]),
        "in the order in which they were sent"
    );
    bob.cluster_tick().await;
    assert_eq!(waiting(&bob, &bob.cluster_id()).await, 0, "delivered once");
    let error = ann.publish_plugin_cluster_event("moat", &event("c"), &to("gone", "reliable")).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status()), ("app.cluster.node_not_found.app_error", 404));
    let large = PluginClusterEvent { data: vec![0; DATA_BYTES + 1], ..event("c") };
    let error = ann.publish_plugin_cluster_event("moat", &large, &to("", "reliable")).await.unwrap_err();
    assert_eq!(error.status(), 413);
    bob.shutdown().await;
    assert_eq!(ann.get_cluster_status().await.unwrap().len(), 1, "who goes says so");
    ann.shutdown().await;
}
