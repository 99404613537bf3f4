//! `/digest`.

use wasmoat::{
    Error, Result, channels,
    commands::{self, Autocomplete, Line},
    hooks::ExecuteCommandOutcome,
    jobs,
    types::{Command, CommandArgs},
    users,
};

use crate::{
    access,
    schedule::{self, When},
    task::{self, DEFAULT_HOURS, Task},
};

const TRIGGER: &str = "digest";

/// Most hours that a digest looks back: a week.
const MAX_HOURS: u32 = 168;

const HELP: &str = "\
What happened in this channel, in short:
```
/digest now [hours]             a digest of the last hours, 24 where you say nothing
/digest schedule daily 9:00     or weekdays, mondays …, or a cron pattern; times are in UTC
/digest list                    the schedules of your channels
/digest stop                    no more digests here
```
An agent writes it, and a bot posts it here.";

/// Offers the command.
pub fn register() -> Result<()> {
    let help = "What happened in this channel, in short";
    let hint = "[now|schedule|list|stop]";
    let schedule_hint = "daily 9:00";
    let autocomplete = Autocomplete::new(TRIGGER, hint, help)
        .sub_command(Autocomplete::new("now", "[hours]", "A digest of the last hours, 24 where you say nothing"))
        .sub_command(
            Autocomplete::new("schedule", schedule_hint, "A digest at its times, in UTC")
                .text("`daily 9:00`, `weekdays 9:00`, `mondays 9:00` or a cron pattern", schedule_hint),
        )
        .sub_command(Autocomplete::new("list", "", "The schedules of your channels"))
        .sub_command(Autocomplete::new("stop", "", "No more digests in this channel"))
        .sub_command(Autocomplete::new("help", "", "How it is used"));
    commands::register_command(&Command {
        trigger: TRIGGER.into(),
        display_name: "Digest".into(),
        description: help.into(),
        auto_complete: true,
        auto_complete_desc: help.into(),
        auto_complete_hint: hint.into(),
        autocomplete_data: autocomplete.to_json()?,
        ..Command::default()
    })
}

/// Runs the command. All that it has to say is for its user alone.
pub fn execute(args: &CommandArgs) -> Result<ExecuteCommandOutcome> {
    let line = Line::parse(&args.command);
    if line.trigger() != TRIGGER {
        return Ok(ExecuteCommandOutcome::NotHandled);
    }
    let more = line.arguments().get(1..).unwrap_or_default();
    let text = match (line.argument(0), more) {
        ("now", []) => now(args, DEFAULT_HOURS)?,
        ("now", [hours]) => now(args, read_hours(hours)?)?,
        ("schedule", words) => set(args, words)?,
        ("list", []) => list(args)?,
        ("stop", []) => stop(args)?,
        _ => HELP.to_owned(),
    };
    Ok(ExecuteCommandOutcome::Respond(commands::ephemeral(text)))
}

fn read_hours(text: &str) -> Result<u32> {
    text.parse().ok().filter(|hours| (1..=MAX_HOURS).contains(hours)).ok_or_else(|| {
        Error::new(400, "digest.hours", format!("`{text}` is no number of hours from 1 to {MAX_HOURS}."))
    })
}

fn now(args: &CommandArgs, hours: u32) -> Result<String> {
    access::check(&args.user_id, &args.channel_id)?;
    task::start(&Task { hours: Some(hours), ..task_of(args) })?;
    let time = if hours == 1 { "hour".to_owned() } else { format!("{hours} hours") };
    Ok(format!("A digest of the last {time} is being written."))
}

fn set(args: &CommandArgs, words: &[String]) -> Result<String> {
    access::check(&args.user_id, &args.channel_id)?;
    let when = When::parse(words)?;
    if let Some((_, other)) = schedule::of_channel(&args.channel_id)? {
        may_change(args, &other)?;
    }
    schedule::set(&Task { when: Some(when.text.clone()), ..task_of(args) }, &when)?;
    Ok(format!("This channel has a digest {}. `/digest stop` ends that.", when.text))
}

fn list(args: &CommandArgs) -> Result<String> {
    let mut lines = Vec::new();
    for (_, task) in schedule::all()? {
        // Not even that there is such a channel is told to others.
        if access::may_read(&args.user_id, &task.channel_id) {
            let channel = channels::get_channel(&task.channel_id)?.display_name;
            let owner = users::get_user(&task.user_id).map_or_else(|_gone| "somebody".to_owned(), |user| user.username);
            lines.push(format!("- {channel}: {}, by {owner}", task.when.unwrap_or_default()));
        }
    }
    lines.sort();
    Ok(if lines.is_empty() { "No channel of yours has a scheduled digest.".to_owned() } else { lines.join("\n") })
}

fn stop(args: &CommandArgs) -> Result<String> {
    // Outsiders are not told whether there is one.
    access::check(&args.user_id, &args.channel_id)?;
    let Some((job, task)) = schedule::of_channel(&args.channel_id)? else {
        return Ok("This channel has no scheduled digest.".to_owned());
    };
    may_change(args, &task)?;
    jobs::cancel_job(&job.id)?;
    Ok("This channel has no more digests.".to_owned())
}

fn may_change(args: &CommandArgs, task: &Task) -> Result<()> {
    if task.user_id == args.user_id || access::may_stop_others(&args.user_id, &args.channel_id) {
        return Ok(());
    }
    Err(Error::new(403, "digest.not_yours", "Another member has scheduled the digest of this channel."))
}

fn task_of(args: &CommandArgs) -> Task {
    Task {
        channel_id: args.channel_id.clone(),
        user_id: args.user_id.clone(),
        site_url: args.site_url.clone(),
        hours: None,
        when: None,
    }
}
