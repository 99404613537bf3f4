//! `/demo`, `/demo crash` and `/demo spin`.

use std::hint::black_box;

use wasmoat::{
    Result,
    commands::{self, Autocomplete, Line},
    hooks::ExecuteCommandOutcome,
    types::{Command, CommandArgs},
};

use crate::counts;

const TRIGGER: &str = "demo";

/// Offers the command.
pub fn register() -> Result<()> {
    let help = "Shows how often each hook was called";
    commands::register_command(&Command {
        trigger: TRIGGER.into(),
        display_name: "Demo".into(),
        description: help.into(),
        auto_complete: true,
        auto_complete_desc: help.into(),
        auto_complete_hint: "[crash|spin]".into(),
        autocomplete_data: Autocomplete::new(TRIGGER, "[crash|spin]", help)
            .choice("Instead of that", false, &[("crash", "Panics"), ("spin", "Never returns, until it is stopped")])
            .to_json()?,
        ..Command::default()
    })
}

/// Runs the command.
pub fn execute(args: &CommandArgs) -> Result<ExecuteCommandOutcome> {
    let line = Line::parse(&args.command);
    match line.argument(0) {
        "crash" => crash(),
        "spin" => spin(),
        _ => Ok(ExecuteCommandOutcome::Respond(commands::ephemeral(table()?))),
    }
}

fn table() -> Result<String> {
    let mut table = String::from("| hook | calls |\n| --- | ---: |\n");
    for (hook, count) in counts::all()? {
        table.push_str(&format!("| {hook} | {count} |\n"));
    }
    Ok(table)
}

/// The sandbox drops this instance; the server and the other instances go on.
#[expect(clippy::panic, reason = "the command is there to show it")]
fn crash() -> ! {
    panic!("/demo crash was asked for");
}

/// The sandbox stops this call at its deadline.
fn spin() -> ! {
    let mut turns: u64 = 0;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}
