//! Threads: a root post and its replies, and who follows them.

mod list;
mod store;
#[cfg(test)]
mod tests;
mod updates;

use serde::Serialize;
use wasmoat_model::{Post, User};

pub use self::list::ThreadOptions;

/// What is kept of a thread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thread {
    /// The root.
    pub post_id: String,
    /// Its channel.
    pub channel_id: String,
    /// Its team; empty for direct and group messages.
    pub team_id: String,
    /// Live replies.
    pub reply_count: i64,
    /// Time of the last one.
    pub last_reply_at: i64,
    /// When the root was deleted; 0 when live.
    pub delete_at: i64,
    /// Ids of those who replied, the last at the end.
    pub participants: Vec<String>,
}

/// What is kept of somebody who follows a thread, or did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThreadMembership {
    /// The root.
    pub post_id: String,
    /// The user.
    pub user_id: String,
    /// Follows now.
    pub following: bool,
    /// When the user last looked.
    pub last_viewed: i64,
    /// When the membership last changed.
    pub last_updated: i64,
    /// Unread mentions.
    pub unread_mentions: i64,
}

/// Mattermost's `ThreadResponse`: a thread as one of its followers sees it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct UserThread {
    /// The root's id.
    pub id: String,
    /// Live replies.
    pub reply_count: i64,
    /// Time of the last one.
    pub last_reply_at: i64,
    /// When the follower last looked.
    pub last_viewed_at: i64,
    /// Those who replied: ids, or profiles where asked for.
    pub participants: Vec<User>,
    /// The root.
    pub post: Post,
    /// Replies since the last look.
    pub unread_replies: i64,
    /// Mentions since then.
    pub unread_mentions: i64,
    /// The root has a priority.
    pub is_urgent: bool,
    /// When the root was deleted; 0 when live.
    pub delete_at: i64,
}

/// Mattermost's `Threads`: a page of followed threads, and counters over all of them.
#[derive(Clone, Debug, Default, Serialize)]
pub struct UserThreads {
    /// Followed threads.
    pub total: i64,
    /// Those with unread replies.
    pub total_unread_threads: i64,
    /// Unread mentions in them.
    pub total_unread_mentions: i64,
    /// Urgent ones of those.
    pub total_unread_urgent_mentions: i64,
    /// The page.
    pub threads: Vec<UserThread>,
}
