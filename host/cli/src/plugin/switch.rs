//! `wasmoat plugin enable`, `disable`, `remove` and `delete-data`.

use reqwest::Method;

use super::plugin_id;
use crate::failure::Failure;
use crate::remote::{Client, Remote};
use crate::terminal::{self, plain, waiting};

/// Arguments of the four commands.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The plugin's id
    #[arg(value_parser = plugin_id)]
    id: String,

    #[command(flatten)]
    remote: Remote,
}

/// Enables the plugin.
pub async fn enable(args: &Args) -> Result<(), Failure> {
    start(&args.remote.connect()?, &args.id).await
}

/// Enables a plugin and says how that went: the server's answer is the same whether the plugin
/// starts or not, so its status is asked for.
pub async fn start(client: &Client, id: &str) -> Result<(), Failure> {
    let progress = waiting("starting");
    client.tell(Method::POST, &format!("plugins/{id}/enable")).await?;
    let plugin = client.installed_plugin(id).await?;
    drop(progress);
    if plugin.active {
        terminal::print(&format!("{id} is running"))?;
        return Ok(());
    }
    let failure = if plugin.error.is_empty() {
        Failure::new(format!("{id} is enabled, but {}", plugin.state))
    } else {
        Failure::new(format!("{id} is enabled, but {}: {}", plugin.state, plain(&plugin.error)))
    };
    Err(failure.hint(format!("`wasmoat plugin logs {id}` may say more; then try `wasmoat plugin enable {id}` again")))
}

/// Disables the plugin.
pub async fn disable(args: &Args) -> Result<(), Failure> {
    let Args { id, remote } = args;
    let progress = waiting("stopping");
    remote.connect()?.tell(Method::POST, &format!("plugins/{id}/disable")).await?;
    drop(progress);
    terminal::print(&format!("{id} is disabled"))?;
    Ok(())
}

/// Removes the plugin.
pub async fn remove(args: &Args) -> Result<(), Failure> {
    let Args { id, remote } = args;
    let progress = waiting("removing");
    remote.connect()?.tell(Method::DELETE, &format!("plugins/{id}")).await?;
    drop(progress);
    terminal::print(&format!("{id} is removed; its data and settings are kept for a reinstall"))?;
    Ok(())
}

/// Deletes what the plugin has stored.
pub async fn delete_data(args: &Args) -> Result<(), Failure> {
    let Args { id, remote } = args;
    let progress = waiting("deleting");
    remote.connect()?.tell(Method::DELETE, &format!("plugins/{id}/data")).await?;
    drop(progress);
    terminal::print(&format!("the data of {id} are deleted"))?;
    Ok(())
}
