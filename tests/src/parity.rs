//! What the tests have shown of the contract, left as files for `cargo xtask parity`.

use std::fs;

use crate::target_folder;

/// Notes that a test has shown something of a function (`posts.get-post`) or a hook
/// (`message-will-be-posted`): `target/parity/{column}/{name}`. The columns are those of the table
/// of `cargo xtask parity`: `success`, `error`, `edge` (of a function that cannot fail) and `fault`
/// (of a hook). To be called at the end of the test, when it holds.
pub fn shown(column: &str, name: &str) {
    let folder = target_folder().join("parity").join(column);
    fs::create_dir_all(&folder).expect("the target folder can be written");
    fs::write(folder.join(name), "").expect("the target folder can be written");
}
