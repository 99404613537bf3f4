//! What a plugin asks for, laid out for a person: the same for a file, an upload and an upgrade.

use std::collections::BTreeMap;

use serde_json::Value;
use wasmoat_model::{Asked, AskedPermission, Reason, StorageNeed};

use crate::terminal::{Table, faint, heading, plain_line};

/// How wide a list of functions may get.
const LINE: usize = 76;

/// Says of something that is asked for how it stands, like `new`. Empty for nothing to say.
pub type Mark<'a> = &'a dyn Fn(Need<'_>) -> &'static str;

/// Something that is asked for.
#[derive(Clone, Copy, Debug)]
pub enum Need<'a> {
    /// A permission.
    Permission(&'a str),
    /// A host.
    Host(&'a str),
    /// A plugin to call.
    Plugin(&'a str),
    /// A directory.
    Directory,
    /// A database.
    Database,
    /// A limit.
    Limit(&'a str),
    /// A hook.
    Hook(&'a str),
}

/// Nothing to say.
pub fn unmarked(_: Need<'_>) -> &'static str {
    ""
}

/// All sections that have something in them.
pub fn sections(asked: &Asked, mark: Mark<'_>) -> String {
    let mut text = section("Permissions", &permissions(asked, mark, "  "));
    text.push_str(&section("Hosts", &reasons(&asked.hosts, |name| mark(Need::Host(name)))));
    text.push_str(&section("Plugins that it calls", &reasons(&asked.plugins, |name| mark(Need::Plugin(name)))));
    text.push_str(&section("Storage", &storage(asked, mark)));
    text.push_str(&section("Limits that it suggests", &limits(&asked.limits, mark)));
    text.push_str(&section("Reasons for what it does not use", &reasons(&asked.unused, |_| "")));
    text
}

/// Each permission with the functions behind it and the author's reason.
pub fn permissions(asked: &Asked, mark: Mark<'_>, indent: &str) -> String {
    if asked.permissions.is_empty() {
        return format!("{indent}none: it can only answer what it is asked\n");
    }
    let mut table = Table::plain();
    for permission in &asked.permissions {
        let AskedPermission { permission: name, functions, reason, required, unexplained } = permission;
        let why = if *unexplained { "(no reason given)".to_owned() } else { quoted(reason, *required) };
        table.row([&plain_line(name), &join(mark(Need::Permission(name)), &why)]);
        for line in wrap(functions) {
            table.row(["", &faint(&line)]);
        }
    }
    table.lines(indent)
}

fn reasons(needs: &BTreeMap<String, Reason>, mark: impl Fn(&str) -> &'static str) -> String {
    let mut table = Table::plain();
    for (name, Reason { reason, required }) in needs {
        table.row([&plain_line(name), &join(mark(name), &quoted(reason, *required))]);
    }
    table.lines("  ")
}

fn storage(asked: &Asked, mark: Mark<'_>) -> String {
    let mut table = Table::plain();
    let needs = [("directory", &asked.directory, Need::Directory), ("database", &asked.database, Need::Database)];
    for (name, need, which) in needs {
        if let Some(StorageNeed { reason, required }) = need {
            table.row([name, &join(mark(which), &quoted(reason, *required))]);
        }
    }
    table.lines("  ")
}

fn limits(limits: &BTreeMap<String, Value>, mark: Mark<'_>) -> String {
    let mut table = Table::plain();
    for (name, value) in limits {
        table.row([&plain_line(name), &join(mark(Need::Limit(name)), &plain_line(&value.to_string()))]);
    }
    table.lines("  ")
}

fn quoted(reason: &str, required: bool) -> String {
    let reason =
        if reason.trim().is_empty() { "(no reason given)".to_owned() } else { format!("“{}”", plain_line(reason)) };
    if required { format!("{reason} (required)") } else { reason }
}

/// The mark before the words.
fn join(mark: &str, words: &str) -> String {
    if mark.is_empty() { words.to_owned() } else { format!("{mark}: {words}") }
}

/// Names in lines that fit a terminal.
fn wrap(names: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for name in names {
        let name = plain_line(name);
        match lines.last_mut().filter(|line| line.len() + name.len() < LINE) {
            Some(line) => line.push_str(&format!(", {name}")),
            None => lines.push(name),
        }
    }
    lines
}

/// Lines under a title; nothing where there are none.
pub fn section(title: &str, lines: &str) -> String {
    if lines.is_empty() { String::new() } else { format!("\n{}\n{lines}", heading(title)) }
}
