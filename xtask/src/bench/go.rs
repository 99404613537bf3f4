//! The peer: the same hook in a subprocess over `hashicorp/go-plugin`, as Mattermost runs it.

use std::fs;
use std::path::Path;

use anyhow::Result;

use super::summary::Summary;
use crate::process::{Run, find};
use crate::project::Project;

/// Builds and runs the peer; false where Go is not installed.
pub fn measure(project: &Project, results: &Path, summary: &mut Summary) -> Result<bool> {
    if find("go").is_none() {
        return Ok(false);
    }
    let module = project.root.join("tests/bench-go-plugin");
    let programs = results.join("go-plugin");
    fs::create_dir_all(&programs)?;
    for program in ["host", "plugin"] {
        Run::new("go")
            .args(["build", "-o"])
            .arg(programs.join(program))
            .arg(format!("./{program}"))
            .folder(&module)
            .run()?;
    }
    let text = Run::new(programs.join("host")).arg("-plugin").arg(programs.join("plugin")).output()?;
    summary.read_text(&text)?;
    Ok(true)
}
