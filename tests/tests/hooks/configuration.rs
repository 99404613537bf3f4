//! `configuration-will-be-saved`.

use serde_json::{Value, json};
use wasmoat_tests::{Call, Reply};

use crate::{
    observers::until_logged,
    scene::{FAULTS, Scene, on_a_stage_of_its_own, shown},
};

const HOOK: &str = "configuration-will-be-saved";

async fn save(scene: &Scene, name: &str) -> Reply {
    scene.ada.rest.put("/api/v4/config/patch", &json!({"TeamSettings": {"SiteName": name}})).await
}

async fn saved(scene: &Scene) -> Value {
    let config = scene.second.api("config.get-unsanitized-config", json!({})).await.ok();
    serde_json::from_str(config.as_str().expect("a text")).expect("a configuration")
}

fn config(call: &Call) -> Value {
    serde_json::from_str(call.text("config")).expect("a configuration")
}

#[test]
fn plugins_are_asked_about_a_configuration() {
    on_a_stage_of_its_own(async |scene| {
        let secret = json!({"EmailSettings": {"SMTPPassword": "s3cret"}});
        scene.ada.rest.put("/api/v4/config/patch", &secret).await.ok();
        scene.forget().await;

        save(scene, "One").await.ok();
        for recorder in scene.recorders() {
            let calls = recorder.calls(HOOK).await;
            assert_eq!(calls.len(), 1, "asked once");
            assert_eq!(config(&calls[0])["TeamSettings"]["SiteName"], "One");
            assert!(!calls[0].text("config").contains("s3cret"), "no hook gives secrets away");
        }

        // What the first wants, the second is asked about and the server keeps, secrets included.
        let mut wanted = scene.ada.rest.get("/api/v4/config").await.ok();
        wanted["TeamSettings"]["SiteName"] = json!("Wanted");
        let replace = json!({"once": true, "then": {"answer": {"replace": wanted.to_string()}}});
        scene.first.program(HOOK, replace).await;
        save(scene, "Two").await.ok();
        let calls = scene.second.calls(HOOK).await;
        assert_eq!(config(calls.last().expect("a call"))["TeamSettings"]["SiteName"], "Wanted");
        let now = saved(scene).await;
        assert_eq!(now["TeamSettings"]["SiteName"], "Wanted");
        assert_eq!(now["EmailSettings"]["SMTPPassword"], "s3cret", "a mask stands for the secret");

        refuses(scene).await;

        // A plugin's own save is asked about, the caller's own hook included.
        scene.forget().await;
        let mut mine = saved(scene).await;
        mine["TeamSettings"]["SiteName"] = json!("Mine");
        scene.second.api("config.save-config", json!({"config": mine.to_string()})).await.ok();
        for recorder in scene.recorders() {
            assert_eq!(recorder.calls(HOOK).await.len(), 1, "{}", recorder.id);
        }
        scene.forget().await;
        scene.first.disable().await;
        scene.first.enable().await;
        assert!(scene.second.calls(HOOK).await.is_empty(), "enabling and disabling asks nobody");

        for (fault, logged) in FAULTS {
            scene.first.program(HOOK, json!({"once": true, "then": fault})).await;
            save(scene, fault).await.ok();
            assert_eq!(saved(scene).await["TeamSettings"]["SiteName"], fault, "passed over");
            until_logged(scene, HOOK, logged).await;
        }
        shown(HOOK, &["fired", "payload", "chain", "outcomes", "fault", "success"]);
    });
}

/// The plugin's error is the answer; one without a status is a bad request.
async fn refuses(scene: &Scene) {
    for (error, id, status) in [
        (json!({"id": "no.sunday", "message": "not today", "status_code": 409}), "no.sunday", 409),
        (json!({"message": "not today"}), "app.save_config.plugin_hook_error", 400),
    ] {
        scene.forget().await;
        scene.first.program(HOOK, json!({"once": true, "then": {"answer": {"reject": error}}})).await;
        let reply = save(scene, "Three").await;
        assert_eq!((reply.status.as_u16(), reply.text("id")), (status, id), "{}", reply.body);
        assert!(reply.text("message").contains("not today"), "{}", reply.body);
        assert!(scene.second.calls(HOOK).await.is_empty(), "a refusal ends the round");
        assert_eq!(saved(scene).await["TeamSettings"]["SiteName"], "Wanted", "nothing is saved");
    }
}

#[test]
fn a_save_inside_the_hook_is_asked_about_too() {
    on_a_stage_of_its_own(async |scene| {
        let inside = json!({"config": json!({"saved": "inside"}).to_string()});
        let call = json!({"function": "config.save-plugin-config", "arguments": inside});
        scene.first.program(HOOK, json!({"once": true, "call": call})).await;
        save(scene, "Outer").await.ok();
        let called = scene.first.calls("called").await;
        assert!(called.len() == 1 && called[0].get("result/refused").is_null(), "{called:?}");
        let calls = scene.first.calls(HOOK).await;
        assert_eq!(calls.len(), 2);
        assert_eq!(config(&calls[1])["PluginSettings"]["Plugins"]["recorder-a"], json!({"saved": "inside"}));
        assert_eq!(saved(scene).await["TeamSettings"]["SiteName"], "Outer");
        shown(HOOK, &["reentry"]);
    });
}
