//! Which remotes a shared channel is sent to.

use wasmoat_model::{
    AppError, ChannelType, GetPostsSinceForSyncCursor, REMOTE_AUTO_INVITED, REMOTE_AUTO_SHARE_DMS, RemoteCluster,
    SharedChannel, SharedChannelRemote, User, new_id, now_ms,
};

use super::{error, not_shared, store};
use crate::{
    Core, pages,
    store::{Queries as _, StoreError},
    websocket::Event,
};

/// Channels to which a remote is invited by itself when it registers.
const CHANNELS_AT_ONCE: i64 = 10_000;

fn not_invited(channel_id: &str, remote_id: &str) -> AppError {
    error("remote.not_invited", 404, "The remote is not invited to the channel.")
        .detail(format_args!("channel_id={channel_id} remote_id={remote_id}"))
}

impl Core {
    /// Mattermost's `InviteRemoteToChannel`: a remote is sent what happens from now on. One that
    /// is invited stays as it is.
    ///
    /// # Errors
    ///
    /// 400 where the service is off or the channel is at home elsewhere; 404 for an unknown remote,
    /// or a channel that is not shared and not to be.
    pub async fn invite_remote_to_channel(
        &self,
        channel_id: &str,
        remote_id: &str,
        user_id: &str,
        share_if_not_shared: bool,
    ) -> Result<(), AppError> {
        self.require_shared_channels()?;
        let remote = self.get_remote_cluster(remote_id, false).await?;
        let shared = store::shared(&mut *self.store.read().await?, channel_id).await?;
        let shared = match shared {
            Some(shared) => shared,
            None if share_if_not_shared => self.share_for(channel_id, user_id).await?,
            None => return Err(not_shared(channel_id)),
        };
        if !shared.home {
            let message = "The channel is at home elsewhere: only its home invites.";
            return Err(error("invite.not_home", 400, message));
        }
        self.send_invitation(&shared, &remote, user_id).await
    }

    async fn share_for(&self, channel_id: &str, user_id: &str) -> Result<SharedChannel, AppError> {
        let shared = SharedChannel {
            id: channel_id.to_owned(),
            creator_id: user_id.to_owned(),
            home: true,
            ..SharedChannel::default()
        };
        // Sharing may lead to invitations, and these here.
        Box::pin(self.share_channel(shared)).await
    }

    async fn send_invitation(
        &self,
        shared: &SharedChannel,
        remote: &RemoteCluster,
        user_id: &str,
    ) -> Result<(), AppError> {
        let now = now_ms();
        let mut tx = self.store.write().await?;
        let old = store::invitation(&mut tx, &shared.id, &remote.remote_id).await?;
        if old.as_ref().is_some_and(|old| old.delete_at == 0) {
            return Ok(());
        }
        let invitation = SharedChannelRemote {
            id: old.map_or_else(new_id, |old| old.id),
            channel_id: shared.id.clone(),
            creator_id: user_id.to_owned(),
            create_at: now,
            update_at: now,
            // A plugin has no other end that would have to say yes.
            is_invite_accepted: true,
            is_invite_confirmed: true,
            remote_id: remote.remote_id.clone(),
            last_post_update_at: now,
            last_post_create_at: now,
            ..SharedChannelRemote::default()
        };
        tx.upsert(&invitation).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.publish_remotes_changed(&shared.id);
        self.sharing.changed(&shared.id);
        Ok(())
    }

    /// Mattermost's `UninviteRemoteFromChannel`: a remote is sent nothing more; without any left,
    /// the channel is unshared.
    ///
    /// # Errors
    ///
    /// 400 where the service is off; 404 where the remote is not invited.
    pub async fn uninvite_remote_from_channel(&self, channel_id: &str, remote_id: &str) -> Result<(), AppError> {
        self.require_shared_channels()?;
        let mut tx = self.store.write().await?;
        if !store::uninvite(&mut tx, channel_id, remote_id, now_ms()).await? {
            return Err(not_invited(channel_id, remote_id));
        }
        let left = store::invitations(&mut tx, channel_id).await?.len();
        tx.commit().await.map_err(StoreError::from)?;
        self.publish_remotes_changed(channel_id);
        if left == 0 {
            self.unshare_channel(channel_id).await?;
        }
        Ok(())
    }

    /// Mattermost's `UpdateSharedChannelCursor`: how far a remote counts as told.
    ///
    /// # Errors
    ///
    /// 404 where the remote is not invited.
    pub async fn update_shared_channel_cursor(
        &self,
        channel_id: &str,
        remote_id: &str,
        cursor: &GetPostsSinceForSyncCursor,
    ) -> Result<(), AppError> {
        if store::move_cursor(&mut *self.store.read().await?, channel_id, remote_id, cursor).await? {
            return Ok(());
        }
        Err(not_invited(channel_id, remote_id))
    }

    /// Mattermost's `SyncSharedChannel`: what changed is sent soon.
    ///
    /// # Errors
    ///
    /// 400 where the service is off, 404 where the channel is not shared.
    pub async fn sync_shared_channel(&self, channel_id: &str) -> Result<(), AppError> {
        self.require_shared_channels()?;
        self.get_shared_channel(channel_id).await?;
        self.sharing.changed(channel_id);
        Ok(())
    }

    /// The live invitations to a channel, each with its remote.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn shared_channel_remotes(
        &self,
        channel_id: &str,
    ) -> Result<Vec<(SharedChannelRemote, RemoteCluster)>, AppError> {
        let mut connection = self.store.read().await?;
        let mut remotes = Vec::new();
        for invitation in store::invitations(&mut connection, channel_id).await? {
            if let Some(remote) = store::remote(&mut connection, &invitation.remote_id).await?
                && remote.delete_at == 0
            {
                remotes.push((invitation, remote));
            }
        }
        Ok(remotes)
    }

    /// The live invitations of a remote.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn shared_channel_remotes_of(
        &self,
        remote_id: &str,
        page: i64,
        per_page: i64,
    ) -> Result<Vec<SharedChannelRemote>, AppError> {
        let (limit, offset) = pages::window(page, per_page);
        Ok(store::invitations_of(&mut *self.store.read().await?, remote_id, limit, offset).await?)
    }

    /// A channel was shared: remotes that want every channel get it.
    pub(super) async fn invite_automatic_remotes(&self, shared: &SharedChannel) -> Result<(), AppError> {
        if !shared.home {
            return Ok(());
        }
        let remotes = store::plugin_remotes(&mut *self.store.read().await?).await?;
        for remote in remotes.iter().filter(|remote| remote.options & REMOTE_AUTO_INVITED != 0) {
            self.send_invitation(shared, remote, &shared.creator_id).await?;
        }
        Ok(())
    }

    /// A remote wants every channel.
    pub(super) async fn invite_everywhere(&self, remote: &RemoteCluster) -> Result<(), AppError> {
        let channels = store::shared_of_team(&mut *self.store.read().await?, "", CHANNELS_AT_ONCE, 0).await?;
        for shared in channels.iter().filter(|shared| shared.home) {
            self.send_invitation(shared, remote, &remote.creator_id).await?;
        }
        Ok(())
    }

    /// A direct message with a user of a remote has begun: it is shared where the remote wants that.
    pub(crate) async fn share_direct_channel(&self, channel_id: &str, users: &[User]) {
        if !self.shared_channels_enabled() || !self.config.get().feature_flag("EnableSharedChannelsDMs") {
            return;
        }
        let creator = users.iter().find(|user| user.remote_id.is_none());
        let Some(creator) = creator.or(users.first()) else { return };
        for remote_id in users.iter().filter_map(|user| user.remote_id.as_deref()) {
            let Ok(remote) = self.get_remote_cluster(remote_id, false).await else { continue };
            if remote.options & REMOTE_AUTO_SHARE_DMS == 0 {
                continue;
            }
            if let Err(error) = self.invite_remote_to_channel(channel_id, remote_id, &creator.id, true).await {
                tracing::warn!(channel_id, remote_id, %error, "a direct message was not shared");
            }
        }
    }

    /// Whether two users may write to each other directly: users of remotes only where their
    /// remote takes direct messages.
    ///
    /// # Errors
    ///
    /// 404 for an unknown user.
    pub async fn can_user_direct_message(&self, user_id: &str, other_id: &str) -> Result<bool, AppError> {
        self.get_user(user_id).await?;
        let other = self.get_user(other_id).await?;
        let Some(remote_id) = other.remote_id.as_deref().filter(|id| !id.is_empty()) else { return Ok(true) };
        if !self.shared_channels_enabled() || !self.config.get().feature_flag("EnableSharedChannelsDMs") {
            return Ok(false);
        }
        let remote = store::remote(&mut *self.store.read().await?, remote_id).await?;
        Ok(remote.is_some_and(|remote| remote.delete_at == 0 && remote.is_online(now_ms())))
    }

    fn publish_remotes_changed(&self, channel_id: &str) {
        let event = Event::new("shared_channel_remote_updated").data("channel_id", channel_id);
        self.publish(event.to_channel(channel_id));
    }
}

/// Whether a kind of channel has members who come and go.
pub(super) const fn has_comings(kind: ChannelType) -> bool {
    matches!(kind, ChannelType::Open | ChannelType::Private)
}
