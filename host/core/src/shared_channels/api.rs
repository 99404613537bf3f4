//! The Plugin API's `shared-channels`.

use wasmoat_model::{
    AppError, FileInfo, GetPostsSinceForSyncCursor, RegisterPluginOpts, SharedChannel, SyncMsg, SyncResponse,
};
use wasmoat_runtime::bindings::shared_channels::Host;

use super::error;
use crate::api::Api;

impl Host for Api<'_> {
    async fn register_plugin_for_shared_channels(&mut self, opts: RegisterPluginOpts) -> Result<String, AppError> {
        self.core.register_plugin_for_shared_channels(self.plugin_id(), opts).await
    }

    async fn unregister_plugin_for_shared_channels(&mut self, plugin_id: String) -> Result<(), AppError> {
        if !plugin_id.eq_ignore_ascii_case(self.plugin_id()) {
            return Err(error("not_owner", 403, "A plugin unregisters itself only."));
        }
        self.core.unregister_plugin_for_shared_channels(self.plugin_id()).await
    }

    async fn unregister_plugin_remote_for_shared_channels(&mut self, remote_id: String) -> Result<(), AppError> {
        self.core.unregister_plugin_remote(self.plugin_id(), &remote_id).await
    }

    async fn share_channel(&mut self, sc: SharedChannel) -> Result<SharedChannel, AppError> {
        self.core.share_channel(sc).await
    }

    async fn update_shared_channel(&mut self, sc: SharedChannel) -> Result<SharedChannel, AppError> {
        self.core.update_shared_channel(sc).await
    }

    async fn unshare_channel(&mut self, channel_id: String) -> Result<bool, AppError> {
        self.core.unshare_channel(&channel_id).await
    }

    async fn update_shared_channel_cursor(
        &mut self,
        channel_id: String,
        remote_id: String,
        cursor: GetPostsSinceForSyncCursor,
    ) -> Result<(), AppError> {
        self.core.update_shared_channel_cursor(&channel_id, &remote_id, &cursor).await
    }

    async fn sync_shared_channel(&mut self, channel_id: String) -> Result<(), AppError> {
        self.core.sync_shared_channel(&channel_id).await
    }

    async fn invite_remote_to_channel(
        &mut self,
        channel_id: String,
        remote_id: String,
        user_id: String,
        share_if_not_shared: bool,
    ) -> Result<(), AppError> {
        self.core.invite_remote_to_channel(&channel_id, &remote_id, &user_id, share_if_not_shared).await
    }

    async fn uninvite_remote_from_channel(&mut self, channel_id: String, remote_id: String) -> Result<(), AppError> {
        self.core.uninvite_remote_from_channel(&channel_id, &remote_id).await
    }

    async fn receive_shared_channel_sync_msg(
        &mut self,
        remote_id: String,
        msg: SyncMsg,
    ) -> Result<SyncResponse, AppError> {
        let caller = &self.caller;
        self.core.receive_shared_channel_sync_msg(&caller.context, &caller.plugin_id, &remote_id, &msg).await
    }

    async fn receive_shared_channel_attachment_sync_msg(
        &mut self,
        remote_id: String,
        channel_id: String,
        fi: FileInfo,
        data: Vec<u8>,
    ) -> Result<FileInfo, AppError> {
        self.core.receive_shared_channel_attachment(&self.caller, &remote_id, &channel_id, &fi, data.into()).await
    }

    async fn receive_shared_channel_profile_image_sync_msg(
        &mut self,
        remote_id: String,
        user_id: String,
        image: Vec<u8>,
    ) -> Result<(), AppError> {
        self.core.receive_shared_channel_profile_image(self.plugin_id(), &remote_id, &user_id, image.into()).await
    }
}
