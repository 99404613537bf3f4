//! `wasmoat plugin show`: an installed plugin.

use serde_json::{Value, json};

use super::plugin_id;
use super::report::Report;
use crate::failure::Failure;
use crate::remote::Remote;
use crate::terminal;

/// Arguments of `wasmoat plugin show`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The plugin's id
    #[arg(value_parser = plugin_id)]
    id: String,

    /// Print the server's JSON, with the state added
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    remote: Remote,
}

/// Shows the plugin.
pub async fn run(args: &Args) -> Result<(), Failure> {
    let client = args.remote.connect()?;
    let plugin = client.installed_plugin(&args.id).await?;
    let mut inspection: Value = client.get(&format!("plugins/{}/inspection", args.id), &[]).await?;
    if let Some(object) = inspection.as_object_mut() {
        object.insert("state".to_owned(), json!(plugin.state));
        object.insert("error".to_owned(), json!(plugin.error));
    }
    if args.json {
        return Ok(terminal::print_json(&inspection)?);
    }
    terminal::print(&Report::read(&inspection)?.text())?;
    Ok(())
}
