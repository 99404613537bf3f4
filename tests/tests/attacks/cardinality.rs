//! Metrics: nobody but the server makes a new series.

use serde_json::json;
use wasmoat_tests::{
    Rest,
    scene::{Scene, on_a_stage_of_its_own},
};

use crate::Attacker;

const MARK: &str = "cardinality-bomb";

async fn metrics(scene: &Scene) -> String {
    let address = scene.server.running.metrics_address().expect("metrics are on");
    Rest::new(address).get("/metrics").await.ok().as_str().unwrap_or_default().to_owned()
}

#[test]
fn neither_clients_nor_plugins_make_new_series() {
    on_a_stage_of_its_own(async |scene| {
        let attacker = Attacker::install(scene, json!({"faults_until_disabled": 10_000})).await;
        for number in 0..20 {
            let name = format!("{MARK}-{number}");
            for path in [
                format!("/{name}"),
                format!("/api/v4/{name}"),
                format!("/plugins/{name}/x"),
                format!("/api/v4/plugins/{name}/logs"),
            ] {
                scene.ada.rest.get(&path).await;
            }
            let method = reqwest::Method::from_bytes(name.to_uppercase().as_bytes()).unwrap();
            Rest::send(scene.ada.rest.request(method, "/api/v4/users/me")).await;
            let event = json!({"event": name, "payload": "{}", "broadcast": {}});
            attacker.call("websocket.publish-web-socket-event", event).await.ok();
            let log = json!({"msg": name, "key_value_pairs": [[name, name]]});
            attacker.call("log.log-info", log).await.ok();
            let bridge = json!({"target_plugin_id": name, "endpoint": "/x", "request": [], "response_schema": null});
            attacker.call("bridge.call-plugin", bridge).await;
            attacker.call("audit.log-audit-rec", json!({"rec": {"event_name": name}})).await.ok();
            scene.first.api("sandbox.report-panic", json!({"message": name})).await;
        }
        let metrics = metrics(scene).await;
        assert!(metrics.contains("plugin_hook_calls_total"), "{metrics}");
        let made: Vec<&str> = metrics.lines().filter(|line| line.to_lowercase().contains(MARK)).collect();
        assert!(made.is_empty(), "{made:?}");
    });
}
