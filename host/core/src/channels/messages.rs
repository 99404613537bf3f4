//! What the server itself says in a channel: who came and went, and what was changed.
//!
//! These lines are posts of a `system_…` type. They come after the fact; a line that cannot be
//! posted is logged and undoes nothing.

use serde_json::{Map, Value, json};
use wasmoat_model::{Channel, ChannelType, DEFAULT_CHANNEL_NAME, Post, User};
use wasmoat_runtime::CallContext;

use crate::Core;

impl Core {
    /// Posts a line of the server in a channel, as `user_id`.
    pub(crate) async fn post_system_message(
        &self,
        cx: &CallContext,
        channel_id: &str,
        user_id: &str,
        r#type: &str,
        message: String,
        props: Value,
    ) {
        let mut post = Post {
            channel_id: channel_id.into(),
            user_id: user_id.into(),
            r#type: r#type.into(),
            message,
            ..Post::default()
        };
        let props: Map<String, Value> = if let Value::Object(props) = props { props } else { Map::new() };
        post.set_props(&props);
        if let Err(error) = self.create_post(cx, post).await {
            tracing::warn!(%error, channel = channel_id, r#type, "system message not posted");
        }
    }

    pub(crate) async fn post_join_channel(&self, cx: &CallContext, user: &User, channel: &Channel) {
        let guest = user.has_role("system_guest");
        let (kind, text) = if guest {
            ("system_guest_join_channel", format!("@{} joined the channel as a guest.", user.username))
        } else {
            ("system_join_channel", format!("@{} joined the channel.", user.username))
        };
        self.post_system_message(cx, &channel.id, &user.id, kind, text, json!({"username": user.username})).await;
    }

    pub(crate) async fn post_added_to_channel(
        &self,
        cx: &CallContext,
        actor: &User,
        added: &User,
        channel: &Channel,
        root_id: &str,
    ) {
        let guest = added.has_role("system_guest");
        let (kind, tail) =
            if guest { ("system_add_guest_to_chan", " as a guest") } else { ("system_add_to_channel", "") };
        let message = format!("@{} added to the channel{tail} by @{}.", added.username, actor.username);
        let mut post = Post {
            channel_id: channel.id.clone(),
            user_id: actor.id.clone(),
            root_id: root_id.to_owned(),
            r#type: kind.into(),
            message,
            ..Post::default()
        };
        post.set_prop("userId", actor.id.as_str());
        post.set_prop("username", actor.username.as_str());
        post.set_prop("addedUserId", added.id.as_str());
        post.set_prop("addedUsername", added.username.as_str());
        if let Err(error) = self.create_post(cx, post).await {
            tracing::warn!(%error, channel = channel.id, "system message not posted");
        }
    }

    pub(crate) async fn post_left_channel(&self, cx: &CallContext, user: &User, channel: &Channel) {
        let text = format!("@{} has left the channel.", user.username);
        let props = json!({"username": user.username});
        self.post_system_message(cx, &channel.id, &user.id, "system_leave_channel", text, props).await;
    }

    pub(crate) async fn post_removed_from_channel(
        &self,
        cx: &CallContext,
        remover_id: &str,
        removed: &User,
        channel: &Channel,
    ) {
        let text = format!("@{} was removed from the channel.", removed.username);
        let props = json!({"removedUserId": removed.id, "removedUsername": removed.username});
        self.post_system_message(cx, &channel.id, remover_id, "system_remove_from_channel", text, props).await;
    }

    /// In town-square: somebody joined the team, or was added to it.
    pub(crate) async fn post_joined_team(
        &self,
        cx: &CallContext,
        user: &User,
        channel: &Channel,
        requestor: Option<&User>,
    ) {
        if channel.name != DEFAULT_CHANNEL_NAME {
            return match requestor {
                Some(actor) if actor.id != user.id => self.post_added_to_channel(cx, actor, user, channel, "").await,
                _ => self.post_join_channel(cx, user, channel).await,
            };
        }
        match requestor {
            Some(actor) if actor.id != user.id => {
                let text = format!("@{} added to the team by @{}.", user.username, actor.username);
                let props = json!({
                    "userId": actor.id, "username": actor.username, "addedUserId": user.id, "addedUsername": user.username,
                });
                self.post_system_message(cx, &channel.id, &actor.id, "system_add_to_team", text, props).await;
            }
            _ => {
                let text = format!("@{} joined the team.", user.username);
                let props = json!({"username": user.username});
                self.post_system_message(cx, &channel.id, &user.id, "system_join_team", text, props).await;
            }
        }
    }

    /// In town-square: somebody left the team, or was removed from it.
    pub(crate) async fn post_left_team(
        &self,
        cx: &CallContext,
        user: &User,
        channel: &Channel,
        requestor: Option<&User>,
    ) {
        let (kind, text) = match requestor {
            Some(actor) if actor.id != user.id => {
                ("system_remove_from_team", format!("@{} was removed from the team.", user.username))
            }
            _ => ("system_leave_team", format!("@{} left the team.", user.username)),
        };
        let props = json!({"username": user.username});
        self.post_system_message(cx, &channel.id, &user.id, kind, text, props).await;
    }

    pub(super) async fn post_channel_archived(&self, cx: &CallContext, user_id: &str, channel: &Channel) {
        let (author, text) = match self.get_user(user_id).await {
            Ok(user) => (user.id, format!("@{} archived the channel.", user.username)),
            Err(_) => (self.system_author(channel).await, "The channel was archived.".to_owned()),
        };
        self.post_system_message(cx, &channel.id, &author, "system_channel_deleted", text, Value::Null).await;
    }

    pub(super) async fn post_channel_restored(&self, cx: &CallContext, user_id: &str, channel: &Channel) {
        let (author, text) = match self.get_user(user_id).await {
            Ok(user) => (user.id, format!("@{} unarchived the channel.", user.username)),
            Err(_) => (self.system_author(channel).await, "The channel was unarchived.".to_owned()),
        };
        self.post_system_message(cx, &channel.id, &author, "system_channel_restored", text, Value::Null).await;
    }

    /// Who a line of nobody in particular is by: the server's bot, or whoever made the channel.
    async fn system_author(&self, channel: &Channel) -> String {
        self.get_system_bot().await.unwrap_or_else(|_| channel.creator_id.clone())
    }

    pub(super) async fn post_privacy_changed(&self, cx: &CallContext, user_id: &str, channel: &Channel) {
        let text = if channel.r#type == ChannelType::Open {
            "This channel has been converted to a Public Channel and can be joined by any team member."
        } else {
            "This channel has been converted to a Private Channel."
        };
        let username = self.get_user(user_id).await.map(|user| user.username).unwrap_or_default();
        let author = if user_id.is_empty() { self.system_author(channel).await } else { user_id.to_owned() };
        let props = json!({"username": username});
        self.post_system_message(cx, &channel.id, &author, "system_change_chan_privacy", text.to_owned(), props).await;
    }

    /// Says what an edit changed: name, header, purpose.
    pub(crate) async fn post_channel_changes(&self, cx: &CallContext, user_id: &str, old: &Channel, new: &Channel) {
        let Ok(user) = self.get_user(user_id).await else { return };
        if old.display_name != new.display_name {
            let text = format!(
                "@{} updated the channel display name from: {} to: {}",
                user.username, old.display_name, new.display_name
            );
            let props = json!({
                "username": user.username, "old_displayname": old.display_name, "new_displayname": new.display_name,
            });
            self.post_system_message(cx, &new.id, user_id, "system_displayname_change", text, props).await;
        }
        if old.header != new.header {
            let text = change(&user.username, "channel header", &old.header, &new.header);
            let props = json!({"username": user.username, "old_header": old.header, "new_header": new.header});
            self.post_system_message(cx, &new.id, user_id, "system_header_change", text, props).await;
        }
        if old.purpose != new.purpose {
            let text = change(&user.username, "channel purpose", &old.purpose, &new.purpose);
            let props = json!({"username": user.username, "old_purpose": old.purpose, "new_purpose": new.purpose});
            self.post_system_message(cx, &new.id, user_id, "system_purpose_change", text, props).await;
        }
    }
}

fn change(username: &str, what: &str, old: &str, new: &str) -> String {
    if old.is_empty() {
        format!("@{username} updated the {what} to: {new}")
    } else if new.is_empty() {
        format!("@{username} removed the {what} (was: {old})")
    } else {
        format!("@{username} updated the {what} from: {old} to: {new}")
    }
}
