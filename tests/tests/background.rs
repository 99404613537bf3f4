//! Jobs and the mutex, with real guests in a real server.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::{Value, json};
use wasmoat_tests::{Rest, TestServer, guest};

const JOBS: &str = "/api/v4/plugins/jobber/jobs";

/// A server with the guest that runs jobs.
async fn server() -> (TestServer, Rest) {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    // Faults are part of these tests.
    let limits = json!({"jobber": {"faults_until_disabled": 1_000, "job_cancel_ms": 500}});
    admin.put("/api/v4/config/patch", &json!({"PluginSettings": {"Wasmoat": {"Plugins": limits}}})).await.ok();
    admin.install("jobber", "jobber.wasm", guest("jobber")).await;
    (server, admin)
}

async fn start(admin: &Rest, name: &str, payload: &Value) -> String {
    let job = admin.post(&format!("/plugins/jobber/{name}"), payload).await.ok();
    job.as_str().unwrap().to_owned()
}

async fn until(admin: &Rest, job: &str, status: &str) -> Value {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let job = admin.get(&format!("{JOBS}/{job}")).await.ok();
        if job["status"] == status {
            return job;
        }
        assert!(Instant::now() < end, "not {status} in time: {job}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_runs_beside_the_request_that_started_it_and_failures_are_tried_again() {
    let (server, admin) = server().await;
    let note = start(&admin, "note", &json!("hello")).await;
    let note = until(&admin, &note, "success").await;
    assert_eq!((&note["progress"], &note["progress_text"]), (&json!(100), &json!("done")));
    for (name, error) in [("fail", "on purpose"), ("panic", "panicked")] {
        let job = start(&admin, name, &json!({})).await;
        let job = until(&admin, &job, "failed").await;
        assert_eq!((&job["attempt"], &job["max_attempts"]), (&json!(2), &json!(2)), "{job}");
        assert!(job["error"].as_str().unwrap().contains(error), "{job}");
    }
    // What was scheduled at the activation is there, and has had its first turn.
    let jobs = admin.get(JOBS).await.ok();
    let tick = jobs.as_array().unwrap().iter().find(|job| job["name"] == "tick").unwrap();
    assert_eq!((&tick["status"], tick["finished_at"].as_i64() > Some(0)), (&json!("waiting"), true));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_ends_by_itself_or_is_cut_short() {
    let (server, admin) = server().await;
    for name in ["polite", "spin"] {
        let job = start(&admin, name, &json!({})).await;
        until(&admin, &job, "running").await;
        let before = Instant::now();
        let answer = admin.post(&format!("{JOBS}/{job}/cancel"), &json!({})).await.ok();
        assert_eq!(answer["cancelled"], true);
        until(&admin, &job, "cancelled").await;
        assert!(before.elapsed() < Duration::from_secs(5));
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_wait_while_their_plugin_is_disabled_and_go_with_it() {
    let (server, admin) = server().await;
    let polite = start(&admin, "polite", &json!({})).await;
    until(&admin, &polite, "running").await;
    admin.post("/api/v4/plugins/jobber/disable", &json!({})).await.ok();
    let job = until(&admin, &polite, "waiting").await;
    assert_eq!((&job["attempt"], &job["error"]), (&json!(0), &Value::Null), "being stopped is no failure");
    tokio::time::sleep(Duration::from_secs(2)).await;
    until(&admin, &polite, "waiting").await;
    admin.post("/api/v4/plugins/jobber/enable", &json!({})).await.ok();
    until(&admin, &polite, "running").await;
    let once = admin.get(JOBS).await.ok();
    assert_eq!(once.as_array().unwrap().iter().filter(|job| job["name"] == "tick").count(), 1);
    admin.delete("/api/v4/plugins/jobber").await.ok();
    admin.upload("jobber.wasm", guest("jobber"), false).await.ok();
    assert_eq!(admin.get(JOBS).await.ok(), json!([]));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_at_work_at_once_exclude_each_other_by_the_mutex() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.install("locker", "locker.wasm", guest("locker")).await;
    let body = json!({});
    let loose = join_all((0..8).map(|_| admin.post("/plugins/locker/loose", &body))).await;
    let alone = join_all((0..8).map(|_| admin.post("/plugins/locker/", &body))).await;
    let highest = |replies: Vec<wasmoat_tests::Reply>| {
        replies.into_iter().map(|reply| reply.ok().as_u64().unwrap()).max().unwrap()
    };
    assert_eq!(highest(alone), 8, "every count is there");
    assert!(highest(loose) < 8, "without the lock some are lost: they did run at once");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_a_job_has_limits_of_its_own() {
    let (server, admin) = server().await;
    for (limit, value, job) in [
        ("job_ms", 1_000, "spin"),
        ("fuel_per_job", 100_000_000, "spin"),
        ("job_memory_bytes", 8 << 20, "hoard"),
        ("host_calls_per_job", 100, "storm"),
    ] {
        let limits = json!({"jobber": {"faults_until_disabled": 1_000, limit: value}});
        admin.put("/api/v4/config/patch", &json!({"PluginSettings": {"Wasmoat": {"Plugins": limits}}})).await.ok();
        let job = start(&admin, job, &json!({})).await;
        let job = until(&admin, &job, "failed").await;
        let setting = format!("(setting `{limit}`)");
        assert!(job["error"].as_str().unwrap().contains(&setting), "{limit}: {job}");
    }
    server.stop().await;
}
