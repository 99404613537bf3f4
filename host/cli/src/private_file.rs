//! Files that nobody else on the machine may read.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// A new file that nobody else can read, from its first moment. One that is there is an error.
pub fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
