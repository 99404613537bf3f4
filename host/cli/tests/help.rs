//! The help texts, word for word: they are how the program is learned.

#![allow(clippy::unwrap_used, reason = "a test may end by panicking")]

mod common;

use common::wasmoat;

fn help(args: &[&str]) -> String {
    let home = tempfile::tempdir().unwrap();
    wasmoat(home.path(), args).shown()
}

#[test]
fn every_command_explains_itself() {
    let commands: &[&[&str]] = &[
        &[],
        &["serve"],
        &["limits"],
        &["login"],
        &["signup"],
        &["keys"],
        &["keys", "generate"],
        &["plugin"],
        &["plugin", "inspect"],
        &["plugin", "sign"],
        &["plugin", "verify"],
        &["plugin", "add"],
        &["plugin", "list"],
        &["plugin", "show"],
        &["plugin", "permissions"],
        &["plugin", "approve"],
        &["plugin", "deny"],
        &["plugin", "enable"],
        &["plugin", "disable"],
        &["plugin", "remove"],
        &["plugin", "delete-data"],
        &["plugin", "config"],
        &["plugin", "jobs"],
        &["plugin", "bridge"],
        &["plugin", "logs"],
    ];
    for &command in commands {
        let name = if command.is_empty() { "wasmoat".to_owned() } else { command.join("-") };
        insta::assert_snapshot!(format!("help-{name}"), help(&[command, &["--help"]].concat()));
    }
}

#[test]
fn usage_errors_exit_with_2() {
    for wrong in [
        &["plugin", "show", "no/such"][..],
        &["plugin", "config", "demo", "--set", "words"],
        &["plugin", "config", "demo", "--set", "a=b", "--json", "-"],
        &["plugin", "list", "--server", "127.0.0.1:8065"],
        &["plugin", "logs", "demo", "--lines", "0"],
        &["serve", "--listen", "8065"],
        &["plugin", "explode"],
        &[],
    ] {
        let shown = help(wrong);
        assert!(shown.starts_with("exit 2\n"), "{wrong:?}: {shown}");
    }
    insta::assert_snapshot!("usage-server", help(&["plugin", "list", "--server", "127.0.0.1:8065"]));
    insta::assert_snapshot!("usage-id", help(&["plugin", "show", "no/such"]));
}
