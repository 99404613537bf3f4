//! `cargo xtask bench`: every measurement in one run, and the table that compares them.

mod go;
mod summary;

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, bail};

use crate::guests::{self, Which};
use crate::process::Run;
use crate::project::Project;
use summary::Summary;

/// Runs the benches and the Go peer, writes `target/bench/summary.json` and prints the table.
pub fn run(project: &Project) -> Result<()> {
    guests::build(project, Which::All)?;
    let criterion = project.target.join("criterion");
    let results = project.target.join("bench");
    // What an earlier run left would pass for a measurement of this one.
    for folder in [&criterion, &results] {
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
        }
    }
    fs::create_dir_all(&results)?;

    let benches = project.targets("bench");
    if benches.is_empty() {
        bail!("the workspace has no bench target");
    }
    let packages: BTreeSet<_> = benches.iter().map(|(package, _)| package.name.as_str()).collect();
    let names: BTreeSet<_> = benches.iter().map(|(_, target)| target.name.as_str()).collect();
    Run::cargo()
        .arg("bench")
        .args(packages.iter().flat_map(|package| ["-p", package]))
        .args(names.iter().flat_map(|name| ["--bench", name]))
        .env("CRITERION_HOME", &criterion)
        // The benches read the guests there, wherever cargo was told of it.
        .env("CARGO_TARGET_DIR", &project.target)
        .folder(&project.root)
        .run()?;

    let mut summary = Summary::default();
    summary.read_criterion(&criterion)?;
    summary.read_file(&results.join("idle_plugin.json"))?;
    let with_go = go::measure(project, &results, &mut summary)?;

    let file = results.join("summary.json");
    summary.write(&file)?;
    println!("\n{}", summary.table());
    println!("written to {}", project.shown(&file));
    if !with_go {
        println!("left out: hook_go_plugin and bridge_go_plugin, because Go is not installed (https://go.dev/dl)");
    }
    let missing = summary.missing(with_go);
    if !missing.is_empty() {
        bail!("not measured: {}", missing.join(", "));
    }
    Ok(())
}
