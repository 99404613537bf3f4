//! JSON deeper than any stack, in every place that reads it.

use serde_json::{Value, json};
use wasmoat_tests::{Bundle, Rest, scene::on_a_stage_of_its_own};

use crate::Attacker;

const DEPTH: usize = 50_000;

/// `{"a":{"a":…}}`.
fn deep(key: &str) -> String {
    format!("{}1{}", format!("{{\"{key}\":").repeat(DEPTH), "}".repeat(DEPTH))
}

#[test]
fn deep_json_from_a_guest_overflows_no_stack() {
    on_a_stage_of_its_own(async |scene| {
        let attacker = Attacker::install(scene, json!({"websocket_event_bytes": 16_777_216})).await;
        let tree = format!("{}{}", "{\"Trigger\":\"x\",\"SubCommands\":[".repeat(DEPTH), "]}".repeat(DEPTH));
        let command = json!({"command": {"trigger": "deep", "auto_complete": true, "autocomplete_data": tree}});
        attacker.refused("commands.register-command", command).await;
        attacker.refused("config.save-plugin-config", json!({"config": deep("a")})).await;
        attacker.refused("config.save-config", json!({"config": deep("a")})).await;
        let event = json!({"event": "deep", "payload": deep("a"), "broadcast": {}});
        attacker.call("websocket.publish-web-socket-event", event).await.ok();
        let rec = json!({"event_name": "deep", "meta": deep("a"), "event": {"parameters": deep("a")}});
        attacker.call("audit.log-audit-rec", json!({"rec": rec})).await.ok();
        scene.ada.rest.say(&scene.channel, "the server goes on").await.ok();
    });
}

#[test]
fn deep_json_from_a_client_overflows_no_stack() {
    on_a_stage_of_its_own(async |scene| {
        for path in ["/api/v4/posts", "/api/v4/users/login", "/api/v4/config/patch", "/api/v4/actions/dialogs/submit"] {
            let method = if path.ends_with("patch") { reqwest::Method::PUT } else { reqwest::Method::POST };
            let request = scene.ada.rest.request(method, path).header("content-type", "application/json");
            let reply = Rest::send(request.body(deep("props"))).await;
            assert!(reply.status.is_client_error(), "{path}: {}", reply.status);
        }
        scene.ada.rest.say(&scene.channel, "the server goes on").await.ok();
    });
}

#[test]
fn a_manifest_that_is_a_bomb_is_refused() {
    on_a_stage_of_its_own(async |scene| {
        // Nine lines that stand for a billion.
        let mut laughs = String::from("id: moat\nversion: 1.0.0\nprops:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..10 {
            let again = vec![format!("*a{}", level - 1); 10].join(", ");
            laughs.push_str(&format!("  a{level}: &a{level} [{again}]\n"));
        }
        let deep = format!("id: moat\nprops: {}{}", "[".repeat(DEPTH), "]".repeat(DEPTH));
        for (name, manifest) in [
            ("plugin.yaml", laughs),
            ("plugin.yaml", deep),
            ("plugin.json", format!("{{\"id\":\"moat\",\"props\":{}}}", self::deep("a"))),
        ] {
            let bundle = Bundle::default().file(name, manifest.as_bytes()).file("plugin.wasm", b"\0asm").finish();
            let reply = scene.ada.rest.upload("moat.tar.gz", bundle, false).await;
            assert_eq!(reply.status, 400, "{name}: {}", reply.body);
        }
    });
}

#[test]
fn an_expression_that_never_ends_is_refused() {
    on_a_stage_of_its_own(async |scene| {
        let attacker = Attacker::install(scene, json!({})).await;
        let wide = vec!["user.attributes.x == \"a\""; 100_000].join(" || ");
        let mut loops = "true".to_owned();
        for level in 0..6 {
            loops = format!("user.attributes.x.exists(v{level}, {loops})");
        }
        for expression in ["(".repeat(DEPTH), "!".repeat(DEPTH), "[".repeat(DEPTH), wide, loops, "a.".repeat(DEPTH)] {
            let arguments = json!({
                "acting_user_id": scene.ada.id, "resource_type": "channel", "expression": expression,
            });
            let answer = attacker.call("access-control.check-access-control-expression", arguments).await;
            let text = answer.body.to_string();
            assert!(
                answer.status == 422 || answer.body.as_array().is_some_and(|errors| !errors.is_empty()),
                "{}",
                &text[..text.len().min(300)]
            );
        }
        let _: Value = scene.ada.rest.say(&scene.channel, "the server goes on").await.ok();
    });
}
