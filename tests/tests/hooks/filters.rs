//! Hooks that are asked before something happens: filters, which may replace or refuse, and vetoes,
//! which may only refuse.

use serde_json::{Value, json};
use wasmoat_tests::{Call, Recorder, Reply};

use crate::{
    operation::{Operation, Way, again},
    scene::{FAULTS, Scene, on_stage, shown},
};

const REASON: &str = "not on a Sunday";

/// An operation that plugins are asked about.
pub(crate) trait Asked: Operation {
    /// Id of the error where one refuses.
    const REFUSED: &'static str;
    /// Whether there is anything to see afterwards, beside the answer.
    const CHANGES: bool = true;

    /// Checks how the user was told of a refusal.
    fn check_refusal(&self, reply: &Reply, reason: &str) {
        assert_eq!((reply.status.as_u16(), reply.text("id")), (400, Self::REFUSED), "{}", reply.body);
        assert!(reply.text("message").contains(reason), "the user sees the reason: {}", reply.body);
    }

    /// What there is to see of the outcome from outside: the same before the operation and after
    /// one that was refused.
    async fn state(&self, scene: &Scene, target: &Value) -> Value;
}

/// An operation whose subject plugins may replace.
pub(crate) trait Filtered: Asked {
    /// The argument that may be replaced.
    const SUBJECT: &'static str;

    /// What the first plugin changes, and then the second.
    fn patches(&self) -> [Value; 2];

    /// The subject as it was stored in the end.
    async fn result(&self, scene: &Scene, target: &Value, reply: &Reply) -> Value;
}

/// Shows everything about a hook that may replace or refuse.
pub(crate) fn shows_filter(operation: &impl Filtered) {
    on_stage(async |scene| {
        fires(scene, operation).await;
        replaces(scene, operation).await;
        common(scene, operation, "keep").await;
        shown_all(operation);
    });
}

/// Shows everything about a hook that may only refuse.
pub(crate) fn shows_veto(operation: &impl Asked) {
    on_stage(async |scene| {
        fires(scene, operation).await;
        common(scene, operation, "allow").await;
        shown_all(operation);
    });
}

async fn common<O: Asked>(scene: &Scene, operation: &O, indifferent: &str) {
    passes(scene, operation, indifferent).await;
    refuses(scene, operation).await;
    faults(scene, operation).await;
    enters_again(scene, operation).await;
}

fn shown_all<O: Operation>(_: &O) {
    shown(O::HOOK, &["fired", "payload", "chain", "outcomes", "fault", "reentry", "success"]);
}

/// The one call of this plugin about the target.
async fn asked<O: Operation>(operation: &O, recorder: &Recorder, target: &Value) -> Call {
    let mut calls = recorder.calls(O::HOOK).await;
    calls.retain(|call| operation.is_meant(call, target));
    assert_eq!(calls.len(), 1, "`{}` is asked once: {calls:?}", recorder.id);
    calls.remove(0)
}

/// A new target, and nothing recorded so far.
async fn ready<O: Operation>(scene: &Scene, operation: &O) -> Value {
    scene.forget().await;
    let target = operation.prepare(scene).await;
    scene.forget().await;
    target
}

async fn fires<O: Operation>(scene: &Scene, operation: &O) {
    let target = ready(scene, operation).await;
    for way in operation.ways(scene, &target) {
        let target = ready(scene, operation).await;
        let reply = operation.act(scene, way, &target).await;
        assert!(reply.status.is_success(), "{way:?}: {}: {}", reply.status, reply.body);
        let mut before = 0;
        for recorder in scene.recorders() {
            let call = asked(operation, recorder, &target).await;
            assert_eq!(call.plugin, recorder.id);
            assert!(call.at > before, "{way:?}: in the order of their ids");
            before = call.at;
            operation.check_context(scene, &call, way);
            operation.check(scene, &call, &target, way);
        }
    }
}

/// A plugin without an opinion changes nothing, whether it says so or fails to.
async fn passes<O: Asked>(scene: &Scene, operation: &O, indifferent: &str) {
    let target = ready(scene, operation).await;
    let before = operation.state(scene, &target).await;
    scene.first.program(O::HOOK, json!({"then": {"answer": indifferent}})).await;
    let reply = operation.rest(scene, &target).await;
    assert!(reply.status.is_success(), "{}: {}", reply.status, reply.body);
    asked(operation, &scene.second, &target).await;
    happened(scene, operation, &target, &before).await;
}

async fn happened<O: Asked>(scene: &Scene, operation: &O, target: &Value, before: &Value) {
    if O::CHANGES {
        assert_ne!(&operation.state(scene, target).await, before, "it happened");
    }
}

/// What one plugin makes of the subject, the next one is asked about; the last word is stored.
async fn replaces<O: Filtered>(scene: &Scene, operation: &O) {
    let [first, second] = operation.patches();
    let target = ready(scene, operation).await;
    scene.first.program(O::HOOK, json!({"then": {"patch": first}})).await;
    let reply = operation.rest(scene, &target).await;
    assert!(reply.status.is_success(), "{}: {}", reply.status, reply.body);
    contains(&operation.result(scene, &target, &reply).await, &first);

    let target = ready(scene, operation).await;
    scene.first.program(O::HOOK, json!({"then": {"patch": first}})).await;
    scene.second.program(O::HOOK, json!({"then": {"patch": second}})).await;
    let reply = operation.rest(scene, &target).await;
    assert!(reply.status.is_success(), "{}: {}", reply.status, reply.body);
    let calls = scene.second.calls(O::HOOK).await;
    let seen = calls.first().expect("the second is asked").get(O::SUBJECT);
    contains(seen, &first);
    contains(&operation.result(scene, &target, &reply).await, &second);
}

fn contains(value: &Value, members: &Value) {
    for (name, wanted) in members.as_object().into_iter().flatten() {
        assert_eq!(&value[name], wanted, "{name} of {value}");
    }
}

/// A refusal ends the round: later plugins are not asked, and nothing happens.
async fn refuses<O: Asked>(scene: &Scene, operation: &O) {
    let reject = json!({"then": {"answer": {"reject": REASON}}});
    for (refusing, others) in [(&scene.first, 0), (&scene.second, 1)] {
        let target = ready(scene, operation).await;
        let before = operation.state(scene, &target).await;
        refusing.program(O::HOOK, reject.clone()).await;
        let reply = operation.rest(scene, &target).await;
        operation.check_refusal(&reply, REASON);
        let other = if others == 0 { &scene.second } else { &scene.first };
        assert_eq!(other.calls(O::HOOK).await.len(), others, "asked beside `{}`", refusing.id);
        assert_eq!(operation.state(scene, &target).await, before, "nothing happened");
    }
    let target = ready(scene, operation).await;
    if operation.api(scene, &target).is_some() {
        scene.first.program(O::HOOK, reject).await;
        let reply = operation.act(scene, Way::Plugin, &target).await;
        assert_eq!(reply.status, 422, "{}", reply.body);
        let refusal = &reply.body["refused"];
        assert_eq!((&refusal["id"], &refusal["status"]), (&O::REFUSED.into(), &400.into()), "{refusal}");
    }
}

/// A plugin that traps or never answers is passed over, and the next one is asked all the same.
async fn faults<O: Asked>(scene: &Scene, operation: &O) {
    for (fault, logged) in FAULTS {
        let target = ready(scene, operation).await;
        let before = operation.state(scene, &target).await;
        scene.first.program(O::HOOK, json!({"then": fault})).await;
        let reply = operation.rest(scene, &target).await;
        assert!(reply.status.is_success(), "{fault}: {}: {}", reply.status, reply.body);
        asked(operation, &scene.second, &target).await;
        happened(scene, operation, &target, &before).await;
        let log = scene.first.log().await;
        assert!(log.iter().any(|line| line.contains(O::HOOK) && line.contains(logged)), "{fault}: {log:?}");
    }
}

/// What the plugin does inside the hook fires the hook once more, at the plugin itself too.
async fn enters_again<O: Operation>(scene: &Scene, operation: &O) {
    let (outer, inner) = (operation.prepare(scene).await, operation.prepare(scene).await);
    scene.forget().await;
    let Some(api) = operation.api(scene, &inner) else { return };
    scene.first.program(O::HOOK, again(api)).await;
    let reply = operation.rest(scene, &outer).await;
    assert!(reply.status.is_success(), "{}: {}", reply.status, reply.body);
    let called = scene.first.calls("called").await;
    assert!(called.len() == 1 && called[0].get("result/refused").is_null(), "{called:?}");
    asked(operation, &scene.first, &outer).await;
    let call = asked(operation, &scene.first, &inner).await;
    if !call.get("context").is_null() {
        assert_eq!(call.text("context/source_plugin_id"), scene.first.id);
    }
}
