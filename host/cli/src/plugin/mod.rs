//! `wasmoat plugin …`: a plugin's life, from looking at a file to removing it.

mod add;
mod asked;
mod bridge;
mod config;
mod decide;
mod inspect;
mod jobs;
mod list;
mod logs;
mod permissions;
mod report;
mod setting;
mod show;
mod sign;
mod switch;

use clap::Subcommand;
use wasmoat_model::is_valid_plugin_id;

use crate::failure::Failure;
use crate::remote::Remote;

pub use inspect::run as inspect;
pub use sign::{sign, verify};

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what a plugin file is and what it could do; needs no server
    Inspect(inspect::Args),
    /// Sign a plugin file; needs no server
    Sign(sign::Sign),
    /// Verify the signature of a plugin file; needs no server
    Verify(sign::Verify),
    /// Upload a plugin
    Add(add::Args),
    /// List the installed plugins
    List(list::Args),
    /// Show an installed plugin: its state, permissions, hooks and limits
    Show(show::Args),
    /// Show what a plugin asks for, what was granted, and what waits for approval
    Permissions(permissions::Args),
    /// Approve what a plugin asks for, whole or in part
    Approve(decide::Approve),
    /// Deny what waits: an upload that was never approved, or a new version
    Deny(decide::Deny),
    /// Start a plugin, now and whenever the server starts
    Enable(switch::Args),
    /// Stop a plugin; its data and settings stay
    Disable(switch::Args),
    /// Remove a plugin; its data and settings stay
    Remove(switch::Args),
    /// Delete what a plugin has stored: its keys, files and database
    DeleteData(switch::Args),
    /// Show or change a plugin's settings
    Config(config::Args),
    /// Show what a plugin does in the background, or cancel it
    Jobs(jobs::Args),
    /// Show which plugins call each other, and how it goes
    Bridge(bridge::Args),
    /// Show what a plugin has logged
    Logs(logs::Args),
}

/// Runs a command that speaks to a server.
pub async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Inspect(args) => inspect::run(&args),
        Command::Sign(args) => sign(&args),
        Command::Verify(args) => verify(&args),
        Command::Add(args) => add::run(&args).await,
        Command::List(args) => list::run(&args).await,
        Command::Show(args) => show::run(&args).await,
        Command::Permissions(args) => permissions::run(&args).await,
        Command::Approve(args) => decide::approve(&args).await,
        Command::Deny(args) => decide::deny(&args).await,
        Command::Enable(args) => switch::enable(&args).await,
        Command::Disable(args) => switch::disable(&args).await,
        Command::Remove(args) => switch::remove(&args).await,
        Command::DeleteData(args) => switch::delete_data(&args).await,
        Command::Config(args) => config::run(&args).await,
        Command::Jobs(args) => jobs::run(&args).await,
        Command::Bridge(args) => bridge::run(&args).await,
        Command::Logs(args) => logs::run(&args).await,
    }
}

/// A plugin of a server, to be shown as text or as JSON.
#[derive(Debug, clap::Args)]
struct Named {
    /// The plugin's id
    #[arg(value_parser = plugin_id)]
    id: String,

    /// Print the server's JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    remote: Remote,
}

/// A plugin's id as an argument. The server writes ids in lower case.
fn plugin_id(text: &str) -> Result<String, String> {
    if is_valid_plugin_id(text) {
        return Ok(text.to_lowercase());
    }
    Err("an id is 3 to 190 letters, digits, `-`, `_` and `.`; `wasmoat plugin list` shows them".to_owned())
}
