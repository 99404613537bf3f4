//! Which channels are shared.

use wasmoat_model::{AppError, Channel, ChannelType, SharedChannel, now_ms};

use super::{error, not_shared, store};
use crate::{
    Core, pages,
    store::{Queries as _, StoreError},
    websocket::Event,
};

impl Core {
    /// Mattermost's `ShareChannel`: marks a channel shared; what is blank is taken from the channel.
    /// One that is shared stays as it is.
    ///
    /// # Errors
    ///
    /// 400 where the service is off, and for direct and group messages unless the feature flag is
    /// on; 404 for an unknown channel.
    pub async fn share_channel(&self, sc: SharedChannel) -> Result<SharedChannel, AppError> {
        self.require_shared_channels()?;
        let channel = self.get_channel(&sc.id).await?;
        if let Some(shared) = store::shared(&mut *self.store.read().await?, &channel.id).await? {
            return Ok(shared);
        }
        let direct = !channel.is_open_or_private();
        if direct && !self.config.get().feature_flag("EnableSharedChannelsDMs") {
            let message = "Direct and group messages are not shared (feature flag `EnableSharedChannelsDMs`).";
            return Err(error("share.direct", 400, message));
        }
        let now = now_ms();
        let shared = SharedChannel { create_at: now, update_at: now, ..filled_in(sc, &channel) };
        shared.is_valid()?;
        let mut tx = self.store.write().await?;
        tx.upsert(&shared).await.map_err(name_taken)?;
        store::mark(&mut tx, &channel.id, true, now).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.sharing.shared(&channel.id);
        self.publish_sharing_changed(&channel);
        self.invite_automatic_remotes(&shared).await?;
        Ok(shared)
    }

    /// Mattermost's `UpdateSharedChannel`: changes how the channel is presented to remotes.
    ///
    /// # Errors
    ///
    /// 400 where the service is off or a field breaks a rule; 404 where it is not shared.
    pub async fn update_shared_channel(&self, sc: SharedChannel) -> Result<SharedChannel, AppError> {
        self.require_shared_channels()?;
        let old = self.get_shared_channel(&sc.id).await?;
        let channel = self.get_channel(&sc.id).await?;
        let shared = SharedChannel {
            create_at: old.create_at,
            update_at: now_ms().max(old.update_at + 1),
            creator_id: if sc.creator_id.is_empty() { old.creator_id } else { sc.creator_id.clone() },
            ..filled_in(sc, &channel)
        };
        shared.is_valid()?;
        self.store.read().await?.update(&shared).await.map_err(name_taken)?;
        Ok(shared)
    }

    /// Mattermost's `UnshareChannel`: ends sharing, with all remotes; false where it was not shared.
    ///
    /// # Errors
    ///
    /// 400 where the service is off.
    pub async fn unshare_channel(&self, channel_id: &str) -> Result<bool, AppError> {
        self.require_shared_channels()?;
        let mut tx = self.store.write().await?;
        let was_shared = store::unshare(&mut tx, channel_id, now_ms()).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.sharing.unshared(channel_id);
        if was_shared && let Ok(channel) = self.get_channel(channel_id).await {
            self.publish_sharing_changed(&channel);
        }
        Ok(was_shared)
    }

    /// Mattermost's `GetSharedChannel`.
    ///
    /// # Errors
    ///
    /// 404 where it is not shared.
    pub async fn get_shared_channel(&self, channel_id: &str) -> Result<SharedChannel, AppError> {
        let shared = store::shared(&mut *self.store.read().await?, channel_id).await?;
        shared.ok_or_else(|| not_shared(channel_id))
    }

    /// Mattermost's `GetSharedChannels`: those of a team, or of all where it is empty.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_shared_channels(
        &self,
        team_id: &str,
        page: i64,
        per_page: i64,
    ) -> Result<Vec<SharedChannel>, AppError> {
        let (limit, offset) = pages::window(page, per_page);
        Ok(store::shared_of_team(&mut *self.store.read().await?, team_id, limit, offset).await?)
    }

    fn publish_sharing_changed(&self, channel: &Channel) {
        let event = Event::new("channel_converted")
            .data("channel_id", channel.id.as_str())
            .data("channel_type", channel.r#type.letter());
        let to_team = !channel.team_id.is_empty();
        self.publish(if to_team { event.to_team(&channel.team_id) } else { event.to_channel(&channel.id) });
    }
}

fn filled_in(sc: SharedChannel, channel: &Channel) -> SharedChannel {
    let or = |given: String, other: &str| if given.is_empty() { other.to_owned() } else { given };
    let direct = matches!(channel.r#type, ChannelType::Direct | ChannelType::Group);
    SharedChannel {
        team_id: channel.team_id.clone(),
        name: or(sc.name, &channel.name),
        display_name: or(sc.display_name, if direct { "" } else { &channel.display_name }),
        purpose: or(sc.purpose, &channel.purpose),
        header: or(sc.header, &channel.header),
        creator_id: or(sc.creator_id, &channel.creator_id),
        r#type: channel.r#type,
        ..sc
    }
}

fn name_taken(failed: StoreError) -> AppError {
    if failed.is_unique_violation() {
        return error("save.exists", 400, "Another shared channel of the team has this name.").detail(failed);
    }
    failed.into()
}
