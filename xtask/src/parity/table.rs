//! The table of names and what stands behind each.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{contract::Declared, evidence::Evidence, names::Name};

/// Functions whose type has an error, as in Mattermost, that nothing raises there or here.
const NEVER_FAIL: &[&str] =
    &["commands.list-built-in-commands", "commands.list-plugin-commands", "websocket.publish-user-typing"];

/// One name and its cells.
#[derive(Debug)]
pub struct Row {
    pub name: Name,
    /// As the tests name it; empty where `wit/` has nothing of the name.
    pub declared: String,
    pub implemented: bool,
    pub success: bool,
    /// `yes`, `cannot fail` where the type has no error and a case shows the edge, else empty.
    pub error: &'static str,
}

impl Row {
    /// What is known of a name.
    pub fn new(name: Name, contract: &[Declared], evidence: &Evidence) -> Self {
        let declared = contract.iter().find(|declared| {
            declared.is_hook() == name.is_hook
                && name.is(&declared.function)
                && (name.is_hook || declared.interface == name.group)
        });
        let Some(declared) = declared else {
            return Self { name, declared: String::new(), implemented: false, success: false, error: "" };
        };
        let own = declared.name();
        let error = match () {
            () if evidence.shows("error", &own) || (name.is_hook && evidence.shows("fault", &own)) => "yes",
            () if evidence.shows("edge", &own) && (!declared.can_fail || NEVER_FAIL.contains(&&*own)) => "cannot fail",
            () => "",
        };
        Self {
            name,
            implemented: evidence.implements(declared, name.name),
            success: evidence.shows("success", &own),
            error,
            declared: own,
        }
    }

    /// No cell is empty.
    pub fn is_complete(&self) -> bool {
        self.missing().is_empty()
    }

    /// The empty cells.
    pub fn missing(&self) -> Vec<&'static str> {
        let cells = [
            ("declared", !self.declared.is_empty()),
            ("implemented", self.implemented),
            ("success case", self.success),
            ("error case", !self.error.is_empty()),
        ];
        cells.into_iter().filter(|(_, filled)| !filled).map(|(cell, _)| cell).collect()
    }
}

/// How many methods, or hooks, are complete, and how many there are.
fn count(rows: &[Row], is_hook: bool) -> (usize, usize) {
    let of_kind = || rows.iter().filter(|row| row.name.is_hook == is_hook);
    (of_kind().filter(|row| row.is_complete()).count(), of_kind().count())
}

/// `261 of 261 methods, 51 of 51 hooks`.
pub fn summary(rows: &[Row]) -> String {
    let ((methods, all_methods), (hooks, all_hooks)) = (count(rows, false), count(rows, true));
    format!("{methods} of {all_methods} methods, {hooks} of {all_hooks} hooks")
}

/// `{"methods": {"total", "complete"}, "hooks": {…}, "incomplete": [{"name", "missing"}]}`.
pub fn json(rows: &[Row]) -> Value {
    let count = |is_hook| {
        let (complete, total) = count(rows, is_hook);
        json!({"total": total, "complete": complete})
    };
    let incomplete: Vec<_> = rows
        .iter()
        .filter(|row| !row.is_complete())
        .map(|row| json!({"name": row.name.name, "missing": row.missing()}))
        .collect();
    json!({"methods": count(false), "hooks": count(true), "incomplete": incomplete})
}

/// Both tables, as Markdown.
pub fn markdown(rows: &[Row]) -> String {
    let mut text = String::from(HEAD);
    for (title, is_hook, group, error) in
        [("Methods", false, "group", "error case"), ("Hooks", true, "outcome", "fault case")]
    {
        let (complete, total) = count(rows, is_hook);
        // Writing to a text does not fail.
        let _ = write!(
            text,
            "\n## {title}: {complete} of {total}\n\n| Mattermost | {group} | since | in `wit/` | implemented | success case | {error} |\n| --- | --- | --- | --- | --- | --- | --- |\n"
        );
        for row in rows.iter().filter(|row| row.name.is_hook == is_hook) {
            let yes = |filled: bool| if filled { "yes" } else { "" };
            let declared = if row.declared.is_empty() { String::new() } else { format!("`{}`", row.declared) };
            let _ = writeln!(
                text,
                "| {} | {} | {} | {declared} | {} | {} | {} |",
                row.name.name,
                row.name.group,
                row.name.version,
                yes(row.implemented),
                yes(row.success),
                row.error
            );
        }
    }
    text
}

const HEAD: &str = "# What of Mattermost's Plugin API is here

Written by `cargo xtask parity` from the list of Mattermost's names, from `wit/`, and from what the
conformance tests showed when it ran. *Implemented*: the host has the function's body, or fires the
hook. *Success case*: a guest called it, or was called by it, and the effect was checked from
outside. *Error case*: it refused with the reference's error; a function without an error in its
type shows what it answers where there is nothing to answer. *Fault case*: what a trap in the hook
does to the operation.
";
