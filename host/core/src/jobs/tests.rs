use super::{schedule::Outcome, *};
use crate::testing::TestCore;

const P: &str = "com.example.moat";

fn work(name: &str) -> NewJob {
    NewJob { name: name.to_owned(), payload: b"42".to_vec(), ..NewJob::default() }
}

/// Takes the one job that is due at this time.
async fn claim(core: &TestCore, now: i64) -> (Job, String) {
    let mut claimed = core.claim_jobs(P, now).await.unwrap();
    assert_eq!(claimed.len(), 1);
    claimed.remove(0)
}

async fn end(core: &TestCore, run: &(Job, String), outcome: Outcome) -> Job {
    core.end_job(&run.0.id, &run.1, outcome).await.unwrap();
    core.get_job(P, &run.0.id).await.unwrap()
}

const LONG: i64 = 3_600_000;

#[tokio::test]
async fn a_job_is_run_once_and_then_history() {
    let core = Core::for_tests().await;
    let job = core.start_job(&CallContext::core(), P, work("reindex")).await.unwrap();
    assert_eq!((job.status, job.attempt, job.max_attempts), (JobStatus::Waiting, 0, 3));
    let run = claim(&core, now_ms()).await;
    assert_eq!((run.0.status, run.0.attempt, run.0.payload.as_slice()), (JobStatus::Running, 1, &b"42"[..]));
    assert!(core.claim_jobs(P, now_ms()).await.unwrap().is_empty());
    core.report_job_progress(P, &job.id, 250, "half way").await.unwrap();
    assert_eq!(core.get_job(P, &job.id).await.unwrap().progress, 100);
    assert_eq!(end(&core, &run, Outcome::Done).await.status, JobStatus::Success);
    assert!(core.claim_jobs(P, now_ms() + LONG).await.unwrap().is_empty());
    let error = core.report_job_progress(P, &job.id, 1, "").await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("app.plugin_job.not_running.app_error", 400));
    assert!(core.is_job_cancelled(P, &job.id).await.unwrap());
}

#[tokio::test]
async fn a_plugin_sees_its_own_jobs_only() {
    let core = Core::for_tests().await;
    let job = core.start_job(&CallContext::core(), P, work("a")).await.unwrap();
    core.start_job(&CallContext::core(), "other", work("b")).await.unwrap();
    assert_eq!(core.list_jobs(P, 0, 0).await.unwrap(), std::slice::from_ref(&job));
    for error in [
        core.get_job("other", &job.id).await.unwrap_err(),
        core.cancel_job("other", &job.id).await.unwrap_err(),
        core.report_job_progress("other", &job.id, 1, "").await.unwrap_err(),
    ] {
        assert_eq!((error.id.as_str(), error.status_code), ("app.plugin_job.get.app_error", 404));
    }
}

#[tokio::test]
async fn a_failed_try_is_repeated_later_as_often_as_the_job_allows() {
    let core = Core::for_tests().await;
    core.start_job(&CallContext::core(), P, NewJob { max_attempts: 2, retry_after: 1_000, ..work("flaky") })
        .await
        .unwrap();
    let run = claim(&core, now_ms()).await;
    let job = end(&core, &run, Outcome::Failed("no coffee".into())).await;
    assert_eq!((job.status, job.error.as_str()), (JobStatus::Waiting, "no coffee"));
    let wait = job.next_run_at - job.finished_at;
    assert!((750..=1_250).contains(&wait), "{wait}");
    assert!(core.claim_jobs(P, job.next_run_at - 1).await.unwrap().is_empty());
    let run = claim(&core, job.next_run_at).await;
    assert_eq!(run.0.attempt, 2);
    assert_eq!(end(&core, &run, Outcome::Failed("no milk".into())).await.status, JobStatus::Failed);
}

#[tokio::test]
async fn a_run_that_was_cut_short_does_not_count_as_a_try() {
    let core = Core::for_tests().await;
    core.start_job(&CallContext::core(), P, work("a")).await.unwrap();
    let run = claim(&core, now_ms()).await;
    let job = end(&core, &run, Outcome::NotRun).await;
    assert_eq!((job.status, job.attempt), (JobStatus::Waiting, 0));
}

#[tokio::test]
async fn a_job_whose_server_died_is_run_again_after_its_lease() {
    let core = Core::for_tests().await;
    let job = core.start_job(&CallContext::core(), P, NewJob { max_attempts: 2, ..work("a") }).await.unwrap();
    let dead = claim(&core, now_ms()).await;
    assert!(core.claim_jobs(P, now_ms() + 10_000).await.unwrap().is_empty(), "the lease still runs");
    let alive = claim(&core, now_ms() + 60_000).await;
    assert_eq!((alive.0.id.as_str(), alive.0.attempt), (job.id.as_str(), 2));
    // Whoever lost the job cannot say how it ended.
    assert_eq!(end(&core, &dead, Outcome::Done).await.status, JobStatus::Running);
    // And one that kills its server each time is given up.
    assert!(core.claim_jobs(P, now_ms() + LONG).await.unwrap().is_empty());
    assert_eq!(core.get_job(P, &job.id).await.unwrap().status, JobStatus::Failed);
}

#[tokio::test]
async fn a_schedule_is_there_once_and_stays_as_it_is_when_it_is_made_again() {
    let core = Core::for_tests().await;
    let hourly = JobSchedule::Interval(LONG);
    let first = core.schedule_job(&CallContext::core(), P, work("tidy"), hourly.clone()).await.unwrap();
    let run = claim(&core, now_ms()).await;
    let ended = end(&core, &run, Outcome::Done).await;
    assert_eq!((ended.status, ended.attempt, ended.next_run_at), (JobStatus::Waiting, 0, first.create_at + LONG));
    let again = core.schedule_job(&CallContext::core(), P, work("tidy"), hourly).await.unwrap();
    assert_eq!((again.id.as_str(), again.next_run_at), (first.id.as_str(), ended.next_run_at));
    let nightly =
        core.schedule_job(&CallContext::core(), P, work("tidy"), JobSchedule::Cron("0 3 * * *".into())).await.unwrap();
    assert_eq!(nightly.id, first.id);
    assert_eq!(nightly.next_run_at % 86_400_000, 3 * 3_600_000);
    assert_eq!(core.list_jobs(P, 0, 0).await.unwrap().len(), 1);
    // The name is free again after the end.
    assert!(core.cancel_job(P, &first.id).await.unwrap());
    assert!(!core.cancel_job(P, &first.id).await.unwrap());
    let new = core.schedule_job(&CallContext::core(), P, work("tidy"), JobSchedule::Interval(1_000)).await.unwrap();
    assert_ne!(new.id, first.id);
}

#[tokio::test]
async fn a_schedule_whose_turn_failed_has_another_turn() {
    let core = Core::for_tests().await;
    let new = NewJob { max_attempts: 1, ..work("tidy") };
    core.schedule_job(&CallContext::core(), P, new, JobSchedule::Interval(LONG)).await.unwrap();
    let run = claim(&core, now_ms()).await;
    let job = end(&core, &run, Outcome::Failed("x".into())).await;
    assert_eq!((job.status, job.error.as_str(), job.attempt), (JobStatus::Waiting, "x", 0));
}

#[tokio::test]
async fn a_running_job_is_told_that_it_is_cancelled() {
    let core = Core::for_tests().await;
    let job = core.start_job(&CallContext::core(), P, work("a")).await.unwrap();
    let run = claim(&core, now_ms()).await;
    assert!(!core.is_job_cancelled(P, &job.id).await.unwrap());
    assert!(core.cancel_job(P, &job.id).await.unwrap());
    assert!(core.is_job_cancelled(P, &job.id).await.unwrap());
    assert_eq!(end(&core, &run, Outcome::NotRun).await.status, JobStatus::Cancelled);
}

#[tokio::test]
async fn what_a_plugin_may_not_ask_for_is_refused() {
    let core = Core::for_tests().await;
    for (new, schedule, id) in [
        (work(""), JobSchedule::Once(0), "is_valid.name"),
        (work(&"x".repeat(101)), JobSchedule::Once(0), "is_valid.name"),
        (NewJob { max_attempts: 101, ..work("a") }, JobSchedule::Once(0), "is_valid.max_attempts"),
        (NewJob { retry_after: -1, ..work("a") }, JobSchedule::Once(0), "is_valid.retry_after"),
        (NewJob { payload: vec![0; 65_537], ..work("a") }, JobSchedule::Once(0), "is_valid.payload"),
        (work("a"), JobSchedule::Interval(999), "is_valid.schedule"),
        (work("a"), JobSchedule::Interval(i64::MAX), "is_valid.schedule"),
        (work("a"), JobSchedule::Cron("every day".into()), "is_valid.schedule"),
        (work("a"), JobSchedule::Cron("0 0 30 2 *".into()), "is_valid.schedule"),
        (work("a"), JobSchedule::Cron("* ".repeat(500)), "is_valid.schedule"),
    ] {
        let error = core.schedule_job(&CallContext::core(), P, new, schedule.clone()).await.unwrap_err();
        assert_eq!((error.id, error.status_code), (format!("app.plugin_job.{id}.app_error"), 400), "{schedule:?}");
    }
}

#[tokio::test]
async fn jobs_and_runs_are_bounded_per_plugin() {
    let core = Core::for_tests().await;
    for _ in 0..1_000 {
        core.start_job(&CallContext::core(), P, work("a")).await.unwrap();
    }
    let error = core.start_job(&CallContext::core(), P, work("a")).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("app.plugin_job.too_many.app_error", 429));
    assert_eq!(core.claim_jobs(P, now_ms()).await.unwrap().len(), 4);
    assert!(core.claim_jobs(P, now_ms()).await.unwrap().is_empty());
    core.delete_jobs_of(P).await.unwrap();
    assert!(core.list_jobs(P, 0, 0).await.unwrap().is_empty());
}

#[tokio::test]
async fn history_is_swept() {
    let core = Core::for_tests().await;
    let ended = core.start_job(&CallContext::core(), P, work("a")).await.unwrap();
    core.cancel_job(P, &ended.id).await.unwrap();
    core.start_job(&CallContext::core(), P, work("b")).await.unwrap();
    assert_eq!(core.sweep_jobs().await.unwrap(), 0);
    let mut connection = core.store.read().await.unwrap();
    assert_eq!(store::sweep(&mut connection, now_ms() + 1, 10).await.unwrap(), 1);
}
