//! The life of a plugin: activation, instances, deactivation, and the changes of the configuration
//! in between.

use serde_json::json;
use wasmoat_tests::{Call, Recorder, guest, renamed};

use crate::{
    observers::until_logged,
    scene::{Scene, on_a_stage_of_its_own, shown},
};

const ACTIVATE: &str = "on-activate";
const DEACTIVATE: &str = "on-deactivate";
const CONFIGURATION: &str = "on-configuration-change";
const INSTANCE: &str = "on-instance-start";

/// States of a plugin's status.
const RUNNING: i64 = 2;
const FAILED_TO_START: i64 = 3;

async fn set(scene: &Scene, name: &str) {
    let patch = json!({"TeamSettings": {"SiteName": name}});
    scene.ada.rest.put("/api/v4/config/patch", &patch).await.ok();
}

fn hooks(calls: &[Call]) -> Vec<&str> {
    let names = calls.iter().map(|call| call.hook.as_str());
    names.filter(|hook| *hook != "on_instance_start").collect()
}

async fn count(recorder: &Recorder, hook: &str) -> usize {
    recorder.calls(hook).await.len()
}

#[test]
fn a_plugin_reads_its_configuration_then_is_activated_then_told_of_the_save() {
    on_a_stage_of_its_own(async |scene| {
        scene.first.disable().await;
        scene.first.enable().await;
        let calls = scene.first.calls("").await;
        let calls = hooks(&calls);
        let last = &calls[calls.len() - 4..];
        let expected = ["on_deactivate", "on_configuration_change", "on_activate", "on_configuration_change"];
        assert_eq!(last, expected, "the save that enabled it is a change too");
        assert_eq!(scene.first.status().await.0, RUNNING);
        shown(ACTIVATE, &["fired", "payload", "chain"]);
        shown(DEACTIVATE, &["fired", "payload", "chain"]);
    });
}

#[test]
fn an_error_of_on_activate_ends_the_activation() {
    on_a_stage_of_its_own(async |scene| {
        for (then, shown) in [
            (json!({"answer": {"error": "no coffee"}}), "no coffee"),
            (json!("trap"), "told to trap"),
            (json!("loop"), "out of fuel"),
        ] {
            scene.first.program(ACTIVATE, json!({"once": true, "then": then})).await;
            scene.first.disable().await;
            scene.first.enable().await;
            let (state, error) = scene.first.status().await;
            assert_eq!(state, FAILED_TO_START, "{then}");
            assert!(error.contains(shown), "{then}: {error}");
            assert_eq!(scene.bob.rest.get(&scene.first.path("/x")).await.status, 404, "{then}: it is not there");
            assert_eq!(scene.second.status().await.0, RUNNING, "{then}: the others are");
            // Any change of the configuration tries it again.
            set(scene, shown).await;
            assert_eq!(scene.first.status().await, (RUNNING, String::new()), "{then}");
        }
        shown(ACTIVATE, &["outcomes", "fault", "success"]);
    });
}

#[test]
fn no_hook_reaches_a_plugin_before_on_activate_has_returned() {
    on_a_stage_of_its_own(async |scene| {
        let post = json!({"channel_id": scene.channel.id, "user_id": scene.bob.id, "message": "I am here"});
        let call = json!({"function": "posts.create-post", "arguments": {"post": post}});
        scene.first.program(ACTIVATE, json!({"once": true, "call": call})).await;
        scene.first.disable().await;
        for recorder in scene.recorders() {
            if recorder.id == scene.second.id {
                recorder.forget().await;
            }
        }
        scene.first.enable().await;
        let is_meant = |call: &Call| call.text("post/message") == "I am here";
        let called = scene.first.calls("called").await;
        assert!(called.len() == 1 && called[0].get("result/refused").is_null(), "the API works: {called:?}");
        scene.second.wait_for("message-will-be-posted", is_meant).await;
        scene.second.wait_for("message-has-been-posted", is_meant).await;
        for hook in ["message-will-be-posted", "message-has-been-posted"] {
            assert!(!scene.first.calls(hook).await.iter().any(is_meant), "{hook}");
        }
        shown(ACTIVATE, &["reentry"]);
    });
}

#[test]
fn on_deactivate_runs_at_every_end_and_the_api_still_works() {
    on_a_stage_of_its_own(async |scene| {
        let bytes = || renamed(&guest("recorder"), "recorder-a");
        let seen = count(&scene.first, DEACTIVATE).await;
        let call = json!({"function": "users.get-user", "arguments": {"user_id": scene.bob.id}});
        scene.first.program(DEACTIVATE, json!({"once": true, "call": call})).await;
        scene.first.disable().await;
        scene.first.enable().await;
        assert_eq!(count(&scene.first, DEACTIVATE).await, seen + 1, "disabled");
        assert_eq!(scene.first.calls("called").await[0].text("result/username"), "bob");

        scene.ada.rest.upload("recorder.tar.gz", bytes(), true).await.ok();
        assert_eq!(count(&scene.first, DEACTIVATE).await, seen + 2, "replaced by an upgrade");

        scene.ada.rest.delete("/api/v4/plugins/recorder-a").await.ok();
        scene.ada.rest.install("recorder-a", "recorder.tar.gz", bytes()).await;
        assert_eq!(count(&scene.first, DEACTIVATE).await, seen + 3, "removed");
        shown(DEACTIVATE, &["reentry"]);
    });
}

#[test]
fn what_fails_in_on_deactivate_keeps_nobody_from_disabling() {
    on_a_stage_of_its_own(async |scene| {
        for (then, logged) in [
            (json!({"answer": {"error": "I stay"}}), "I stay"),
            (json!("trap"), "told to trap"),
            (json!("loop"), "out of fuel"),
        ] {
            scene.first.program(DEACTIVATE, json!({"once": true, "then": then})).await;
            scene.first.disable().await;
            assert_eq!(scene.bob.rest.get(&scene.first.path("/x")).await.status, 404, "{then}: it is gone");
            until_logged(scene, DEACTIVATE, logged).await;
            scene.first.enable().await;
            assert_eq!(scene.first.status().await.0, RUNNING, "{then}");
        }
        shown(DEACTIVATE, &["outcomes", "fault", "success"]);
    });
}

#[test]
fn every_plugin_is_told_of_any_change_before_the_save_returns() {
    on_a_stage_of_its_own(async |scene| {
        scene.forget().await;
        set(scene, "One").await;
        for recorder in scene.recorders() {
            let calls = recorder.calls(CONFIGURATION).await;
            assert_eq!(calls.len(), 1, "a setting that is none of `{}`'s", recorder.id);
            assert_eq!(calls[0].arguments, json!({}));
        }
        set(scene, "One").await;
        assert_eq!(count(&scene.first, CONFIGURATION).await, 1, "nothing changed");
        let config = json!({"config": json!({"key": "value"}).to_string()});
        scene.second.api("config.save-plugin-config", config).await.ok();
        for recorder in scene.recorders() {
            assert_eq!(count(recorder, CONFIGURATION).await, 2, "a plugin's save");
        }
        let [first, second] = [scene.first.calls(CONFIGURATION).await, scene.second.calls(CONFIGURATION).await];
        assert!(first[0].at < second[0].at && first[1].at < second[1].at, "in the order of their ids");
        shown(CONFIGURATION, &["fired", "payload", "chain"]);
    });
}

#[test]
fn what_fails_in_on_configuration_change_is_logged() {
    on_a_stage_of_its_own(async |scene| {
        for (then, logged) in [
            (json!({"answer": {"error": "illegible"}}), "illegible"),
            (json!("trap"), "told to trap"),
            (json!("loop"), "out of fuel"),
        ] {
            scene.forget().await;
            scene.first.program(CONFIGURATION, json!({"once": true, "then": then})).await;
            set(scene, logged).await;
            until_logged(scene, CONFIGURATION, logged).await;
            assert_eq!(count(&scene.second, CONFIGURATION).await, 1, "{then}: the next one is told");
            assert_eq!(scene.first.status().await.0, RUNNING, "{then}");
            // The first call, before `on-activate`: activation goes on.
            scene.first.program(CONFIGURATION, json!({"once": true, "then": then})).await;
            scene.first.disable().await;
            scene.first.enable().await;
            assert_eq!(scene.first.status().await.0, RUNNING, "{then}");
        }
        shown(CONFIGURATION, &["outcomes", "fault", "success"]);
    });
}

#[test]
fn a_save_inside_on_configuration_change_comes_back_to_the_plugin() {
    on_a_stage_of_its_own(async |scene| {
        scene.forget().await;
        let config = json!({"config": json!({"saved": "inside"}).to_string()});
        let call = json!({"function": "config.save-plugin-config", "arguments": config});
        scene.first.program(CONFIGURATION, json!({"once": true, "call": call})).await;
        set(scene, "Outer").await;
        let called = scene.first.calls("called").await;
        assert!(called.len() == 1 && called[0].get("result/refused").is_null(), "{called:?}");
        assert_eq!(count(&scene.first, CONFIGURATION).await, 2, "for the outer save and for its own");
        assert_eq!(count(&scene.second, CONFIGURATION).await, 2);
        let settings = scene.first.api("config.get-plugin-config", json!({})).await.ok();
        assert!(settings.to_string().contains("inside"), "{settings}");
        shown(CONFIGURATION, &["reentry"]);
    });
}

#[test]
fn an_instance_starts_before_its_first_call() {
    on_a_stage_of_its_own(async |scene| {
        scene.first.disable().await;
        scene.first.enable().await;
        let calls = scene.first.calls("").await;
        let names = calls.iter().map(|call| call.hook.as_str()).skip_while(|hook| *hook != "on_deactivate");
        let names: Vec<_> = names.take(3).collect();
        assert_eq!(names, ["on_deactivate", "on_instance_start", "on_configuration_change"]);
        scene.forget().await;
        // A change of the configuration retires idle instances.
        set(scene, "Fresh").await;
        let calls = scene.first.calls("").await;
        let names: Vec<_> = calls.iter().map(|call| call.hook.as_str()).collect();
        // The save itself is asked about first, in an instance of the old configuration.
        assert_eq!(names[..3], ["configuration_will_be_saved", "on_instance_start", "on_configuration_change"]);
        assert!(count(&scene.second, INSTANCE).await > 0, "each plugin has its own");
        shown(INSTANCE, &["fired", "payload", "chain"]);
    });
}

#[test]
fn an_instance_that_does_not_start_fails_the_call_that_wanted_it() {
    on_a_stage_of_its_own(async |scene| {
        for (then, logged) in [
            (json!({"answer": {"error": "no memory"}}), "no memory"),
            (json!("trap"), "told to trap"),
            (json!("loop"), "out of fuel"),
        ] {
            scene.forget().await;
            scene.first.program(INSTANCE, json!({"once": true, "then": then})).await;
            // The hook that wants an instance now fails, and is passed over.
            set(scene, logged).await;
            until_logged(scene, CONFIGURATION, logged).await;
            assert_eq!(count(&scene.second, CONFIGURATION).await, 1, "{then}");
            assert_eq!(scene.bob.rest.get(&scene.first.path("/x")).await.status, 200, "{then}: the next one starts");
        }
        shown(INSTANCE, &["outcomes", "fault", "success"]);
    });
}
