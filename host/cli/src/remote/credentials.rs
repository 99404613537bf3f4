//! The tokens that `wasmoat login` keeps: one file in the user's configuration folder, readable
//! by the user alone.
//!
//! A token belongs to one server and is sent to no other.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::private_file;

/// What the file holds.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Credentials {
    /// By address of the server.
    servers: BTreeMap<String, Login>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Login {
    username: String,
    token: String,
}

impl Credentials {
    /// Reads the file; nothing stored yet is no error.
    pub fn read() -> Result<Self, Failure> {
        let Some(path) = file() else {
            return Ok(Self::default());
        };
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| {
                Failure::new(format!("cannot understand {}: {error}", path.display()))
                    .hint("delete the file and log in again with `wasmoat login`")
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(cannot("read", &path, &error)),
        }
    }

    /// The token for a server.
    pub fn token(&self, server: &str) -> Option<String> {
        self.servers.get(server).map(|login| login.token.clone())
    }

    /// Stores the token for a server and returns where.
    pub fn store(mut self, server: &str, username: &str, token: &str) -> Result<PathBuf, Failure> {
        let path = file().ok_or_else(|| {
            Failure::new("there is no folder to store the token in")
                .hint("set HOME or XDG_CONFIG_HOME, or pass a token with WASMOAT_TOKEN")
        })?;
        let login = Login { username: username.to_owned(), token: token.to_owned() };
        self.servers.insert(server.to_owned(), login);
        match write(&path, &self) {
            Ok(()) => Ok(path),
            Err(error) => Err(cannot("write", &path, &error)),
        }
    }
}

/// Replaces the file in one step, so that no reader finds half of it.
fn write(path: &Path, credentials: &Credentials) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let new = path.with_extension(format!("{}.new", std::process::id()));
    let written = private_file::create(&new)
        .and_then(|mut file| {
            serde_json::to_writer_pretty(&mut file, credentials)?;
            file.write_all(b"\n")?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        // Best effort: the error that is returned is the one that matters.
        let _ = fs::remove_file(&new);
    }
    written
}

/// `wasmoat/credentials.json` in the folder where the system keeps a user's configuration.
fn file() -> Option<PathBuf> {
    let folder = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let configuration = if cfg!(windows) {
        folder("APPDATA")
    } else {
        folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")))
    };
    Some(configuration?.join("wasmoat").join("credentials.json"))
}

fn cannot(verb: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("cannot {verb} {}: {error}", path.display()))
}
