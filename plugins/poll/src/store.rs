//! Polls in the key-value store, and their posts.

use wasmoat::{
    Error, Result, bots, kv, log, permissions, posts,
    types::{Bot, Post},
};

use crate::{
    poll::{Poll, Refusal},
    view,
};

/// Key of the bot's id.
const BOT: &str = "bot-id";

/// How often a result is drawn anew because votes came meanwhile.
const DRAWS: u32 = 3;

fn key(id: &str) -> String {
    format!("poll:{id}")
}

/// The bot's id; makes the bot where there is none.
pub fn ensure_bot() -> Result<String> {
    let id = bots::ensure_bot_user(&Bot {
        username: "pollbot".into(),
        display_name: "Polls".into(),
        description: "Posts polls and counts votes.".into(),
        ..Bot::default()
    })?;
    kv::set_json(BOT, &id)?;
    Ok(id)
}

/// Refuses who has not this permission in the channel.
pub fn check(user_id: &str, channel_id: &str, permission: &str) -> Result<()> {
    if permissions::has_permission_to_channel(user_id, channel_id, permission) {
        Ok(())
    } else {
        Err(Refusal::NotInChannel.into())
    }
}

/// Stores a new poll and posts it, in the thread of `root_id` where that is given.
pub fn publish(mut poll: Poll, root_id: &str) -> Result<Poll> {
    let bot_id = match kv::get_json(BOT)? {
        Some(id) => id,
        None => ensure_bot()?,
    };
    // Stored first: a vote may come as soon as the post is there.
    kv::set_json(&key(&poll.id), &poll)?;
    let post = posts::create_post(&Post {
        user_id: bot_id,
        channel_id: poll.channel_id.clone(),
        root_id: root_id.to_owned(),
        props: view::props("", &poll)?,
        ..Post::default()
    });
    let post = match post {
        Ok(post) => post,
        Err(error) => {
            if let Err(error) = kv::kv_delete(&key(&poll.id)) {
                log::warn!("a poll without a post was left behind", poll = poll.id, error = error);
            }
            return Err(error);
        }
    };
    poll = change(&poll.id, |poll| {
        poll.post_id.clone_from(&post.id);
        Ok(())
    })?
    .0;
    if poll.revision > 0 {
        show(&poll);
    }
    Ok(poll)
}

/// A poll, for a user who may read its channel. Others learn nothing, not even that there is one.
pub fn read(id: &str, user_id: &str) -> Result<Poll> {
    let poll: Poll = kv::get_json(&key(id))?.ok_or(Refusal::NotFound)?;
    check(user_id, &poll.channel_id, "read_channel").map_err(|_outsider| Refusal::NotFound)?;
    Ok(poll)
}

/// Changes a poll so that no vote is lost, and answers with what `change` did.
pub fn change<R>(id: &str, mut change: impl FnMut(&mut Poll) -> Result<R, Refusal>) -> Result<(Poll, R)> {
    let mut done = None;
    let poll = kv::update_json(&key(id), |poll: Option<Poll>| {
        let mut poll = poll.ok_or(Refusal::NotFound)?;
        done = Some(change(&mut poll)?);
        Ok(poll)
    })?;
    let done = done.ok_or_else(|| Error::from("a change that did not happen"))?;
    Ok((poll, done))
}

/// Brings the post up to date. Of two votes at once the earlier one may arrive here last: so it
/// looks again whether it drew the newest result. A post that cannot be changed does not undo a vote.
pub fn show(poll: &Poll) {
    if let Err(error) = draw(poll.clone()) {
        log::warn!("a poll's post was not brought up to date", poll = poll.id, error = error);
    }
}

fn draw(mut poll: Poll) -> Result<()> {
    for _ in 0..DRAWS {
        let mut post = posts::get_post(&poll.post_id)?;
        post.props = view::props(&post.props, &poll)?;
        posts::update_post(&post)?;
        match kv::get_json::<Poll>(&key(&poll.id))? {
            Some(newer) if newer.revision != poll.revision => poll = newer,
            _ => break,
        }
    }
    Ok(())
}
