//! `execute-command`: a trigger that the plugin registered.

use serde_json::{Value, json};
use wasmoat_tests::{Recorder, Reply};

use crate::scene::{FAULTS, Scene, on_stage, shown, text};

const HOOK: &str = "execute-command";

async fn register(recorder: &Recorder, trigger: &str) {
    let command = json!({"trigger": trigger, "auto_complete": true, "auto_complete_desc": "records"});
    recorder.api("commands.register-command", json!({"command": command})).await.ok();
}

async fn open(scene: &Scene) {
    register(&scene.first, "rec").await;
    scene.forget().await;
}

async fn run(scene: &Scene, line: &str) -> Reply {
    scene.command(&scene.channel.id, line).await
}

async fn answers(scene: &Scene, answer: Value) {
    scene.first.program(HOOK, json!({"then": {"answer": answer}})).await;
}

fn respond(text: &str) -> Value {
    json!({"ok": {"respond": {"response_type": "in_channel", "text": text}}})
}

#[test]
fn a_line_reaches_the_plugin_of_its_trigger() {
    on_stage(async |scene| {
        open(scene).await;
        answers(scene, respond("done")).await;
        let line = "/REC do it for @bob in ~town";
        run(scene, line).await.ok();
        let calls = scene.first.calls(HOOK).await;
        assert_eq!(calls.len(), 1, "{calls:?}");
        let args = calls[0].get("args");
        assert_eq!(text(args, "command"), line);
        assert_eq!((text(args, "user_id"), text(args, "channel_id")), (&*scene.ada.id, &*scene.channel.id));
        assert_eq!(text(args, "team_id"), scene.channel.team_id);
        assert!(!text(args, "trigger_id").is_empty());
        assert_eq!(args["user_mentions"], json!([["bob", scene.bob.id]]));
        assert_eq!(args["channel_mentions"], json!([["town", scene.channel.id]]));
        assert_eq!(calls[0].text("context/user_id"), scene.ada.id);
        assert!(scene.second.calls(HOOK).await.is_empty(), "only the one that registered");

        scene.first.forget().await;
        let args = json!({
            "command": "/rec by a plugin", "user_id": scene.bob.id, "channel_id": scene.channel.id,
            "team_id": scene.channel.team_id,
        });
        scene.second.api("commands.execute-slash-command", json!({"command_args": args})).await.ok();
        let call = scene.first.wait_for(HOOK, |call| call.text("args/command") == "/rec by a plugin").await;
        assert_eq!((call.text("args/user_id"), call.text("context/source_plugin_id")), (&*scene.bob.id, "recorder-b"));
        shown(HOOK, &["fired", "payload"]);
    });
}

#[test]
fn the_answer_is_posted_or_falls_through_or_is_an_error() {
    on_stage(async |scene| {
        open(scene).await;
        answers(scene, respond("everybody reads this")).await;
        assert_eq!(run(scene, "/rec").await.ok()["text"], "everybody reads this");
        let posts = scene.bob.rest.get(&format!("/api/v4/channels/{}/posts", scene.channel.id)).await.ok();
        assert!(posts.to_string().contains("everybody reads this"));

        answers(scene, json!({"ok": "not_handled"})).await;
        let reply = run(scene, "/rec").await;
        assert_eq!((reply.status.as_u16(), reply.text("id")), (404, "api.command.execute_command.not_found.app_error"));

        let refusal = |status: i32| json!({"error": {"id": "recorder.no", "message": "No.", "status_code": status}});
        for (status, answered) in [(403, 403), (0, 500), (1000, 500)] {
            answers(scene, refusal(status)).await;
            let reply = run(scene, "/rec").await;
            assert_eq!((reply.status.as_u16(), reply.text("id")), (answered, "recorder.no"), "{status}");
            assert_eq!(reply.text("message"), "No.");
        }
        shown(HOOK, &["outcomes", "success"]);
    });
}

#[test]
fn the_first_of_two_plugins_answers_and_a_built_in_is_hidden() {
    on_stage(async |scene| {
        open(scene).await;
        for recorder in scene.recorders() {
            register(recorder, "shrug").await;
        }
        answers(scene, respond("no shrug")).await;
        assert_eq!(run(scene, "/shrug").await.ok()["text"], "no shrug", "a plugin's command hides the server's");
        assert_eq!((scene.first.calls(HOOK).await.len(), scene.second.calls(HOOK).await.len()), (1, 0));
        answers(scene, json!({"ok": "not_handled"})).await;
        let shrug = run(scene, "/shrug").await.ok();
        assert!(text(&shrug, "text").contains('ツ'), "what the plugin leaves is the server's: {shrug}");
        assert!(scene.second.calls(HOOK).await.is_empty(), "not the second plugin's");
        scene.first.disable().await;
        run(scene, "/shrug").await.ok();
        assert_eq!(scene.second.calls(HOOK).await.len(), 1, "until the first is gone");
        shown(HOOK, &["chain"]);
    });
}

#[test]
fn a_fault_is_told_the_user() {
    on_stage(async |scene| {
        open(scene).await;
        for (fault, logged) in FAULTS {
            scene.first.program(HOOK, json!({"then": fault, "once": true})).await;
            let reply = run(scene, "/rec").await;
            assert_eq!((reply.status.as_u16(), reply.text("id")), (500, "model.plugin_command_error.error.app_error"));
            assert!(reply.text("message").contains("recorder-a"), "{}", reply.body);
            let log = scene.first.log().await;
            assert!(log.iter().any(|line| line.contains(HOOK) && line.contains(logged)), "{fault}: {log:?}");
            answers(scene, respond("well again")).await;
            run(scene, "/rec").await.ok();
        }
        shown(HOOK, &["fault"]);
    });
}

#[test]
fn a_command_may_run_commands_its_own_among_them() {
    on_stage(async |scene| {
        open(scene).await;
        let args = json!({
            "command": "/rec inner", "user_id": scene.ada.id, "channel_id": scene.channel.id, "team_id": scene.channel.team_id,
        });
        let call = json!({"function": "commands.execute-slash-command", "arguments": {"command_args": args}});
        let program = json!({"once": true, "call": call, "then": {"answer": respond("outer")}});
        scene.first.program(HOOK, program).await;
        assert_eq!(run(scene, "/rec outer").await.ok()["text"], "outer");
        let calls = scene.first.calls(HOOK).await;
        let lines: Vec<_> = calls.iter().map(|call| call.text("args/command")).collect();
        assert_eq!(lines, ["/rec outer", "/rec inner"]);
        assert_eq!(calls[1].text("context/source_plugin_id"), "recorder-a");
        shown(HOOK, &["reentry"]);
    });
}
