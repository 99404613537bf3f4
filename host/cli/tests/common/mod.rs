//! Running the program as a person would, against a small server that speaks the shapes of the
//! real one over real HTTP.
#![allow(dead_code, reason = "each test binary uses its part of this")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may end by panicking")]

mod server;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

pub use server::Server;

/// The program, with nothing of this machine's own settings.
pub struct Wasmoat {
    command: Command,
    stdin: String,
}

/// The program with these arguments, its stored token in `home`.
pub fn wasmoat(home: &Path, args: &[&str]) -> Wasmoat {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wasmoat"));
    command.args(args).env_clear().env("XDG_CONFIG_HOME", home).env("HOME", home);
    Wasmoat { command, stdin: String::new() }
}

impl Wasmoat {
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn stdin(mut self, text: &str) -> Self {
        self.stdin = text.to_owned();
        self
    }

    /// Runs it: exit code, standard output and standard error as one text, with the server's
    /// port and the folder's name replaced by what is the same in each run.
    pub fn run(mut self, server: &Server) -> String {
        self.command.env("WASMOAT_SERVER", server.address());
        self.shown().replace(server.address(), "http://SERVER")
    }

    /// Starts it and returns while it runs, its standard output to be read.
    pub fn start(mut self, server: &Server) -> std::process::Child {
        let command = self.command.env("WASMOAT_SERVER", server.address());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// [`Self::run`] without a server.
    pub fn shown(mut self) -> String {
        let home = self.command.get_envs().find(|(name, _)| *name == "HOME").and_then(|(_, value)| value).unwrap();
        let home = home.to_str().unwrap().to_owned();
        let mut child =
            self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A program that fails before it reads has closed its end.
        let _ = child.stdin.take().unwrap().write_all(self.stdin.as_bytes());
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        let stream = |name: &str, bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            if text.is_empty() { String::new() } else { format!("--- {name} ---\n{text}") }
        };
        let text =
            format!("exit {}\n{}{}", status.code().unwrap_or(-1), stream("stdout", stdout), stream("stderr", stderr));
        text.replace(&home, "HOME").replace(env!("CARGO_PKG_VERSION"), "VERSION")
    }
}
