//! `cargo xtask guests`: plugins and test guests as WebAssembly components.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::process::{Run, find};
use crate::project::{Package, Project};

/// What plugins are compiled for: no WASI, the linker turns the module into a component.
const TARGET: &str = "wasm32-unknown-unknown";

/// Which guests to build.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Only plugins/.
    Plugins,
    /// plugins/ and tests/guests/.
    All,
}

/// Builds the guests and leaves each at `target/plugins/NAME.wasm` or `target/guests/NAME.wasm`.
pub fn build(project: &Project, which: Which) -> Result<()> {
    let plugins = project.packages_in("plugins");
    let guests = if which == Which::All { project.packages_in("tests/guests") } else { Vec::new() };
    let all: Vec<_> = plugins.iter().chain(&guests).collect();
    if all.is_empty() {
        bail!("no guests: the workspace has no member in plugins/ or tests/guests/");
    }
    all_are_members(project)?;
    install_target()?;
    // One call for all of them: cargo builds in parallel and shares the SDK.
    Run::cargo()
        .args(["build", "--profile", "guest", "--target", TARGET])
        .args(all.iter().flat_map(|package| ["-p", &*package.name]))
        // Flags meant for this machine's own compiler don't fit another target.
        .without_env("RUSTFLAGS")
        .without_env("CARGO_ENCODED_RUSTFLAGS")
        .folder(&project.root)
        .run()?;
    for package in plugins {
        place(project, package, "plugins")?;
    }
    for package in guests {
        place(project, package, "guests")?;
    }
    Ok(())
}

/// A folder that the workspace does not know would be left out without a word.
fn all_are_members(project: &Project) -> Result<()> {
    for parent in ["plugins", "tests/guests"] {
        let Ok(folders) = fs::read_dir(project.root.join(parent)) else {
            continue;
        };
        for folder in folders {
            let folder = folder?.path();
            if folder.join("Cargo.toml").is_file() && !project.packages.iter().any(|own| own.folder == folder) {
                bail!("{} is no member of the workspace; add it to Cargo.toml", project.shown(&folder));
            }
        }
    }
    Ok(())
}

/// Adds the compilation target to the toolchain where it is missing.
fn install_target() -> Result<()> {
    let folder = Run::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).quiet().output()?;
    if Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    if find("rustup").is_none() {
        bail!(
            "this Rust can't compile for {TARGET}, and rustup, which could add it, is not installed\n\
             install Rust with rustup (https://rustup.rs), or your distribution's package of the \
             standard library for {TARGET}"
        );
    }
    Run::new("rustup").args(["target", "add", TARGET]).run()
}

fn place(project: &Project, package: &Package, folder: &str) -> Result<()> {
    let library = package.targets.iter().find(|target| target.is("cdylib")).with_context(|| {
        format!("`{}` builds no component: its manifest needs `[lib] crate-type = [\"cdylib\"]`", package.name)
    })?;
    let built = project.target.join(TARGET).join("guest").join(format!("{}.wasm", library.name.replace('-', "_")));
    let folder = project.target.join(folder);
    let placed = folder.join(format!("{}.wasm", package.folder_name()));
    fs::create_dir_all(&folder)?;
    let size = fs::copy(&built, &placed)
        .with_context(|| format!("cannot copy {} to {}", built.display(), placed.display()))?;
    eprintln!("{:>7} KiB  {}", size.div_ceil(1024), project.shown(&placed));
    Ok(())
}
