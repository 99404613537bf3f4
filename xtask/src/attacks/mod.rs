//! `cargo xtask test attacks`: what somebody could try, what stops it, and the test that tries it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result, bail};

use crate::project::Project;
use crate::proofs::{self, Outcome, Outcomes, Passed, Test};

/// Area, name, what it tries, what stops it, tests.
const TABLE: &str = include_str!("attacks.tsv");

/// One attack.
struct Attack {
    area: &'static str,
    name: &'static str,
    tries: &'static str,
    stopped_by: &'static str,
    tests: Vec<Test>,
}

impl Attack {
    fn all() -> Result<Vec<Self>> {
        let rows = proofs::rows::<5>("attacks.tsv", TABLE)?;
        rows.into_iter()
            .map(|[area, name, tries, stopped_by, tests]| {
                let tests = tests.split(' ').map(Test::read).collect::<Result<_>>()?;
                Ok(Self { area, name, tries, stopped_by, tests })
            })
            .collect()
    }

    /// Nothing got through: every test of it passed.
    fn is_stopped(&self, outcomes: &Outcomes) -> bool {
        self.tests.iter().all(|test| outcomes.of(test) == Outcome::Passed)
    }
}

/// Tries every attack, prints one line for each, writes the table of the docs, and fails where one
/// was not stopped.
pub fn run(project: &Project) -> Result<String> {
    let attacks = Attack::all()?;
    let tests: BTreeSet<Test> = attacks.iter().flat_map(|attack| attack.tests.clone()).collect();
    let outcomes = proofs::run(project, &tests)?;
    for attack in &attacks {
        let mark = if attack.is_stopped(&outcomes) { "ok    " } else { "FAILED" };
        println!("{mark}  {}: {} | {}", attack.name, attack.tries, attack.stopped_by);
        for test in attack.tests.iter().filter(|test| outcomes.of(test) != Outcome::Passed) {
            println!("        {test}: {:?}", outcomes.of(test));
        }
    }
    let page = project.root.join("docs/attacks.md");
    fs::write(&page, markdown(&attacks)).with_context(|| page.display().to_string())?;
    let stopped = attacks.iter().filter(|attack| attack.is_stopped(&outcomes)).count();
    let summary = format!("{stopped} of {} attacks stopped, by {} tests", attacks.len(), tests.len());
    if stopped < attacks.len() {
        bail!("{summary}");
    }
    Ok(summary)
}

/// Holds the table against tests that have run already.
pub fn check(passed: &Passed) -> Result<String> {
    let attacks = Attack::all()?;
    let tests = passed.check(attacks.iter().flat_map(|attack| &attack.tests))?;
    Ok(format!("{} attacks stopped, by {tests} tests", attacks.len()))
}

/// The table as Markdown.
fn markdown(attacks: &[Attack]) -> String {
    let mut text = String::from(HEAD);
    let mut area = "";
    for attack in attacks {
        if attack.area != area {
            area = attack.area;
            // Writing to a text does not fail.
            let _ = write!(
                text,
                "\n## {area}\n\n| attack | what it tries | what stops it | test |\n| --- | --- | --- | --- |\n"
            );
        }
        let tests: Vec<String> = attack.tests.iter().map(|test| format!("`{test}`")).collect();
        let _ =
            writeln!(text, "| {} | {} | {} | {} |", attack.name, attack.tries, attack.stopped_by, tests.join("<br>"));
    }
    text
}

const HEAD: &str = "# What was tried against the sandbox

Written by `cargo xtask test attacks`, which runs the tests of this table alone and fails where one
of them is not there or does not pass. Each is an attack: a guest, an upload or a client that wants
more than it was given. What wasmtime itself guarantees is not tried again; everything around it is.
";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Attack, markdown};

    #[test]
    fn the_table_can_be_read_and_names_each_attack_once() {
        let attacks = Attack::all().unwrap();
        let names: BTreeSet<&str> = attacks.iter().map(|attack| attack.name).collect();
        assert_eq!(names.len(), attacks.len());
        assert!(attacks.len() >= 40, "{}", attacks.len());
    }

    #[test]
    fn an_area_is_in_one_place_and_no_cell_breaks_the_table() {
        let attacks = Attack::all().unwrap();
        let mut areas: Vec<&str> = attacks.iter().map(|attack| attack.area).collect();
        areas.dedup();
        assert_eq!(areas.len(), areas.iter().collect::<BTreeSet<_>>().len());
        for row in markdown(&attacks).lines().filter(|line| line.starts_with("| ")) {
            assert_eq!(row.matches(" | ").count(), 3, "{row}");
        }
    }
}
