//! The account that posts.

use wasmoat::{
    Result, bots, kv, posts,
    types::{Bot, Post},
};

/// Key of its id.
const ID: &str = "bot-id";

/// Its id; makes it where there is none.
pub fn ensure() -> Result<String> {
    let id = bots::ensure_bot_user(&Bot {
        username: "digestbot".into(),
        display_name: "Digest".into(),
        description: "Posts digests of channels.".into(),
        ..Bot::default()
    })?;
    kv::set_json(ID, &id)?;
    Ok(id)
}

/// Its id.
pub fn id() -> Result<String> {
    kv::get_json(ID)?.map_or_else(ensure, Ok)
}

/// Tells somebody something that nobody else sees.
pub fn whisper(user_id: &str, channel_id: &str, text: impl Into<String>) -> Result<()> {
    let post = Post { user_id: id()?, channel_id: channel_id.to_owned(), message: text.into(), ..Post::default() };
    posts::send_ephemeral_post(user_id, &post);
    Ok(())
}
