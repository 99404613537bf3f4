//! Digests of channels: what happened, written by an agent, posted by a bot with links to the messages.
//! `/digest now`, `/digest schedule daily 9:00`, `/digest list`, `/digest stop`.
//!
//! `command` is the way in, `schedule` knows when, `task` is the job; `conversation` reads a channel,
//! `summary` has it condensed by the plugin Agents, `view` draws what came of it.

mod access;
mod bot;
mod command;
mod conversation;
mod schedule;
mod summary;
mod task;
mod view;

use wasmoat::{jobs::Job, prelude::*};

/// The plugin. All its state is in the key-value store and in its jobs.
#[derive(Debug, Default)]
pub struct DigestPlugin;

#[wasmoat::plugin]
impl Plugin for DigestPlugin {
    fn on_activate(&self) -> Result<()> {
        bot::ensure()?;
        command::register()
    }

    fn execute_command(&self, _ctx: PluginContext, args: CommandArgs) -> Result<ExecuteCommandOutcome> {
        command::execute(&args)
    }

    fn run_job(&self, _ctx: PluginContext, job: Job) -> Result<()> {
        task::run(&job)
    }
}

#[cfg(test)]
mod tests;
