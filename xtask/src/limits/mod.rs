//! `cargo xtask limits`: every limit of a plugin, and the test that proves it is enforced.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::guests::{self, Which};
use crate::process::Run;
use crate::project::Project;
use crate::proofs::{self, Outcome, Passed, Test};

/// Name of the limit, and the tests.
const TABLE: &str = include_str!("limits.tsv");

/// One limit, as the program tells it.
struct Limit {
    name: String,
    default: u64,
    least: u64,
    most: u64,
    reason: String,
    tests: Vec<Test>,
}

/// Runs the tests, writes the table of the docs, and fails where a limit has no test or one that
/// does not pass.
pub fn run(project: &Project) -> Result<()> {
    guests::build(project, Which::All)?;
    let limits = read(project)?;
    let tests: BTreeSet<Test> = limits.iter().flat_map(|limit| limit.tests.clone()).collect();
    let outcomes = proofs::run(project, &tests)?;
    let page = project.root.join("docs/limits.md");
    fs::write(&page, markdown(&limits)).with_context(|| page.display().to_string())?;
    let mut unproved = 0;
    for limit in &limits {
        let failed: Vec<_> = limit.tests.iter().filter(|test| outcomes.of(test) != Outcome::Passed).collect();
        let proved = !limit.tests.is_empty() && failed.is_empty();
        println!("{}  {} = {}", if proved { "ok    " } else { "FAILED" }, limit.name, limit.default);
        if limit.tests.is_empty() {
            println!("        no test: add one to xtask/src/limits/limits.tsv");
        }
        for test in failed {
            println!("        {test}: {:?}", outcomes.of(test));
        }
        unproved += usize::from(!proved);
    }
    if unproved > 0 {
        bail!("{unproved} of {} limits are not shown to be enforced", limits.len());
    }
    println!("{} limits, all enforced, by {} tests", limits.len(), tests.len());
    Ok(())
}

/// Holds the table against tests that have run already.
pub fn check(project: &Project, passed: &Passed) -> Result<String> {
    let limits = read(project)?;
    if let Some(limit) = limits.iter().find(|limit| limit.tests.is_empty()) {
        bail!("`{}` has no test in xtask/src/limits/limits.tsv", limit.name);
    }
    let tests = passed.check(limits.iter().flat_map(|limit| &limit.tests))?;
    Ok(format!("{} limits enforced, by {tests} tests", limits.len()))
}

/// The limits of the program, with the tests of the table.
fn read(project: &Project) -> Result<Vec<Limit>> {
    let told = Run::cargo()
        .args(["run", "--quiet", "--package", "wasmoat-cli", "--", "limits", "--json"])
        .env("CARGO_TARGET_DIR", &project.target)
        .folder(&project.root)
        .output()?;
    let told: Vec<Value> = serde_json::from_str(&told).context("`wasmoat limits --json` did not answer a list")?;
    let mut tests = BTreeMap::new();
    for [name, list] in proofs::rows::<2>("limits.tsv", TABLE)? {
        tests.insert(name, list.split(' ').map(Test::read).collect::<Result<Vec<_>>>()?);
    }
    let mut limits = Vec::new();
    for limit in &told {
        let name = limit.get("name").and_then(Value::as_str).context("a limit without a name")?;
        let number = |key: &str| limit.get(key).and_then(Value::as_u64).with_context(|| format!("`{name}`: no {key}"));
        limits.push(Limit {
            default: number("default")?,
            least: number("least")?,
            most: number("most")?,
            reason: limit.get("reason").and_then(Value::as_str).unwrap_or_default().to_owned(),
            tests: tests.remove(name).unwrap_or_default(),
            name: name.to_owned(),
        });
    }
    if let Some(name) = tests.keys().next() {
        bail!("limits.tsv names `{name}`, which is no limit");
    }
    Ok(limits)
}

/// The table as Markdown.
fn markdown(limits: &[Limit]) -> String {
    let mut text = String::from(HEAD);
    for limit in limits {
        let tests: Vec<String> = limit.tests.iter().map(|test| format!("`{test}`")).collect();
        // Writing to a text does not fail.
        let _ = writeln!(
            text,
            "| `{}` | {} | {} to {} | {} | {} |",
            limit.name,
            grouped(limit.default),
            grouped(limit.least),
            grouped(limit.most),
            limit.reason,
            tests.join("<br>")
        );
    }
    text
}

/// A number in groups of three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

const HEAD: &str = "# What a plugin may use

Written by `cargo xtask limits` from the server's own table (`wasmoat limits`), which is
`host/runtime/src/limits.rs`. Each limit has the test that breaks it and sees what becomes of that.

An admin sets limits in `PluginSettings.Wasmoat.Defaults` for every plugin and in
`PluginSettings.Wasmoat.Plugins.{id}` for one; an author may suggest others in the manifest. A value
outside its bounds is refused. Every fault and error that a limit causes names it.

Time and depth follow the call: a nested call has no longer than its caller. Fuel is paid by the
plugin that started the chain, so nobody uses up another's minute by calling it, nor spares its own
by letting others work; a hook that it sets off in other plugins it pays up to what an ordinary hook
needs, and the rest is theirs. A spent minute never keeps another plugin's filter from being asked.

| limit | default | bounds | what it bounds, and why so much | enforced by test |
| --- | --- | --- | --- | --- |
";

#[cfg(test)]
mod tests {
    use super::{TABLE, grouped};
    use crate::proofs::{Test, rows};

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(grouped(5), "5");
        assert_eq!(grouped(123), "123");
        assert_eq!(grouped(1_234), "1 234");
        assert_eq!(grouped(60_000_000_000), "60 000 000 000");
    }

    #[test]
    fn the_table_can_be_read() {
        for [name, tests] in rows::<2>("limits.tsv", TABLE).unwrap() {
            for test in tests.split(' ') {
                assert!(Test::read(test).is_ok(), "{name}: `{test}`");
            }
        }
    }
}
