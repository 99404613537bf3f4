//! Data retention: what plugins keep themselves.

use serde_json::json;
use wasmoat_runtime::CallContext;

use crate::{
    observers::until_logged,
    scene::{FAULTS, on_a_stage_of_its_own, shown},
};

#[test]
fn every_plugin_deletes_what_is_too_old() {
    const HOOK: &str = "run-data-retention";
    on_a_stage_of_its_own(async |scene| {
        let settings = json!({
            "ServiceSettings": {"LicensedFeatures": ["data_retention"]},
            "DataRetentionSettings": {"BatchSize": 50, "EnableMessageDeletion": false, "EnableFileDeletion": false},
        });
        scene.ada.rest.put("/api/v4/config/patch", &settings).await.ok();
        let run =
            async || scene.server.running.core().run_data_retention(&CallContext::core()).await.unwrap().plugin_rows;
        scene.first.program(HOOK, json!({"then": {"answer": {"ok": 7}}})).await;
        scene.second.program(HOOK, json!({"then": {"answer": {"ok": 5}}})).await;
        let before = wasmoat_model::now_ms();
        assert_eq!(run().await, 12, "the rows of all");
        for recorder in scene.recorders() {
            let calls = recorder.calls(HOOK).await;
            assert_eq!(calls[0].get("batch_size"), 50);
            assert!(calls[0].get("now_time").as_i64() >= Some(before), "{calls:?}");
        }
        shown(HOOK, &["fired", "payload", "chain"]);
        scene.first.program(HOOK, json!({"then": {"answer": {"error": "locked"}}})).await;
        assert_eq!(run().await, 5, "an error is that plugin's alone");
        shown(HOOK, &["outcomes", "success"]);
        for (fault, logged) in FAULTS {
            scene.first.program(HOOK, json!({"once": true, "then": fault})).await;
            assert_eq!(run().await, 5, "{fault}");
            until_logged(scene, HOOK, logged).await;
        }
        shown(HOOK, &["fault"]);
    });
}
