//! `/poll`.

use wasmoat::{
    Result,
    commands::{self, Autocomplete, Line},
    hooks::ExecuteCommandOutcome,
    random,
    types::{Command, CommandArgs},
};

use crate::{
    poll::{Draft, Poll},
    store,
};

const TRIGGER: &str = "poll";

const HELP: &str = "\
Ask this channel:
```
/poll \"Question\" \"Answer\" \"Answer\" [--multi] [--anonymous]
```
Without answers it is a question of Yes and No. With `--multi` several answers can be chosen, with \
`--anonymous` nobody is told who chose what. A vote is changed by choosing another answer and taken \
back by choosing the same one again. Who began a poll can end it.";

/// Offers the command.
pub fn register() -> Result<()> {
    let hint = "\"Question\" \"Answer\" \"Answer\" [--multi] [--anonymous]";
    let help = "Ask this channel; /poll help says more";
    commands::register_command(&Command {
        trigger: TRIGGER.into(),
        display_name: "Poll".into(),
        description: help.into(),
        auto_complete: true,
        auto_complete_desc: help.into(),
        auto_complete_hint: hint.into(),
        autocomplete_data: Autocomplete::new(TRIGGER, hint, help)
            .text("The question", "\"Where to eat?\"")
            .text("The first answer", "\"Here\"")
            .text("The second answer; more may follow", "\"There\"")
            .to_json()?,
        ..Command::default()
    })
}

/// Runs the command. What is wrong with a poll is told to its author alone.
pub fn execute(args: &CommandArgs) -> Result<ExecuteCommandOutcome> {
    let line = Line::parse(&args.command);
    if line.trigger() != TRIGGER {
        return Ok(ExecuteCommandOutcome::NotHandled);
    }
    if line.arguments().is_empty() || line.arguments() == ["help"] {
        return answer(HELP);
    }
    if let Some(flag) = line.flags().find(|flag| !matches!(*flag, "multi" | "anonymous")) {
        return answer(&format!("There is no `--{flag}`.\n\n{HELP}"));
    }
    let draft = Draft {
        question: line.argument(0).to_owned(),
        answers: line.arguments().iter().skip(1).cloned().collect(),
        multi: line.has_flag("multi"),
        anonymous: line.has_flag("anonymous"),
    };
    // The bot posts for somebody who may do so himself.
    store::check(&args.user_id, &args.channel_id, "create_post")?;
    let poll = Poll::new(random::id(), &args.user_id, &args.channel_id, draft)?;
    store::publish(poll, &args.root_id)?;
    answer("")
}

fn answer(text: &str) -> Result<ExecuteCommandOutcome> {
    Ok(ExecuteCommandOutcome::Respond(commands::ephemeral(text)))
}
