//! Whether the tests of PostgreSQL find one to start.

use std::fs;
use std::path::Path;

use crate::process::find;

/// Where Debian keeps its programs: a folder for each version, out of the path.
const DEBIAN: &str = "/usr/lib/postgresql";

/// Whether its programs are there.
pub fn is_installed() -> bool {
    let mut versions = fs::read_dir(Path::new(DEBIAN)).into_iter().flatten().filter_map(Result::ok);
    find("initdb").is_some() || versions.any(|version| version.path().join("bin/initdb").is_file())
}
