//! Logging in, the stored token, and what the program says to somebody who may not.

mod common;

use std::fs;

use common::{Server, wasmoat};
use insta::assert_snapshot;

#[test]
fn a_login_is_remembered_for_its_server_only() {
    let (server, home) = (Server::start(), tempfile::tempdir().unwrap());
    let list = || wasmoat(home.path(), &["plugin", "list"]);
    assert_snapshot!("not-logged-in", list().run(&server));

    let login = wasmoat(home.path(), &["login", "--login-id", "admin", "--password-stdin"]);
    assert_snapshot!("login", login.stdin("Sup3rSecret!\n").run(&server));
    assert!(list().run(&server).starts_with("exit 0\n"));

    let other = Server::start();
    assert_eq!(list().run(&other), wasmoat(home.path(), &["plugin", "list"]).env("WASMOAT_TOKEN", "x").run(&server));
}

#[cfg(unix)]
#[test]
fn the_token_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let (server, home) = (Server::start(), tempfile::tempdir().unwrap());
    let args = ["signup", "--email", "a@example.org", "--username", "admin", "--password-stdin"];
    assert_snapshot!("signup", wasmoat(home.path(), &args).stdin("Sup3rSecret!").run(&server));
    let folder = home.path().join("wasmoat");
    let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["credentials.json"]);
    let mode = fs::metadata(folder.join("credentials.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_wrong_password_is_told() {
    let (server, home) = (Server::start(), tempfile::tempdir().unwrap());
    let login = wasmoat(home.path(), &["login", "--login-id", "admin", "--password-stdin"]);
    assert_snapshot!("login-wrong", login.stdin("wrong\n").run(&server));
    let login = wasmoat(home.path(), &["login", "--login-id", "admin"]);
    assert_snapshot!("login-nobody-to-ask", login.run(&server));
    assert!(!home.path().join("wasmoat").exists());
}

#[test]
fn errors_say_what_to_do() {
    let (server, home) = (Server::start(), tempfile::tempdir().unwrap());
    let list = || wasmoat(home.path(), &["plugin", "list"]);
    assert_snapshot!("member", list().env("WASMOAT_TOKEN", "member").run(&server));
    let elsewhere = format!("{}/elsewhere", server.address());
    let shown = wasmoat(home.path(), &["plugin", "list", "--server", &elsewhere]).run(&server);
    assert_snapshot!("not-a-server", shown);
    // Nothing listens on the port of a listener that is gone.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("http://127.0.0.1:{port}");
    let shown = list().env("WASMOAT_SERVER", &address).shown().replace(&address, "http://SERVER");
    assert_snapshot!("unreachable", shown);
}
