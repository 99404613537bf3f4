//! Editing posts.

use std::sync::Arc;

use wasmoat_model::{AppError, Post, PostPatch, new_id, now_ms};
use wasmoat_runtime::{CallContext, MessageHasBeenUpdated, MessageWillBeUpdated};

use super::{hashtags::parse_hashtags, store};
use crate::{
    Core,
    rejection::Refused,
    store::{Queries as _, StoreError, args},
};

fn refused(id: &str, message: &str) -> AppError {
    AppError::new("UpdatePost", id, 400, message)
}

impl Core {
    /// Mattermost's `UpdatePost`: message, pin, props and files are taken from the argument; the
    /// rest stays. Plugins are asked first. The former version is kept. The answer is the post as
    /// stored, without metadata.
    ///
    /// # Errors
    ///
    /// 404 when unknown; 400 for deleted posts, lines of the server, archived channels and a
    /// plugin's refusal.
    pub async fn update_post(&self, cx: &CallContext, received: &Post) -> Result<Post, AppError> {
        let old = self.get_single_post(&received.id, true).await?;
        self.check_editable(&old).await?;
        let mut new = Post {
            message: received.message.clone(),
            is_pinned: received.is_pinned,
            has_reactions: received.has_reactions,
            props: if received.props.is_empty() { old.props.clone() } else { received.props.clone() },
            file_ids: received.file_ids.clone(),
            update_at: now_ms().max(old.update_at + 1),
            ..old.clone()
        };
        keep_origin(&mut new, &old);
        let new = self.ask_about_edit(cx, new, &old).await?;
        let new = self.store_edit(super::attachments::with_action_ids(new), &old).await?;
        match self.prepare_post(cx, new.clone()).await {
            Ok(mut shown) => {
                shown.reply_count = self.reply_count(&shown).await?;
                self.publish_post_edited(&shown);
            }
            Err(error) => tracing::warn!(%error, post_id = new.id, "edited post not announced"),
        }
        let (after, before) = (Arc::new(new.clone()), Arc::new(old));
        self.runtime.observe::<MessageHasBeenUpdated>(cx, |ctx| (ctx, after, before));
        Ok(new)
    }

    async fn check_editable(&self, old: &Post) -> Result<(), AppError> {
        if old.delete_at > 0 {
            let id = "api.post.update_post.permissions_details.app_error";
            return Err(refused(id, "The post is deleted."));
        }
        if old.is_system_message() {
            return Err(refused(
                "api.post.update_post.system_message.app_error",
                "Lines of the server cannot be edited.",
            ));
        }
        if old.r#type == "burn_on_read" {
            let id = "api.post.update_post.burn_on_read.app_error";
            return Err(refused(id, "What burns on reading is not edited."));
        }
        let channel = self.get_channel(&old.channel_id).await?;
        if self.is_restricted_direct(&channel).await? {
            let id = "api.post.update_post.can_not_update_post_in_restricted_dm.error";
            return Err(refused(id, "The people in this conversation share no team: its posts stay as they are."));
        }
        if channel.delete_at > 0 {
            let id = "api.post.update_post.can_not_update_post_in_deleted.error";
            return Err(refused(id, "The channel is archived: its posts stay as they are."));
        }
        Ok(())
    }

    async fn ask_about_edit(&self, cx: &CallContext, new: Post, old: &Post) -> Result<Post, AppError> {
        let before = Arc::new(old.clone());
        let id = "api.post.update_post.rejected_by_plugin.app_error";
        let refused = Refused { at: "UpdatePost", id, before: "Post rejected by plugin. " };
        let args = |ctx, post| (ctx, post, Arc::clone(&before));
        let answer = self
            .filter_in_channel::<MessageWillBeUpdated, _, _>(cx, &old.channel_id, new.clone(), args, refused)
            .await?;
        // A plugin decides what is said; what cannot be edited stays.
        let (message, props, file_ids, is_pinned) = (answer.message, answer.props, answer.file_ids, answer.is_pinned);
        let mut post = Post { message, props, file_ids, is_pinned, ..new };
        if post.message != old.message {
            post.hashtags = parse_hashtags(&post.message);
            post.edit_at = post.update_at;
        }
        post.is_valid()?;
        Ok(post)
    }

    async fn store_edit(&self, mut new: Post, old: &Post) -> Result<Post, AppError> {
        let mut tx = self.store.write().await?;
        if new.file_ids != old.file_ids {
            store::attach_files(&mut tx, &mut new).await?;
            for gone in old.file_ids.iter().filter(|id| !new.file_ids.contains(id)) {
                let sql = "UPDATE file_infos SET delete_at = $2, update_at = $2 WHERE id = $1";
                tx.run(sql, args![gone, new.update_at]).await?;
            }
        }
        let said_something_else = new.message != old.message || new.file_ids != old.file_ids || new.props != old.props;
        if said_something_else {
            let former = Post {
                id: new_id(),
                original_id: old.id.clone(),
                delete_at: new.update_at,
                update_at: new.update_at,
                ..old.clone()
            };
            tx.insert(&former).await?;
        }
        // Reactions may have come in between: the flag is written where the edit is about it.
        let sql =
            "UPDATE posts SET message = $2, props = $3, file_ids = $4, is_pinned = $5, hashtags = $6, edit_at = $7,
            update_at = $8, has_reactions = CASE WHEN $9 = $10 THEN has_reactions ELSE $9 END
            WHERE id = $1 AND delete_at = 0";
        let args = args![
            new.id,
            new.message,
            new.props,
            new.file_ids,
            new.is_pinned,
            new.hashtags,
            new.edit_at,
            new.update_at,
            new.has_reactions,
            old.has_reactions
        ];
        if tx.run(sql, args).await? == 0 {
            return Err(refused("api.post.update_post.permissions_details.app_error", "The post is deleted."));
        }
        tx.commit().await.map_err(StoreError::from)?;
        Ok(new)
    }

    /// Mattermost's `PatchPost`: changes what the patch names.
    ///
    /// # Errors
    ///
    /// As [`Core::update_post`].
    pub async fn patch_post(&self, cx: &CallContext, post_id: &str, patch: PostPatch) -> Result<Post, AppError> {
        let mut post = self.get_single_post(post_id, true).await?;
        post.patch(patch);
        self.update_post(cx, &post).await
    }

    /// Pins a post to its channel, or takes it off.
    ///
    /// # Errors
    ///
    /// As [`Core::update_post`].
    pub async fn pin_post(&self, cx: &CallContext, post_id: &str, is_pinned: bool) -> Result<Post, AppError> {
        let patch = PostPatch { is_pinned: Some(is_pinned), ..PostPatch::default() };
        self.patch_post(cx, post_id, patch).await
    }
}

/// Who speaks does not change with an edit.
fn keep_origin(new: &mut Post, old: &Post) {
    let (mut props, before) = (new.props_map(), old.props_map());
    for key in ["from_plugin", "from_bot", "from_webhook"] {
        match before.get(key) {
            Some(value) => props.insert(key.to_owned(), value.clone()),
            None => props.remove(key),
        };
    }
    if props != new.props_map() {
        new.set_props(&props);
    }
}
