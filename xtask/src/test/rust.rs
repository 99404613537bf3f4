//! The workspace's own tests, by `cargo test`.

use anyhow::{Result, bail};

use crate::process::Run;
use crate::project::Project;
use crate::proofs::Passed;

/// Names of the test binaries that can be run alone.
pub fn binaries(project: &Project) -> Vec<String> {
    let mut names: Vec<_> = project.targets("test").iter().map(|(_, target)| target.name.clone()).collect();
    names.dedup();
    names
}

/// Runs all tests, or one binary, and notes those that passed; the text sums up what ran.
pub fn run(project: &Project, binary: Option<&str>, passed: &mut Passed) -> Result<String> {
    let mut cargo = Run::cargo()
        .args(["test", "--workspace", "--no-fail-fast"])
        // The tests read the guests there, wherever cargo was told of it.
        .env("CARGO_TARGET_DIR", &project.target)
        .folder(&project.root);
    // Test guests are for WebAssembly only; natively they hold nothing to test.
    for guest in project.packages_in("tests/guests") {
        cargo = cargo.args(["--exclude", &guest.name]);
    }
    if let Some(binary) = binary {
        cargo = cargo.args(["--test", binary]);
    }
    let mut totals = Totals::default();
    let succeeded = cargo.lines(|line| {
        totals.count(line);
        passed.note(line);
    })?;
    if !succeeded {
        bail!("{totals}");
    }
    if totals.passed == 0 {
        bail!("no test ran");
    }
    Ok(totals.to_string())
}

/// What the lines `test result: …` of all binaries add up to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Totals {
    binaries: u64,
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Totals {
    fn count(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else {
            return;
        };
        self.binaries += 1;
        for part in result.split([';', '.']) {
            let mut words = part.split_whitespace();
            let (Some(number), Some(kind)) = (words.next(), words.next()) else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match kind {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

impl std::fmt::Display for Totals {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { binaries, passed, failed, ignored } = self;
        write!(formatter, "{passed} passed; {failed} failed; {ignored} ignored, in {binaries} test binaries")
    }
}

#[cfg(test)]
mod tests {
    use super::Totals;

    #[test]
    fn summary_lines_add_up() {
        let mut totals = Totals::default();
        totals.count("running 3 tests");
        totals.count("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1.25s");
        totals
            .count("test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 5 filtered out; finished in 0.10s");
        assert_eq!(totals, Totals { binaries: 2, passed: 7, failed: 2, ignored: 1 });
    }
}
