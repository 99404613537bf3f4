//! Handing batches to the plugins of remotes.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use futures::future::join_all;
use wasmoat_model::{
    AppError, GetPostsSinceForSyncCursor, Post, RemoteCluster, SharedChannelRemote, SyncResponse, now_ms,
};
use wasmoat_runtime::{CallContext, CallError, OnSharedChannelsSyncMsg};

use super::{collect::Batch, notice::Noticed, store, sync_store};
use crate::{Core, store::StoreError};

/// Batches for one remote and channel in one round.
const BATCHES: usize = 10;

/// What there is to do for one remote.
struct Errand {
    remote: RemoteCluster,
    to: Vec<SharedChannelRemote>,
}

impl Core {
    /// Sends every remote what it has not been told of these channels. Remotes do not wait for
    /// each other.
    pub(super) async fn send_changes(&self, noticed: &Noticed) -> Result<(), AppError> {
        let errands = self.errands(noticed).await?;
        join_all(errands.into_iter().map(|errand| self.run_errand(errand, &noticed.statuses))).await;
        Ok(())
    }

    async fn errands(&self, noticed: &Noticed) -> Result<Vec<Errand>, AppError> {
        let channels = if noticed.everything || !noticed.statuses.is_empty() {
            store::shared_ids(&mut *self.store.read().await?).await?
        } else {
            noticed.channels.iter().cloned().collect()
        };
        let mut errands: BTreeMap<String, Errand> = BTreeMap::new();
        let now = now_ms();
        for channel_id in channels {
            for (to, remote) in self.shared_channel_remotes(&channel_id).await? {
                if !remote.is_online(now) || self.sharing.is_paused(&remote.remote_id) {
                    continue;
                }
                let errand = errands.entry(remote.remote_id.clone());
                errand.or_insert_with(|| Errand { remote, to: Vec::new() }).to.push(to);
            }
        }
        Ok(errands.into_values().collect())
    }

    async fn run_errand(&self, errand: Errand, statuses: &HashSet<String>) {
        let remote = Arc::new(errand.remote.sanitized());
        for to in errand.to {
            match self.tell_remote(&remote, to, statuses).await {
                Ok(()) => {}
                Err(error) => {
                    tracing::warn!(remote_id = remote.remote_id, %error, "a remote could not be told");
                    self.sharing.failed(&remote.remote_id);
                    return;
                }
            }
        }
        self.sharing.went_well(&remote.remote_id);
    }

    async fn tell_remote(
        &self,
        remote: &Arc<RemoteCluster>,
        mut to: SharedChannelRemote,
        statuses: &HashSet<String>,
    ) -> Result<(), AppError> {
        for _ in 0..BATCHES {
            let batch = self.collect_batch(&to, statuses).await?;
            if batch.msg.is_empty() {
                break;
            }
            let response = self.hand_over(remote, &batch).await?;
            let cursor = self.settle_batch(&to, &batch, &response).await?;
            (to.last_post_update_at, to.last_post_update_id) = (cursor.last_post_update_at, cursor.last_post_update_id);
            (to.last_post_create_at, to.last_post_create_id) = (cursor.last_post_create_at, cursor.last_post_create_id);
            if !batch.more {
                break;
            }
        }
        self.send_attachments(remote, &to).await?;
        self.send_pictures(remote, &to).await
    }

    async fn hand_over(&self, remote: &Arc<RemoteCluster>, batch: &Batch) -> Result<SyncResponse, AppError> {
        let args = (Arc::new(batch.msg.clone()), Arc::clone(remote));
        let context = CallContext::core();
        let answer = self.runtime.provide::<OnSharedChannelsSyncMsg>(&context, &remote.plugin_id, |_| args).await;
        match answer {
            Ok((Ok(response),)) => Ok(response),
            Ok((Err(reason),)) => Err(failed("The plugin of the remote refuses.").detail(reason)),
            Err(error) => Err(not_called(&error)),
        }
    }

    /// Keeps what the remote has taken. Answers the new cursor.
    pub(super) async fn settle_batch(
        &self,
        to: &SharedChannelRemote,
        batch: &Batch,
        response: &SyncResponse,
    ) -> Result<GetPostsSinceForSyncCursor, AppError> {
        let cursor = cursor_after(to, batch, response);
        let stuck = cursor == to.cursor() && !(batch.new.is_empty() && batch.changed.is_empty());
        let failed_posts: HashSet<&String> = response
            .post_errors
            .iter()
            .chain(&response.reaction_errors)
            .chain(&response.acknowledgement_errors)
            .collect();
        let user_errors: HashSet<&String> = response.user_errors.iter().collect();
        let membership_errors: HashSet<&String> = response.membership_errors.iter().collect();
        let mut tx = self.store.write().await?;
        store::move_cursor(&mut tx, &to.channel_id, &to.remote_id, &cursor).await?;
        for (_, user) in batch.msg.users.iter().filter(|(id, _)| !user_errors.contains(id)) {
            sync_store::knows_user(&mut tx, to, user).await?;
        }
        for post in batch.msg.posts.iter().filter(|post| is_behind(post, &cursor)) {
            let taken = !failed_posts.contains(&post.id);
            sync_store::tried_post(&mut tx, to, &post.id, taken).await?;
            for file_id in post.file_ids.iter().filter(|_| taken && post.delete_at == 0) {
                sync_store::queue_file(&mut tx, to, file_id).await?;
            }
        }
        for change in batch.msg.membership_changes.iter().filter(|change| !membership_errors.contains(&change.user_id))
        {
            let (channel_id, remote_id) = (&to.channel_id, &to.remote_id);
            sync_store::knows_membership(&mut tx, channel_id, remote_id, &change.user_id, change.is_add).await?;
        }
        tx.commit().await.map_err(StoreError::from)?;
        if stuck {
            return Err(failed("The remote has handled none of the posts."));
        }
        Ok(cursor)
    }
}

pub(super) fn failed(message: &str) -> AppError {
    super::error("sync", 500, message)
}

pub(super) fn not_called(error: &CallError) -> AppError {
    failed("The plugin of the remote did not answer.").detail(error)
}

/// Whether a post of the batch counts as sent.
fn is_behind(post: &Post, cursor: &GetPostsSinceForSyncCursor) -> bool {
    (post.create_at, &post.id) <= (cursor.last_post_create_at, &cursor.last_post_create_id)
}

/// The cursor behind the last post that the remote has handled. A response without a time says that
/// it has handled all.
fn cursor_after(to: &SharedChannelRemote, batch: &Batch, response: &SyncResponse) -> GetPostsSinceForSyncCursor {
    let until = response.posts_last_update_at;
    let handled = |post: &&Post| until <= 0 || post.update_at <= until;
    let mut cursor = to.cursor();
    if let Some(last) = batch.new.iter().take_while(handled).last() {
        (cursor.last_post_create_at, cursor.last_post_create_id) = (last.create_at, last.id.clone());
    }
    if let Some(last) = batch.changed.iter().take_while(handled).last() {
        (cursor.last_post_update_at, cursor.last_post_update_id) = (last.update_at, last.id.clone());
    }
    cursor
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(id: &str, time: i64) -> Post {
        Post { id: id.into(), create_at: time, update_at: time, ..Post::default() }
    }

    #[test]
    fn the_response_says_how_far_the_cursor_moves() {
        let to = SharedChannelRemote { last_post_create_at: 5, ..SharedChannelRemote::default() };
        let batch = Batch { new: vec![post("a", 10), post("b", 20), post("c", 30)], ..Batch::default() };
        let at = |until| {
            let response = SyncResponse { posts_last_update_at: until, ..SyncResponse::default() };
            cursor_after(&to, &batch, &response).last_post_create_at
        };
        assert_eq!([at(0), at(20), at(29), at(30), at(99), at(9)], [30, 20, 20, 30, 30, 5]);
    }
}
