//! Outside clients: unmodified Python drivers of Mattermost against a real server.

use std::env;

use anyhow::{Result, bail};

use super::python;
use crate::process::Run;
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
    let environment = python::environment(project, "venv", REQUIREMENTS)?;
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
