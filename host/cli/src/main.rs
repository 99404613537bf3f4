//! `wasmoat`: the server, and the commands that look after its plugins.
//!
//! Each command is a file: `serve`, `limits`, `keys`, `login`, `signup`, and those below `plugin/`.
//! What they share is in `remote/` (speaking to a running server) and `terminal/` (speaking to a person). A
//! command that fails returns a [`Failure`], which says what to do next; usage errors are clap's.

mod account;
mod failure;
mod keys;
mod limits;
mod logging;
mod plugin;
mod private_file;
mod remote;
mod serve;
mod signals;
mod terminal;

use std::future::Future;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Failure;

#[derive(Debug, Parser)]
#[command(
    name = "wasmoat",
    version,
    about = "A Mattermost-compatible server that runs plugins as WebAssembly",
    long_about = "A Mattermost-compatible server that runs plugins as WebAssembly.\n\n\
        A plugin is one .wasm file. It runs inside the server, can do only what it was granted, \
        and can neither hang nor crash what is around it.",
    after_long_help = EXAMPLES,
    max_term_width = 100,
    arg_required_else_help = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  Run a server on this machine, data in ./.wasmoat:
      wasmoat serve --dev

  Make the first account, which becomes the administrator, then install a plugin:
      wasmoat signup --email admin@example.org --username admin
      wasmoat plugin add word-filter.wasm --enable

  See what a plugin could do before trusting it, without any server:
      wasmoat plugin inspect word-filter.wasm";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::Args),
    /// Install, inspect, configure and watch plugins
    #[command(subcommand)]
    Plugin(plugin::Command),
    /// Make keys to sign plugins with
    #[command(subcommand)]
    Keys(keys::Command),
    /// Show what a plugin may use unless an admin says otherwise; needs no server
    Limits(limits::Args),
    /// Log in to a server and remember the token
    Login(account::Login),
    /// Create an account on a server and log in
    Signup(account::Signup),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Serve(args) => serve::run(args),
        Command::Plugin(plugin::Command::Inspect(args)) => plugin::inspect(&args),
        Command::Plugin(plugin::Command::Sign(args)) => plugin::sign(&args),
        Command::Plugin(plugin::Command::Verify(args)) => plugin::verify(&args),
        Command::Limits(args) => limits::run(&args),
        Command::Plugin(command) => wait_for(plugin::run(command)),
        Command::Keys(command) => keys::run(command),
        Command::Login(args) => wait_for(args.run()),
        Command::Signup(args) => wait_for(args.run()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the output has seen enough: `wasmoat plugin logs demo | head`.
        Err(Failure::OutputClosed) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.show();
            ExitCode::FAILURE
        }
    }
}

/// Runs a command that speaks to a server; one thread is enough for it.
fn wait_for(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::new(format!("cannot start: {error}")))?.block_on(command)
}
