//! Hooks that are told after something has happened.

use serde_json::json;

use crate::{
    operation::{Operation, again},
    scene::{FAULTS, Scene, on_stage, shown},
};

/// Shows everything about a hook that is told.
pub(crate) fn shows_observer(operation: &impl Operation) {
    on_stage(async |scene| {
        fires(scene, operation).await;
        faults(scene, operation).await;
        enters_again(scene, operation).await;
        shown_all(operation);
    });
}

fn shown_all<O: Operation>(_: &O) {
    shown(O::HOOK, &["fired", "payload", "chain", "outcomes", "fault", "reentry", "success"]);
}

async fn fires<O: Operation>(scene: &Scene, operation: &O) {
    let target = operation.prepare(scene).await;
    for way in operation.ways(scene, &target) {
        let target = operation.prepare(scene).await;
        scene.forget().await;
        let reply = operation.act(scene, way, &target).await;
        assert!(reply.status.is_success(), "{way:?}: {}: {}", reply.status, reply.body);
        for recorder in scene.recorders() {
            let call = recorder.wait_for(O::HOOK, |call| operation.is_meant(call, &target)).await;
            assert_eq!(call.plugin, recorder.id);
            operation.check_context(scene, &call, way);
            operation.check(scene, &call, &target, way);
            let calls = recorder.calls(O::HOOK).await;
            let told = calls.iter().filter(|call| operation.is_meant(call, &target)).count();
            assert_eq!(told, 1, "{way:?}: told once: {calls:?}");
        }
    }
}

/// What a plugin does with the news is its own affair: a trap or an endless loop is logged, the
/// operation has happened, the other plugin is told, and so is this one the next time.
async fn faults<O: Operation>(scene: &Scene, operation: &O) {
    for (fault, logged) in FAULTS {
        let (target, next) = (operation.prepare(scene).await, operation.prepare(scene).await);
        scene.forget().await;
        scene.first.program(O::HOOK, json!({"then": fault})).await;
        let reply = operation.rest(scene, &target).await;
        assert!(reply.status.is_success(), "{fault}: {}: {}", reply.status, reply.body);
        for recorder in scene.recorders() {
            recorder.wait_for(O::HOOK, |call| operation.is_meant(call, &target)).await;
        }
        until_logged(scene, O::HOOK, logged).await;
        scene.forget().await;
        operation.rest(scene, &next).await.ok();
        scene.first.wait_for(O::HOOK, |call| operation.is_meant(call, &next)).await;
    }
}

/// Waits for a line about a hook in the first plugin's log.
pub(crate) async fn until_logged(scene: &Scene, hook: &str, text: &str) {
    for _ in 0..500 {
        let log = scene.first.log().await;
        if log.iter().any(|line| line.contains(hook) && line.contains(text)) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("`{hook}`, `{text}` is not in {:?}", scene.first.log().await);
}

/// What the plugin does inside the hook fires the hook once more, at the plugin itself too.
async fn enters_again<O: Operation>(scene: &Scene, operation: &O) {
    let (outer, inner) = (operation.prepare(scene).await, operation.prepare(scene).await);
    scene.forget().await;
    let Some(api) = operation.api(scene, &inner) else { return };
    scene.first.program(O::HOOK, again(api)).await;
    operation.rest(scene, &outer).await.ok();
    scene.first.wait_for("called", |call| call.get("result/refused").is_null()).await;
    let call = scene.first.wait_for(O::HOOK, |call| operation.is_meant(call, &inner)).await;
    if !call.get("context").is_null() {
        assert_eq!(call.text("context/source_plugin_id"), scene.first.id);
    }
}
