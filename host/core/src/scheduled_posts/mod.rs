//! Scheduled posts: written now, sent at a time.

mod job;
mod store;
#[cfg(test)]
mod tests;

use wasmoat_model::{AppError, ScheduledPost, new_id, now_ms};
use wasmoat_runtime::{CallContext, ScheduledPostWillBeCreated};

pub(crate) use self::store::take;
use crate::{
    Core,
    rejection::Refused,
    store::{Queries as _, StoreError},
    websocket::Event,
};

impl Core {
    /// Whether posts can be scheduled here at all.
    ///
    /// # Errors
    ///
    /// 400 where they cannot.
    pub fn check_scheduled_posts_enabled(&self, at: &str) -> Result<(), AppError> {
        if self.config.get().flag("ServiceSettings.ScheduledPosts") {
            return Ok(());
        }
        let text = "Posts cannot be scheduled here (setting `ServiceSettings.ScheduledPosts`).";
        Err(AppError::new(at, "api.scheduled_posts.feature_disabled", 400, text))
    }

    /// Mattermost's `SaveScheduledPost`: keeps a post until its time; plugins are asked first.
    ///
    /// # Errors
    ///
    /// 400 for a time in the past, an archived channel, a text that is too long or a plugin's
    /// refusal; 404 for an unknown channel.
    pub async fn save_scheduled_post(
        &self,
        cx: &CallContext,
        scheduled: ScheduledPost,
    ) -> Result<ScheduledPost, AppError> {
        self.check_scheduled_posts_enabled("SaveScheduledPost")?;
        let now = now_ms();
        let scheduled = ScheduledPost {
            id: new_id(),
            create_at: now,
            update_at: now,
            delete_at: 0,
            processed_at: 0,
            error_code: String::new(),
            metadata: String::new(),
            ..scheduled
        };
        let scheduled = self.checked(cx, scheduled).await?;
        self.store.read().await?.insert(&scheduled).await?;
        self.scheduled_posts_changed.notify_one();
        let shown = self.with_scheduled_files(scheduled).await?;
        self.publish_scheduled(cx, "scheduled_post_created", &shown);
        Ok(shown)
    }

    /// What holds for every scheduled post that is stored, and what plugins make of it, the guards of
    /// its channel last.
    async fn checked(&self, cx: &CallContext, scheduled: ScheduledPost) -> Result<ScheduledPost, AppError> {
        scheduled.is_valid()?;
        let at = "SaveScheduledPost";
        let channel = self.get_channel(&scheduled.channel_id).await?;
        if channel.delete_at > 0 {
            let id = "app.save_scheduled_post.channel_deleted.app_error";
            return Err(AppError::new(at, id, 400, "The channel is archived: nothing can be posted."));
        }
        if self.is_restricted_direct(&channel).await? {
            let id = "app.save_scheduled_post.restricted_dm.error";
            return Err(AppError::new(at, id, 400, "The people in this conversation share no team."));
        }
        let id = "app.save_scheduled_post.rejected_by_plugin.app_error";
        let refused = Refused { at, id, before: "Scheduled post rejected by plugin. " };
        let (asked, args) = (scheduled.clone(), |ctx, post| (ctx, post));
        let answer =
            self.filter_in_channel::<ScheduledPostWillBeCreated, _, _>(cx, &channel.id, asked, args, refused).await?;
        // A plugin decides what is said and when, not by whom and where.
        let answer = ScheduledPost {
            update_at: scheduled.update_at,
            processed_at: 0,
            error_code: String::new(),
            ..answer.belonging_to(&scheduled)
        };
        answer.is_valid()?;
        Ok(answer)
    }

    /// Mattermost's `UpdateScheduledPost`: another text or time. A post that could not be sent is
    /// tried again.
    ///
    /// # Errors
    ///
    /// 404 when unknown; 403 for somebody else's; else as for a new one.
    pub async fn update_scheduled_post(
        &self,
        cx: &CallContext,
        user_id: &str,
        scheduled: ScheduledPost,
    ) -> Result<ScheduledPost, AppError> {
        self.check_scheduled_posts_enabled("UpdateScheduledPost")?;
        let old = self.own_scheduled_post("update", user_id, &scheduled.id).await?;
        let new = ScheduledPost {
            update_at: now_ms().max(old.update_at + 1),
            processed_at: 0,
            error_code: String::new(),
            ..scheduled
        };
        let new = self.checked(cx, new.belonging_to(&old)).await?;
        if !self.store.read().await?.update(&new).await? {
            return Err(missing("update", &new.id));
        }
        self.scheduled_posts_changed.notify_one();
        let shown = self.with_scheduled_files(new).await?;
        self.publish_scheduled(cx, "scheduled_post_updated", &shown);
        Ok(shown)
    }

    async fn own_scheduled_post(&self, act: &str, user_id: &str, id: &str) -> Result<ScheduledPost, AppError> {
        let known = store::one(&mut *self.store.read().await?, id).await?;
        let known = known.ok_or_else(|| missing(act, id))?;
        if known.user_id == user_id {
            return Ok(known);
        }
        let error = format!("app.{act}_scheduled_post.{act}_permission.error");
        Err(AppError::new("ScheduledPost", &error, 403, "The scheduled post is somebody else's."))
    }

    /// Mattermost's `DeleteScheduledPost`: gives what is gone now.
    ///
    /// # Errors
    ///
    /// 404 when unknown; 403 for somebody else's.
    pub async fn delete_scheduled_post(
        &self,
        cx: &CallContext,
        user_id: &str,
        id: &str,
    ) -> Result<ScheduledPost, AppError> {
        self.check_scheduled_posts_enabled("DeleteScheduledPost")?;
        let known = self.own_scheduled_post("delete", user_id, id).await?;
        let mut tx = self.store.write().await?;
        take(&mut tx, id, known.update_at).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.publish_scheduled(cx, "scheduled_post_deleted", &known);
        Ok(known)
    }

    /// Mattermost's `GetUserTeamScheduledPosts`: a user's scheduled posts in a team, or in direct
    /// and group messages where the team is empty; those to be sent first first, at most 1000.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_user_team_scheduled_posts(
        &self,
        user_id: &str,
        team_id: &str,
    ) -> Result<Vec<ScheduledPost>, AppError> {
        self.check_scheduled_posts_enabled("GetUserTeamScheduledPosts")?;
        let posts = store::of_user(&mut *self.store.read().await?, user_id, team_id).await?;
        let mut found = Vec::with_capacity(posts.len());
        for post in posts {
            found.push(self.with_scheduled_files(post).await?);
        }
        Ok(found)
    }

    async fn with_scheduled_files(&self, scheduled: ScheduledPost) -> Result<ScheduledPost, AppError> {
        let metadata = self.files_metadata(&scheduled.user_id, &scheduled.file_ids).await?;
        Ok(ScheduledPost { metadata, ..scheduled })
    }

    fn publish_scheduled(&self, cx: &CallContext, name: &str, scheduled: &ScheduledPost) {
        let event = Event::new(name).json("scheduledPost", scheduled).to_user(&scheduled.user_id);
        self.publish(event.omit_connection(&cx.plugin_context.connection_id));
    }
}

fn missing(act: &str, id: &str) -> AppError {
    let error = format!("app.{act}_scheduled_post.existing_scheduled_post.not_exist");
    AppError::new("ScheduledPost", &error, 404, "There is no such scheduled post.").detail(format_args!("id={id}"))
}
