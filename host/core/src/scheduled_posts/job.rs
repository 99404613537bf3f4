//! The job that sends scheduled posts.
//!
//! It sleeps until the next post is due, or until one is stored or changed. A post and the end of
//! its scheduled one are one transaction, so that no crash sends anything twice, and what was due
//! while the server was down is sent when it is up again, unless it is a day late.

use std::time::Duration;

use wasmoat_model::{AppError, ScheduledPost, now_ms};
use wasmoat_runtime::CallContext;

use super::store;
use crate::Core;

/// Longest sleep: another node of the same database may have stored a post.
const PATIENCE: Duration = Duration::from_secs(60);

/// Posts that are read at once.
const BATCH: i64 = 100;

/// What is later than this is not sent any more, in milliseconds.
const TOO_LATE: i64 = 24 * 60 * 60 * 1000;

/// How long plugins and the store may take over one post.
const DEADLINE: Duration = Duration::from_secs(60);

/// Why a post could not be sent.
const UNABLE: &str = "unable_to_send";

impl Core {
    pub(crate) fn start_scheduled_posts(&self) {
        let (core, stopping) = (self.clone(), self.tasks.stopping());
        self.tasks.spawn(async move {
            while !stopping.is_cancelled() {
                let sleep = match core.send_scheduled_posts().await {
                    Ok(sleep) => sleep,
                    Err(error) => {
                        tracing::warn!(%error, "scheduled posts could not be sent");
                        PATIENCE
                    }
                };
                tokio::select! {
                    () = stopping.cancelled() => break,
                    () = core.scheduled_posts_changed.notified() => {}
                    () = tokio::time::sleep(sleep) => {}
                }
            }
        });
    }

    /// Sends what is due; says how long there is nothing to do.
    pub(super) async fn send_scheduled_posts(&self) -> Result<Duration, AppError> {
        if !self.config.get().flag("ServiceSettings.ScheduledPosts") {
            return Ok(PATIENCE);
        }
        loop {
            let due = store::due(&mut *self.store.read().await?, now_ms(), BATCH).await?;
            if due.is_empty() {
                break;
            }
            let mut left = 0;
            for scheduled in due {
                if self.tasks.stopping().is_cancelled() {
                    return Ok(PATIENCE);
                }
                if let Err(error) = self.send_scheduled_post(scheduled).await {
                    tracing::warn!(%error, "a scheduled post is left for later");
                    left += 1;
                }
            }
            if left > 0 {
                return Ok(PATIENCE);
            }
        }
        let next = store::next(&mut *self.store.read().await?).await?;
        let wait = next.map_or(PATIENCE, |next| Duration::from_millis((next - now_ms()).max(0).unsigned_abs()));
        Ok(wait.min(PATIENCE))
    }

    /// One post ends here: it is sent, or it says why it was not.
    async fn send_scheduled_post(&self, scheduled: ScheduledPost) -> Result<(), AppError> {
        let cx = CallContext::core().within(DEADLINE);
        let code = match self.why_not(&scheduled).await? {
            Some(code) => code,
            None => match self.create_scheduled(&cx, &scheduled).await {
                Ok(_) => {
                    self.publish_scheduled(&cx, "scheduled_post_deleted", &scheduled);
                    return Ok(());
                }
                // The store is not there: later.
                Err(error) if error.id == "app.store.app_error" => return Err(error),
                Err(error) => {
                    tracing::info!(%error, id = scheduled.id, "scheduled post not sent");
                    if error.id.starts_with("model.post.is_valid") { "invalid_post" } else { UNABLE }
                }
            },
        };
        let failed = ScheduledPost { error_code: code.to_owned(), processed_at: now_ms(), ..scheduled };
        // Its author may have taken it back or changed it just now.
        if store::fail(&mut *self.store.read().await?, &failed).await? {
            let shown = self.with_scheduled_files(failed).await?;
            self.publish_scheduled(&cx, "scheduled_post_updated", &shown);
        }
        Ok(())
    }

    /// Mattermost's `canPostScheduledPost`: why a post cannot be sent, if anything keeps it.
    async fn why_not(&self, scheduled: &ScheduledPost) -> Result<Option<&'static str>, AppError> {
        if scheduled.scheduled_at < now_ms() - TOO_LATE {
            return Ok(Some(UNABLE));
        }
        let Some(user) = found(self.get_user(&scheduled.user_id).await)? else { return Ok(Some("user_missing")) };
        if user.delete_at > 0 {
            return Ok(Some("user_deleted"));
        }
        let Some(channel) = found(self.get_channel(&scheduled.channel_id).await)? else {
            return Ok(Some("channel_not_found"));
        };
        if channel.delete_at > 0 {
            return Ok(Some("channel_archived"));
        }
        if self.is_restricted_direct(&channel).await? {
            return Ok(Some("restricted_dm"));
        }
        if found(self.get_channel_member(&channel.id, &user.id).await)?.is_none() {
            return Ok(Some("no_channel_member"));
        }
        if !self.has_permission_to_channel(&user.id, &channel.id, "create_post").await {
            return Ok(Some("no_channel_permission"));
        }
        let replies = !scheduled.root_id.is_empty();
        if replies && found(self.get_post(&scheduled.root_id).await)?.is_none() {
            return Ok(Some("thread_deleted"));
        }
        Ok(None)
    }
}

/// `None` for what is not there.
fn found<T>(answer: Result<T, AppError>) -> Result<Option<T>, AppError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.status() == 404 => Ok(None),
        Err(error) => Err(error),
    }
}
