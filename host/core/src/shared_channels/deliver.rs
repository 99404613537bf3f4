//! Files and pictures that a remote does not have yet.

use std::sync::Arc;

use wasmoat_model::{AppError, RemoteCluster, SharedChannelRemote, now_ms};
use wasmoat_runtime::{CallContext, CallError, OnSharedChannelsAttachmentSyncMsg, OnSharedChannelsProfileImageSyncMsg};

use super::{
    collect::presentable,
    send::{failed, not_called},
    sync_store,
};
use crate::Core;

/// Files and pictures of one round.
const AT_ONCE: i64 = 50;

impl Core {
    /// Sends the files of posts that were sent.
    pub(super) async fn send_attachments(
        &self,
        remote: &Arc<RemoteCluster>,
        to: &SharedChannelRemote,
    ) -> Result<(), AppError> {
        let files = sync_store::files_to_send(&mut *self.store.read().await?, to, AT_ONCE).await?;
        let mut result = Ok(());
        for file in files {
            let id = file.id.clone();
            let post = self.get_single_post(&file.post_id, true).await?;
            let args = (Arc::new(file), Arc::new(post), Arc::clone(remote));
            let called = self
                .runtime
                .provide::<OnSharedChannelsAttachmentSyncMsg>(&CallContext::core(), &remote.plugin_id, |_| args)
                .await;
            let sent = match called {
                Ok((Ok(()),)) => Ok(()),
                Ok((Err(reason),)) => Err(failed("The plugin of the remote refuses a file.").detail(reason)),
                // It does without files.
                Err(CallError::NotImplemented { .. }) => return Ok(()),
                Err(error) => Err(not_called(&error)),
            };
            let sent_at = sent.is_ok().then(now_ms);
            sync_store::tried_file(&mut *self.store.read().await?, to, &id, sent_at).await?;
            result = result.and(sent);
        }
        result
    }

    /// Sends the pictures of users who were sent.
    pub(super) async fn send_pictures(
        &self,
        remote: &Arc<RemoteCluster>,
        to: &SharedChannelRemote,
    ) -> Result<(), AppError> {
        let users = sync_store::pictures_to_send(&mut *self.store.read().await?, to, AT_ONCE).await?;
        for user in users {
            let args = (Arc::new(presentable(user.clone())), Arc::clone(remote));
            let called = self
                .runtime
                .provide::<OnSharedChannelsProfileImageSyncMsg>(&CallContext::core(), &remote.plugin_id, |_| args)
                .await;
            match called {
                Ok((Ok(()),)) => {}
                Ok((Err(reason),)) => {
                    return Err(failed("The plugin of the remote refuses a picture.").detail(reason));
                }
                Err(CallError::NotImplemented { .. }) => return Ok(()),
                Err(error) => return Err(not_called(&error)),
            }
            sync_store::sent_picture(&mut *self.store.read().await?, to, &user).await?;
        }
        Ok(())
    }
}
