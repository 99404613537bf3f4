//! What was said in a channel, within bounds.

use std::collections::{BTreeMap, BTreeSet};

use wasmoat::{Result, channels, posts, types::Post, users};

use crate::bot;

/// Most messages of a digest; of more, the newest count.
const MAX_POSTS: usize = 500;

/// Most characters of all messages, and of one: what a small model can still read.
const MAX_CHARACTERS: usize = 100_000;
const MAX_MESSAGE: usize = 2_000;

/// Messages and users on a page.
const PAGE: i32 = 100;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Id of the post.
    pub id: String,
    /// When, in milliseconds.
    pub at: i64,
    /// Who.
    pub username: String,
    /// What.
    pub message: String,
}

/// The messages of a channel, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversation {
    /// The channel's name, for people.
    pub channel: String,
    /// The messages.
    pub said: Vec<Said>,
    /// There are older ones that did not find room.
    pub is_cut: bool,
}

impl Conversation {
    /// Reads what people have said in a channel since a time.
    pub fn read(channel_id: &str, since: i64) -> Result<Self> {
        let channel = channels::get_channel(channel_id)?;
        let bot_id = bot::id()?;
        let mut newest: Vec<Post> = Vec::new();
        let mut characters = 0;
        let mut is_cut = false;
        'pages: for page in 0.. {
            let list = posts::get_posts_for_channel(channel_id, page, PAGE)?;
            let posts: BTreeMap<&str, &Post> = list.posts.iter().map(|post| (post.id.as_str(), post)).collect();
            for post in list.order.iter().filter_map(|id| posts.get(id.as_str())) {
                if post.create_at < since {
                    break 'pages;
                }
                if !is_said(post, &bot_id) {
                    continue;
                }
                let length = post.message.chars().count().min(MAX_MESSAGE);
                if newest.len() == MAX_POSTS || characters + length > MAX_CHARACTERS {
                    is_cut = true;
                    break 'pages;
                }
                characters += length;
                newest.push((*post).clone());
            }
            if list.order.len() < usize::try_from(PAGE).unwrap_or_default() {
                break;
            }
        }
        let names = names(&newest)?;
        let said = newest.into_iter().rev().map(|post| Said {
            username: names.get(&post.user_id).cloned().unwrap_or_else(|| "somebody".to_owned()),
            message: post.message.chars().take(MAX_MESSAGE).collect(),
            id: post.id,
            at: post.create_at,
        });
        Ok(Self { channel: channel.display_name, said: said.collect(), is_cut })
    }

    /// Whether nobody has said anything.
    pub fn is_empty(&self) -> bool {
        self.said.is_empty()
    }

    /// How many have said something.
    pub fn people(&self) -> usize {
        self.said.iter().map(|said| said.username.as_str()).collect::<BTreeSet<_>>().len()
    }

    /// Whether a post is among the messages. A model may name one that is not.
    pub fn has(&self, post_id: &str) -> bool {
        self.said.iter().any(|said| said.id == post_id)
    }
}

/// Not the server's own lines, nor digests of before.
fn is_said(post: &Post, bot_id: &str) -> bool {
    post.delete_at == 0
        && !post.type_.starts_with("system_")
        && post.user_id != bot_id
        && !post.message.trim().is_empty()
}

fn names(posts: &[Post]) -> Result<BTreeMap<String, String>> {
    let ids: BTreeSet<&String> = posts.iter().map(|post| &post.user_id).collect();
    let ids: Vec<String> = ids.into_iter().cloned().collect();
    let mut names = BTreeMap::new();
    for ids in ids.chunks(usize::try_from(PAGE).unwrap_or(1)) {
        names.extend(users::get_users_by_ids(ids)?.into_iter().map(|user| (user.id, user.username)));
    }
    Ok(names)
}
