//! Following threads and reading them.

use wasmoat_model::{AppError, Post, now_ms};
use wasmoat_runtime::CallContext;

use super::{ThreadMembership, UserThread, store};
use crate::{
    Core,
    store::{Queries as _, args},
    websocket::Event,
};

impl Core {
    /// Tells the followers of a thread, as far as they are connected, of a new reply.
    pub(crate) async fn publish_thread_updates(&self, cx: &CallContext, post: &Post, followers: &[String]) {
        if post.root_id.is_empty() {
            return;
        }
        for user_id in followers.iter().filter(|id| self.hub.sockets_of(id) > 0) {
            match self.find_user_thread(cx, user_id, &post.root_id, true).await {
                Ok(Some(thread)) => self.publish_thread_updated(post, user_id, &thread).await,
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "thread update not sent"),
            }
        }
    }

    async fn publish_thread_updated(&self, post: &Post, user_id: &str, thread: &UserThread) {
        let own = post.user_id == user_id;
        let team_id = self.get_channel(&post.channel_id).await.map(|channel| channel.team_id).unwrap_or_default();
        let event = Event::new("thread_updated")
            .json("thread", thread)
            .data("previous_unread_mentions", thread.unread_mentions)
            .data("previous_unread_replies", if own { 0 } else { (thread.unread_replies - 1).max(0) });
        self.publish(event.to_team(&team_id).to_user(user_id));
    }

    /// Mattermost's `UpdateThreadFollowForUser`: the user follows a thread, or does no longer.
    ///
    /// # Errors
    ///
    /// 404 for an unknown post.
    pub async fn update_thread_follow_for_user(
        &self,
        user_id: &str,
        team_id: &str,
        thread_id: &str,
        state: bool,
    ) -> Result<(), AppError> {
        let root = self.get_post(thread_id).await?;
        let mut connection = self.store.read().await?;
        let now = now_ms();
        let known = store::membership(&mut connection, &root.id, user_id).await?;
        let mut membership = known.unwrap_or_else(|| ThreadMembership {
            post_id: root.id.clone(),
            user_id: user_id.to_owned(),
            last_viewed: now,
            ..ThreadMembership::default()
        });
        (membership.following, membership.last_updated) = (state, now);
        connection.upsert(&membership).await?;
        let sql = "SELECT reply_count FROM threads WHERE post_id = $1";
        let replies: Option<i64> = connection.value(sql, args![root.id]).await?;
        drop(connection);
        let event = Event::new("thread_follow_changed")
            .data("thread_id", thread_id)
            .data("state", state)
            .data("reply_count", replies.unwrap_or_default());
        self.publish(event.to_team(team_id).to_user(user_id));
        Ok(())
    }

    /// Mattermost's `UpdateThreadReadForUser`: the thread is read up to `time`.
    ///
    /// # Errors
    ///
    /// 404 when the user does not follow it.
    pub async fn update_thread_read_for_user(
        &self,
        cx: &CallContext,
        user_id: &str,
        team_id: &str,
        thread_id: &str,
        time: i64,
    ) -> Result<UserThread, AppError> {
        let before = self.get_thread_for_user(cx, user_id, thread_id, false).await?;
        let mentions = self.unread_mentions(user_id, thread_id, time).await?;
        let sql = "UPDATE thread_memberships SET last_viewed = $3, unread_mentions = $4, last_updated = $5
            WHERE post_id = $1 AND user_id = $2";
        self.store.read().await?.run(sql, args![thread_id, user_id, time, mentions, now_ms()]).await?;
        let thread = self.get_thread_for_user(cx, user_id, thread_id, false).await?;
        let event = Event::new("thread_read_changed")
            .data("thread_id", thread_id)
            .data("timestamp", time)
            .data("unread_mentions", thread.unread_mentions)
            .data("unread_replies", thread.unread_replies)
            .data("previous_unread_mentions", before.unread_mentions)
            .data("previous_unread_replies", before.unread_replies)
            .data("channel_id", thread.post.channel_id.as_str());
        self.publish(event.to_team(team_id).to_user(user_id));
        Ok(thread)
    }

    /// Replies after a time that name the user.
    async fn unread_mentions(&self, user_id: &str, thread_id: &str, time: i64) -> Result<i64, AppError> {
        let rest = "WHERE root_id = $1 AND create_at > $2 AND delete_at = 0 AND user_id <> $3";
        let replies: Vec<Post> = self.store.read().await?.all(rest, args![thread_id, time, user_id]).await?;
        let mut mentions = 0;
        if let Some(first) = replies.first() {
            let channel = self.get_channel(&first.channel_id).await?;
            for reply in &replies {
                mentions += i64::from(self.names(reply, &channel, user_id).await?);
            }
        }
        Ok(mentions)
    }

    /// Mattermost's `UpdateThreadReadForUserByPost`: the given reply, and all after it, is unread.
    ///
    /// # Errors
    ///
    /// 404 for an unknown post, or a thread that the user does not follow.
    pub async fn set_thread_unread_by_post_id(
        &self,
        cx: &CallContext,
        user_id: &str,
        team_id: &str,
        thread_id: &str,
        post_id: &str,
    ) -> Result<UserThread, AppError> {
        let post = self.get_post(post_id).await?;
        if post.id != thread_id && post.root_id != thread_id {
            return Err(AppError::new(
                "SetThreadUnreadByPostId",
                "api.context.invalid_url_param.app_error",
                400,
                "The post is not in this thread.",
            ));
        }
        self.update_thread_read_for_user(cx, user_id, team_id, thread_id, post.create_at - 1).await
    }

    /// Mattermost's `UpdateThreadsReadForUser`: all threads of a team are read.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn update_threads_read_for_user(&self, user_id: &str, team_id: &str) -> Result<(), AppError> {
        let now = now_ms();
        let sql =
            "UPDATE thread_memberships SET last_viewed = $3, unread_mentions = 0, last_updated = $3 WHERE user_id = $1
            AND post_id IN (SELECT post_id FROM threads WHERE team_id IN ($2, ''))";
        self.store.read().await?.run(sql, args![user_id, team_id, now]).await?;
        self.publish(Event::new("thread_read_changed").data("timestamp", now).to_team(team_id).to_user(user_id));
        Ok(())
    }
}
