//! `wasmoat plugin show`: an installed plugin.

use serde_json::{Value, json};

use super::Named;
use super::report::Report;
use crate::failure::Failure;
use crate::terminal;

/// Arguments of `wasmoat plugin show`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    plugin: Named,
}

/// Shows the plugin.
pub async fn run(args: &Args) -> Result<(), Failure> {
    let client = args.plugin.remote.connect()?;
    let plugin = client.installed_plugin(&args.plugin.id).await?;
    let mut inspection: Value = client.get(&format!("plugins/{}/inspection", args.plugin.id), &[]).await?;
    if let Some(object) = inspection.as_object_mut() {
        object.insert("state".to_owned(), json!(plugin.state));
        object.insert("error".to_owned(), json!(plugin.error));
    }
    if args.plugin.json {
        return Ok(terminal::print_json(&inspection)?);
    }
    terminal::print(&Report::read(&inspection)?.text())?;
    Ok(())
}
