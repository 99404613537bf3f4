//! The components that `cargo xtask guests` builds.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use bytes::Bytes;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// A guest of `tests/guests`, by the name of its folder.
#[must_use]
pub fn guest(name: &str) -> Bytes {
    component(&target_folder().join("guests").join(format!("{name}.wasm")))
}

/// A plugin of `plugins`, by the name of its folder.
#[must_use]
pub fn plugin(name: &str) -> Bytes {
    component(&target_folder().join("plugins").join(format!("{name}.wasm")))
}

fn component(path: &Path) -> Bytes {
    match fs::read(path) {
        Ok(bytes) => bytes.into(),
        Err(error) => panic!("{}: {error}; run `cargo xtask guests` first", path.display()),
    }
}

/// Where cargo puts what it builds.
#[must_use]
pub fn target_folder() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| Path::new(HERE).join("../target"), PathBuf::from)
}

/// Names of the folders in `tests/guests`, in order.
#[must_use]
pub fn all_guests() -> Vec<String> {
    let folder = Path::new(HERE).join("guests");
    let entries = fs::read_dir(&folder).expect("tests/guests is there");
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}
