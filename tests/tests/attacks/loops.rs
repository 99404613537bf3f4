//! What calls itself, by whatever way.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wasmoat_tests::{
    guest,
    scene::{Scene, on_a_stage_of_its_own},
};

use crate::Attacker;

async fn posts(scene: &Scene) -> usize {
    let posts = scene.ada.rest.get(&format!("/api/v4/channels/{}/posts?per_page=200", scene.channel.id)).await.ok();
    posts["posts"].as_object().unwrap().values().filter(|post| post["message"] == "again").count()
}

#[test]
fn a_filter_that_posts_for_each_post_ends_at_the_greatest_depth() {
    on_a_stage_of_its_own(async |scene| {
        let post = json!({"channel_id": scene.channel.id, "user_id": scene.bob.id, "message": "again"});
        let again = json!({"call": {"function": "posts.create-post", "arguments": {"post": post}}});
        scene.first.program("message-will-be-posted", again).await;
        scene.ada.rest.say(&scene.channel, "begin").await.ok();
        assert!((1..=8).contains(&posts(scene).await), "{}", posts(scene).await);
        let log = scene.first.log().await;
        assert!(log.iter().any(|line| line.contains("too deep")), "{log:?}");
    });
}

#[test]
fn observers_that_post_for_each_post_end_at_the_greatest_depth() {
    on_a_stage_of_its_own(async |scene| {
        let post = json!({"channel_id": scene.channel.id, "user_id": scene.bob.id, "message": "again"});
        let again = json!({"call": {"function": "posts.create-post", "arguments": {"post": post}}});
        // Two that answer each other double with each step: what is bounded is the depth.
        scene.first.program("message-has-been-posted", again).await;
        scene.ada.rest.say(&scene.channel, "begin").await.ok();
        let end = Instant::now() + Duration::from_secs(60);
        let log = loop {
            let log = scene.first.log().await;
            if log.iter().any(|line| line.contains("too deep")) || Instant::now() > end {
                break log;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        assert!(log.iter().any(|line| line.contains("too deep")), "{log:?}");
        assert!((1..=8).contains(&posts(scene).await), "{}", posts(scene).await);
    });
}

#[test]
fn a_command_that_runs_itself_ends_at_the_greatest_depth() {
    on_a_stage_of_its_own(async |scene| {
        let command = json!({"command": {"trigger": "again", "auto_complete": false}});
        scene.first.api("commands.register-command", command).await.ok();
        let args = json!({
            "command": "/again", "user_id": scene.bob.id, "channel_id": scene.channel.id, "team_id": scene.channel.team_id,
        });
        let again =
            json!({"call": {"function": "commands.execute-slash-command", "arguments": {"command_args": args}}});
        scene.first.program("execute-command", again).await;
        scene.command(&scene.channel.id, "/again").await;
        let calls = scene.first.calls("execute-command").await.len();
        assert!((2..=8).contains(&calls), "{calls}");
        let log = scene.first.log().await;
        assert!(log.iter().any(|line| line.contains("too deep")), "{log:?}");
    });
}

#[test]
fn jobs_that_start_jobs_are_no_more_than_their_limit() {
    on_a_stage_of_its_own(async |scene| {
        let admin = &scene.ada.rest;
        let limits = json!({"jobber": {"jobs": 6, "jobs_running": 2, "faults_until_disabled": 10_000}});
        admin.put("/api/v4/config/patch", &json!({"PluginSettings": {"Wasmoat": {"Plugins": limits}}})).await.ok();
        admin.install("jobber", "jobber.wasm", guest("jobber")).await;
        admin.post("/plugins/jobber/fork", &json!({})).await.ok();
        let alive = |jobs: &Value, status: &[&str]| {
            let jobs = jobs.as_array().unwrap().iter();
            jobs.filter(|job| status.iter().any(|status| job["status"] == *status)).count()
        };
        let mut most = 0;
        let end = Instant::now() + Duration::from_secs(60);
        // Until the bomb has grown as far as it can, and a little longer.
        let mut ended = 0;
        while ended < 20 && Instant::now() < end {
            let jobs = admin.get("/api/v4/plugins/jobber/jobs?per_page=200").await.ok();
            most = most.max(alive(&jobs, &["waiting", "running"]));
            assert!(alive(&jobs, &["running"]) <= 2, "{jobs}");
            ended = alive(&jobs, &["success", "failed"]);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(most <= 6, "{most}");
        scene.ada.rest.say(&scene.channel, "the server goes on").await.ok();
    });
}

#[test]
fn a_nap_of_six_hundred_million_years_ends_at_the_deadline() {
    on_a_stage_of_its_own(async |scene| {
        let limits = json!({"provide_ms": 300, "faults_until_disabled": 10_000});
        Attacker::install(scene, limits).await;
        for milliseconds in [u64::MAX, i64::MAX as u64, 1 << 53] {
            let nap = json!({"function": "sandbox.sleep", "arguments": {"milliseconds": milliseconds}});
            let begun = Instant::now();
            let reply = scene.ada.rest.post("/plugins/conformance/call", &nap).await;
            // Who wakes up in its last moment may still say so.
            assert!(matches!(reply.status.as_u16(), 504 | 503 | 200), "{}: {}", reply.status, reply.body);
            assert!(begun.elapsed() < Duration::from_secs(60));
        }
    });
}
