//! The peers: the same calls in subprocesses over `hashicorp/go-plugin`, as Mattermost runs them.

use std::fs;
use std::path::Path;

use anyhow::Result;

use super::summary::Summary;
use crate::process::{Run, find};
use crate::project::Project;

/// A program that measures, and the plugins that it starts: flag and program.
const PEERS: [(&str, &[(&str, &str)]); 2] = [
    ("host", &[("-plugin", "plugin")]),
    ("bridge-host", &[("-caller", "bridge-caller"), ("-target", "bridge-target")]),
];

/// Builds and runs the peers; false where Go is not installed.
pub fn measure(project: &Project, results: &Path, summary: &mut Summary) -> Result<bool> {
    if find("go").is_none() {
        return Ok(false);
    }
    let module = project.root.join("tests/bench-go-plugin");
    let programs = results.join("go-plugin");
    fs::create_dir_all(&programs)?;
    for (host, plugins) in PEERS {
        for program in plugins.iter().map(|(_, program)| *program).chain([host]) {
            Run::new("go")
                .args(["build", "-o"])
                .arg(programs.join(program))
                .arg(format!("./{program}"))
                .folder(&module)
                .run()?;
        }
        let mut run = Run::new(programs.join(host));
        for (flag, program) in plugins {
            run = run.arg(flag).arg(programs.join(program));
        }
        summary.read_text(&run.output()?)?;
    }
    Ok(true)
}
