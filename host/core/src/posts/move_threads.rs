//! Moving threads between the backing channels of spaces and boards.

use sqlx::AnyConnection;
use wasmoat_model::{AppError, Channel, Post};

use super::store;
use crate::{
    Core,
    store::{Queries as _, StoreError, args},
};

/// Threads that are moved at once.
const AT_ONCE: usize = 200;

fn refused(id: &str, message: impl Into<String>) -> AppError {
    AppError::new("MoveThreadsToBackingChannel", &format!("app.post.move_threads.{id}.app_error"), 400, message)
}

impl Core {
    /// Mattermost's `MoveThreadsToBackingChannel`: whole threads go to another backing channel, as
    /// they are. Unknown ids are passed over.
    ///
    /// # Errors
    ///
    /// 400 for too many, for a reply and for channels of messages; 404 for an unknown channel.
    pub async fn move_threads_to_backing_channel(&self, root_ids: &[String], channel_id: &str) -> Result<(), AppError> {
        if root_ids.len() > AT_ONCE {
            let text = format!("{} threads were given; {AT_ONCE} are moved at once.", root_ids.len());
            return Err(refused("too_many", text));
        }
        let target = self.get_channel(channel_id).await?;
        check_backing(&target)?;
        let mut tx = self.store.write().await?;
        let roots = store::by_ids(&mut tx, root_ids, true).await?;
        for root in &roots {
            if !root.root_id.is_empty() || !root.original_id.is_empty() {
                let text = "Threads are moved by their roots; this is no root.";
                return Err(refused("not_root", text).detail(format_args!("id={}", root.id)));
            }
            let source: Option<Channel> = tx.one("WHERE id = $1", args![root.channel_id]).await?;
            check_backing(&source.unwrap_or_default())?;
        }
        for root in roots.iter().filter(|root| root.channel_id != target.id) {
            move_thread(&mut tx, root, &target).await?;
        }
        tx.commit().await.map_err(StoreError::from)?;
        Ok(())
    }
}

fn check_backing(channel: &Channel) -> Result<(), AppError> {
    if channel.is_backing() {
        return Ok(());
    }
    let text = "Threads are moved from and to the backing channels of spaces and boards only.";
    Err(refused("not_backing_channel", text).detail(format_args!("channel_id={}", channel.id)))
}

async fn move_thread(tx: &mut AnyConnection, root: &Post, target: &Channel) -> Result<(), StoreError> {
    // A former version of a reply hangs on the reply, not on the root.
    let posts = "SELECT id FROM posts WHERE id = $2 OR root_id = $2 OR original_id = $2
        OR original_id IN (SELECT id FROM posts WHERE root_id = $2)";
    for table in ["reactions", "file_infos"] {
        tx.run(&format!("UPDATE {table} SET channel_id = $1 WHERE post_id IN ({posts})"), args![target.id, root.id])
            .await?;
    }
    let sql = "UPDATE threads SET channel_id = $1, team_id = $3 WHERE post_id = $2";
    tx.run(sql, args![target.id, root.id, target.team_id]).await?;
    for table in ["drafts", "scheduled_posts"] {
        tx.run(&format!("UPDATE {table} SET channel_id = $1 WHERE root_id = $2"), args![target.id, root.id]).await?;
    }
    tx.run(&format!("UPDATE posts SET channel_id = $1 WHERE id IN ({posts})"), args![target.id, root.id]).await?;
    for channel_id in [&root.channel_id, &target.id] {
        recount(tx, channel_id).await?;
    }
    Ok(())
}

/// The counters of a channel after posts came or went.
async fn recount(tx: &mut AnyConnection, channel_id: &str) -> Result<(), StoreError> {
    let posts = "FROM posts WHERE posts.channel_id = $1 AND posts.original_id = ''";
    let sql = format!(
        "UPDATE channels SET total_msg_count = (SELECT COUNT(*) {posts}),
            total_msg_count_root = (SELECT COUNT(*) {posts} AND posts.root_id = ''),
            last_post_at = COALESCE((SELECT MAX(posts.create_at) {posts}), create_at),
            last_root_post_at = COALESCE((SELECT MAX(posts.create_at) {posts} AND posts.root_id = ''), create_at)
         WHERE id = $1"
    );
    tx.run(&sql, args![channel_id]).await?;
    Ok(())
}
