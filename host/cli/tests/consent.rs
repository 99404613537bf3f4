//! The way of a plugin through the gate, from the command line, against the server itself.

#![allow(clippy::unwrap_used, reason = "a test may end by panicking")]

mod common;

use std::{fs, path::PathBuf};

use common::wasmoat;
use serde_json::Value;
use wasmoat_server::{Options, Running};

const PASSWORD: &str = "correct-Horse-1";

/// A server as it is installed, and the folder of whoever types.
struct Terminal {
    runtime: tokio::runtime::Runtime,
    server: Running,
    home: tempfile::TempDir,
    _data: tempfile::TempDir,
}

impl Terminal {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let (data, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let config = r#"{"PluginSettings": {"EnableUploads": true}, "TeamSettings": {"EnableOpenServer": true}}"#;
        fs::write(data.path().join("config.json"), config).unwrap();
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            data: data.path().to_owned(),
            config: None,
            development: false,
        };
        // Another test may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let server = runtime.block_on(wasmoat_server::start(options)).unwrap();
        let this = Self { runtime, server, home, _data: data };
        let signup = ["signup", "--email", "ada@example.org", "--username", "ada", "--password-stdin"];
        let shown = this.typed(&signup).stdin(&format!("{PASSWORD}\n")).shown();
        assert!(shown.starts_with("exit 0"), "{shown}");
        this
    }

    fn typed(&self, args: &[&str]) -> common::Wasmoat {
        wasmoat(self.home.path(), args).env("WASMOAT_SERVER", &format!("http://{}", self.server.address()))
    }

    /// Runs `wasmoat plugin …`; exit code and output as one text.
    fn plugin(&self, args: &[&str]) -> String {
        self.typed(&[&["plugin"], args].concat()).shown()
    }

    /// The same, which must succeed and print JSON.
    fn json(&self, args: &[&str]) -> Value {
        let shown = self.plugin(&[args, &["--json"]].concat());
        let json = shown.strip_prefix("exit 0\n--- stdout ---\n");
        assert!(json.is_some(), "{shown}");
        serde_json::from_str(json.unwrap_or_default()).unwrap()
    }

    fn stop(self) {
        self.runtime.block_on(self.server.stop()).unwrap();
    }
}

/// A guest that `cargo xtask guests` has built.
fn guest(name: &str) -> String {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("../../target"), PathBuf::from);
    let path = target.join("guests").join(format!("{name}.wasm"));
    assert!(path.is_file(), "{}: run `cargo xtask guests` first", path.display());
    path.display().to_string()
}

#[track_caller]
fn says(shown: &str, exit: i32, all: &[&str]) {
    assert!(shown.starts_with(&format!("exit {exit}\n")), "{shown}");
    for text in all {
        assert!(shown.contains(text), "`{text}` is missing: {shown}");
    }
}

#[test]
fn an_upload_waits_is_approved_in_part_and_its_upgrade_waits_beside_it() {
    let terminal = Terminal::new();
    let run = |args: &[&str]| terminal.plugin(args);
    let added = run(&["add", &guest("asks-for-little")]);
    says(&added, 0, &["installed librarian 1.0.0", "posts.write", "wasmoat plugin approve librarian"]);
    let shown = run(&["permissions", "librarian"]);
    says(
        &shown,
        0,
        &["waits for approval", "“To say what was found.”", "(no reason given)", "*.example.org", "(required)"],
    );
    says(&shown, 0, &["Reasons for what it does not use", "users.read"]);
    says(&run(&["enable", "librarian"]), 1, &["waits for a system admin", "wasmoat plugin approve"]);

    let approved = run(&["approve", "librarian", "--without", "posts.write", "--host", "api.example.org"]);
    says(&approved, 0, &["approved librarian 1.0.0: permissions kv, posts.read", "denied: permissions posts.write"]);
    says(&run(&["enable", "librarian"]), 0, &["librarian is running"]);
    let granted = &terminal.json(&["permissions", "librarian"])["granted"];
    assert_eq!(granted["permissions"], serde_json::json!(["kv", "posts.read"]));

    let added = run(&["add", &guest("asks-for-more"), "--force"]);
    says(&added, 0, &["uploaded librarian 2.0.0", "reactions.write", "1.0.0 goes on until then"]);
    says(&run(&["list"]), 0, &["1.0.0", "running", "2.0.0 waits"]);
    let shown = run(&["permissions", "librarian"]);
    says(&shown, 0, &["librarian 2.0.0: waits for approval; 1.0.0 goes on", "not granted: “To mark what was found.”"]);

    says(&run(&["deny", "librarian"]), 0, &["denied librarian 2.0.0; 1.0.0 goes on"]);
    says(&run(&["deny", "librarian"]), 1, &["Nothing of plugin `librarian` waits"]);
    says(&run(&["add", &guest("asks-for-more"), "--force"]), 0, &["uploaded librarian 2.0.0"]);
    let answer = terminal.json(&["approve", "librarian"]);
    assert_eq!((&answer["approval"], &answer["installed"]["version"]), (&"approved".into(), &"2.0.0".into()));
    says(&run(&["list"]), 0, &["2.0.0", "running"]);
    terminal.stop();
}
