//! Too much of what others have to bear.
use serde_json::{Value, json};
use wasmoat_tests::{Events, scene::on_a_stage_of_its_own};

use crate::Attacker;

const PUBLISH: &str = "websocket.publish-web-socket-event";

fn event(payload: &Value) -> Value {
    json!({"event": "flood", "payload": payload.to_string(), "broadcast": {}})
}

fn floods(events: &[Value]) -> usize {
    events.iter().filter(|event| event["event"] == "custom_conformance_flood").count()
}

#[test]
fn a_flood_of_events_to_clients_is_cut() {
    on_a_stage_of_its_own(async |scene| {
        let attacker = Attacker::install(scene, json!({"websocket_events_per_second": 1})).await;
        let mut bob = Events::of(&scene.bob.rest).await;
        assert_eq!(attacker.burst(499, PUBLISH, event(&json!({}))).await.status, 200, "the guest is not told");
        scene.ada.rest.say(&scene.channel, "and now?").await.ok();
        let seen = bob.until("posted", |_| true).await;
        // The burst is ten times the rate; the rest is what a slow machine's seconds allow.
        assert!((10..100).contains(&floods(&seen)), "{}", floods(&seen));
        let log = attacker.log().await;
        assert!(log.contains("`websocket_events_per_second`") && log.lines().count() < 100, "{log}");
        for (function, arguments) in [
            (
                "websocket.publish-user-typing",
                json!({"user_id": scene.bob.id, "channel_id": scene.channel.id, "parent_id": ""}),
            ),
            (
                "frontend.send-toast-message",
                json!({"user_id": scene.bob.id, "connection_id": "", "message": "x", "options": {"position": ""}}),
            ),
        ] {
            let reply = attacker.burst(100, function, arguments).await;
            assert_eq!(reply.body["id"], "app.plugin.too_often.app_error", "{function} goes the same way");
        }
    });
}

#[test]
fn an_event_that_is_too_large_is_not_sent() {
    on_a_stage_of_its_own(async |scene| {
        let attacker = Attacker::install(scene, json!({"websocket_event_bytes": 10_000})).await;
        let mut bob = Events::of(&scene.bob.rest).await;
        attacker.call(PUBLISH, event(&json!({"x": "x".repeat(20_000)}))).await.ok();
        let receivers = vec!["u".repeat(26); 1_000];
        let many = json!({"event": "flood", "payload": "{}", "broadcast": {"omit_users": receivers}});
        attacker.call(PUBLISH, many).await.ok();
        let post = json!({"channel_id": scene.channel.id, "message": "x".repeat(20_000)});
        for function in ["posts.send-ephemeral-post", "posts.update-ephemeral-post"] {
            attacker.call(function, json!({"user_id": scene.bob.id, "post": post})).await.ok();
        }
        let (_, trigger_id) = scene.server.running.core().generate_trigger_id(&scene.bob.id);
        let element = json!({"display_name": "Field", "name": "field", "type": "text"});
        let dialog = json!({"title": "Bomb", "elements": vec![element; 10_000]});
        let bomb = json!({"dialog": {"trigger_id": trigger_id, "url": "/plugins/conformance/x", "dialog": dialog}});
        let refused = attacker.refused("frontend.open-interactive-dialog", bomb).await;
        assert_eq!((&refused["id"], &refused["status"]), (&json!("app.plugin.event_too_large.app_error"), &json!(413)));
        attacker.call(PUBLISH, event(&json!({"last": true}))).await.ok();
        let seen = bob.until("custom_conformance_flood", |event| event["data"]["last"] == true).await;
        assert_eq!(floods(&seen), 1);
        for name in ["ephemeral_message", "post_edited", "open_dialog"] {
            assert!(seen.iter().all(|event| event["event"] != name), "{name}");
        }
        assert!(attacker.log().await.contains("`websocket_event_bytes`"));
    });
}

#[test]
fn a_flood_of_posts_is_refused() {
    on_a_stage_of_its_own(async |scene| {
        let attacker = Attacker::install(scene, json!({"posts_per_minute": 5})).await;
        let post = json!({"channel_id": scene.channel.id, "user_id": scene.bob.id, "message": "buy!"});
        let refused = attacker.burst(99, "posts.create-post", json!({"post": post})).await.body;
        assert_eq!((&refused["id"], &refused["status"]), (&json!("app.plugin.too_often.app_error"), &json!(429)));
        assert!(refused["message"].as_str().unwrap().contains("`posts_per_minute`"), "{refused}");
        let posts = scene.ada.rest.get(&format!("/api/v4/channels/{}/posts", scene.channel.id)).await.ok();
        let made = posts["posts"].as_object().unwrap().values().filter(|post| post["message"] == "buy!").count();
        assert!((5..20).contains(&made), "{made}");
        scene.ada.rest.say(&scene.channel, "people still post").await.ok();
    });
}

#[test]
fn a_flood_of_mails_is_refused() {
    on_a_stage_of_its_own(async |scene| {
        let attacker = Attacker::install(scene, json!({"notifications_per_minute": 3})).await;
        let mail = json!({"to": "ann@example.org", "subject": "buy", "html_body": "buy!"});
        let refused = attacker.burst(20, "notify.send-mail", mail).await.body;
        assert_eq!((&refused["id"], &refused["status"]), (&json!("app.plugin.too_often.app_error"), &json!(429)));
        assert!(refused["message"].as_str().unwrap().contains("`notifications_per_minute`"), "{refused}");
    });
}

fn record(name: &str) -> Value {
    json!({"rec": {"event_name": name, "status": "success", "meta": "{}"}})
}

#[test]
fn a_flood_of_audit_records_does_not_wash_others_away() {
    on_a_stage_of_its_own(async |scene| {
        let settings = json!({"ExperimentalAuditSettings": {"FileEnabled": true, "FileMaxQueueSize": 1_000}});
        scene.ada.rest.put("/api/v4/config/patch", &settings).await.ok();
        let attacker = Attacker::install(scene, json!({"audit_records_per_second": 1})).await;
        assert_eq!(attacker.burst(4_999, "audit.log-audit-rec", record("flood")).await.status, 200);
        let core = scene.server.running.core();
        core.log_audit_rec(
            &wasmoat_model::AuditRecord { event_name: "honest".to_owned(), ..Default::default() },
            wasmoat_core::audit::Level::Api,
        );
        let log = scene.server.audit_log("honest").await;
        let floods = log.lines().filter(|line| line.contains("\"flood\"")).count();
        assert!((10..200).contains(&floods), "{floods}");
        assert!(attacker.log().await.contains("`audit_records_per_second`"));
    });
}

#[test]
fn a_record_with_line_breaks_is_one_line_of_the_audit_log() {
    on_a_stage_of_its_own(async |scene| {
        let settings = json!({"ExperimentalAuditSettings": {"FileEnabled": true}});
        scene.ada.rest.put("/api/v4/config/patch", &settings).await.ok();
        let attacker = Attacker::install(scene, json!({})).await;
        let forged = "x\"}\n{\"event_name\":\"forged\",\"actor\":{\"user_id\":\"admin\"}}\r\n\u{2028}\u{85}";
        let rec = json!({"event_name": forged, "status": forged, "meta": forged, "event": {"parameters": forged}});
        attacker.call("audit.log-audit-rec", json!({"rec": rec})).await.ok();
        attacker.call("audit.log-audit-rec", record("last")).await.ok();
        let log = scene.server.audit_log("\"last\"").await;
        let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
        assert!(lines.iter().all(|line| line["event_name"] != "forged"), "{log}");
        let ours = lines.iter().find(|line| line["event_name"] == forged).expect("the record is there, as it was");
        assert_eq!(ours["event"]["parameters"]["plugin_id"], "conformance");
    });
}
