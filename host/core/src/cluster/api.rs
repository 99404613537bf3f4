//! The door for plugins.

use wasmoat_model::{AppError, PluginClusterEvent, PluginClusterEventSendOptions};
use wasmoat_runtime::bindings::cluster::Host;

use crate::api::Api;

impl Host for Api<'_> {
    async fn publish_plugin_cluster_event(
        &mut self,
        ev: PluginClusterEvent,
        opts: PluginClusterEventSendOptions,
    ) -> Result<(), AppError> {
        self.core.publish_plugin_cluster_event(self.plugin_id(), &ev, &opts).await
    }
}
