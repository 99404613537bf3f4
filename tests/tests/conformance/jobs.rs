//! `wit/jobs.wit`. The guest's job `wait` runs until it is cancelled, every other ends at once.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    Case, error, success,
    world::{NOBODY, id},
};

async fn job_of(case: &Case, job_id: &str) -> Value {
    case.admin.get(&format!("/api/v4/plugins/conformance/jobs/{job_id}")).await.ok()
}

/// Waits until admins see the job in this state.
async fn until(case: &Case, job_id: &str, status: &str) -> Value {
    loop {
        let job = job_of(case, job_id).await;
        if job["status"] == status {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn work(name: &str) -> Value {
    json!({"name": name, "payload": [52, 50]})
}

/// A job that runs until it is cancelled.
async fn waiting(case: &Case) -> String {
    let job = case.call_other("jobs.start-job", json!({"job": work("wait")})).await;
    until(case, &id(&job), "running").await;
    id(&job)
}

async fn cancel(case: &Case, job_id: &str) {
    let path = format!("/api/v4/plugins/conformance/jobs/{job_id}/cancel");
    case.admin.post(&path, &json!({})).await.ok();
    until(case, job_id, "cancelled").await;
}

#[test]
fn start_job_runs_it() {
    success("jobs.start-job").run(async |case| {
        let job = case.call(json!({"job": work("note")})).await;
        assert_eq!((&job["status"], &job["plugin_id"]), (&json!("waiting"), &json!("conformance")));
        let done = until(case, &id(&job), "success").await;
        assert_eq!((&done["attempt"], &done["progress"], &done["payload_bytes"]), (&json!(1), &json!(100), &json!(2)));
    });
}

#[test]
fn start_job_wants_a_name() {
    error("jobs.start-job").run(async |case| {
        case.refused(json!({"job": work("")})).await.is("app.plugin_job.is_valid.name.app_error", 400);
        let long = json!({"name": "long", "payload": vec![0; 70_000]});
        case.refused(json!({"job": long})).await.is("app.plugin_job.is_valid.payload.app_error", 400);
    });
}

#[test]
fn schedule_job_runs_it_at_its_times_and_is_there_once() {
    success("jobs.schedule-job").run(async |case| {
        let arguments = json!({"job": work(&case.name("tidy")), "schedule": {"interval": 3_600_000}});
        let job = case.call(arguments.clone()).await;
        loop {
            let job = job_of(case, &id(&job)).await;
            if job["finished_at"].as_i64() > Some(0) {
                assert_eq!((&job["status"], &job["attempt"]), (&json!("waiting"), &json!(0)));
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(case.call(arguments).await["id"], job["id"]);
        cancel(case, &id(&job)).await;
    });
}

#[test]
fn schedule_job_wants_a_pattern_that_comes() {
    error("jobs.schedule-job").run(async |case| {
        for schedule in [json!({"cron": "0 0 30 2 *"}), json!({"cron": "often"}), json!({"interval": 10})] {
            let refusal = case.refused(json!({"job": work("tidy"), "schedule": schedule})).await;
            refusal.is("app.plugin_job.is_valid.schedule.app_error", 400);
        }
    });
}

#[test]
fn cancel_job_ends_it() {
    success("jobs.cancel-job").run(async |case| {
        let job_id = waiting(case).await;
        assert_eq!(case.call(json!({"id": job_id})).await, true);
        until(case, &job_id, "cancelled").await;
        assert_eq!(case.call(json!({"id": job_id})).await, false);
    });
}

#[test]
fn report_job_progress_shows_it_to_admins() {
    success("jobs.report-job-progress").run(async |case| {
        let job_id = waiting(case).await;
        case.call(json!({"id": job_id, "percent": 42, "text": "users"})).await;
        let job = job_of(case, &job_id).await;
        assert_eq!((&job["progress"], &job["progress_text"]), (&json!(42), &json!("users")));
        cancel(case, &job_id).await;
    });
}

#[test]
fn report_job_progress_wants_a_job_that_runs() {
    error("jobs.report-job-progress").run(async |case| {
        let report = |id: &str| json!({"id": id, "percent": 1, "text": ""});
        case.refused(report(NOBODY)).await.is("app.plugin_job.get.app_error", 404);
        let job = case.call_other("jobs.start-job", json!({"job": work("note")})).await;
        until(case, &id(&job), "success").await;
        case.refused(report(&id(&job))).await.is("app.plugin_job.not_running.app_error", 400);
    });
}

#[test]
fn is_job_cancelled_tells_a_running_job() {
    success("jobs.is-job-cancelled").run(async |case| {
        let job_id = waiting(case).await;
        assert_eq!(case.call(json!({"id": job_id})).await, false);
        cancel(case, &job_id).await;
        assert_eq!(case.call(json!({"id": job_id})).await, true);
    });
}

#[test]
fn get_job_gives_it() {
    success("jobs.get-job").run(async |case| {
        let job = case.call_other("jobs.start-job", json!({"job": work("note")})).await;
        let same = case.call(json!({"id": job["id"]})).await;
        assert_eq!((&same["name"], &same["payload"]), (&json!("note"), &json!([52, 50])));
    });
}

#[test]
fn cancel_get_and_is_cancelled_want_a_job() {
    for function in ["jobs.cancel-job", "jobs.get-job", "jobs.is-job-cancelled"] {
        error(function).run(async |case| {
            case.refused(json!({"id": NOBODY})).await.is("app.plugin_job.get.app_error", 404);
        });
    }
}

#[test]
fn list_jobs_lists_the_newest_first() {
    success("jobs.list-jobs").run(async |case| {
        let name = case.name("listed");
        for _ in 0..2 {
            case.call_other("jobs.start-job", json!({"job": work(&name)})).await;
        }
        let jobs = case.call(json!({"page": 0, "per_page": 200})).await;
        let mine: Vec<_> = jobs.as_array().unwrap().iter().filter(|job| job["name"] == name.as_str()).collect();
        assert_eq!(mine.len(), 2);
        assert!(mine[0]["create_at"].as_i64() >= mine[1]["create_at"].as_i64());
        assert_eq!(case.call(json!({"page": 0, "per_page": 1})).await.as_array().map(Vec::len), Some(1));
    });
}

#[test]
fn list_jobs_tells_of_a_broken_store() {
    error("jobs.list-jobs").without_table("plugin_jobs").run(async |case| {
        case.refused(json!({"page": 0, "per_page": 0})).await.is_of_the_store();
    });
}
