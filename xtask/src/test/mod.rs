//! `cargo xtask test`: everything that must pass, from a fresh clone.

mod clients;
mod llm;
mod python;
mod rust;

use anyhow::{Result, bail};
use clap::Args;

use crate::guests::{self, Which};
use crate::process::Run;
use crate::project::Project;

#[derive(Args)]
pub struct Options {
    /// One part only: `rust`, `clients`, `llm`, or the name of a test binary
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
        && !binaries.iter().any(|binary| binary == name)
    {
        bail!("no test suite `{name}`; there are: {}, {}", PARTS.join(", "), binaries.join(", "));
    }
    guests::build(project, Which::All)?;
    // Some parts run the program itself: the clients, and the test that kills it.
    Run::cargo().args(["build", "-p", "wasmoat-cli"]).folder(&project.root).run()?;
    let names = suite.map_or_else(|| PARTS.to_vec(), |name| vec![name]);
    let mut parts = Vec::new();
    for name in names {
        let result = match name {
            "rust" => rust::run(project, None),
            "clients" => clients::run(project),
            "llm" => llm::run(project),
            binary => rust::run(project, Some(binary)),
        };
        parts.push(Part { name: name.to_owned(), result });
    }
    report(&parts)
}

fn report(parts: &[Part]) -> Result<()> {
    println!();
    for part in parts {
        match &part.result {
            Ok(summary) => println!("{:<8} ok      {summary}", part.name),
            Err(error) => println!("{:<8} FAILED  {error:#}", part.name),
        }
    }
    let failed: Vec<_> = parts.iter().filter(|part| part.result.is_err()).map(|part| part.name.as_str()).collect();
    if !failed.is_empty() {
        bail!("tests failed: {}", failed.join(", "));
    }
    Ok(())
}
