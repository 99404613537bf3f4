//! The threads that a user follows.

use std::collections::HashMap;

use wasmoat_model::{AppError, Post, User};
use wasmoat_runtime::CallContext;

use super::{Thread, ThreadMembership, UserThread, UserThreads, store};
use crate::{
    Core,
    store::{Queries as _, args},
};

/// Which threads a client asks for.
#[derive(Clone, Debug)]
pub struct ThreadOptions {
    /// Threads of a page.
    pub page_size: i64,
    /// Only threads with older replies than this one.
    pub before: String,
    /// Only threads with newer replies than this one.
    pub after: String,
    /// Only threads that changed since.
    pub since: i64,
    /// Threads of deleted roots too.
    pub deleted: bool,
    /// Only threads with unread replies.
    pub unread: bool,
    /// With profiles of participants.
    pub extended: bool,
    /// Counters only.
    pub totals_only: bool,
    /// Threads only.
    pub threads_only: bool,
    /// Not those of direct and group messages.
    pub exclude_direct: bool,
}

impl Default for ThreadOptions {
    fn default() -> Self {
        Self {
            page_size: 30,
            before: String::new(),
            after: String::new(),
            since: 0,
            deleted: false,
            unread: false,
            extended: false,
            totals_only: false,
            threads_only: false,
            exclude_direct: false,
        }
    }
}

fn missing(at: &str, thread_id: &str) -> AppError {
    let text = "The user does not follow this thread.";
    AppError::new(at, "app.user.get_thread_membership_for_user.not_found", 404, text)
        .detail(format!("thread_id={thread_id}"))
}

impl Core {
    /// Mattermost's `GetThreadsForUser`: a page of followed threads in a team, and counters.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_threads_for_user(
        &self,
        cx: &CallContext,
        user_id: &str,
        team_id: &str,
        options: &ThreadOptions,
    ) -> Result<UserThreads, AppError> {
        let mut answer = UserThreads::default();
        let mut connection = self.store.read().await?;
        if !options.threads_only {
            let totals = store::totals(&mut connection, user_id, team_id, options).await?;
            (answer.total, answer.total_unread_threads, answer.total_unread_mentions) = totals;
        }
        let ids = if options.totals_only {
            Vec::new()
        } else {
            store::page(&mut connection, user_id, team_id, options).await?
        };
        drop(connection);
        for id in ids {
            answer.threads.extend(self.find_user_thread(cx, user_id, &id, options.extended).await?);
        }
        Ok(answer)
    }

    /// Mattermost's `GetThreadForUser`.
    ///
    /// # Errors
    ///
    /// 404 when the user does not follow it.
    pub async fn get_thread_for_user(
        &self,
        cx: &CallContext,
        user_id: &str,
        thread_id: &str,
        extended: bool,
    ) -> Result<UserThread, AppError> {
        let thread = self.find_user_thread(cx, user_id, thread_id, extended).await?;
        thread.ok_or_else(|| missing("GetThreadForUser", thread_id))
    }

    pub(super) async fn find_user_thread(
        &self,
        cx: &CallContext,
        user_id: &str,
        thread_id: &str,
        extended: bool,
    ) -> Result<Option<UserThread>, AppError> {
        let mut connection = self.store.read().await?;
        let membership = store::membership(&mut connection, thread_id, user_id).await?;
        let Some(membership) = membership.filter(|membership| membership.following) else { return Ok(None) };
        let thread: Option<Thread> = connection.one("WHERE post_id = $1", args![thread_id]).await?;
        let post: Option<Post> = connection.one("WHERE id = $1", args![thread_id]).await?;
        let unread = store::replies_since(&mut connection, thread_id, membership.last_viewed).await?;
        drop(connection);
        let Some(post) = post else { return Ok(None) };
        Ok(Some(self.user_thread(cx, post, (thread.unwrap_or_default(), membership), unread, extended).await?))
    }

    async fn user_thread(
        &self,
        cx: &CallContext,
        post: Post,
        (thread, membership): (Thread, ThreadMembership),
        unread_replies: i64,
        extended: bool,
    ) -> Result<UserThread, AppError> {
        let profiles: HashMap<String, User> = if extended {
            let privacy = self.privacy(false);
            let users = self.get_users_by_ids(&thread.participants).await?;
            users.into_iter().map(|user| (user.id.clone(), user.for_others(privacy))).collect()
        } else {
            HashMap::new()
        };
        let participant =
            |id: &String| profiles.get(id).cloned().unwrap_or_else(|| User { id: id.clone(), ..User::default() });
        Ok(UserThread {
            id: post.id.clone(),
            reply_count: thread.reply_count,
            last_reply_at: thread.last_reply_at,
            last_viewed_at: membership.last_viewed,
            participants: thread.participants.iter().map(participant).collect(),
            delete_at: post.delete_at,
            post: self.prepare_post(cx, Post { reply_count: thread.reply_count, ..post }).await?,
            unread_replies,
            unread_mentions: membership.unread_mentions,
            is_urgent: false,
        })
    }

    /// Which of these threads a user follows.
    pub(crate) async fn followed_threads(
        &self,
        user_id: &str,
        post_ids: &[String],
    ) -> Result<HashMap<String, bool>, AppError> {
        Ok(store::following(&mut *self.store.read().await?, user_id, post_ids).await?.into_iter().collect())
    }
}
