//! Outside clients: unmodified Python drivers of Mattermost against a real server.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::process::{Run, find};
use crate::project::Project;
use crate::serve::server;

const SCRIPT: &str = "tests/clients/run";
const REQUIREMENTS: &str = "tests/clients/requirements.txt";

/// Makes the virtual environment and runs the script in it.
pub fn run(project: &Project) -> Result<String> {
    let script = project.root.join(SCRIPT);
    if !script.is_file() {
        bail!("{SCRIPT} is missing");
    }
    let environment = environment(project)?;
    let mut path = vec![environment.join("bin")];
    path.extend(env::var_os("PATH").iter().flat_map(env::split_paths));
    Run::new(&script)
        .env("PATH", env::join_paths(path)?)
        .env("VIRTUAL_ENV", &environment)
        .env("WASMOAT_BIN", server(project))
        .env("WASMOAT_PLUGINS", project.target.join("plugins"))
        .folder(&project.root)
        .run()?;
    Ok(format!("{SCRIPT} passed"))
}

/// A virtual environment with the required packages, made once per list of requirements.
fn environment(project: &Project) -> Result<PathBuf> {
    let wanted =
        fs::read_to_string(project.root.join(REQUIREMENTS)).with_context(|| format!("cannot read {REQUIREMENTS}"))?;
    let environment = project.target.join("venv");
    // Written last: an installation that was cut short is repeated.
    let stamp = environment.join("installed-requirements.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(environment);
    }
    create(&environment)?;
    Run::new(environment.join("bin/python"))
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS])
        .folder(&project.root)
        .run()
        .context("cannot install the Python clients; the test needs the network once")?;
    fs::write(stamp, wanted)?;
    Ok(environment)
}

fn create(environment: &Path) -> Result<()> {
    const INSTALL: &str = "install them (Debian and Ubuntu: apt-get install python3 python3-venv)";
    if find("python3").is_none() {
        bail!("the client tests need Python 3 and its venv module; {INSTALL}");
    }
    if !Run::new("python3").args(["-c", "import venv, ensurepip"]).succeeds()? {
        bail!("the client tests need Python's venv module, which this python3 lacks; {INSTALL}");
    }
    Run::new("python3").args(["-m", "venv", "--clear"]).arg(environment).run()
}
