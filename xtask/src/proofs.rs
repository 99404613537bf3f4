//! Tests that prove something: named in a table, run by name, and looked for by name. A table can't
//! name a test that is not there, nor one that does not pass.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process::Run;
use crate::project::{Package, Project, Target};

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

/// The tests that passed while all of them ran. Of which binary each was, libtest does not say.
#[derive(Debug, Default)]
pub struct Passed(HashSet<String>);

impl Passed {
    /// Takes note of a line that libtest printed.
    pub fn note(&mut self, line: &str) {
        self.0.extend(result(line).filter(|(_, outcome)| *outcome == Outcome::Passed).map(|(path, _)| path));
    }

    /// An error that names those of a table which are not among them.
    pub fn check<'a>(&self, tests: impl Iterator<Item = &'a Test>) -> Result<usize> {
        let mut passed = 0;
        let mut missing = Vec::new();
        for test in tests {
            if self.0.contains(&test.path) {
                passed += 1;
            } else {
                missing.push(test.to_string());
            }
        }
        if !missing.is_empty() {
            bail!("not there, or not passed: {}", missing.join(", "));
        }
        Ok(passed)
    }
}

/// Runs exactly these tests, one binary after the other. What a binary printed is shown where one of
/// its tests failed.
pub fn run(project: &Project, tests: &BTreeSet<Test>) -> Result<Outcomes> {
    let mut by_binary: BTreeMap<&str, Vec<&Test>> = BTreeMap::new();
    for test in tests {
        by_binary.entry(&test.binary).or_default().push(test);
    }
    let binaries = build(project, by_binary.keys())?;
    let mut outcomes = Outcomes::default();
    for (name, tests) in by_binary {
        let binary = binaries.get(&crate_name(name)).with_context(|| format!("`{name}` was not built"))?;
        let mut printed = String::new();
        let mut found: HashMap<String, Outcome> = HashMap::new();
        let run = Run::new(&binary.executable)
            .arg("--exact")
            .args(tests.iter().map(|test| &test.path))
            // The tests read the guests there, wherever cargo was told of it.
            .env("CARGO_TARGET_DIR", &project.target)
            .folder(&binary.folder)
            .quiet();
        let passed = run.lines(|line| {
            printed.push_str(line);
            printed.push('\n');
            found.extend(result(line));
        })?;
        if !passed {
            eprintln!("{printed}");
        }
        for test in tests {
            let outcome = found.get(&test.path).copied().unwrap_or(Outcome::Missing);
            outcomes.0.insert(test.clone(), outcome);
        }
    }
    Ok(outcomes)
}

/// A test binary.
struct Binary {
    executable: PathBuf,
    /// Where cargo would run it.
    folder: PathBuf,
}

/// The name of a crate, in which cargo writes a dash as an underscore.
fn crate_name(name: &str) -> String {
    name.replace('-', "_")
}

/// Builds test binaries by their names, all at once and as `cargo xtask test` does.
fn build<'a>(project: &Project, names: impl Iterator<Item = &'a &'a str>) -> Result<HashMap<String, Binary>> {
    let mut cargo = Run::cargo()
        .args(["test", "--workspace", "--no-run", "--message-format", "json-render-diagnostics"])
        .env("CARGO_TARGET_DIR", &project.target)
        .folder(&project.root);
    for guest in project.packages_in("tests/guests") {
        cargo = cargo.args(["--exclude", &guest.name]);
    }
    let mut flags = BTreeSet::new();
    for name in names {
        flags.insert(flag(project, name)?);
    }
    let messages = cargo.args(flags.into_iter().flatten()).output()?;
    Ok(messages.lines().filter_map(|line| artifact(project, &serde_json::from_str(line).ok()?)).collect())
}

/// The flag that makes cargo build a binary.
fn flag(project: &Project, name: &str) -> Result<Vec<String>> {
    for (kind, flag) in [("test", "--test"), ("lib", "--lib"), ("bin", "--bins")] {
        let targets = project.targets(kind);
        if let Some((_, target)) =
            targets.iter().find(|(package, target)| own_name(package, target) == crate_name(name))
        {
            let value = (kind == "test").then(|| target.name.clone());
            return Ok([flag.to_owned()].into_iter().chain(value).collect());
        }
    }
    bail!("nothing in the workspace is called `{name}`")
}

/// How the tables call a target: the program by its package, because the SDK has the same name.
fn own_name(package: &Package, target: &Target) -> String {
    crate_name(if target.is("bin") { &package.name } else { &target.name })
}

/// What cargo says of a test binary that is built.
fn artifact(project: &Project, message: &Value) -> Option<(String, Binary)> {
    if !message.pointer("/profile/test")?.as_bool()? {
        return None;
    }
    let text = |path: &str| message.pointer(path).and_then(Value::as_str);
    let folder = Path::new(text("/manifest_path")?).parent()?.to_owned();
    let package = project.packages.iter().find(|package| package.folder == folder)?;
    let (name, kind) = (text("/target/name")?, text("/target/kind/0")?);
    let target = package.targets.iter().find(|target| target.name == name && target.is(kind))?;
    Some((own_name(package, target), Binary { executable: text("/executable")?.into(), folder }))
}

/// A line of libtest about one test.
fn result(line: &str) -> Option<(String, Outcome)> {
    let (path, outcome) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let outcome = if outcome.trim_end() == "ok" { Outcome::Passed } else { Outcome::Failed };
    Some((path.trim_end_matches(" - should panic").to_owned(), outcome))
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
    use serde_json::json;

    use super::{Outcome, Passed, Test, artifact, result, rows};
    use crate::project::{Package, Project, Target};

    #[test]
    fn a_line_of_libtest_tells_of_one_test() {
        assert_eq!(result("test a::b ... ok"), Some(("a::b".to_owned(), Outcome::Passed)));
        assert_eq!(result("test a::b ... FAILED"), Some(("a::b".to_owned(), Outcome::Failed)));
        assert_eq!(result("test a - should panic ... ok"), Some(("a".to_owned(), Outcome::Passed)));
        assert_eq!(result("test a ... ignored"), Some(("a".to_owned(), Outcome::Failed)));
        assert_eq!(result("test result: ok. 3 passed; 0 failed"), None);
    }

    #[test]
    fn a_table_is_held_against_what_passed() {
        let mut passed = Passed::default();
        for line in ["test a::b ... ok", "test a::c ... FAILED", "running 2 tests"] {
            passed.note(line);
        }
        let test = |path: &str| Test::read(path).unwrap();
        assert_eq!(passed.check([test("x::a::b")].iter()).unwrap(), 1);
        let error = passed.check([test("x::a::b"), test("x::a::c"), test("x::d")].iter()).unwrap_err();
        assert!(error.to_string().ends_with("x::a::c, x::d"), "{error}");
    }

    #[test]
    fn a_test_is_named_by_its_binary_and_its_path() {
        assert_eq!(Test::read("hostile::faults::x").unwrap().to_string(), "hostile::faults::x");
        assert!(Test::read("hostile").is_err());
    }

    #[test]
    fn only_test_binaries_are_run_and_the_program_has_the_name_of_its_package() {
        let targets = vec![Target { name: "wasmoat".to_owned(), kinds: vec!["bin".to_owned()] }];
        let package = Package { name: "wasmoat-cli".to_owned(), folder: "/moat/host/cli".into(), targets };
        let project = Project { root: "/moat".into(), target: "/moat/target".into(), packages: vec![package] };
        let message = |test: bool| {
            json!({
                "profile": {"test": test}, "target": {"name": "wasmoat", "kind": ["bin"]},
                "manifest_path": "/moat/host/cli/Cargo.toml", "executable": "/moat/target/wasmoat-1",
            })
        };
        let (name, binary) = artifact(&project, &message(true)).unwrap();
        assert_eq!(name, "wasmoat_cli");
        assert!(binary.folder.ends_with("host/cli") && binary.executable.ends_with("wasmoat-1"));
        assert!(artifact(&project, &message(false)).is_none());
    }

    #[test]
    fn a_row_without_all_its_columns_is_an_error() {
        assert_eq!(rows::<2>("t", "a\tb\n1\t2\n").unwrap(), [["1", "2"]]);
        for bad in ["a\tb\n1\n", "a\tb\n1\t\n", "a\tb\n1\t2\t3\n"] {
            assert!(rows::<2>("t", bad).is_err(), "{bad:?}");
        }
    }
}
