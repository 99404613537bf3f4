//! The development commands behind `cargo xtask …`.
//!
//! Each command does its own set-up, so that a fresh clone needs a Rust toolchain and nothing
//! else. Few dependencies: this crate is what everybody compiles first.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to its terminal")]

mod attacks;
mod bench;
mod fuzz;
mod guests;
mod limits;
mod parity;
mod process;
mod project;
mod proofs;
mod serve;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::project::Project;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Development commands of Wasmoat", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build every plugin and every test guest for WebAssembly
    ///
    /// Plugins land at target/plugins/NAME.wasm, test guests at target/guests/NAME.wasm, where
    /// NAME is the name of their folder.
    Guests,
    /// Build the plugins and the server, then run a development server
    Serve(serve::Options),
    /// Run the tests: the workspace's own and those of outside clients
    Test(test::Options),
    /// Hold Mattermost's methods and hooks against what is declared, implemented and tested
    ///
    /// Runs the conformance cases, writes docs/parity.md and fails where a cell of it is empty.
    Parity(parity::Options),
    /// Run the fuzz targets of fuzz/, each for some minutes
    ///
    /// Installs cargo-fuzz where it is missing. Fails where a target found something.
    Fuzz(fuzz::Options),
    /// Hold every limit of a plugin against the test that proves it is enforced
    ///
    /// Runs these tests, writes docs/limits.md and fails where a limit has none.
    Limits,
    /// Measure, and write target/bench/summary.json
    Bench,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = Project::discover().and_then(|project| match cli.command {
        Command::Guests => guests::build(&project, guests::Which::All),
        Command::Serve(options) => serve::run(&project, &options),
        Command::Test(options) => test::run(&project, &options),
        Command::Parity(options) => parity::run(&project, &options),
        Command::Fuzz(options) => fuzz::run(&project, &options),
        Command::Limits => limits::run(&project),
        Command::Bench => bench::run(&project),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
