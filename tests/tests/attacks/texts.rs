//! Names and texts that are not what they seem, or far too long.

use serde_json::{Value, json};
use wasmoat_tests::scene::on_a_stage_of_its_own;

use crate::Attacker;

/// Four million characters: less than a guest may hand over at once, more than any name.
fn giant() -> String {
    "x".repeat(4_000_000)
}

fn is_refused(answer: &Value) -> bool {
    answer["status"].as_i64().is_some_and(|status| (400..500).contains(&status))
}

#[test]
fn giant_names_and_texts_are_refused() {
    on_a_stage_of_its_own(async |scene| {
        let attacker = Attacker::install(scene, json!({})).await;
        let giant = giant();
        let (team, channel, bob) = (&scene.channel.team_id, &scene.channel.id, &scene.bob.id);
        for (function, arguments) in [
            ("posts.create-post", json!({"post": {"channel_id": channel, "user_id": bob, "message": giant}})),
            (
                "posts.create-post",
                json!({"post": {"channel_id": channel, "user_id": bob, "message": "m", "props": json!({"x": giant}).to_string()}}),
            ),
            (
                "channels.create-channel",
                json!({"channel": {"team_id": team, "name": giant, "display_name": "d", "type": "open"}}),
            ),
            (
                "channels.create-channel",
                json!({"channel": {"team_id": team, "name": "fine", "display_name": giant, "type": "open"}}),
            ),
            ("teams.create-team", json!({"team": {"name": giant, "display_name": "d", "type": "O"}})),
            (
                "users.create-user",
                json!({"user": {"username": giant, "email": "a@example.org", "password": "Correct-Horse-1"}}),
            ),
            ("bots.create-bot", json!({"bot": {"username": giant, "description": "d"}})),
            ("reactions.add-reaction", json!({"reaction": {"user_id": bob, "post_id": bob, "emoji_name": giant}})),
            ("kv.kv-set", json!({"key": giant, "value": [1]})),
            ("jobs.start-job", json!({"job": {"name": giant, "payload": []}})),
            (
                "commands.create-command",
                json!({"cmd": {"team_id": team, "trigger": giant, "method": "P", "url": "http://x"}}),
            ),
            ("users.get-user-by-username", json!({"name": giant})),
            ("channels.get-channel-by-name", json!({"team_id": team, "name": giant, "include_deleted": false})),
        ] {
            let answer = attacker.call(function, arguments).await.body;
            let shown = answer.to_string();
            assert!(is_refused(&answer), "{function}: {}", &shown[..shown.len().min(300)]);
            assert!(shown.len() < 100_000, "{function} answers {} bytes", shown.len());
        }
    });
}

#[test]
fn ids_that_are_no_ids_find_nothing_and_break_nothing() {
    on_a_stage_of_its_own(async |scene| {
        let attacker = Attacker::install(scene, json!({})).await;
        let odd = [
            "",
            " ",
            "\0",
            "../../../etc/passwd",
            "' OR 1=1 --",
            "%",
            "%25",
            "*",
            "\u{202e}abc",
            "é",
            "e\u{301}",
            "🦀",
            "aaaaaaaaaaaaaaaaaaaaaaaaaa",
            "AAAAAAAAAAAAAAAAAAAAAAAAAA",
            "null",
            "me",
            "\r\nX: 1",
            "\u{feff}",
        ];
        for id in odd {
            for (function, argument) in [
                ("posts.get-post", "post_id"),
                ("users.get-user", "user_id"),
                ("users.get-user-by-username", "name"),
                ("channels.get-channel", "channel_id"),
                ("teams.get-team", "team_id"),
                ("files.get-file-info", "file_id"),
                ("files.read-file", "path"),
                ("sessions.get-session", "session_id"),
                ("jobs.get-job", "id"),
                ("plugins.get-plugin-status", "id"),
                ("plugins.remove-plugin", "id"),
            ] {
                let answer = attacker.call(function, json!({argument: id})).await;
                assert!(is_refused(&answer.body), "{function} {id:?}: {}", answer.body);
            }
        }
    });
}

#[test]
fn an_error_of_a_plugin_that_does_not_start_is_shown_in_part() {
    on_a_stage_of_its_own(async |scene| {
        let error = format!("\u{1b}[2J{}", "e".repeat(1_000_000));
        scene.first.program("on-activate", json!({"then": {"answer": {"error": error}}})).await;
        scene.first.disable().await;
        scene.ada.rest.post("/api/v4/plugins/recorder-a/enable", &json!({})).await.ok();
        let statuses = scene.ada.rest.get("/api/v4/plugins/statuses").await.ok();
        let status = statuses.as_array().unwrap().iter().find(|status| status["plugin_id"] == "recorder-a").unwrap();
        let shown = status["error"].as_str().unwrap();
        assert!(shown.contains("eeee") && shown.len() < 5_000, "{} bytes", shown.len());
    });
}
