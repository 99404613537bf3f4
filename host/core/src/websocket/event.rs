//! What a client is told.

use serde_json::{Map, Value};
use wasmoat_model::WebsocketBroadcast;

/// An event, and who gets it. Without a receiver it is for everybody.
///
/// ```text
/// core.publish(Event::new("typing").data("user_id", user_id).to_channel(channel_id).omit_user(user_id));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Event {
    pub(super) name: String,
    pub(super) data: Map<String, Value>,
    pub(super) broadcast: WebsocketBroadcast,
    /// Who is named in a post: each of them gets `mentions` with the own id alone.
    pub(super) mentions: Vec<String>,
    /// Who follows its thread: each of them gets `followers` with the own id alone.
    pub(super) followers: Vec<String>,
    /// Author of a post whose receipt clients may be asked to acknowledge, and whether everybody
    /// else in the channel is asked, not just those who are named.
    pub(super) acknowledge: Option<(String, bool)>,
}

impl Event {
    /// An event of this name, for everybody so far.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Adds a field. Where clients expect JSON text inside JSON, see [`Event::json`].
    #[must_use]
    pub fn data(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.data.insert(key.to_owned(), value.into());
        self
    }

    /// Adds a field whose value is JSON as text, which is how most records travel in events.
    #[must_use]
    pub fn json(self, key: &str, value: &impl serde::Serialize) -> Self {
        // Records of the model always have a JSON form.
        self.data(key, serde_json::to_string(value).unwrap_or_default())
    }

    /// All fields at once.
    #[must_use]
    pub fn with_data(mut self, data: Map<String, Value>) -> Self {
        self.data = data;
        self
    }

    /// The receivers, as a plugin names them.
    #[must_use]
    pub fn to(mut self, broadcast: WebsocketBroadcast) -> Self {
        self.broadcast = broadcast;
        self
    }

    /// For every connection.
    #[must_use]
    pub fn to_everyone(mut self) -> Self {
        self.broadcast.user_id.clear();
        self.broadcast.channel_id.clear();
        self.broadcast.team_id.clear();
        self.broadcast.connection_id.clear();
        self
    }

    /// For this user alone.
    #[must_use]
    pub fn to_user(mut self, user_id: &str) -> Self {
        user_id.clone_into(&mut self.broadcast.user_id);
        self
    }

    /// For the members of this channel.
    #[must_use]
    pub fn to_channel(mut self, channel_id: &str) -> Self {
        channel_id.clone_into(&mut self.broadcast.channel_id);
        self
    }

    /// For the members of this team.
    #[must_use]
    pub fn to_team(mut self, team_id: &str) -> Self {
        team_id.clone_into(&mut self.broadcast.team_id);
        self
    }

    /// For this connection alone.
    #[must_use]
    pub fn to_connection(mut self, connection_id: &str) -> Self {
        connection_id.clone_into(&mut self.broadcast.connection_id);
        self
    }

    /// Not for this user; no effect together with [`Event::to_user`].
    #[must_use]
    pub fn omit_user(mut self, user_id: &str) -> Self {
        self.broadcast.omit_users.push(user_id.to_owned());
        self
    }

    /// Not for this connection.
    #[must_use]
    pub fn omit_connection(mut self, connection_id: &str) -> Self {
        connection_id.clone_into(&mut self.broadcast.omit_connection_id);
        self
    }

    /// For system admins only.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.broadcast.contains_sensitive_data = true;
        self
    }

    /// For everybody but system admins.
    #[must_use]
    pub fn sanitized(mut self) -> Self {
        self.broadcast.contains_sanitized_data = true;
        self
    }

    /// Tells each of these users, and nobody else, that the post names them.
    #[must_use]
    pub fn mentions(mut self, user_ids: Vec<String>) -> Self {
        self.mentions = user_ids;
        self
    }

    /// Tells each of these users, and nobody else, that they follow the thread.
    #[must_use]
    pub fn followers(mut self, user_ids: Vec<String>) -> Self {
        self.followers = user_ids;
        self
    }

    /// Asks clients that offered it to acknowledge the receipt of `author`'s post: those who are
    /// named or follow, or all with `everybody`.
    #[must_use]
    pub fn acknowledge(mut self, author: &str, everybody: bool) -> Self {
        self.acknowledge = Some((author.to_owned(), everybody));
        self
    }

    /// Name of the event.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The channel whose members get it; empty for none.
    pub(crate) fn channel_id(&self) -> &str {
        &self.broadcast.channel_id
    }

    /// A field that is text.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.data.get(key).and_then(Value::as_str)
    }

    /// Whether a slow connection does without it.
    pub(super) fn is_expendable(&self) -> bool {
        matches!(self.name.as_str(), "typing" | "status_change" | "multiple_channels_viewed")
    }
}
