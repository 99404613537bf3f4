//! Python packages that a test needs, in a virtual environment below `target`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::process::{Run, find};
use crate::project::Project;

/// A virtual environment with the required packages, made once per list of requirements.
pub fn environment(project: &Project, folder: &str, requirements: &str) -> Result<PathBuf> {
    let wanted =
        fs::read_to_string(project.root.join(requirements)).with_context(|| format!("cannot read {requirements}"))?;
    let environment = project.target.join(folder);
    // Written last: an installation that was cut short is repeated.
    let stamp = environment.join("installed-requirements.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(environment);
    }
    create(&environment)?;
    Run::new(environment.join("bin/python"))
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements])
        .folder(&project.root)
        .run()
        .context("cannot install Python packages; the test needs the network once")?;
    fs::write(stamp, wanted)?;
    Ok(environment)
}

fn create(environment: &Path) -> Result<()> {
    const INSTALL: &str = "install them (Debian and Ubuntu: apt-get install python3 python3-venv)";
    if find("python3").is_none() {
        bail!("the test needs Python 3 and its venv module; {INSTALL}");
    }
    if !Run::new("python3").args(["-c", "import venv, ensurepip"]).succeeds()? {
        bail!("the test needs Python's venv module, which this python3 lacks; {INSTALL}");
    }
    Run::new("python3").args(["-m", "venv", "--clear"]).arg(environment).run()
}
