//! Its jobs do what their names say, and leave word in the key-value store. A request starts one:
//! the path is `/{name}`, the body the payload; `/` lists them.

use std::time::Duration;

use wasmoat::{
    jobs::{self, Job, JobSchedule, NewJob},
    prelude::*,
    time,
};

/// The plugin.
#[derive(Debug, Default)]
pub struct Jobber;

#[wasmoat::plugin]
impl Plugin for Jobber {
    fn on_activate(&self) -> Result<()> {
        let tick = NewJob { name: "tick".into(), payload: Vec::new(), max_attempts: 1, retry_after: 0 };
        jobs::schedule_job(&tick, &JobSchedule::Interval(3_600_000)).map(drop)
    }

    fn serve_http(&self, _: PluginContext, request: HttpRequest) -> HttpResponse {
        let name = request.url.trim_start_matches('/').to_owned();
        let job = NewJob { name, payload: request.body, max_attempts: 2, retry_after: 1_000 };
        let text = match jobs::start_job(&job) {
            Ok(job) => job.id,
            Err(error) => error.to_string(),
        };
        HttpResponse { status: 200, headers: Vec::new(), body: text.into_bytes() }
    }

    fn run_job(&self, _: PluginContext, job: Job) -> Result<()> {
        kv::update_json(&format!("runs {}", job.name), |runs: Option<u32>| Ok(runs.unwrap_or(0) + 1))?;
        match job.name.as_str() {
            "fail" => Err("on purpose".into()),
            #[expect(clippy::panic, reason = "what the test is about")]
            "panic" => panic!("on purpose"),
            "spin" => loop {
                std::hint::black_box(());
            },
            "hoard" => {
                let mut hoard = Vec::new();
                loop {
                    hoard.push(std::hint::black_box(vec![1_u8; 1 << 20]));
                }
            }
            // Two more of its kind, as long as it gets them.
            "fork" => {
                let fork = NewJob { name: "fork".into(), payload: Vec::new(), max_attempts: 1, retry_after: 0 };
                for _ in 0..2 {
                    let _ = jobs::start_job(&fork);
                }
                Ok(())
            }
            "storm" => loop {
                kv::kv_get("key")?;
            },
            // Ends by itself when it is told to.
            "polite" => loop {
                jobs::progress(&job, 1, 2, "half way")?;
                time::sleep(Duration::from_millis(50));
            },
            // Dies with its server the first time.
            "survivor" if job.attempt == 1 => {
                time::sleep(Duration::from_secs(600));
                Ok(())
            }
            _ => {
                let done = String::from_utf8_lossy(&job.payload).into_owned();
                jobs::progress(&job, 1, 1, "done")?;
                kv::set_json(&format!("done {}", job.name), &done)
            }
        }
    }
}
