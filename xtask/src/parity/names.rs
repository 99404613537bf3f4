//! Mattermost's methods and hooks: the list that the contract is held against.

use anyhow::{Context, Result};

/// Kind, group (of a hook: what its outcome does), name and the version that brought it.
const LIST: &str = include_str!("mattermost.tsv");

/// A method of the Plugin API, or a hook.
#[derive(Clone, Copy, Debug)]
pub struct Name {
    /// Whether it is a hook.
    pub is_hook: bool,
    /// Group of a method; of a hook what its outcome does.
    pub group: &'static str,
    /// Like `GetPost`.
    pub name: &'static str,
    /// Mattermost release that brought it.
    pub version: &'static str,
}

/// All of them, in the order of the list.
pub fn all() -> Result<Vec<Name>> {
    LIST.lines().skip(1).map(|line| read(line).with_context(|| format!("mattermost.tsv: `{line}`"))).collect()
}

fn read(line: &'static str) -> Option<Name> {
    let mut columns = line.split('\t');
    let is_hook = columns.next()? == "hook";
    Some(Name { is_hook, group: columns.next()?, name: columns.next()?, version: columns.next()? })
}

impl Name {
    /// Whether a name of WIT is this one: mechanical, so only dashes and case differ.
    pub fn is(&self, wit: &str) -> bool {
        wit.replace('-', "") == self.name.to_ascii_lowercase()
    }
}
