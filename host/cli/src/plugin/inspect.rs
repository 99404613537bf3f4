//! `wasmoat plugin inspect`: what a file is and could do, before anybody trusts it.

use std::path::PathBuf;

use serde_json::{Value, json};
use wasmoat_core::plugins::read_upload;

use super::report::Report;
use crate::failure::Failure;
use crate::terminal;

/// Arguments of `wasmoat plugin inspect`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// A .wasm component, or a .tar.gz bundle with a plugin.json
    file: PathBuf,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
What a plugin can do is what it imports, so the list of permissions is read from the code itself
and is complete: a function that is not listed can't be called.

Examples:
      wasmoat plugin inspect word-filter.wasm
      wasmoat plugin inspect word-filter.wasm --json | jq .permissions";

/// Inspects the file.
pub fn run(args: &Args) -> Result<(), Failure> {
    let shown = args.file.display();
    let refused = |error: &dyn std::fmt::Display| Failure::new(format!("{shown} is not a plugin: {error}"));
    let bytes = std::fs::read(&args.file).map_err(|error| Failure::new(format!("cannot read {shown}: {error}")))?;
    let name = args.file.file_name().unwrap_or_default().to_string_lossy();
    // The server's own door: what is refused there is refused here, in the same words.
    let (manifest, component) = read_upload(bytes.into(), &name).map_err(|error| refused(&error.message))?;
    let inspection = wasmoat_runtime::inspect(&component).map_err(|error| refused(&error))?;
    let mut inspection = serde_json::to_value(&inspection).map_err(|error| refused(&error))?;
    if let Value::Object(object) = &mut inspection {
        object.insert("manifest".to_owned(), json!(manifest));
    }
    if args.json {
        return Ok(terminal::print_json(&inspection)?);
    }
    terminal::print(&Report::read(&inspection)?.text())?;
    Ok(())
}
