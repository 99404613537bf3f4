//! Tests that prove something: named in a table, run by name, and looked for by name. A table can't
//! name a test that is not there, nor one that does not pass.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use anyhow::{Context, Result, bail};

use crate::process::Run;
use crate::project::Project;

/// A test: the binary or crate that holds it, and its path in there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Test {
    binary: String,
    path: String,
}

impl Test {
    /// Reads `hostile::faults::an_endless_loop_runs_out_of_fuel`: the binary is the first part.
    pub fn read(text: &str) -> Result<Self> {
        let (binary, path) = text.split_once("::").with_context(|| format!("`{text}` is no path of a test"))?;
        Ok(Self { binary: binary.to_owned(), path: path.to_owned() })
    }
}

impl fmt::Display for Test {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}::{}", self.binary, self.path)
    }
}

/// What became of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It ran and failed, or was ignored.
    Failed,
    /// No such test.
    Missing,
}

/// What became of each test.
#[derive(Debug, Default)]
pub struct Outcomes(HashMap<Test, Outcome>);

impl Outcomes {
    /// Of one.
    pub fn of(&self, test: &Test) -> Outcome {
        self.0.get(test).copied().unwrap_or(Outcome::Missing)
    }
}

/// Runs exactly these tests, one binary after the other. What a binary printed is shown where one of
/// its tests failed.
pub fn run(project: &Project, tests: &BTreeSet<Test>) -> Result<Outcomes> {
    let mut by_binary: BTreeMap<&str, Vec<&Test>> = BTreeMap::new();
    for test in tests {
        by_binary.entry(&test.binary).or_default().push(test);
    }
    let mut outcomes = Outcomes::default();
    for (binary, tests) in by_binary {
        let mut printed = String::new();
        let mut found: HashMap<String, Outcome> = HashMap::new();
        let cargo = Run::cargo()
            .arg("test")
            .args(target(project, binary)?)
            .env("CARGO_TARGET_DIR", &project.target)
            .folder(&project.root)
            .args(["--", "--exact", "--format", "pretty"])
            .args(tests.iter().map(|test| &test.path))
            .quiet();
        let passed = cargo.lines(|line| {
            printed.push_str(line);
            printed.push('\n');
            found.extend(result(line));
        })?;
        if !passed {
            eprintln!("{printed}");
        }
        if found.is_empty() && !passed {
            bail!("the tests of `{binary}` did not run");
        }
        for test in tests {
            let outcome = found.get(&test.path).copied().unwrap_or(Outcome::Missing);
            outcomes.0.insert(test.clone(), outcome);
        }
    }
    Ok(outcomes)
}

/// A line of libtest about one test.
fn result(line: &str) -> Option<(String, Outcome)> {
    let (path, outcome) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let outcome = if outcome.trim_end() == "ok" { Outcome::Passed } else { Outcome::Failed };
    Some((path.trim_end_matches(" - should panic").to_owned(), outcome))
}

/// The arguments that make cargo test one binary.
fn target(project: &Project, binary: &str) -> Result<Vec<String>> {
    for (kind, flag) in [("test", "--test"), ("lib", "--lib"), ("bin", "--bin")] {
        let targets = project.targets(kind);
        let is_meant = |name: &str| name.replace('-', "_") == binary.replace('-', "_");
        if let Some((package, target)) = targets.iter().find(|(_, target)| is_meant(&target.name)) {
            let mut args = vec!["--package".to_owned(), package.name.clone(), flag.to_owned()];
            if kind != "lib" {
                args.push(target.name.clone());
            }
            return Ok(args);
        }
    }
    bail!("nothing in the workspace is called `{binary}`")
}

/// Lines of a table, each with as many columns as it has; the first line names them.
pub fn rows<const N: usize>(name: &str, table: &'static str) -> Result<Vec<[&'static str; N]>> {
    table
        .lines()
        .skip(1)
        .map(|line| {
            let columns: Vec<&'static str> = line.split('\t').collect();
            let filled = columns.iter().all(|column| !column.trim().is_empty());
            <[&str; N]>::try_from(columns).ok().filter(|_| filled).with_context(|| format!("{name}: `{line}`"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Test, result, rows};

    #[test]
    fn a_line_of_libtest_tells_of_one_test() {
        assert_eq!(result("test a::b ... ok"), Some(("a::b".to_owned(), Outcome::Passed)));
        assert_eq!(result("test a::b ... FAILED"), Some(("a::b".to_owned(), Outcome::Failed)));
        assert_eq!(result("test a - should panic ... ok"), Some(("a".to_owned(), Outcome::Passed)));
        assert_eq!(result("test a ... ignored"), Some(("a".to_owned(), Outcome::Failed)));
        assert_eq!(result("test result: ok. 3 passed; 0 failed"), None);
    }

    #[test]
    fn a_test_is_named_by_its_binary_and_its_path() {
        assert_eq!(Test::read("hostile::faults::x").unwrap().to_string(), "hostile::faults::x");
        assert!(Test::read("hostile").is_err());
    }

    #[test]
    fn a_row_without_all_its_columns_is_an_error() {
        assert_eq!(rows::<2>("t", "a\tb\n1\t2\n").unwrap(), [["1", "2"]]);
        for bad in ["a\tb\n1\n", "a\tb\n1\t\n", "a\tb\n1\t2\t3\n"] {
            assert!(rows::<2>("t", bad).is_err(), "{bad:?}");
        }
    }
}
