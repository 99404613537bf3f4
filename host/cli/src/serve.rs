//! `wasmoat serve`: the server itself, until it is told to stop.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use crate::failure::Failure;
use crate::logging::{self, Format};
use crate::signals::Signals;

/// Arguments of `wasmoat serve`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Address and port to listen on
    ///
    /// The default answers this machine only. To be reached from others, listen on 0.0.0.0:8065
    /// behind a reverse proxy that speaks https.
    #[arg(long, value_name = "ADDR", default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 8065)))]
    listen: SocketAddr,

    /// Folder of the database, the plugins and the files; made when it is missing
    #[arg(long, value_name = "DIR", default_value = "./.wasmoat")]
    data: PathBuf,

    /// Configuration in Mattermost's format [default: config.json in the data folder]
    ///
    /// Environment variables of the form MM_PLUGINSETTINGS_ENABLE=false take precedence.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Development: uploads and sign-up on, permissions granted on enabling, logs as text
    ///
    /// Opens plugin uploads and sign-up, grants a plugin the permissions that it asks for as soon as it
    /// is enabled, and writes the log for people. Not for a server that strangers can reach.
    #[arg(long)]
    dev: bool,

    /// How log lines look [default: text with --dev or on a terminal, otherwise json]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<Format>,
}

const EXAMPLES: &str = "\
Examples:
  Try it on this machine:
      wasmoat serve --dev

  Run it for others, behind a reverse proxy:
      wasmoat serve --listen 10.0.0.5:8065 --data /var/lib/wasmoat

Environment:
  WASMOAT_LOG or RUST_LOG choose what is logged: `debug`, or `info,wasmoat_runtime=debug`.

Ctrl-C or SIGTERM stops the server when requests in flight are answered and plugins have been
deactivated; a second one stops it at once.";

/// Runs the server.
pub fn run(args: Args) -> Result<(), Failure> {
    logging::start(args.log_format.unwrap_or_else(|| Format::default_for(args.dev)))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(format!("cannot start: {error}")))?;
    let options =
        wasmoat_server::Options { listen: args.listen, data: args.data, config: args.config, development: args.dev };
    runtime.block_on(async {
        let signals = Signals::listen().map_err(|error| Failure::new(format!("cannot listen for signals: {error}")))?;
        let served = wasmoat_server::serve(options, told_to_stop(signals)).await;
        served.map_err(|error| explain(&error, args.listen))
    })
}

/// The error with its causes, and what to do about the one that everybody meets.
fn explain(error: &(dyn std::error::Error + 'static), listen: SocketAddr) -> Failure {
    let mut message = error.to_string();
    let mut in_use = false;
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let text = error.to_string();
        if !message.contains(&text) {
            message = format!("{message}: {text}");
        }
        in_use |= error.downcast_ref().is_some_and(|io: &std::io::Error| io.kind() == std::io::ErrorKind::AddrInUse);
        cause = error.source();
    }
    let failure = Failure::new(message);
    if in_use {
        return failure
            .hint(format!("something else listens on {listen}; stop it, or choose another port with --listen"));
    }
    failure
}

/// Waits for the first signal to stop. A second one ends the process at once.
async fn told_to_stop(mut signals: Signals) {
    signals.next().await;
    tracing::info!("stopping; once more to stop at once");
    tokio::spawn(async move {
        signals.next().await;
        std::process::exit(130);
    });
}
