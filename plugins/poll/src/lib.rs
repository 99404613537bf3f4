//! Polls in channels: `/poll "Question" "Answer" "Answer"`.
//!
//! `poll` holds the rules, `store` keeps polls, `view` draws them, `command` and `api` are the two
//! ways in.

mod api;
mod command;
mod poll;
mod store;
mod view;

use wasmoat::prelude::*;

/// The plugin. All its state is in the key-value store.
#[derive(Debug, Default)]
pub struct PollPlugin;

#[wasmoat::plugin]
impl Plugin for PollPlugin {
    fn on_activate(&self) -> Result<()> {
        store::ensure_bot()?;
        command::register()
    }

    fn execute_command(&self, _ctx: PluginContext, args: CommandArgs) -> Result<ExecuteCommandOutcome> {
        command::execute(&args)
    }

    fn serve_http(&self, ctx: PluginContext, request: HttpRequest) -> HttpResponse {
        api::router().serve_with(&ctx, &request)
    }
}

#[cfg(test)]
mod tests;
