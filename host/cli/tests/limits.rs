//! `wasmoat limits`: for operators, and for the table of the docs.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may end by panicking")]

mod common;

use common::wasmoat;
use serde_json::Value;

fn limits(args: &[&str]) -> String {
    let home = tempfile::tempdir().unwrap();
    wasmoat(home.path(), &[&["limits"], args].concat()).shown()
}

#[test]
fn limits_are_told_to_people() {
    let text = limits(&[]);
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("fuel_per_call ")).unwrap();
    assert_eq!(
        lines[at].split_whitespace().collect::<Vec<_>>(),
        ["fuel_per_call", "5000000000", "10000", "1000000000000"]
    );
    assert!(lines[at + 1].starts_with("    Units of computation per call"), "{}", lines[at + 1]);
    assert!(lines.iter().all(|line| line.chars().count() <= 100));
}

#[test]
fn limits_are_told_to_programs() {
    let text = limits(&["--json"]);
    let json = text.strip_prefix("exit 0\n--- stdout ---\n").unwrap();
    let limits: Vec<Value> = serde_json::from_str(json).unwrap();
    assert!(limits.len() > 20);
    for limit in limits {
        let number = |key: &str| limit[key].as_u64().unwrap();
        assert!(number("least") <= number("default") && number("default") <= number("most"), "{limit}");
        assert!(limit["reason"].as_str().unwrap().len() > 20, "{limit}");
    }
}
