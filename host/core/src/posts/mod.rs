//! Reading and writing messages.

mod api;
pub(crate) mod attachments;
mod consume;
mod create;
mod delete;
mod ephemeral;
mod events;
mod hashtags;
mod lists;
pub(crate) mod mentions;
mod metadata;
mod move_threads;
mod pending;
mod search;
pub(crate) mod store;
#[cfg(test)]
mod tests;
mod thread_counts;
mod update;

use wasmoat_model::{AppError, Post};

pub use self::lists::{Around, PostPage};
pub(crate) use self::pending::Pending;
use crate::Core;

pub(crate) fn missing_post(at: &str, post_id: &str) -> AppError {
    AppError::new(at, "app.post.get.app_error", 404, "There is no such post.").detail(format!("id={post_id}"))
}

impl Core {
    /// Mattermost's `GetPost`: one live post, as it is stored.
    ///
    /// # Errors
    ///
    /// 404 when unknown or deleted.
    pub async fn get_post(&self, post_id: &str) -> Result<Post, AppError> {
        self.get_single_post(post_id, false).await
    }

    /// Mattermost's `GetSinglePost`: one post, as it is stored.
    ///
    /// # Errors
    ///
    /// 404 when unknown, or deleted and not asked for.
    pub async fn get_single_post(&self, post_id: &str, include_deleted: bool) -> Result<Post, AppError> {
        let post = store::one(&mut *self.store.read().await?, post_id, include_deleted).await?;
        post.ok_or_else(|| missing_post("GetSinglePost", post_id))
    }

    /// Mattermost's `GetPostsByIds`: the live posts there are of these.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_posts_by_ids(&self, post_ids: &[String]) -> Result<Vec<Post>, AppError> {
        Ok(store::by_ids(&mut *self.store.read().await?, post_ids, false).await?)
    }

    /// Live posts of a channel created at a time or later.
    pub(crate) async fn posts_from(&self, channel_id: &str, time: i64) -> Result<Vec<Post>, AppError> {
        Ok(store::from(&mut *self.store.read().await?, channel_id, time).await?)
    }

    /// Mattermost's `GetEditHistoryForPost`: former versions of a post, the latest first.
    ///
    /// # Errors
    ///
    /// 404 for a post that was never edited.
    pub async fn get_edit_history_for_post(&self, post_id: &str) -> Result<Vec<Post>, AppError> {
        let history = store::history(&mut *self.store.read().await?, post_id).await?;
        if history.is_empty() {
            let text = "The post was never edited.";
            return Err(AppError::new(
                "GetEditHistoryForPost",
                "app.post.get_post_history.not_found.app_error",
                404,
                text,
            ));
        }
        Ok(history)
    }
}
