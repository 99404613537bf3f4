//! When a channel has its digest: read from the command, kept as a job with a cron pattern.

use wasmoat::{
    Error, Result,
    jobs::{self, Job, JobSchedule, JobStatus},
};

use crate::task::Task;

/// Beginning of the names of scheduled jobs; the channel's id follows. There is one for each name, so
/// that a channel has one schedule.
const PREFIX: &str = "digest:";

/// Jobs on a page.
const PAGE: i32 = 200;

/// Tries of each digest, and the wait before the second: a provider may be down for a while.
const TRIES: u32 = 3;
const RETRY_AFTER_MS: i64 = 60_000;

/// Days with a name, as cron counts them.
const DAYS: [(&str, &str); 9] = [
    ("daily", "*"),
    ("weekdays", "1-5"),
    ("sundays", "0"),
    ("mondays", "1"),
    ("tuesdays", "2"),
    ("wednesdays", "3"),
    ("thursdays", "4"),
    ("fridays", "5"),
    ("saturdays", "6"),
];

/// When.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// For the server, in UTC.
    pub cron: String,
    /// For people.
    pub text: String,
}

impl When {
    /// Reads `daily 9:00`, `mondays 14:30` or a cron pattern of five fields. The first field of a pattern
    /// must be one minute: a digest every minute is not wanted by anybody who pays for it.
    pub fn parse(words: &[String]) -> Result<Self> {
        let words: Vec<&str> = words.iter().flat_map(|word| word.split_whitespace()).collect();
        match *words {
            [day, time] => Self::named(day, time),
            [minute, ..] if words.len() == 5 => {
                if !minute.parse::<u8>().is_ok_and(|minute| minute < 60) {
                    return Err(invalid("A cron pattern here begins with one minute, 0 to 59: once an hour at most."));
                }
                let cron = words.join(" ");
                Ok(Self { text: format!("at `{cron}` (UTC)"), cron })
            }
            _ => Err(invalid("Say `daily 9:00`, `weekdays 9:00`, `mondays 9:00` or a cron pattern of five fields.")),
        }
    }

    fn named(day: &str, time: &str) -> Result<Self> {
        let day = day.to_lowercase();
        let Some((_, field)) = DAYS.iter().find(|(name, _)| *name == day) else {
            let names: Vec<_> = DAYS.iter().map(|(name, _)| format!("`{name}`")).collect();
            return Err(invalid(&format!("`{day}` is none of {}.", names.join(", "))));
        };
        let read = |text: &str, most: u8| text.parse::<u8>().ok().filter(|number| *number <= most);
        let parts = time.split_once(':').and_then(|(hour, minute)| read(hour, 23).zip(read(minute, 59)));
        let Some((hour, minute)) = parts else {
            return Err(invalid(&format!("`{time}` is no time: say it like `9:00`, in UTC.")));
        };
        Ok(Self { cron: format!("{minute} {hour} * * {field}"), text: format!("{day} at {hour}:{minute:02} UTC") })
    }
}

fn invalid(message: &str) -> Error {
    Error::new(400, "digest.schedule.invalid", message)
}

/// Gives a channel its schedule, in place of the one it had.
pub fn set(task: &Task, when: &When) -> Result<()> {
    let mut job = jobs::new_job(&format!("{PREFIX}{}", task.channel_id), task)?;
    (job.max_attempts, job.retry_after) = (TRIES, RETRY_AFTER_MS);
    jobs::schedule_job(&job, &JobSchedule::Cron(when.cron.clone()))?;
    Ok(())
}

/// The schedule of a channel.
pub fn of_channel(channel_id: &str) -> Result<Option<(Job, Task)>> {
    Ok(all()?.into_iter().find(|(_, task)| task.channel_id == channel_id))
}

/// Every schedule, with its job.
pub fn all() -> Result<Vec<(Job, Task)>> {
    let mut found = Vec::new();
    for page in 0.. {
        let jobs = jobs::list_jobs(page, PAGE)?;
        let is_last = jobs.len() < usize::try_from(PAGE).unwrap_or_default();
        let live = |job: &Job| matches!(job.status, JobStatus::Waiting | JobStatus::Running) && !job.cancel_requested;
        for job in jobs.into_iter().filter(|job| job.name.starts_with(PREFIX) && live(job)) {
            let task = jobs::payload(&job)?;
            found.push((job, task));
        }
        if is_last {
            break;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<When> {
        When::parse(&line.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn days_have_names_and_times_are_in_utc() {
        for (line, cron, text) in [
            ("daily 9:00", "0 9 * * *", "daily at 9:00 UTC"),
            ("Weekdays 17:05", "5 17 * * 1-5", "weekdays at 17:05 UTC"),
            ("sundays 0:59", "59 0 * * 0", "sundays at 0:59 UTC"),
            ("30 8 * * 1,3", "30 8 * * 1,3", "at `30 8 * * 1,3` (UTC)"),
        ] {
            assert_eq!(parse(line).unwrap(), When { cron: cron.into(), text: text.into() });
        }
        assert_eq!(When::parse(&["0 9 * * *".to_owned()]).unwrap().cron, "0 9 * * *", "in quotes");
    }

    #[test]
    fn what_is_no_time_is_refused_with_a_reason() {
        for (line, text) in [
            ("daily", "Say `daily 9:00`"),
            ("someday 9:00", "`someday` is none of `daily`"),
            ("daily 24:00", "`24:00` is no time"),
            ("daily 9", "`9` is no time"),
            ("daily 9:60", "is no time"),
            ("* * * * *", "once an hour at most"),
            ("*/5 9 * * *", "once an hour at most"),
            ("0 0 9 * * *", "Say `daily 9:00`"),
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(text), "{line}: {error}");
        }
    }
}
