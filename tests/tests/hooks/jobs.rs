//! `run-job`: work beside requests. Ours, beside Mattermost's hooks.

use std::time::Duration;

use serde_json::{Value, json};

use crate::scene::{FAULTS, Scene, id, on_stage, shown, text};

const HOOK: &str = "run-job";

async fn start(scene: &Scene, name: &str) -> String {
    let job = json!({"name": name, "payload": b"work", "max_attempts": 1, "retry_after": 1});
    id(&scene.first.api("jobs.start-job", json!({"job": job})).await.ok())
}

async fn ended(scene: &Scene, job: &str) -> Value {
    for _ in 0..300 {
        let job = scene.first.api("jobs.get-job", json!({"id": job})).await.ok();
        if !matches!(text(&job, "status"), "waiting" | "running") {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the job does not end");
}

#[test]
fn a_job_is_run_for_the_plugin_that_started_it() {
    on_stage(async |scene| {
        let job = start(scene, "dig").await;
        assert_eq!(ended(scene, &job).await["status"], "success");
        let calls = scene.first.calls(HOOK).await;
        assert_eq!(calls.len(), 1);
        let asked = calls[0].get("job");
        assert_eq!((text(asked, "id"), text(asked, "name"), text(asked, "plugin_id")), (&*job, "dig", "recorder-a"));
        assert_eq!((&asked["payload"], &asked["attempt"]), (&b"work".iter().copied().collect(), &1.into()));
        assert_eq!(calls[0].text("context/user_id"), "", "a job has no user");
        assert!(scene.second.calls(HOOK).await.is_empty(), "only its plugin");
        shown(HOOK, &["fired", "payload", "chain"]);

        scene.first.program(HOOK, json!({"then": {"answer": {"error": "rock"}}})).await;
        let job = start(scene, "dig").await;
        let job = ended(scene, &job).await;
        assert_eq!((text(&job, "status"), text(&job, "error")), ("failed", "rock"));
        shown(HOOK, &["outcomes", "success"]);
    });
}

#[test]
fn a_fault_is_the_jobs_failure() {
    on_stage(async |scene| {
        for (fault, logged) in FAULTS {
            scene.first.program(HOOK, json!({"once": true, "then": fault})).await;
            let job = start(scene, fault).await;
            let job = ended(scene, &job).await;
            assert_eq!(text(&job, "status"), "failed", "{fault}");
            assert!(text(&job, "error").contains(logged), "{fault}: {job}");
            assert_eq!(scene.first.status().await.0, 2, "{fault}");
        }
        shown(HOOK, &["fault"]);
    });
}

#[test]
fn a_job_may_start_another() {
    on_stage(async |scene| {
        let inner = json!({"name": "inner", "payload": [], "max_attempts": 1, "retry_after": 1});
        let call = json!({"function": "jobs.start-job", "arguments": {"job": inner}});
        scene.first.program(HOOK, json!({"once": true, "call": call})).await;
        let outer = start(scene, "outer").await;
        ended(scene, &outer).await;
        scene.first.wait_for(HOOK, |call| call.text("job/name") == "inner").await;
        shown(HOOK, &["reentry"]);
    });
}
