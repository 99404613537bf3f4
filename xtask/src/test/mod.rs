//! `cargo xtask test`: everything that must pass, from a fresh clone.

mod clients;
mod postgres;
mod rust;

use anyhow::{Result, bail};
use clap::Args;

use crate::attacks;
use crate::guests::{self, Which};
use crate::parity;
use crate::process::Run;
use crate::project::Project;

#[derive(Args)]
pub struct Options {
    /// One part only: `rust` (with parity), `clients`, `attacks`, or the name of a test binary
    ///
    /// `attacks` tries the attacks of docs/attacks.md, prints one line for each and writes that page.
    suite: Option<String>,
}

/// How a part ended.
struct Part {
    name: String,
    result: Result<String>,
}

/// Builds the guests, then runs every part, or the one that was named. A part that fails does
/// not keep the next from running.
pub fn run(project: &Project, options: &Options) -> Result<()> {
    let suite = options.suite.as_deref();
    let binaries = rust::binaries(project);
    if let Some(name) = suite
        && !matches!(name, "rust" | "clients" | "attacks")
        && !binaries.iter().any(|binary| binary == name)
    {
        bail!("no test suite `{name}`; there are: rust, clients, attacks, {}", binaries.join(", "));
    }
    guests::build(project, Which::All)?;
    // Two parts run the program itself: the clients, and the test that kills it.
    Run::cargo().args(["build", "-p", "wasmoat-cli"]).folder(&project.root).run()?;
    let names = suite.map_or_else(|| vec!["rust", "clients"], |name| vec![name]);
    let mut parts = Vec::new();
    if names.contains(&"rust") {
        parity::forget(project)?;
    }
    for name in names {
        let result = match name {
            "rust" => rust::run(project, None),
            "clients" => clients::run(project),
            "attacks" => attacks::run(project),
            binary => rust::run(project, Some(binary)),
        };
        parts.push(Part { name: name.to_owned(), result });
        // All tests have run: what they have shown is the whole table.
        if name == "rust" {
            parts.push(Part { name: "parity".into(), result: parity::check(project) });
        }
    }
    report(&parts)
}

/// Tests that were left out, and why. They pass without having shown anything.
fn skipped() -> Option<&'static str> {
    (!postgres::is_installed())
        .then_some("those of PostgreSQL: it is not installed (Debian: apt-get install postgresql)")
}

fn report(parts: &[Part]) -> Result<()> {
    println!();
    for part in parts {
        match &part.result {
            Ok(summary) => println!("{:<8} ok      {summary}", part.name),
            Err(error) => println!("{:<8} FAILED  {error:#}", part.name),
        }
    }
    if let Some(skipped) = skipped() {
        println!("skipped          {skipped}");
    }
    let failed: Vec<_> = parts.iter().filter(|part| part.result.is_err()).map(|part| part.name.as_str()).collect();
    if !failed.is_empty() {
        bail!("tests failed: {}", failed.join(", "));
    }
    Ok(())
}
