//! Deleting posts.

use std::sync::Arc;

use wasmoat_model::{AppError, Post, now_ms};
use wasmoat_runtime::{CallContext, MessageHasBeenDeleted};

use super::store;
use crate::{Core, store::StoreError};

impl Core {
    /// Mattermost's `DeletePost`: a post and its replies are gone. `deleted_by` is the user or the
    /// plugin who does it.
    ///
    /// # Errors
    ///
    /// 400 when unknown or in an archived channel.
    pub async fn delete_post(&self, cx: &CallContext, post_id: &str, deleted_by: &str) -> Result<Post, AppError> {
        let at = "DeletePost";
        let mut post = self.get_post(post_id).await.map_err(|error| {
            AppError::new(at, "app.post.get.app_error", 400, error.message).detail(error.detailed_error)
        })?;
        let channel = self.get_channel(&post.channel_id).await?;
        if channel.delete_at > 0 {
            let id = "api.post.delete_post.can_not_delete_post_in_deleted.error";
            return Err(AppError::new(at, id, 400, "The channel is archived: its posts stay."));
        }
        if self.is_restricted_direct(&channel).await? {
            let id = "api.post.delete_post.can_not_delete_from_restricted_dm.error";
            return Err(AppError::new(at, id, 400, "The people in this conversation share no team: its posts stay."));
        }
        let now = now_ms();
        post.set_prop("deleteBy", deleted_by);
        let mut tx = self.store.write().await?;
        store::delete(&mut tx, &post, now, &post.props).await?;
        super::thread_counts::deleted(&mut tx, &post, now).await?;
        crate::drafts::delete_of_thread(&mut tx, &post.channel_id, &post.id).await?;
        tx.commit().await.map_err(StoreError::from)?;
        (post.delete_at, post.update_at) = (now, now);
        // Only admins learn who did it.
        let mut props = post.props_map();
        props.remove("deleteBy");
        let mut shown = post.clone();
        shown.set_props(&props);
        match self.consume_post(cx, shown.clone()).await {
            Ok(seen) => self.publish_post_deleted(&seen, deleted_by),
            Err(error) => {
                tracing::warn!(%error, "a deleted post is announced without its text");
                self.publish_post_deleted(&super::metadata::for_client(shown.clone(), &[], &[]), deleted_by);
            }
        }
        let told = Arc::new(shown.clone().without_metadata());
        self.runtime.observe::<MessageHasBeenDeleted>(cx, |ctx| (ctx, told));
        Ok(shown)
    }
}
