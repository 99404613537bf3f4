//! `wasmoat plugin logs`: what a plugin has logged.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Deserialize;

use super::plugin_id;
use crate::failure::Failure;
use crate::remote::{Client, Remote};
use crate::terminal::{self, plain, time};

/// How often `--follow` asks.
const PAUSE: Duration = Duration::from_secs(1);

/// How many lines `--follow` takes at once; more come with the next question.
const AT_ONCE: u32 = 1000;

/// Arguments of `wasmoat plugin logs`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// The plugin's id
    #[arg(value_parser = plugin_id)]
    id: String,

    /// Go on with new lines until interrupted
    #[arg(long, short)]
    follow: bool,

    /// How many of the last lines to show
    #[arg(long, short = 'n', value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    lines: u32,

    #[command(flatten)]
    remote: Remote,
}

const EXAMPLES: &str = "\
Times are UTC. The server keeps the last lines of each plugin; all of them are in its own log.

Examples:
      wasmoat plugin logs word-filter --lines 20
      wasmoat plugin logs word-filter --follow";

#[derive(Deserialize)]
struct Page {
    lines: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    seq: u64,
    time: i64,
    level: String,
    message: String,
}

/// Prints the lines.
pub async fn run(args: &Args) -> Result<(), Failure> {
    let client = args.remote.connect()?;
    let mut last = show(&client, &args.id, args.lines, None).await?;
    if !args.follow {
        return Ok(());
    }
    loop {
        tokio::time::sleep(PAUSE).await;
        last = show(&client, &args.id, AT_ONCE, Some(last)).await?;
    }
}

/// Prints what came after a line, or the last lines; returns the number of the last one.
async fn show(client: &Client, id: &str, lines: u32, after: Option<u64>) -> Result<u64, Failure> {
    let mut query = vec![("lines", lines.to_string())];
    query.extend(after.map(|after| ("after", after.to_string())));
    let page: Page = client.get(&format!("plugins/{id}/logs"), &query).await?;
    let mut text = String::new();
    for line in &page.lines {
        // Lines of one message stay together, to the right of their time and level.
        let message = plain(&line.message).replace('\n', "\n    ");
        let _ = writeln!(text, "{} {:<5} {message}", time(line.time), plain(&line.level).to_uppercase());
    }
    if !text.is_empty() {
        terminal::print(&text)?;
    }
    Ok(page.lines.last().map_or(after.unwrap_or(0), |line| line.seq))
}
