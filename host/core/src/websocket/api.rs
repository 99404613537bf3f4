//! Events for plugins.

use serde_json::{Map, Value};
use wasmoat_model::{AppError, WebsocketBroadcast};
use wasmoat_runtime::bindings::websocket;

use super::Event;
use crate::api::Api;

impl websocket::Host for Api<'_> {
    async fn publish_web_socket_event(&mut self, event: String, payload: String, broadcast: WebsocketBroadcast) {
        // The call has no result: the plugin's log is where its author looks.
        let size = event.len() + payload.len() + broadcast_size(&broadcast);
        if self.may_publish("PublishWebSocketEvent", size).is_err() {
            return;
        }
        let data: Map<String, Value> = if payload.is_empty() {
            Map::new()
        } else {
            match serde_json::from_str(&payload) {
                Ok(data) => data,
                Err(error) => {
                    self.caller.warn(&format!("event `{event}` not sent: its payload is no JSON object: {error}"));
                    return;
                }
            }
        };
        let event = Event::new(format!("custom_{}_{event}", self.plugin_id())).with_data(data).to(broadcast);
        self.core.publish(event);
    }

    async fn publish_user_typing(
        &mut self,
        user_id: String,
        channel_id: String,
        parent_id: String,
    ) -> Result<(), AppError> {
        self.may_publish("PublishUserTyping", user_id.len() + channel_id.len() + parent_id.len())?;
        self.core.publish_user_typing(&user_id, &channel_id, &parent_id)
    }
}

/// Bytes of the receivers that a plugin names.
fn broadcast_size(broadcast: &WebsocketBroadcast) -> usize {
    broadcast.omit_users.iter().map(String::len).sum::<usize>()
        + broadcast.user_id.len()
        + broadcast.channel_id.len()
        + broadcast.team_id.len()
        + broadcast.connection_id.len()
        + broadcast.omit_connection_id.len()
}
