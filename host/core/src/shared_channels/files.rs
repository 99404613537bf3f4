//! Files and pictures of a remote.

use bytes::Bytes;
use wasmoat_model::{AppError, FileInfo, RemoteCluster, is_valid_id, now_ms};
use wasmoat_runtime::{CallContext, Caller};

use super::{error, not_shared, store};
use crate::{
    Core,
    files::Upload,
    store::{Queries as _, StoreError, args},
};

impl Core {
    /// Mattermost's `ReceiveSharedChannelAttachmentSyncMsg`: keeps a file of a user of the remote.
    /// It may come before or after its post; the same again is the file that is there.
    ///
    /// # Errors
    ///
    /// 400 where the service is off; 403 where its creator is not of the remote; 404 where the
    /// remote is not the plugin's or not invited; 409 where the id is another file's; 413 where it is too
    /// large.
    pub async fn receive_shared_channel_attachment(
        &self,
        caller: &Caller,
        remote_id: &str,
        channel_id: &str,
        file: &FileInfo,
        data: Bytes,
    ) -> Result<FileInfo, AppError> {
        self.require_shared_channels()?;
        let remote = self.own_remote(&caller.plugin_id, remote_id).await?;
        let invitation = store::invitation(&mut *self.store.read().await?, channel_id, remote_id).await?;
        if invitation.is_none_or(|invitation| invitation.delete_at > 0) {
            return Err(not_shared(channel_id));
        }
        if !is_valid_id(&file.id) {
            return Err(error("attachment.id", 400, "The file's id is not valid."));
        }
        self.remote_user(&remote, &file.user_id).await?;
        let there: Option<FileInfo> = self.store.read().await?.one("WHERE id = $1", args![file.id]).await?;
        if let Some(there) = there {
            return same_file(there, channel_id, &file.user_id);
        }
        let upload = Upload {
            user_id: file.user_id.clone(),
            channel_id: channel_id.to_owned(),
            name: file.name.clone(),
            content: self.spool("ReceiveSharedChannelAttachmentSyncMsg", &data).await?,
            id: file.id.clone(),
            remote_id: Some(remote.remote_id.clone()),
        };
        let stored = self.upload_file(&caller.context, upload).await?;
        self.hang_on_post(&caller.context, &remote, &stored).await?;
        self.get_file_info(&stored.id).await
    }

    /// Hangs a file on its post, if that came first.
    async fn hang_on_post(&self, cx: &CallContext, remote: &RemoteCluster, file: &FileInfo) -> Result<(), AppError> {
        let mut tx = self.store.write().await?;
        let sql = "SELECT id FROM posts WHERE channel_id = $1 AND remote_id = $2 AND user_id = $3 AND delete_at = 0
                   AND file_ids LIKE '%\"' || $4 || '\"%' ORDER BY id LIMIT 1";
        let args = args![file.channel_id, remote.remote_id, file.user_id, file.id];
        let Some(post_id) = tx.value::<String>(sql, args).await? else {
            return Ok(());
        };
        tx.run("UPDATE file_infos SET post_id = $2 WHERE id = $1", args![file.id, post_id]).await?;
        // Clients, and other remotes, hear of the post again.
        tx.run("UPDATE posts SET update_at = $2 WHERE id = $1 AND update_at < $2", args![post_id, now_ms()]).await?;
        tx.commit().await.map_err(StoreError::from)?;
        let post = self.get_single_post(&post_id, false).await?;
        self.publish_post_edited(&self.prepare_post(cx, post).await?);
        Ok(())
    }

    /// Mattermost's `ReceiveSharedChannelProfileImageSyncMsg`: sets the picture of a user of the remote.
    ///
    /// # Errors
    ///
    /// 400 where the service is off or the bytes are no image; 403 for another user; 404 where the
    /// remote is not the plugin's or the user is unknown.
    pub async fn receive_shared_channel_profile_image(
        &self,
        plugin_id: &str,
        remote_id: &str,
        user_id: &str,
        image: Bytes,
    ) -> Result<(), AppError> {
        self.require_shared_channels()?;
        let remote = self.own_remote(plugin_id, remote_id).await?;
        self.remote_user(&remote, user_id).await?;
        self.set_profile_image(user_id, image).await
    }
}

fn same_file(there: FileInfo, channel_id: &str, user_id: &str) -> Result<FileInfo, AppError> {
    if there.channel_id == channel_id && there.user_id == user_id {
        return Ok(there);
    }
    Err(conflict(&there.id))
}

fn conflict(file_id: &str) -> AppError {
    error("attachment.exists", 409, "Another file, of another channel or creator, has this id.")
        .detail(format_args!("file_id={file_id}"))
}
