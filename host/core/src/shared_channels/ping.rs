//! Whether remotes are there.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use wasmoat_model::{RemoteCluster, now_ms};
use wasmoat_runtime::{CallContext, OnSharedChannelsPing};

use super::store;
use crate::Core;

/// How often each remote is asked.
const EVERY: Duration = Duration::from_secs(60);

impl Core {
    /// Asks the plugins of remotes that were not asked within the minute.
    pub(super) async fn ping_remotes(&self) {
        let remotes = match self.store.read().await {
            Ok(mut connection) => store::plugin_remotes(&mut connection).await,
            Err(error) => Err(error),
        };
        match remotes {
            Ok(remotes) => {
                // A remote whose plugin does not run is not asked, and at once when it runs.
                let due = remotes
                    .into_iter()
                    .filter(|remote| self.runtime.is_active(&remote.plugin_id))
                    .filter(|remote| self.sharing.take_ping(&remote.remote_id, EVERY));
                join_all(due.map(|remote| self.ping_remote(remote))).await;
            }
            Err(error) => tracing::warn!(%error, "remotes could not be read"),
        }
    }

    async fn ping_remote(&self, remote: RemoteCluster) {
        let now = now_ms();
        let was_online = remote.is_online(now);
        let (id, plugin_id) = (remote.remote_id.clone(), remote.plugin_id.clone());
        let shown = Arc::new(remote.sanitized());
        let answer = self.runtime.provide::<OnSharedChannelsPing>(&CallContext::core(), &plugin_id, |_| (shown,)).await;
        match answer {
            Ok((true,)) => {
                let stored = match self.store.read().await {
                    Ok(mut connection) => store::pinged(&mut connection, &id, now).await,
                    Err(error) => Err(error),
                };
                if let Err(error) = stored {
                    tracing::warn!(remote_id = id, %error, "a ping could not be noted");
                }
                if !was_online {
                    // What happened meanwhile waits for it.
                    self.sharing.look_everywhere();
                }
            }
            Ok((false,)) => tracing::warn!(remote_id = id, plugin_id, "a remote is not well"),
            Err(error) => tracing::warn!(remote_id = id, %error, "a remote does not answer"),
        }
    }
}
