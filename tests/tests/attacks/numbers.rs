//! Numbers at their edges, in every function that takes a page or a size.

use serde_json::{Value, json};
use wasmoat_tests::scene::on_a_stage_of_its_own;

use crate::Attacker;

const EDGES: [i32; 5] = [i32::MIN, -1, 0, 1_000_000, i32::MAX];

#[test]
fn pages_at_the_edges_of_their_numbers_are_small_or_refused() {
    on_a_stage_of_its_own(async |scene| {
        let attacker = Attacker::install(scene, json!({})).await;
        let (channel, team, user) = (&scene.channel.id, &scene.channel.team_id, &scene.ada.id);
        let post = scene.post("here").await;
        let paged = [
            ("kv.kv-list", json!({})),
            ("jobs.list-jobs", json!({})),
            ("users.get-users", json!({"options": {}})),
            ("users.get-users-in-team", json!({"team_id": team})),
            ("users.get-users-in-channel", json!({"channel_id": channel, "sort_by": "username"})),
            ("channels.get-public-channels-for-team", json!({"team_id": team})),
            ("channel-members.get-channel-members", json!({"channel_id": channel})),
            ("channel-members.get-channel-members-for-user", json!({"team_id": team, "user_id": user})),
            ("team-members.get-team-members", json!({"team_id": team})),
            ("team-members.get-team-members-for-user", json!({"user_id": user})),
            ("emoji.get-emoji-list", json!({"sort_by": "name"})),
            ("posts.get-posts-for-channel", json!({"channel_id": channel})),
            ("posts.get-posts-before", json!({"channel_id": channel, "post_id": post["id"]})),
            ("posts.get-posts-after", json!({"channel_id": channel, "post_id": post["id"]})),
            ("files.get-file-infos", json!({"opt": {}})),
            ("groups.get-groups", json!({"opts": {}})),
            ("bots.get-bots", json!({"options": {}})),
        ];
        for (function, arguments) in paged {
            for page in EDGES {
                for per_page in EDGES {
                    let mut arguments = arguments.clone();
                    let place = match arguments.get("options") {
                        Some(_) => &mut arguments["options"],
                        None => &mut arguments,
                    };
                    (place["page"], place["per_page"]) = (page.into(), per_page.into());
                    let answer = attacker.call(function, arguments).await.body;
                    assert!(
                        answer["status"].as_i64().is_none_or(|status| (400..500).contains(&status)),
                        "{function} {page} {per_page}: {answer}"
                    );
                }
            }
        }
    });
}

#[test]
fn times_and_sizes_at_the_edges_of_their_numbers_do_no_harm() {
    on_a_stage_of_its_own(async |scene| {
        let attacker = Attacker::install(scene, json!({})).await;
        let value: Vec<u8> = b"v".to_vec();
        for edge in [i64::MIN, i64::MIN + 1, -1, 0, 1 << 53, i64::MAX] {
            let job = json!({"name": "edge", "payload": [], "max_attempts": 0, "retry_after": edge});
            let calls = [
                ("kv.kv-set-with-expiry", json!({"key": "k", "value": value, "expire_in_seconds": edge})),
                ("jobs.schedule-job", json!({"job": {"name": "edge", "payload": []}, "schedule": {"interval": edge}})),
                ("jobs.schedule-job", json!({"job": {"name": "edge", "payload": []}, "schedule": {"once": edge}})),
                ("jobs.start-job", json!({"job": job})),
                ("posts.get-posts-since", json!({"channel_id": scene.channel.id, "time": edge})),
                ("status.update-user-status", json!({"user_id": scene.bob.id, "status": "away"})),
                (
                    "uploads.create-upload-session",
                    json!({"us": {
                        "type": "attachment", "filename": "f", "file_size": edge, "user_id": scene.ada.id, "channel_id": scene.channel.id,
                    }}),
                ),
                (
                    "posts.create-post",
                    json!({"post": {
                        "channel_id": scene.channel.id, "user_id": scene.bob.id, "message": "when?", "create_at": edge, "update_at": edge,
                    }}),
                ),
            ];
            for (function, arguments) in calls {
                let answer = attacker.call(function, arguments).await.body;
                let status = answer.get("status").and_then(Value::as_i64);
                assert!(status.is_none_or(|status| (400..500).contains(&status)), "{function} {edge}: {answer}");
            }
        }
        scene.ada.rest.get(&format!("/api/v4/channels/{}/posts", scene.channel.id)).await.ok();
        scene.ada.rest.get("/api/v4/plugins/conformance/jobs").await.ok();
    });
}

#[test]
fn a_guest_that_asks_for_four_gigabytes_of_chance_gets_a_little() {
    on_a_stage_of_its_own(async |scene| {
        let attacker = Attacker::install(scene, json!({})).await;
        let bytes = attacker.call("sandbox.random-bytes", json!({"len": u32::MAX})).await.ok();
        assert_eq!(bytes.as_array().map(Vec::len), Some(64 << 10));
    });
}
