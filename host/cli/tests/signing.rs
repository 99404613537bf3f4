//! Keys, signatures and signed uploads, word for word.

#![allow(clippy::unwrap_used, reason = "a test may end by panicking")]

mod common;

use std::fs;
use std::path::Path;

use common::{Server, wasmoat};
use insta::assert_snapshot;

const TOKEN: &str = "tok3nxxxxxxxxxxxxxxxxxxxxx";

/// Runs the program on files in `home`, which `@` stands for.
fn run(home: &Path, args: &[&str]) -> String {
    prepared(home, args).shown()
}

fn prepared(home: &Path, args: &[&str]) -> common::Wasmoat {
    let args: Vec<_> = args.iter().map(|arg| arg.replace('@', &format!("{}/", home.display()))).collect();
    wasmoat(home, &args.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A key's name is another one each time.
fn without_key(text: &str) -> String {
    let is_name = |word: &str| word.len() == 16 && word.chars().all(|c| c.is_ascii_hexdigit());
    text.split_inclusive(char::is_whitespace)
        .map(|word| {
            let bare = word.trim_end_matches(|c: char| !c.is_alphanumeric());
            if is_name(bare) { word.replace(bare, "KEY") } else { word.to_owned() }
        })
        .collect()
}

fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("demo.wasm"), b"a plugin").unwrap();
    home
}

#[test]
fn a_key_is_made_and_a_plugin_signed_and_verified() {
    let home = home();
    let run = |args: &[&str]| run(home.path(), args);
    assert_snapshot!("keys-generate", run(&["keys", "generate", "@ada", "--no-password"]));
    assert_snapshot!("keys-generate-again", run(&["keys", "generate", "@ada", "--no-password"]));
    assert_snapshot!("sign", run(&["plugin", "sign", "@demo.wasm", "--key", "@ada.key"]));
    let verified = run(&["plugin", "verify", "@demo.wasm", "--key", "@ada.pub"]);
    assert_snapshot!("verify", without_key(&verified));
}

#[cfg(unix)]
#[test]
fn a_secret_key_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = home();
    run(home.path(), &["keys", "generate", "@ada", "--no-password"]);
    let mode = fs::metadata(home.path().join("ada.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn what_is_wrong_with_a_signature_is_told() {
    let home = home();
    let run = |args: &[&str]| run(home.path(), args);
    for key in ["@ada", "@bob"] {
        run(&["keys", "generate", key, "--no-password"]);
    }
    assert_snapshot!("verify-unsigned", run(&["plugin", "verify", "@demo.wasm", "--key", "@ada.pub"]));
    run(&["plugin", "sign", "@demo.wasm", "--key", "@ada.key", "--comment", "by Ada"]);
    let other = run(&["plugin", "verify", "@demo.wasm", "--key", "@bob.pub"]);
    assert_snapshot!("verify-other-key", without_key(&other));
    fs::write(home.path().join("demo.wasm"), b"another plugin").unwrap();
    let tampered = run(&["plugin", "verify", "@demo.wasm", "--key", "@ada.pub"]);
    assert_snapshot!("verify-tampered", without_key(&tampered));
    assert_snapshot!("verify-no-key", run(&["plugin", "verify", "@demo.wasm", "--key", "@demo.wasm"]));
    assert_snapshot!("sign-no-key", run(&["plugin", "sign", "@demo.wasm", "--key", "@demo.wasm"]));
    assert_snapshot!("sign-public-key", run(&["plugin", "sign", "@demo.wasm", "--key", "@ada.pub"]));
}

#[test]
fn a_key_with_a_password_signs_with_that_password_only() {
    let home = home();
    let made = prepared(home.path(), &["keys", "generate", "@ada", "--password-stdin"]).stdin("letmein\n").shown();
    assert!(made.starts_with("exit 0\n"), "{made}");
    let sign = || prepared(home.path(), &["plugin", "sign", "@demo.wasm", "--key", "@ada.key"]);
    assert_snapshot!("sign-nobody-to-ask", sign().shown());
    assert_snapshot!("sign-wrong-password", sign().env("WASMOAT_KEY_PASSWORD", "guess").shown());
    assert_snapshot!("sign-with-password", sign().env("WASMOAT_KEY_PASSWORD", "letmein").shown());
}

#[test]
fn a_signature_goes_along_with_the_upload() {
    let (server, home) = (Server::start(), home());
    run(home.path(), &["keys", "generate", "@ada", "--no-password"]);
    run(home.path(), &["plugin", "sign", "@demo.wasm", "--key", "@ada.key"]);
    let add = prepared(home.path(), &["plugin", "add", "@demo.wasm", "--signature", "@demo.wasm.minisig"]);
    let added = add.env("WASMOAT_TOKEN", TOKEN).run(&server);
    assert!(added.starts_with("exit 0\n"), "{added}");
    assert_eq!(server.signatures(), [fs::read_to_string(home.path().join("demo.wasm.minisig")).unwrap()]);
}
