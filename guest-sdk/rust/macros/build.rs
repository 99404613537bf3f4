//! Lists the hooks: every `wit/hook-*.wit` is one.
#![allow(clippy::print_stdout, reason = "how a build script speaks to cargo")]

use std::{env, error::Error, fmt::Write as _, fs, path::Path};

const WIT: &str = "../../../wit";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={WIT}");
    let mut hooks = Vec::new();
    for entry in fs::read_dir(WIT)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        if let Some(hook) = name.strip_prefix("hook-").and_then(|name| name.strip_suffix(".wit")) {
            hooks.push(hook.replace('-', "_"));
        }
    }
    hooks.sort();
    let mut source =
        String::from("/// Every hook, as the function's name in Rust, sorted.\npub const HOOKS: &[&str] = &[");
    for hook in &hooks {
        write!(source, "{hook:?}, ")?;
    }
    source.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("hooks.rs"), source)?;
    Ok(())
}
