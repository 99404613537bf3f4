//! Fake providers of language models that speak the real format, one from PyPI and one from npm, asked
//! by the plugin Agents in a real server.

use std::env;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::python;
use crate::process::{Run, find};
use crate::project::Project;
use crate::serve::server;

const FOLDER: &str = "tests/llm";

/// Installs the providers and runs the script.
pub fn run(project: &Project) -> Result<String> {
    let environment = python::environment(project, "venv-llm", &format!("{FOLDER}/requirements.txt"))?;
    let mut path = vec![environment.join("bin"), modules(project)?.join(".bin")];
    path.extend(env::var_os("PATH").iter().flat_map(env::split_paths));
    let script = format!("{FOLDER}/run");
    Run::new(project.root.join(&script))
        .env("PATH", env::join_paths(path)?)
        .env("VIRTUAL_ENV", &environment)
        .env("WASMOAT_BIN", server(project))
        .env("CARGO_TARGET_DIR", &project.target)
        .folder(&project.root)
        .run()?;
    Ok(format!("{script} passed"))
}

/// The packages of `package-lock.json`, installed once per lock.
fn modules(project: &Project) -> Result<PathBuf> {
    let folder = project.target.join("node-llm");
    let modules = folder.join("node_modules");
    let lock = format!("{FOLDER}/package-lock.json");
    let wanted = fs::read_to_string(project.root.join(&lock)).with_context(|| format!("cannot read {lock}"))?;
    // Written last: an installation that was cut short is repeated.
    let stamp = folder.join("installed-lock.json");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(modules);
    }
    if find("npm").is_none() {
        bail!("the test needs Node 20 and npm; install them (Debian and Ubuntu: apt-get install nodejs npm)");
    }
    fs::create_dir_all(&folder)?;
    for file in ["package.json", "package-lock.json"] {
        fs::copy(project.root.join(FOLDER).join(file), folder.join(file))?;
    }
    Run::new("npm")
        .args(["ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"])
        .folder(&folder)
        .run()
        .context("cannot install packages from npm; the test needs the network once")?;
    fs::write(stamp, wanted)?;
    Ok(modules)
}
