//! Channels that are shared with remotes: plugins that carry a channel's content somewhere else.
//!
//! What changes in a shared channel is collected for each remote from a cursor in the store
//! ([`collect`]) and handed to the remote's plugin ([`send`]); the cursor moves when the plugin says
//! so, and stays after an error. Events tell when to look ([`notice`]); a round every minute makes
//! up for what was missed. What a plugin brings is applied as acts of the remote's own users
//! ([`receive`]), marked with the remote's id, so that it is never sent back.

mod api;
mod collect;
mod deliver;
mod files;
mod invitations;
mod notice;
mod ping;
mod posts;
mod receive;
mod remotes;
mod send;
mod sharing;
mod store;
mod sync_store;
#[cfg(test)]
mod tests;
mod users;

pub(crate) use self::notice::Sharing;

use wasmoat_model::{AppError, RemoteCluster};

use crate::{Core, server::Feature};

/// An error of this service, under Mattermost's own prefix.
fn error(name: &str, status: u16, message: impl Into<String>) -> AppError {
    AppError::new("SharedChannels", &format!("app.shared_channels.{name}.app_error"), status, message)
}

fn not_shared(channel_id: &str) -> AppError {
    error("get", 404, "The channel is not shared.").detail(format_args!("channel_id={channel_id}"))
}

impl Core {
    /// Whether channels can be shared: the feature and both settings are on.
    #[must_use]
    pub fn shared_channels_enabled(&self) -> bool {
        let config = self.config.get();
        self.has_feature(Feature::SharedChannels)
            && config.flag("ConnectedWorkspacesSettings.EnableSharedChannels")
            && config.flag("ConnectedWorkspacesSettings.EnableRemoteClusterService")
    }

    /// Refuses what the service does while it is off.
    ///
    /// # Errors
    ///
    /// 400 `api.command_share.service_disabled`; the message names what is off.
    pub fn require_shared_channels(&self) -> Result<(), AppError> {
        let id = "api.command_share.service_disabled";
        self.check_feature(Feature::SharedChannels, "GetSharedChannelsService", id, 400)?;
        if self.shared_channels_enabled() {
            return Ok(());
        }
        let message = "Shared channels are off; an operator turns on `EnableSharedChannels` and \
                       `EnableRemoteClusterService` in `ConnectedWorkspacesSettings`.";
        Err(AppError::new("GetSharedChannelsService", id, 400, message))
    }

    /// A live remote of this plugin.
    async fn own_remote(&self, plugin_id: &str, remote_id: &str) -> Result<RemoteCluster, AppError> {
        let remote = store::remote(&mut *self.store.read().await?, remote_id).await?;
        remote
            .filter(|remote| remote.plugin_id == plugin_id && remote.delete_at == 0)
            .ok_or_else(|| remotes::missing_remote(remote_id))
    }
}
