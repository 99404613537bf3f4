//! `/api/v4/reactions`.

use axum::{
    Json, Router,
    extract::Path,
    routing::{delete, post},
};
use serde_json::Value;
use wasmoat_model::{Reaction, is_valid_emoji_name};

use crate::{
    Answer, Auth, Body, Error, Server, ok,
    users::{user_id, valid_body_id, valid_id},
};

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/reactions", post(save_reaction))
        .route("/users/{user_id}/posts/{post_id}/reactions/{emoji_name}", delete(delete_reaction))
}

async fn save_reaction(Auth(rc): Auth, Body(reaction): Body<Reaction>) -> Answer<Reaction> {
    valid_body_id(&reaction.user_id, "reaction")?;
    valid_body_id(&reaction.post_id, "reaction")?;
    if !is_valid_emoji_name(&reaction.emoji_name) {
        return Err(Error::invalid_body("reaction"));
    }
    if reaction.user_id != rc.user_id() {
        let id = "api.reaction.save_reaction.user_id.app_error";
        return Err(Error::new(id, 403, "Nobody reacts for somebody else."));
    }
    let post = rc.core.get_post(&reaction.post_id).await?;
    rc.require_channel(&post.channel_id, "add_reaction").await?;
    let reaction = Reaction { create_at: 0, remote_id: None, ..reaction };
    Ok(Json(rc.core.save_reaction_for_post(&rc.cx, reaction).await?))
}

async fn delete_reaction(
    Auth(rc): Auth,
    Path((id, post_id, emoji_name)): Path<(String, String, String)>,
) -> Answer<Value> {
    let (id, post_id) = (user_id(&rc, &id)?, valid_id(&post_id, "post_id")?);
    let post = rc.core.get_post(post_id).await?;
    rc.require_channel(&post.channel_id, "remove_reaction").await?;
    if id != rc.user_id() {
        rc.require("remove_others_reactions").await?;
    }
    let reaction = Reaction { user_id: id.to_owned(), post_id: post.id, emoji_name, ..Reaction::default() };
    rc.core.delete_reaction_for_post(&rc.cx, &reaction).await?;
    Ok(ok())
}
