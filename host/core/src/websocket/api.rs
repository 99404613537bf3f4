//! Events for plugins.

use serde_json::{Map, Value};
use wasmoat_model::{AppError, WebsocketBroadcast};
use wasmoat_runtime::bindings::websocket;

use super::Event;
use crate::api::Api;

impl websocket::Host for Api<'_> {
    async fn publish_web_socket_event(&mut self, event: String, payload: String, broadcast: WebsocketBroadcast) {
        let plugin_id = self.plugin_id();
        let data: Map<String, Value> = if payload.is_empty() {
            Map::new()
        } else {
            match serde_json::from_str(&payload) {
                Ok(data) => data,
                Err(error) => {
                    // The call has no result: the plugin's log is where its author looks.
                    tracing::warn!(plugin = plugin_id, event, %error, "websocket event not sent: its payload is no JSON object");
                    return;
                }
            }
        };
        let event = Event::new(format!("custom_{plugin_id}_{event}")).with_data(data).to(broadcast);
        self.core.publish(event);
    }

    async fn publish_user_typing(
        &mut self,
        user_id: String,
        channel_id: String,
        parent_id: String,
    ) -> Result<(), AppError> {
        self.core.publish_user_typing(&user_id, &channel_id, &parent_id)
    }
}
