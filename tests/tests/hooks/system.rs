//! Hooks about the server: metrics, the support packet, onboarding, telemetry, limits, the cluster.

use std::io::{Cursor, Read as _};

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions};
use wasmoat_tests::{Recorder, Rest, TestServer, guest, renamed};
use zip::ZipArchive;

use crate::{
    observers::until_logged,
    scene::{FAULTS, Scene, on_a_stage_of_its_own, shown},
};

const METRICS: &str = "serve-metrics";
const SUPPORT: &str = "generate-support-data";
const INSTALL: &str = "on-install";
const TELEMETRY: &str = "on-send-daily-telemetry";
const LIMITS: &str = "on-cloud-limits-updated";
const CLUSTER: &str = "on-plugin-cluster-event";

fn bytes(text: &str) -> Value {
    text.bytes().collect()
}

async fn set(scene: &Scene, settings: &Value) {
    scene.ada.rest.put("/api/v4/config/patch", settings).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_have_a_listener_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let config = json!({"MetricsSettings": {"ListenAddress": "127.0.0.1:0"}});
    std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    let server = TestServer::start_in(folder.path().to_owned()).await;
    let recorder = Recorder::install(&server.admin().await, "recorder-a").await;
    let metrics = Rest::new(server.running.metrics_address().expect("it listens"));
    assert_eq!(metrics.get("/metrics").await.status, 200);

    let answer = json!({"status": 203, "headers": [], "body": bytes("depth 3")});
    recorder.program(METRICS, json!({"once": true, "then": {"answer": answer}})).await;
    let request = metrics.request(Method::GET, "/plugins/recorder-a/metrics/deep?x=1");
    let reply = Rest::send(request.header("Mattermost-User-Id", "forged")).await;
    assert_eq!((reply.status.as_u16(), reply.body), (203, json!("depth 3")));
    let calls = recorder.calls(METRICS).await;
    assert_eq!((calls[0].text("request/url"), calls[0].text("context/request_id")), ("/deep?x=1", ""));
    assert!(!calls[0].arguments.to_string().contains("forged"), "{calls:?}");
    assert_eq!(metrics.get("/plugins/nobody/metrics").await.status, 404);
    assert_eq!(metrics.get("/plugins/recorder-a/other").await.status, 404, "nothing else is there");

    for fault in ["trap", "loop"] {
        recorder.program(METRICS, json!({"once": true, "then": fault})).await;
        assert_eq!(metrics.get("/plugins/recorder-a/metrics").await.status, 404, "{fault}");
        assert_eq!(metrics.get("/metrics").await.status, 200, "{fault}: the server's own are there");
    }
    server.stop().await;
    shown(METRICS, &["fired", "payload", "chain", "outcomes", "fault", "success"]);
}

/// The files of a support packet, with their texts.
async fn packet(scene: &Scene, query: &str) -> Vec<(String, String)> {
    let request = scene.ada.rest.request(Method::GET, &format!("/api/v4/system/support_packet{query}"));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    let mut archive = ZipArchive::new(Cursor::new(response.bytes().await.unwrap())).expect("a zip file");
    let mut files = Vec::new();
    for place in 0..archive.len() {
        let mut file = archive.by_index(place).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        files.push((file.name().unwrap().into_owned(), text));
    }
    files
}

#[test]
fn plugins_give_files_for_the_support_packet() {
    on_a_stage_of_its_own(async |scene| {
        set(scene, &json!({"EmailSettings": {"SMTPPassword": "s3cret"}})).await;
        scene.forget().await;
        let files =
            json!([{"filename": "moat/depth.txt", "body": bytes("three")}, {"filename": "../evil", "body": []}]);
        scene.first.program(SUPPORT, json!({"then": {"answer": {"ok": files}}})).await;
        scene.second.program(SUPPORT, json!({"then": {"answer": {"error": "no shovel"}}})).await;
        let found = packet(scene, "").await;
        let file = |name: &str| found.iter().find(|(found, _)| found == name).map(|(_, text)| text.as_str());
        assert_eq!(file("moat/depth.txt"), Some("three"));
        let warnings = file("warning.txt").expect("warnings");
        assert!(warnings.contains("no shovel") && warnings.contains("../evil"), "{warnings}");
        let config = file("sanitized_config.json").expect("the configuration");
        assert!(config.contains("SiteName") && !config.contains("s3cret"), "no secrets");
        assert!(file("plugins.json").is_some_and(|plugins| plugins.contains("recorder-b")));
        assert!(file("logs/recorder-a.jsonl").is_some(), "{found:?}");
        let call = &scene.first.calls(SUPPORT).await[0];
        assert_eq!(call.text("context/user_id"), scene.ada.id);
        let reply = scene.bob.rest.get("/api/v4/system/support_packet").await;
        assert_eq!(reply.status, 403, "only who manages the system");

        for (fault, logged) in FAULTS {
            scene.first.program(SUPPORT, json!({"then": fault})).await;
            let found = packet(scene, "?basic_server_logs=false").await;
            let warnings = found.iter().find(|(name, _)| name == "warning.txt").expect("warnings");
            assert!(
                warnings.1.contains("recorder-a") && warnings.1.contains("no shovel"),
                "others go on: {warnings:?}"
            );
            until_logged(scene, SUPPORT, logged).await;
        }
        shown(SUPPORT, &["fired", "payload", "chain", "outcomes", "fault", "success"]);
    });
}

async fn onboard(scene: &Scene, plugins: &[&str]) {
    let chosen = json!({"organization": "Moat", "install_plugins": plugins});
    scene.ada.rest.post("/api/v4/system/onboarding/complete", &chosen).await.ok();
}

#[test]
fn plugins_chosen_at_the_start_are_told() {
    on_a_stage_of_its_own(async |scene| {
        let folder = scene.server.data().join("prepackaged_plugins");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("d.tar.gz"), renamed(&guest("recorder"), "recorder-d")).unwrap();
        let path = "/api/v4/system/onboarding/complete";
        assert_eq!(scene.ada.rest.get(path).await.ok()["value"], "false");
        let recorder = Recorder::upload(&scene.ada.rest, "recorder-c").await;
        onboard(scene, &["recorder-c", "recorder-d", "nobody"]).await;
        assert_eq!(scene.ada.rest.get(path).await.ok()["value"], "true");
        let calls = recorder.calls(INSTALL).await;
        assert_eq!(calls.len(), 1, "{calls:?}");
        assert_eq!(calls[0].text("event/user_id"), scene.ada.id);
        let statuses = scene.ada.rest.get("/api/v4/plugins/statuses").await.ok();
        let state = |id: &str| statuses.as_array()?.iter().find(|status| status["plugin_id"] == id)?["state"].as_i64();
        assert_eq!(state("recorder-d"), Some(2), "it lay beside the server");
        assert!(scene.first.calls(INSTALL).await.is_empty(), "an upload is no onboarding");

        for (fault, _) in FAULTS {
            recorder.program(INSTALL, json!({"once": true, "then": fault})).await;
            recorder.disable().await;
            onboard(scene, &["recorder-c"]).await;
            assert_eq!(recorder.status().await.0, 2, "{fault}: it is installed all the same");
        }
        shown(INSTALL, &["fired", "payload", "chain", "outcomes", "fault", "success"]);
    });
}

#[test]
fn a_day_is_over() {
    on_a_stage_of_its_own(async |scene| {
        let core = scene.server.running.core();
        assert!(!core.send_daily_telemetry().await.unwrap(), "not where the admin does not allow it");
        set(scene, &json!({"LogSettings": {"EnableDiagnostics": true}})).await;
        let file = SqliteConnectOptions::new().filename(scene.server.data().join("wasmoat.db"));
        let mut store = file.connect().await.unwrap();
        for (fault, logged) in FAULTS {
            scene.forget().await;
            scene.first.program(TELEMETRY, json!({"then": fault})).await;
            let a_day_ago = "UPDATE systems SET value = value - 86400000 WHERE name = 'LastDailyTelemetry'";
            sqlx::query(a_day_ago).execute(&mut store).await.unwrap();
            assert!(core.send_daily_telemetry().await.unwrap());
            for recorder in scene.recorders() {
                recorder.wait_for(TELEMETRY, |_| true).await;
            }
            until_logged(scene, TELEMETRY, logged).await;
            assert!(!core.send_daily_telemetry().await.unwrap(), "once a day");
        }
        shown(TELEMETRY, &["fired", "payload", "chain", "outcomes", "fault", "success"]);
    });
}

#[test]
fn new_limits_are_told() {
    on_a_stage_of_its_own(async |scene| {
        for (history, (fault, logged)) in [1_000, 2_000].into_iter().zip(FAULTS) {
            scene.forget().await;
            scene.first.program(LIMITS, json!({"then": fault})).await;
            set(scene, &json!({"CloudSettings": {"Limits": {"MessagesHistory": history}}})).await;
            for recorder in scene.recorders() {
                let call = recorder.wait_for(LIMITS, |_| true).await;
                assert_eq!(call.get("limits/messages/history"), &json!(history));
                assert!(call.get("limits/files").is_null(), "{call:?}");
            }
            until_logged(scene, LIMITS, logged).await;
        }
        scene.forget().await;
        set(scene, &json!({"TeamSettings": {"SiteName": "Other"}})).await;
        assert!(scene.second.calls(LIMITS).await.is_empty(), "only where they change");
        shown(LIMITS, &["fired", "payload", "chain", "outcomes", "fault", "success"]);
    });
}

#[test]
fn events_of_other_nodes_reach_the_same_plugin() {
    on_a_stage_of_its_own(async |scene| {
        set(scene, &json!({"ClusterSettings": {"Enable": true}})).await;
        let mut node = String::new();
        while node.is_empty() {
            let status = scene.ada.rest.get("/api/v4/cluster/status").await.ok();
            node = status[0]["id"].as_str().unwrap_or_default().to_owned();
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        // What another node writes when the plugin there publishes.
        let file = SqliteConnectOptions::new().filename(scene.server.data().join("wasmoat.db"));
        let mut store = file.connect().await.unwrap();
        for (number, name) in ["first", "", "loop", "last"].into_iter().enumerate() {
            if name == "loop" {
                scene.first.program(CLUSTER, json!({"when": {"event": {"id": "loop"}}, "then": "loop"})).await;
            }
            let sql = "INSERT INTO cluster_events VALUES (?, ?, 'other', 'recorder-a', ?, x'0102', ?, ?)";
            let number = i64::try_from(number).unwrap();
            let row = sqlx::query(sql).bind(format!("e{number}")).bind(node.clone()).bind(name.to_owned());
            row.bind(number).bind(4_102_444_800_000_i64).execute(&mut store).await.unwrap();
        }
        scene.first.wait_for(CLUSTER, |call| call.text("event/id") == "last").await;
        let calls = scene.first.calls(CLUSTER).await;
        let names: Vec<&str> = calls.iter().map(|call| call.text("event/id")).collect();
        assert_eq!(names, ["first", "loop", "last"], "in order, and none without a name");
        assert_eq!(calls[0].get("event/data"), &json!([1, 2]));
        assert_eq!(calls[0].text("context/request_id"), "", "the context is empty");
        until_logged(scene, CLUSTER, "out of fuel").await;
        assert!(scene.second.calls(CLUSTER).await.is_empty(), "only the same plugin");
        shown(CLUSTER, &["fired", "payload", "chain", "outcomes", "fault", "success"]);
    });
}
