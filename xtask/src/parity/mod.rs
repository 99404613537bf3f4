//! `cargo xtask parity`: Mattermost's methods and hooks against what is declared, implemented and
//! shown by tests.

mod contract;
mod evidence;
mod names;
mod table;

use std::fs;

use anyhow::{Context, Result, bail};
use clap::Args;

use self::{evidence::Evidence, table::Row};
use crate::guests::{self, Which};
use crate::process::Run;
use crate::project::Project;

/// The test binaries that note what they show.
const SUITES: [&str; 2] = ["conformance", "hooks"];

/// Where the table is in the docs.
const PAGE: &str = "docs/parity.md";

#[derive(Args)]
pub struct Options {
    /// Print one JSON object and no table
    #[arg(long)]
    json: bool,
    /// Don't run the cases; read what the last run of the tests has shown
    #[arg(long)]
    no_run: bool,
}

/// Runs the cases, writes the table of the docs, prints it, and fails where a cell is empty.
pub fn run(project: &Project, options: &Options) -> Result<()> {
    if !options.no_run {
        forget(project)?;
        guests::build(project, Which::All)?;
        let suites = SUITES.iter().flat_map(|suite| ["--test", suite]);
        let cargo = Run::cargo().args(["test", "--workspace", "--no-fail-fast"]).args(suites);
        // What failed has left no note, so the table shows it.
        cargo.env("CARGO_TARGET_DIR", &project.target).folder(&project.root).lines(|line| eprintln!("{line}"))?;
    }
    let rows = read(project)?;
    let markdown = table::markdown(&rows);
    let page = project.root.join(PAGE);
    fs::write(&page, &markdown).with_context(|| page.display().to_string())?;
    if options.json {
        println!("{}", table::json(&rows));
    } else {
        println!("{markdown}");
        println!("{}", table::summary(&rows));
    }
    all_complete(&rows)
}

/// Checks what the tests that have just run have shown, and that the docs say the same.
pub fn check(project: &Project) -> Result<String> {
    let rows = read(project)?;
    all_complete(&rows)?;
    let page = project.root.join(PAGE);
    let written = fs::read_to_string(&page).with_context(|| page.display().to_string())?;
    if written != table::markdown(&rows) {
        bail!("{PAGE} is not the table of these tests; `cargo xtask parity --no-run` writes it");
    }
    Ok(table::summary(&rows))
}

/// Takes away the notes of earlier runs.
pub fn forget(project: &Project) -> Result<()> {
    let notes = project.target.join("parity");
    if notes.is_dir() {
        fs::remove_dir_all(&notes).with_context(|| notes.display().to_string())?;
    }
    Ok(())
}

fn read(project: &Project) -> Result<Vec<Row>> {
    let contract = contract::read(&project.root.join("wit"))?;
    let evidence = Evidence::read(&project.root.join("host"), &project.target.join("parity"))?;
    Ok(names::all()?.into_iter().map(|name| Row::new(name, &contract, &evidence)).collect())
}

fn all_complete(rows: &[Row]) -> Result<()> {
    let incomplete: Vec<_> = rows.iter().filter(|row| !row.is_complete()).collect();
    if incomplete.is_empty() {
        return Ok(());
    }
    for row in &incomplete {
        eprintln!("{}: no {}", row.name.name, row.missing().join(", no "));
    }
    bail!("{} of {} methods and hooks are not complete", incomplete.len(), rows.len())
}
