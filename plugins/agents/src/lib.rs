//! Large language models for other plugins and for the server: agents, which are bot accounts, and the
//! services behind them. Mattermost's plugin `mattermost-ai`, its first slice.
//!
//! `config` is what the administrator has set up, `roster` the agents' accounts, `provider` speaks the
//! protocols, `completion` asks a model in somebody's name. `endpoints` (the bridge) and `inter_plugin`
//! (Mattermost's HTTP between plugins) are the two ways in.

mod chat;
mod completion;
mod config;
mod endpoints;
mod failure;
mod inter_plugin;
mod provider;
mod roster;
mod summary;
mod usage;

#[cfg(test)]
mod script;

use std::cell::OnceCell;

use wasmoat::{http::Router, prelude::*};

use crate::{config::Config, inter_plugin::Api};

/// The plugin. A change of its configuration retires its instances, so that each reads it once.
#[derive(Debug, Default)]
pub struct Agents {
    config: OnceCell<Config>,
}

#[wasmoat::plugin]
impl Plugin for Agents {
    fn on_activate(&self) -> Result<()> {
        let config = self.config()?;
        for service in &config.services {
            if let Err(error) = service.check() {
                log::warn!("a service cannot be used", service = service.name, error = error);
            }
        }
        roster::sync(config, roster::When::Always)
    }

    fn on_configuration_change(&self) -> Result<()> {
        roster::sync(self.config()?, roster::When::Changed)
    }

    fn execute_bridge_call(
        &self,
        ctx: PluginContext,
        method: String,
        request: Vec<u8>,
        response_schema: Option<String>,
    ) -> Result<Vec<u8>> {
        endpoints::call(self.config()?, &ctx, &method, &request, response_schema.as_deref())
    }

    fn serve_http(&self, ctx: PluginContext, request: HttpRequest) -> HttpResponse {
        match self.config() {
            Ok(config) => Api { config }.router().serve_with(&ctx, &request),
            Err(error) => http::Response::error(&error).into(),
        }
    }

    fn serve_metrics(&self, ctx: PluginContext, request: HttpRequest) -> HttpResponse {
        Router::new().get("/", |_| usage::exposition()).serve_with(&ctx, &request)
    }
}

impl Agents {
    fn config(&self) -> Result<&Config> {
        if let Some(config) = self.config.get() {
            return Ok(config);
        }
        let config = Config::load()?;
        Ok(self.config.get_or_init(|| config))
    }
}

#[cfg(test)]
mod tests;
