//! `wasmoat plugin jobs`: what a plugin does in the background.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::plugin_id;
use crate::failure::Failure;
use crate::remote::{Client, Remote};
use crate::terminal::{self, Table, faint, plain_line, time};

/// Arguments of `wasmoat plugin jobs`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// The plugin's id
    #[arg(value_parser = plugin_id)]
    id: String,

    /// Cancel the job of this id instead
    #[arg(long, value_name = "JOB", value_parser = job_id)]
    cancel: Option<String>,

    /// How many of the last jobs to show
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    lines: u32,

    /// Print JSON: a list of jobs
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    remote: Remote,
}

const EXAMPLES: &str = "\
Times are UTC. Jobs that have ended are shown for a week.

Examples:
      wasmoat plugin jobs reports
      wasmoat plugin jobs reports --cancel 8fyd6pz3ntdcmpjrq1x5ia7w4e";

#[derive(Deserialize, Serialize)]
struct Job {
    id: String,
    name: String,
    status: String,
    attempt: u32,
    max_attempts: u32,
    next_run_at: i64,
    started_at: i64,
    finished_at: i64,
    progress: u32,
    #[serde(default)]
    progress_text: String,
    #[serde(default)]
    error: String,
    payload_bytes: u64,
    schedule: Value,
}

#[derive(Deserialize)]
struct Cancelled {
    cancelled: bool,
}

/// Lists or cancels jobs.
pub async fn run(args: &Args) -> Result<(), Failure> {
    let client = args.remote.connect()?;
    match &args.cancel {
        Some(job) => cancel(&client, &args.id, job).await,
        None => list(&client, args).await,
    }
}

async fn cancel(client: &Client, id: &str, job: &str) -> Result<(), Failure> {
    let answer: Cancelled = client.ask(&format!("plugins/{id}/jobs/{job}/cancel")).await?;
    terminal::print(if answer.cancelled { "the job ends\n" } else { "the job has ended already\n" })?;
    Ok(())
}

async fn list(client: &Client, args: &Args) -> Result<(), Failure> {
    let query = [("per_page", args.lines.to_string())];
    let jobs: Vec<Job> = client.get(&format!("plugins/{}/jobs", args.id), &query).await?;
    if args.json {
        return Ok(terminal::print_json(&json!(jobs))?);
    }
    if jobs.is_empty() {
        terminal::print("the plugin has no jobs\n")?;
        return Ok(());
    }
    let mut table = Table::titled(["JOB", "NAME", "STATUS", "TIME"]);
    for job in &jobs {
        table.row([&plain_line(&job.id), &plain_line(&job.name), &status(job), &when(job)]);
    }
    let mut text = table.lines("");
    for job in jobs.iter().filter(|job| !job.error.is_empty()) {
        text.push_str(&faint(&format!("{}: {}", plain_line(&job.id), plain_line(&job.error))));
        text.push('\n');
    }
    terminal::print(&text)?;
    Ok(())
}

fn status(job: &Job) -> String {
    match job.status.as_str() {
        "running" => format!("running, {}% {}", job.progress, plain_line(&job.progress_text)).trim_end().to_owned(),
        "waiting" if job.attempt > 0 => format!("waiting, {} of {} tries", job.attempt, job.max_attempts),
        other => plain_line(other),
    }
}

fn when(job: &Job) -> String {
    match job.status.as_str() {
        "waiting" => format!("from {}", time(job.next_run_at)),
        "running" => format!("since {}", time(job.started_at)),
        _ => time(job.finished_at),
    }
}

/// A job's id as an argument.
fn job_id(text: &str) -> Result<String, String> {
    if wasmoat_model::is_valid_id(text) {
        return Ok(text.to_owned());
    }
    Err("a job's id has 26 letters and digits; `wasmoat plugin jobs PLUGIN` shows them".to_owned())
}
