//! `wasmoat plugin list`: what is installed.

use serde_json::json;

use crate::failure::Failure;
use crate::remote::Remote;
use crate::terminal::{self, Table, faint, plain_line};

/// Arguments of `wasmoat plugin list`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print JSON: a list of objects with id, name, version, active, state and error
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    remote: Remote,
}

/// Lists the plugins.
pub async fn run(args: &Args) -> Result<(), Failure> {
    let plugins = args.remote.connect()?.installed().await?;
    if args.json {
        return Ok(terminal::print_json(&json!(plugins))?);
    }
    if plugins.is_empty() {
        terminal::print("no plugin is installed; add one with `wasmoat plugin add FILE`")?;
        return Ok(());
    }
    let mut table = Table::titled(["ID", "VERSION", "STATE", "NAME"]);
    for plugin in &plugins {
        table.row([&plain_line(&plugin.id), &plain_line(&plugin.version), plugin.state, &plain_line(&plugin.name)]);
    }
    let mut text = table.lines("");
    for plugin in plugins.iter().filter(|plugin| !plugin.error.is_empty()) {
        text.push_str(&faint(&format!("{}: {}", plain_line(&plugin.id), plain_line(&plugin.error))));
        text.push('\n');
    }
    terminal::print(&text)?;
    Ok(())
}
