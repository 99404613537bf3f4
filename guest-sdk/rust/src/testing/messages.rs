//! Posts, reactions, commands and websocket events.

use serde_json::{Map, Value};

use super::{Platform, calls};
use crate::{
    Error, Result,
    types::{Command, Post, Reaction},
};

/// A post that only one user sees.
#[derive(Clone, Debug, PartialEq)]
pub struct EphemeralPost {
    /// Who sees it.
    pub user_id: String,
    /// The post.
    pub post: Post,
}

pub(super) fn install(platform: &Platform) {
    posts(platform);
    ephemeral(platform);
    reactions(platform);
    commands(platform);
    platform.answer(calls::websocket::PublishWebSocketEvent, |_, _| ());
    platform.answer(calls::websocket::PublishUserTyping, |_, _| Ok(()));
}

fn posts(platform: &Platform) {
    platform.answer(calls::posts::CreatePost, |platform, (mut post,)| {
        if !post.id.is_empty() {
            return Err(Error::new(400, "api.context.invalid_body_param.app_error", "A new post has no id."));
        }
        post.props = from_plugin(&post.props)?;
        Ok(platform.add_post(post))
    });
    platform.answer(calls::posts::GetPost, |platform, (id,)| {
        platform.post(&id).filter(|post| post.delete_at == 0).ok_or_else(|| not_found("post", &id))
    });
    platform.answer(calls::posts::UpdatePost, |platform, (changed,)| {
        let mut posts = platform.state.posts.borrow_mut();
        let post = posts
            .get_mut(&changed.id)
            .filter(|post| post.delete_at == 0)
            .ok_or_else(|| not_found("post", &changed.id))?;
        if post.message != changed.message {
            post.edit_at = platform.now();
        }
        post.update_at = platform.now();
        post.message = changed.message;
        post.is_pinned = changed.is_pinned;
        post.props = changed.props;
        post.file_ids = changed.file_ids;
        Ok(post.clone())
    });
    platform.answer(calls::posts::DeletePost, |platform, (id,)| {
        let now = platform.now();
        let mut posts = platform.state.posts.borrow_mut();
        if !posts.contains_key(&id) {
            return Err(Error::new(400, "app.post.delete.app_error", format!("No post `{id}`.")));
        }
        for post in posts.values_mut().filter(|post| post.id == id || post.root_id == id) {
            post.delete_at = now;
        }
        Ok(())
    });
}

/// The server marks what a plugin posts.
fn from_plugin(props: &str) -> Result<String> {
    let mut props: Map<String, Value> = if props.is_empty() {
        Map::new()
    } else {
        serde_json::from_str(props).map_err(Error::json("the props of a post"))?
    };
    props.insert("from_plugin".into(), "true".into());
    Ok(Value::Object(props).to_string())
}

fn ephemeral(platform: &Platform) {
    platform.answer(calls::posts::SendEphemeralPost, |platform, (user_id, mut post)| {
        post.id = platform.new_id();
        post.create_at = platform.now();
        post.type_ = "system_ephemeral".into();
        platform.state.ephemeral.borrow_mut().push(EphemeralPost { user_id, post: post.clone() });
        post
    });
    platform.answer(calls::posts::UpdateEphemeralPost, |platform, (user_id, mut post)| {
        post.update_at = platform.now();
        let mut shown = platform.state.ephemeral.borrow_mut();
        for old in shown.iter_mut().filter(|old| old.user_id == user_id && old.post.id == post.id) {
            old.post = post.clone();
        }
        post
    });
    platform.answer(calls::posts::DeleteEphemeralPost, |platform, (user_id, post_id)| {
        let mut shown = platform.state.ephemeral.borrow_mut();
        shown.retain(|shown| shown.user_id != user_id || shown.post.id != post_id);
    });
}

fn reactions(platform: &Platform) {
    let key = |reaction: &Reaction| (reaction.user_id.clone(), reaction.post_id.clone(), reaction.emoji_name.clone());
    platform.answer(calls::reactions::AddReaction, move |platform, (mut reaction,)| {
        let post = platform.post(&reaction.post_id).ok_or_else(|| not_found("post", &reaction.post_id))?;
        reaction.channel_id = post.channel_id;
        if reaction.create_at == 0 {
            reaction.create_at = platform.now();
        }
        let mut reactions = platform.state.reactions.borrow_mut();
        if !reactions.iter().any(|old| key(old) == key(&reaction)) {
            reactions.push(reaction.clone());
        }
        Ok(reaction)
    });
    platform.answer(calls::reactions::RemoveReaction, move |platform, (reaction,)| {
        platform.state.reactions.borrow_mut().retain(|old| key(old) != key(&reaction));
        Ok(())
    });
    platform.answer(calls::reactions::GetReactions, |platform, (post_id,)| {
        let reactions = platform.state.reactions.borrow();
        Ok(reactions.iter().filter(|reaction| reaction.post_id == post_id).cloned().collect())
    });
}

fn commands(platform: &Platform) {
    platform.answer(calls::commands::RegisterCommand, |platform, (mut command,)| {
        if command.trigger.is_empty() {
            return Err(Error::new(400, "plugin.register_command.trigger", "A command needs a trigger."));
        }
        command.trigger = command.trigger.to_lowercase();
        command.plugin_id = platform.state.plugin_id.borrow().clone();
        let mut commands = platform.state.commands.borrow_mut();
        commands.retain(|old| old.trigger != command.trigger || old.team_id != command.team_id);
        commands.push(command);
        Ok(())
    });
    platform.answer(calls::commands::UnregisterCommand, |platform, (team_id, trigger)| {
        let mut commands = platform.state.commands.borrow_mut();
        commands.retain(|old| old.trigger != trigger.to_lowercase() || old.team_id != team_id);
        Ok(())
    });
}

/// The error of a read that finds nothing.
pub(super) fn not_found(what: &str, id: &str) -> Error {
    Error::new(404, format!("app.{what}.get.app_error"), format!("No {what} `{id}`."))
}

impl Platform {
    /// Stores a post as if somebody had posted it. An empty id and the times are filled.
    pub fn add_post(&self, mut post: Post) -> Post {
        if post.id.is_empty() {
            post.id = self.new_id();
        }
        if post.create_at == 0 {
            post.create_at = self.now();
        }
        post.update_at = post.create_at;
        self.state.posts.borrow_mut().insert(post.id.clone(), post.clone());
        post
    }

    /// A stored post, a deleted one too.
    #[must_use]
    pub fn post(&self, id: &str) -> Option<Post> {
        self.state.posts.borrow().get(id).cloned()
    }

    /// Every stored post that is not deleted, oldest first.
    #[must_use]
    pub fn posts(&self) -> Vec<Post> {
        let posts = self.state.posts.borrow();
        let mut posts: Vec<Post> = posts.values().filter(|post| post.delete_at == 0).cloned().collect();
        posts.sort_by_key(|post| post.create_at);
        posts
    }

    /// The ephemeral posts that are shown.
    #[must_use]
    pub fn ephemeral_posts(&self) -> Vec<EphemeralPost> {
        self.state.ephemeral.borrow().clone()
    }

    /// The slash commands that the plugin has registered.
    #[must_use]
    pub fn commands(&self) -> Vec<Command> {
        self.state.commands.borrow().clone()
    }
}
