//! `wasmoat limits`: what a plugin may use, as this program knows it.

use serde_json::{Value, json};
use wasmoat_runtime::LIMITS;

use crate::failure::Failure;
use crate::terminal::{self, Table, faint};

/// How wide a reason may get.
const LINE: usize = 96;

/// Arguments of `wasmoat limits`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Print JSON: a list of objects with name, default, least, most and reason
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Limits are set in the server's configuration: for every plugin in PluginSettings.Wasmoat.Defaults,
for one in PluginSettings.Wasmoat.Plugins.ID. An error or a fault that a limit causes names it.

Examples:
      wasmoat limits
      wasmoat limits --json | jq -r '.[] | [.name, .default] | @tsv'";

/// Prints the limits.
pub fn run(args: &Args) -> Result<(), Failure> {
    if args.json {
        let limits = LIMITS.iter().map(|limit| {
            json!({
                "name": limit.name,
                "default": limit.default,
                "least": limit.least,
                "most": limit.most,
                "reason": limit.reason.trim(),
            })
        });
        return Ok(terminal::print_json(&Value::Array(limits.collect()))?);
    }
    let mut text = String::new();
    let mut table = Table::titled(["LIMIT", "DEFAULT", "LEAST", "MOST"]);
    for limit in LIMITS {
        table.row([limit.name, &limit.default.to_string(), &limit.least.to_string(), &limit.most.to_string()]);
    }
    // Each row, and below it why it is so.
    let reasons = [""].into_iter().chain(LIMITS.iter().map(|limit| limit.reason.trim()));
    for (row, reason) in table.lines("").lines().zip(reasons) {
        text.push_str(row);
        text.push('\n');
        for line in wrap(reason) {
            text.push_str(&format!("    {}\n", faint(&line)));
        }
    }
    terminal::print(&text)?;
    Ok(())
}

/// Words in lines that fit a terminal.
fn wrap(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut().filter(|line| line.len() + word.len() < LINE) {
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines
}
