//! The job: a digest of a channel, for somebody who may have it.

use serde::{Deserialize, Serialize};
use wasmoat::{
    Error, Result,
    jobs::{self, Job},
    kv, log, posts, time,
    types::Post,
};

use crate::{access, bot, conversation::Conversation, summary, view};

/// Hours that a digest looks back where nothing else is said.
pub const DEFAULT_HOURS: u32 = 24;

const HOUR_MS: i64 = 3_600_000;

/// Name of the job of a digest that somebody wants now.
const NOW: &str = "now";

/// What a job works on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The channel.
    pub channel_id: String,
    /// Who wants it.
    pub user_id: String,
    /// Address of the server, for links.
    pub site_url: String,
    /// How far to look back; since the last digest where absent.
    pub hours: Option<u32>,
    /// When, in words, where it is scheduled.
    pub when: Option<String>,
}

fn last_key(channel_id: &str) -> String {
    format!("last:{channel_id}")
}

/// Starts a digest that somebody wants now. It is tried once: who waits for it is told why it failed.
pub fn start(task: &Task) -> Result<()> {
    let mut job = jobs::new_job(NOW, task)?;
    job.max_attempts = 1;
    jobs::start_job(&job)?;
    Ok(())
}

/// Runs a job. In the end, who wanted the digest is told what kept it from being written.
pub fn run(job: &Job) -> Result<()> {
    let task: Task = jobs::payload(job)?;
    if let Err(error) = access::check(&task.user_id, &task.channel_id) {
        // Who has left a channel learns nothing more of it, now or later.
        log::info!("a digest was stopped: its owner may not have it", channel = task.channel_id, user = task.user_id);
        if task.when.is_some() {
            jobs::cancel_job(&job.id)?;
        }
        return Err(error);
    }
    let written = write(job, &task);
    let Err(error) = written else { return Ok(()) };
    if job.attempt >= job.max_attempts {
        bot::whisper(&task.user_id, &task.channel_id, summary::told(&error))?;
    }
    Err(error)
}

fn write(job: &Job, task: &Task) -> Result<()> {
    let now = time::now_ms();
    let since = since(task, now)?;
    jobs::progress(job, 0, 3, "reading the channel")?;
    let conversation = Conversation::read(&task.channel_id, since)?;
    if conversation.is_empty() {
        if task.when.is_none() {
            bot::whisper(&task.user_id, &task.channel_id, "There is nothing new for a digest.")?;
        }
        return Ok(());
    }
    jobs::progress(job, 1, 3, "asking the agent")?;
    let summary = summary::ask(&conversation, task)?;
    jobs::progress(job, 2, 3, "posting")?;
    let message = view::message(&conversation, &summary, task, (now - since) / HOUR_MS);
    posts::create_post(&Post { user_id: bot::id()?, channel_id: task.channel_id.clone(), message, ..Post::default() })?;
    if task.hours.is_none()
        && let Err(error) = kv::set_json(&last_key(&task.channel_id), &now)
    {
        // An error here would have the digest posted once more.
        log::warn!("the next digest will repeat this one", channel = task.channel_id, error = error);
    }
    Ok(())
}

/// The time of the oldest message that is wanted.
fn since(task: &Task, now: i64) -> Result<i64, Error> {
    let ago = |hours: u32| now.saturating_sub(i64::from(hours).saturating_mul(HOUR_MS));
    if let Some(hours) = task.hours {
        return Ok(ago(hours));
    }
    Ok(kv::get_json(&last_key(&task.channel_id))?.unwrap_or_else(|| ago(DEFAULT_HOURS)))
}
