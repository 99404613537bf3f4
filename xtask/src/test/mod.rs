//! `cargo xtask test`: everything that must pass, from a fresh clone.

mod clients;
mod llm;
mod postgres;
mod python;
mod rust;

use anyhow::{Result, bail};
use clap::Args;

use crate::attacks;
use crate::guests::{self, Which};
use crate::limits;
use crate::parity;
use crate::process::Run;
use crate::project::Project;
use crate::proofs::Passed;

#[derive(Args)]
pub struct Options {
    /// One part only: `rust` (with parity), `clients`, `llm`, `attacks`, or the name of a test binary
    ///
    /// `attacks` tries the attacks of docs/attacks.md, prints one line for each and writes that page.
    suite: Option<String>,
}

/// All that must pass.
const PARTS: [&str; 3] = ["rust", "clients", "llm"];

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
        && !PARTS.contains(&name)
        && name != "attacks"
        && !binaries.iter().any(|binary| binary == name)
    {
        bail!("no test suite `{name}`; there are: {}, attacks, {}", PARTS.join(", "), binaries.join(", "));
    }
    guests::build(project, Which::All)?;
    if suite != Some("attacks") {
        // Some parts run the program itself: the clients, and the test that kills it.
        Run::cargo().args(["build", "-p", "wasmoat-cli"]).folder(&project.root).run()?;
    }
    let names = suite.map_or_else(|| PARTS.to_vec(), |name| vec![name]);
    let mut parts = Vec::new();
    let mut passed = Passed::default();
    if names.contains(&"rust") {
        parity::forget(project)?;
    }
    for name in names {
        let result = match name {
            "rust" => rust::run(project, None, &mut passed),
            "clients" => clients::run(project),
            "llm" => llm::run(project),
            "attacks" => attacks::run(project),
            binary => rust::run(project, Some(binary), &mut passed),
        };
        parts.push(Part { name: name.to_owned(), result });
        // All tests have run: what they have shown is the whole table.
        if name == "rust" {
            parts.push(Part { name: "parity".into(), result: parity::check(project) });
            parts.push(Part { name: "attacks".into(), result: attacks::check(&passed) });
            parts.push(Part { name: "limits".into(), result: limits::check(project, &passed) });
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
