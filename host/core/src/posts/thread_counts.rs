//! What a reply changes in its thread.

use sqlx::AnyConnection;
use wasmoat_model::{Channel, Post};

use crate::{
    store::{Queries as _, StoreError, args},
    threads::{Thread, ThreadMembership},
};

/// Participants remembered of one thread.
const PARTICIPANTS: usize = 200;

/// Counts a reply. Its author, the author of the root and those it names follow the thread from
/// now on, unless they said that they do not; gives all who follow.
pub(super) async fn reply(
    tx: &mut AnyConnection,
    post: &Post,
    root: &Post,
    channel: &Channel,
    mentions: &[String],
) -> Result<Vec<String>, StoreError> {
    let thread: Option<Thread> = tx.one("WHERE post_id = $1", args![root.id]).await?;
    let mut thread = thread.unwrap_or_else(|| Thread {
        post_id: root.id.clone(),
        channel_id: channel.id.clone(),
        team_id: channel.team_id.clone(),
        ..Thread::default()
    });
    thread.reply_count += 1;
    thread.last_reply_at = thread.last_reply_at.max(post.create_at);
    thread.participants.retain(|id| *id != post.user_id);
    thread.participants.push(post.user_id.clone());
    if thread.participants.len() > PARTICIPANTS {
        thread.participants.remove(0);
    }
    tx.upsert(&thread).await?;
    follow(tx, post, &post.user_id, true, false).await?;
    if root.user_id != post.user_id && !root.is_system_message() {
        follow(tx, post, &root.user_id, false, mentions.contains(&root.user_id)).await?;
    }
    for user_id in mentions.iter().filter(|id| **id != root.user_id) {
        follow(tx, post, user_id, false, true).await?;
    }
    tx.values("SELECT user_id FROM thread_memberships WHERE post_id = $1 AND following = 1", args![root.id]).await
}

async fn follow(
    tx: &mut AnyConnection,
    post: &Post,
    user_id: &str,
    author: bool,
    named: bool,
) -> Result<(), StoreError> {
    let rest = "WHERE post_id = $1 AND user_id = $2";
    let known: Option<ThreadMembership> = tx.one(rest, args![post.root_id, user_id]).await?;
    let mut membership = known.unwrap_or_else(|| ThreadMembership {
        post_id: post.root_id.clone(),
        user_id: user_id.to_owned(),
        following: true,
        // A new follower has not read what was named or said just now.
        last_viewed: if author { post.create_at } else { 0 },
        ..ThreadMembership::default()
    });
    if author {
        (membership.following, membership.last_viewed, membership.unread_mentions) = (true, post.create_at, 0);
    } else if named {
        membership.following = true;
        membership.unread_mentions += 1;
    }
    membership.last_updated = post.create_at;
    tx.upsert(&membership).await
}

/// Counts replies that are gone.
pub(super) async fn deleted(tx: &mut AnyConnection, post: &Post, now: i64) -> Result<(), StoreError> {
    if post.root_id.is_empty() {
        tx.run("UPDATE threads SET delete_at = $2 WHERE post_id = $1", args![post.id, now]).await?;
        tx.run("DELETE FROM thread_memberships WHERE post_id = $1", args![post.id]).await?;
        return Ok(());
    }
    let sql = "UPDATE threads SET
            reply_count = (SELECT COUNT(*) FROM posts WHERE root_id = $1 AND delete_at = 0),
            last_reply_at = COALESCE((SELECT MAX(create_at) FROM posts WHERE root_id = $1 AND delete_at = 0), 0)
        WHERE post_id = $1";
    tx.run(sql, args![post.root_id]).await?;
    Ok(())
}
