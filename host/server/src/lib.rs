//! REST v4, websocket, plugin routes and metrics over the core.
//!
//! A request's way: [`middleware`] (request id, limits, headers) → a route of the file that is
//! named like its subject → [`auth`] and [`extract`] (session, JSON, paging) → the core. An error
//! on the way is an [`Error`]; the middleware writes its body.

mod agents;
mod audits;
mod auth;
mod bots;
mod bridge;
mod channel_members;
mod channels;
mod cluster;
mod commands;
mod config;
mod connections;
mod data_retention;
mod dialogs;
mod drafts;
mod emoji;
mod error;
mod extract;
mod files;
#[cfg(fuzzing)]
pub mod fuzzing;
mod groups;
mod license;
mod listen;
mod metrics;
mod middleware;
mod notifications;
mod oauth;
mod onboarding;
mod picture;
mod plugin_files;
mod plugin_jobs;
mod plugin_routes;
mod plugins;
mod post_actions;
mod posts;
mod preferences;
mod properties;
mod ranges;
mod reactions;
mod roles;
mod saml;
mod scheduled_posts;
mod sessions;
mod shared_channels;
mod sidebar;
mod status;
mod system;
mod team_members;
mod teams;
mod threads;
mod tokens;
mod uploads;
mod users;
mod websocket;

use std::{ops::Deref, sync::Arc};

use axum::{Router, extract::DefaultBodyLimit};
use metrics_exporter_prometheus::PrometheusHandle;
use tower_http::compression::CompressionLayer;
use wasmoat_core::Core;

pub use self::{
    auth::{Auth, MaybeAuth, RequestContext},
    error::{Answer, Error},
    extract::{Body, Created, Paging, Params, ok},
    listen::{Options, Running, ServeError, serve, start},
};

/// What every handler can reach. Clones share everything.
#[derive(Clone, Debug)]
pub struct Server(Arc<ServerInner>);

/// What the handlers share.
pub struct ServerInner {
    /// The services.
    pub core: Core,
    /// What has been counted and measured.
    pub(crate) metrics: PrometheusHandle,
}

impl std::fmt::Debug for ServerInner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ServerInner").field("core", &self.core).finish_non_exhaustive()
    }
}

impl Deref for Server {
    type Target = ServerInner;

    fn deref(&self) -> &ServerInner {
        &self.0
    }
}

impl Server {
    /// A server over a core.
    #[must_use]
    pub fn new(core: Core) -> Self {
        Self(Arc::new(ServerInner { core, metrics: metrics::recorder() }))
    }

    /// Everything that it answers.
    pub fn router(self) -> Router {
        let api = Router::new()
            .merge(agents::routes())
            .merge(config::routes())
            .merge(plugins::routes())
            .merge(plugin_jobs::routes())
            .merge(bridge::routes())
            .merge(audits::routes())
            .merge(cluster::routes())
            .merge(dialogs::routes())
            .merge(license::routes())
            .merge(notifications::routes())
            .merge(onboarding::routes())
            .merge(post_actions::routes())
            .merge(bots::routes())
            .merge(oauth::routes())
            .merge(preferences::routes())
            .merge(properties::routes())
            .merge(roles::routes())
            .merge(sessions::routes())
            .merge(status::routes())
            .merge(team_members::routes())
            .merge(teams::routes())
            .merge(tokens::routes())
            .merge(uploads::routes())
            .merge(users::routes())
            .merge(system::routes())
            .merge(channel_members::routes())
            .merge(channels::routes())
            .merge(commands::routes())
            .merge(data_retention::routes())
            .merge(drafts::routes())
            .merge(emoji::routes())
            .merge(files::routes())
            .merge(groups::routes())
            .merge(posts::routes())
            .merge(reactions::routes())
            .merge(shared_channels::routes())
            .merge(scheduled_posts::routes())
            .merge(sidebar::routes())
            .merge(threads::routes())
            .merge(websocket::routes());
        let all = Router::new()
            .nest("/api/v4", api)
            .merge(metrics::routes())
            .merge(files::public_routes())
            .merge(plugin_files::routes())
            .merge(plugin_routes::routes())
            .merge(saml::pages())
            .merge(system::pages())
            .fallback(middleware::not_found)
            .method_not_allowed_fallback(middleware::not_found)
            // What a handler reads without a limit of its own. Uploads set their own.
            .layer(DefaultBodyLimit::max(extract::DEFAULT_BODY_BYTES))
            .layer(axum::middleware::from_fn_with_state(self.clone(), middleware::request));
        let compress = self.core.config.text("ServiceSettings.WebserverMode") == "gzip";
        let all = if compress { all.layer(CompressionLayer::new()) } else { all };
        all.with_state(self)
    }
}
