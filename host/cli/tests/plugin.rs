//! The plugin commands against a server, word for word.

#![allow(clippy::unwrap_used, reason = "a test may end by panicking")]

mod common;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use common::{Server, wasmoat};
use insta::assert_snapshot;

const TOKEN: &str = "tok3nxxxxxxxxxxxxxxxxxxxxx";

/// Runs `wasmoat plugin …` as the administrator.
fn plugin(server: &Server, home: &Path, args: &[&str]) -> String {
    wasmoat(home, &[&["plugin"], args].concat()).env("WASMOAT_TOKEN", TOKEN).run(server)
}

fn home() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn list_and_show() {
    let (server, home) = (Server::start(), home());
    let run = |args: &[&str]| plugin(&server, home.path(), args);
    assert_snapshot!("list", run(&["list"]));
    assert_snapshot!("list-json", run(&["list", "--json"]));
    assert_snapshot!("show", run(&["show", "word-filter"]));
    assert_snapshot!("show-json", run(&["show", "Word-Filter", "--json"]));
    assert_snapshot!("show-unknown", run(&["show", "nothing"]));
    let empty = Server::start().without_plugins();
    assert_snapshot!("list-empty", plugin(&empty, home.path(), &["list"]));
}

#[test]
fn a_plugin_is_added_enabled_disabled_and_removed() {
    let (server, home) = (Server::start(), home());
    let run = |args: &[&str]| plugin(&server, home.path(), args);
    let file = home.path().join("demo.wasm");
    // More than one chunk, the last one smaller.
    fs::write(&file, vec![7; 150_000]).unwrap();
    let file = file.to_str().unwrap();
    assert_snapshot!("add", run(&["add", file]));
    assert_snapshot!("add-again", run(&["add", file]));
    assert_snapshot!("add-force-enable", run(&["add", file, "--force", "--enable"]));
    assert_eq!(
        server.uploads(),
        [("demo.wasm", false), ("demo.wasm", false), ("demo.wasm", true)].map(|(name, force)| (
            name.to_owned(),
            150_000,
            force
        ))
    );
    assert_snapshot!("disable", run(&["disable", "demo"]));
    assert_snapshot!("enable", run(&["enable", "demo"]));
    assert_snapshot!("remove", run(&["remove", "demo"]));
    assert_snapshot!("remove-again", run(&["remove", "demo"]));
}

#[test]
fn what_a_plugin_asks_for_is_laid_out() {
    let (server, home) = (Server::start(), home());
    let run = |args: &[&str]| plugin(&server, home.path(), args);
    assert_snapshot!("permissions-pending", run(&["permissions", "poll"]));
    assert_snapshot!("permissions-upgrade", run(&["permissions", "word-filter"]));
    assert_snapshot!("permissions-json", run(&["permissions", "word-filter", "--json"]));
    assert_snapshot!("permissions-unknown", run(&["permissions", "nothing"]));
}

#[test]
fn a_plugin_is_approved_in_part_or_denied() {
    let (server, home) = (Server::start(), home());
    let run = |args: &[&str]| plugin(&server, home.path(), args);
    assert_snapshot!("approve", run(&["approve", "poll"]));
    let narrowed = run(&[
        "approve",
        "word-filter",
        "--without",
        "posts.write",
        "--without",
        "directory",
        "--without",
        "plugins",
        "--host",
        "api.example.org",
        "--team",
        "moat",
        "--channel",
        "moat/town-square",
        "--channel",
        "h5wgcjs9tfyzbnbd8mtzrp3cqa",
    ]);
    assert_snapshot!("approve-narrowed", narrowed);
    assert_snapshot!("approve-without-required", run(&["approve", "poll", "--without", "posts.read"]));
    assert_snapshot!("approve-not-asked", run(&["approve", "poll", "--without", "users.admin"]));
    assert_snapshot!("approve-no-team", run(&["approve", "poll", "--team", "nowhere"]));
    assert_snapshot!("approve-no-channel", run(&["approve", "poll", "--channel", "town-square"]));
    assert_snapshot!("deny", run(&["deny", "word-filter"]));
    assert_snapshot!("deny-first", run(&["deny", "poll"]));
    assert_snapshot!("decisions", format!("{:#}", serde_json::Value::Array(server.decisions())));
}

#[test]
fn a_plugin_that_does_not_start_is_an_error() {
    let (server, home) = (Server::start(), home());
    let file = home.path().join("broken.wasm");
    fs::write(&file, b"x").unwrap();
    assert_snapshot!("enable-broken", plugin(&server, home.path(), &["add", file.to_str().unwrap(), "--enable"]));
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let (server, home) = (Server::start(), home());
    assert_snapshot!("add-nothing", plugin(&server, home.path(), &["add", "nothing.wasm"]));
}

#[test]
fn settings_are_shown_and_changed() {
    let (server, home) = (Server::start(), home());
    let run = |args: &[&str]| plugin(&server, home.path(), args);
    assert_snapshot!("config", run(&["config", "word-filter"]));
    assert_snapshot!("config-set", run(&["config", "word-filter", "--set", "Words=a, b", "--set", "action=mask"]));
    assert_eq!(server.plugin_settings()["word-filter"]["words"], "a, b");
    assert_eq!(server.plugin_settings()["poll"]["most"], 5, "other plugins keep their settings");
    assert_snapshot!("config-unset", run(&["config", "word-filter", "--unset", "words"]));
    assert_snapshot!("config-unknown", run(&["config", "word-filter", "--set", "wrods=a"]));
    assert_snapshot!("config-option", run(&["config", "word-filter", "--set", "action=explode"]));
    let json = wasmoat(home.path(), &["plugin", "config", "poll", "--json", "-"])
        .env("WASMOAT_TOKEN", TOKEN)
        .stdin("{\"most\": 7, \"open\": true}");
    assert_snapshot!("config-json", json.run(&server));
    let wrong =
        wasmoat(home.path(), &["plugin", "config", "poll", "--json", "-"]).env("WASMOAT_TOKEN", TOKEN).stdin("[]");
    assert_snapshot!("config-json-wrong", wrong.run(&server));
}

#[test]
fn log_lines_cannot_command_the_terminal() {
    let (server, home) = (Server::start(), home());
    assert_snapshot!("logs", plugin(&server, home.path(), &["logs", "word-filter"]));
    assert_snapshot!("logs-last", plugin(&server, home.path(), &["logs", "word-filter", "--lines", "1"]));
}

#[test]
fn logs_are_followed_until_the_reader_has_enough() {
    let (server, home) = (Server::start(), home());
    let args = ["plugin", "logs", "word-filter", "--lines", "1", "--follow"];
    let mut child = wasmoat(home.path(), &args).env("WASMOAT_TOKEN", TOKEN).start(&server);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let first: Vec<_> = lines.by_ref().take(2).collect();
    assert_eq!(first.concat(), "2023-11-14T22:13:21.250Z ERROR two    lines and \u{fffd}[31mred");
    server.log("later");
    assert_eq!(lines.next().unwrap(), "2023-11-14T22:13:22.000Z INFO  later");
    drop(lines);
    server.log("too late");
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
