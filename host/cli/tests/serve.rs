//! The server's life as a process: it answers, stops when it is told to, and says why it can't
//! start.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may end by panicking")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long starting and stopping may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn serve(listen: SocketAddr, data: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_wasmoat"))
        .args(["serve", "--dev", "--listen", &listen.to_string(), "--data"])
        .arg(data)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn answers(address: SocketAddr) -> bool {
    let Ok(mut connection) = TcpStream::connect(address) else {
        return false;
    };
    let request = format!("GET /api/v4/system/ping HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let mut answer = String::new();
    connection.write_all(request.as_bytes()).is_ok()
        && connection.read_to_string(&mut answer).is_ok()
        && answer.starts_with("HTTP/1.1 200")
}

/// Waits until something holds, or says that it never did.
fn wait(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn the_server_answers_until_it_is_told_to_stop() {
    let data = tempfile::tempdir().unwrap();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for signal in ["-TERM", "-INT"] {
        let mut server = serve(address, data.path());
        wait("the server answers", || answers(address));
        let told = Command::new("kill").args([signal, &server.id().to_string()]).status().unwrap();
        assert!(told.success());
        let mut ended = None;
        wait("the server stops", || {
            ended = server.try_wait().unwrap();
            ended.is_some()
        });
        assert!(ended.unwrap().success(), "{signal}: {ended:?}");
    }
}

#[test]
fn a_port_that_is_taken_is_told() {
    let data = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let output = serve(address, data.path()).wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("error: "), "{text}");
    let hint = format!("hint: something else listens on {address}; stop it, or choose another port with --listen");
    assert!(text.contains(&hint), "{text}");
}
