//! Installed plugins, put together from what Mattermost's API tells in two places.

use serde::{Deserialize, Serialize};
use wasmoat_model::{Manifest, PluginState, PluginStatus};

use super::Client;
use crate::failure::Failure;

/// An installed plugin.
#[derive(Debug, Serialize)]
pub struct Installed {
    /// Id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Version.
    pub version: String,
    /// Whether its hooks are called.
    pub active: bool,
    /// The state in words.
    pub state: &'static str,
    /// Why it does not run; empty when there is nothing to say.
    pub error: String,
    /// What it says about itself.
    #[serde(skip)]
    pub manifest: Manifest,
}

#[derive(Deserialize)]
struct List {
    active: Vec<Manifest>,
    inactive: Vec<Manifest>,
}

impl Client {
    /// Every installed plugin, in order of id.
    pub async fn installed(&self) -> Result<Vec<Installed>, Failure> {
        let List { active, inactive } = self.get("plugins", &[]).await?;
        let statuses: Vec<PluginStatus> = self.get("plugins/statuses", &[]).await?;
        let active = active.into_iter().map(|manifest| (manifest, true));
        let mut plugins: Vec<_> = active
            .chain(inactive.into_iter().map(|manifest| (manifest, false)))
            .map(|(manifest, active)| put_together(manifest, active, &statuses))
            .collect();
        plugins.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(plugins)
    }

    /// One installed plugin.
    pub async fn installed_plugin(&self, id: &str) -> Result<Installed, Failure> {
        let found = self.installed().await?.into_iter().find(|plugin| plugin.id == id);
        found.ok_or_else(|| {
            Failure::new(format!("plugin `{id}` is not installed"))
                .hint("`wasmoat plugin list` shows what is installed")
        })
    }
}

fn put_together(manifest: Manifest, active: bool, statuses: &[PluginStatus]) -> Installed {
    // A cluster has a status per node; the one worth showing is the one that is in trouble.
    let status = statuses.iter().filter(|status| status.plugin_id == manifest.id).max_by_key(|status| {
        (
            matches!(status.state, PluginState::FailedToStart | PluginState::FailedToStayRunning),
            !status.error.is_empty(),
        )
    });
    let state =
        status.map_or(if active { PluginState::Running } else { PluginState::NotRunning }, |status| status.state);
    Installed {
        id: manifest.id.clone(),
        name: manifest.name.clone(),
        version: manifest.version.clone(),
        active,
        state: state_name(state),
        error: status.map(|status| status.error.clone()).unwrap_or_default(),
        manifest,
    }
}

/// A state in words.
fn state_name(state: PluginState) -> &'static str {
    match state {
        PluginState::NotRunning => "not running",
        PluginState::Starting => "starting",
        PluginState::Running => "running",
        PluginState::FailedToStart => "failed to start",
        PluginState::FailedToStayRunning => "failed to stay running",
        PluginState::Stopping => "stopping",
    }
}
