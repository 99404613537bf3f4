//! Where the server's log lines go: standard error, as text for people or JSON for machines.

use std::env;
use std::io::{self, IsTerminal};

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// Variables that choose what is logged; the first that is set wins.
const VARIABLES: [&str; 2] = ["WASMOAT_LOG", "RUST_LOG"];

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A line for people
    Text,
    /// A JSON object per line
    Json,
}

impl Format {
    /// Text in development and on a terminal, JSON where a machine is reading.
    pub fn default_for(development: bool) -> Self {
        if development || io::stderr().is_terminal() { Self::Text } else { Self::Json }
    }
}

/// Starts logging, for the life of the process.
pub fn start(format: Format) -> Result<(), Failure> {
    let builder = tracing_subscriber::fmt().with_env_filter(filter()?).with_writer(io::stderr);
    let started = match format {
        Format::Text => builder.with_ansi(io::stderr().is_terminal()).try_init(),
        Format::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| Failure::new(format!("cannot start logging: {error}")))
}

fn filter() -> Result<EnvFilter, Failure> {
    let chosen =
        VARIABLES.into_iter().find_map(|name| Some((name, env::var(name).ok().filter(|text| !text.is_empty())?)));
    let Some((name, text)) = chosen else {
        return Ok(EnvFilter::new("info"));
    };
    EnvFilter::try_new(&text).map_err(|error| {
        Failure::new(format!("`{name}` is not a log filter: {error}"))
            .hint("write a level (error, warn, info, debug, trace), or `info,wasmoat_runtime=debug`")
    })
}
