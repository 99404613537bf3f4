//! `cargo xtask fuzz`: the targets of fuzz/, each for a while.
//!
//! They run on the toolchain of the project and without a sanitizer: what they look for are panics
//! and broken promises in code that has no `unsafe`. What a run finds is kept in the target folder
//! and goes on from there the next time; fuzz/corpus holds where every run begins.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::{process::Run, project::Project};

/// Longest time for one input: longer is a find.
const SECONDS: u32 = 30;

/// Most memory for one input.
const MEGABYTES: u32 = 2_048;

#[derive(Args)]
pub struct Options {
    /// Targets; all of them where none is named
    targets: Vec<String>,

    /// How long each of them runs
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    minutes: u32,

    /// Add to fuzz/corpus what reaches code that its inputs do not reach
    #[arg(long)]
    keep: bool,
}

/// Runs the targets one after the other; an error where one of them found something.
pub fn run(project: &Project, options: &Options) -> Result<()> {
    install_cargo_fuzz()?;
    let all = targets(project)?;
    if let Some(unknown) = options.targets.iter().find(|target| !all.contains(target)) {
        bail!("no target `{unknown}`; there are {}", all.join(", "));
    }
    let chosen = if options.targets.is_empty() { &all } else { &options.targets };
    let mut found = Vec::new();
    for target in chosen {
        if fuzz(project, target, options).is_err() {
            found.push(target.as_str());
        }
    }
    if !found.is_empty() {
        bail!(
            "found something in {}: the inputs are in fuzz/artifacts/TARGET; \
             `cargo fuzz run --sanitizer none TARGET FILE` runs one again",
            found.join(", ")
        );
    }
    println!("{} ran {} minutes each and found nothing", chosen.join(", "), options.minutes);
    Ok(())
}

fn install_cargo_fuzz() -> Result<()> {
    if Run::cargo().args(["fuzz", "--version"]).succeeds()? {
        return Ok(());
    }
    Run::cargo().args(["install", "cargo-fuzz", "--locked"]).run()
}

fn targets(project: &Project) -> Result<Vec<String>> {
    let listed = Run::cargo().args(["fuzz", "list"]).folder(&project.root).quiet().output()?;
    Ok(listed.lines().map(str::to_owned).collect())
}

fn fuzz(project: &Project, target: &str, options: &Options) -> Result<()> {
    let kept = project.root.join("fuzz/corpus").join(target);
    let found = project.target.join("fuzz-corpus").join(target);
    for folder in [&kept, &found] {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let cargo_fuzz = |first: &PathBuf, second: &PathBuf| {
        Run::cargo()
            .args(["fuzz", "run", "--sanitizer", "none", "--target-dir"])
            .arg(project.target.join("fuzz"))
            .arg(target)
            .args([first, second])
            .args(["--".to_owned(), format!("-timeout={SECONDS}"), format!("-rss_limit_mb={MEGABYTES}")])
            .folder(&project.root)
    };
    // New inputs are written to the first folder.
    let seconds = options.minutes.saturating_mul(60);
    cargo_fuzz(&found, &kept).args([format!("-max_total_time={seconds}"), "-print_final_stats=1".to_owned()]).run()?;
    if options.keep {
        cargo_fuzz(&kept, &found).arg("-merge=1").run()?;
    }
    Ok(())
}
