//! Applying what happened at a remote.

use wasmoat_model::{
    AppError, Channel, ChannelType, MembershipChangeMsg, RemoteCluster, SharedChannel, Status, SyncMsg, SyncResponse,
};
use wasmoat_runtime::{CallContext, Source};

use super::{error, not_shared, store, sync_store};
use crate::Core;

/// Most entries of each list of a batch.
const ENTRIES: usize = 1_000;

/// Where a batch comes from and goes to.
struct Arrival {
    /// The server's own act: a remote's message is not one that a plugin posts.
    cx: CallContext,
    remote: RemoteCluster,
    /// None for users alone.
    channel: Option<(Channel, SharedChannel)>,
}

impl Core {
    /// Mattermost's `ReceiveSharedChannelSyncMsg`: applies a batch of one of the plugin's remotes.
    /// What could not be applied is listed in the answer.
    ///
    /// # Errors
    ///
    /// 400 where the service is off or the batch is too large; 404 where the remote is not the
    /// plugin's, or the channel not shared with it.
    pub async fn receive_shared_channel_sync_msg(
        &self,
        cx: &CallContext,
        plugin_id: &str,
        remote_id: &str,
        msg: &SyncMsg,
    ) -> Result<SyncResponse, AppError> {
        self.require_shared_channels()?;
        check_size(msg)?;
        let remote = self.own_remote(plugin_id, remote_id).await?;
        let channel = if msg.channel_id.is_empty() {
            None
        } else {
            Some(self.receiving_channel(&remote, &msg.channel_id).await?)
        };
        let cx = CallContext { source: Source::Core, ..cx.clone() };
        let arrival = Arrival { cx, remote, channel };
        let mut response = SyncResponse::default();
        self.receive_users(&arrival, msg, &mut response).await;
        if let Some((channel, shared)) = &arrival.channel {
            self.receive_memberships(&arrival, channel, msg, &mut response).await;
            if shared.readonly {
                response.post_errors = msg.posts.iter().map(|post| post.id.clone()).collect();
            } else {
                self.receive_posts(&arrival, channel, msg, &mut response).await;
            }
            self.receive_reactions(&arrival, channel, msg, &mut response).await;
        }
        self.receive_statuses(&arrival, msg, &mut response).await;
        Ok(response)
    }

    async fn receiving_channel(
        &self,
        remote: &RemoteCluster,
        channel_id: &str,
    ) -> Result<(Channel, SharedChannel), AppError> {
        let shared = self.get_shared_channel(channel_id).await?;
        let invitation = store::invitation(&mut *self.store.read().await?, channel_id, &remote.remote_id).await?;
        if invitation.is_none_or(|invitation| invitation.delete_at > 0) {
            return Err(not_shared(channel_id));
        }
        Ok((self.get_channel(channel_id).await?, shared))
    }

    async fn receive_users(&self, arrival: &Arrival, msg: &SyncMsg, response: &mut SyncResponse) {
        let channel = arrival.channel.as_ref().map(|(channel, _)| channel);
        for (id, user) in &msg.users {
            let received = if *id == user.id {
                self.receive_user(&arrival.cx, &arrival.remote, channel, user).await
            } else {
                Err(error("user.id", 400, "The user has another id than the entry."))
            };
            if note(received, "user", id, &mut response.user_errors) {
                response.users_syncd.push(id.clone());
                response.users_last_update_at = response.users_last_update_at.max(user.update_at);
            }
        }
    }

    async fn receive_posts(&self, arrival: &Arrival, channel: &Channel, msg: &SyncMsg, response: &mut SyncResponse) {
        for post in &msg.posts {
            let received = self.receive_post(&arrival.cx, &arrival.remote, channel, post).await;
            if note(received, "post", &post.id, &mut response.post_errors) {
                response.posts_last_update_at = response.posts_last_update_at.max(post.update_at);
            }
        }
    }

    async fn receive_reactions(
        &self,
        arrival: &Arrival,
        channel: &Channel,
        msg: &SyncMsg,
        response: &mut SyncResponse,
    ) {
        for reaction in &msg.reactions {
            let received = self.receive_reaction(&arrival.cx, &arrival.remote, channel, reaction).await;
            if note(received, "reaction", &reaction.post_id, &mut response.reaction_errors) {
                response.reactions_last_update_at = response.reactions_last_update_at.max(reaction.update_at);
            }
        }
        for given in &msg.acknowledgements {
            let received = self.receive_acknowledgement(&arrival.remote, channel, given).await;
            if note(received, "acknowledgement", &given.post_id, &mut response.acknowledgement_errors) {
                let time = &mut response.acknowledgements_last_update_at;
                *time = (*time).max(given.acknowledged_at);
            }
        }
    }

    async fn receive_memberships(
        &self,
        arrival: &Arrival,
        channel: &Channel,
        msg: &SyncMsg,
        response: &mut SyncResponse,
    ) {
        for change in &msg.membership_changes {
            let received = self.receive_membership(arrival, channel, change).await;
            note(received, "membership", &change.user_id, &mut response.membership_errors);
        }
    }

    async fn receive_membership(
        &self,
        arrival: &Arrival,
        channel: &Channel,
        change: &MembershipChangeMsg,
    ) -> Result<(), AppError> {
        let (cx, remote) = (&arrival.cx, &arrival.remote);
        if change.channel_id != channel.id || matches!(channel.r#type, ChannelType::Direct | ChannelType::Group) {
            return Err(error("membership.channel", 400, "The membership is of another channel."));
        }
        let user = self.remote_user(remote, &change.user_id).await?;
        if change.is_add {
            return self.join_remote_user(cx, remote, channel, &user).await;
        }
        match self.remove_user_from_channel(cx, &user.id, &user.id, channel).await {
            Err(gone) if gone.status_code == 404 => {}
            other => other?,
        }
        let mut connection = self.store.read().await?;
        sync_store::knows_membership(&mut connection, &channel.id, &remote.remote_id, &user.id, false).await?;
        Ok(())
    }

    async fn receive_statuses(&self, arrival: &Arrival, msg: &SyncMsg, response: &mut SyncResponse) {
        for status in &msg.statuses {
            let received = self.receive_status(&arrival.remote, status).await;
            note(received, "status", &status.user_id, &mut response.status_errors);
        }
    }

    async fn receive_status(&self, remote: &RemoteCluster, status: &Status) -> Result<(), AppError> {
        use wasmoat_model::{STATUS_AWAY, STATUS_DND, STATUS_OFFLINE, STATUS_ONLINE, STATUS_OUT_OF_OFFICE};
        self.remote_user(remote, &status.user_id).await?;
        let known = [STATUS_AWAY, STATUS_DND, STATUS_OFFLINE, STATUS_ONLINE, STATUS_OUT_OF_OFFICE];
        if !known.contains(&status.status.as_str()) {
            return Err(error("status", 400, "The status is unknown."));
        }
        let status = Status { active_channel: String::new(), ..status.clone() };
        self.save_status(&status, true).await
    }
}

fn check_size(msg: &SyncMsg) -> Result<(), AppError> {
    let lists = [
        msg.users.len(),
        msg.posts.len(),
        msg.reactions.len(),
        msg.statuses.len(),
        msg.membership_changes.len(),
        msg.acknowledgements.len(),
    ];
    if lists.into_iter().all(|entries| entries <= ENTRIES) {
        return Ok(());
    }
    Err(error("sync_msg.too_large", 400, format!("A batch has at most {ENTRIES} entries of each kind.")))
}

/// Lists what failed; whether it went well.
fn note(received: Result<(), AppError>, what: &str, id: &str, errors: &mut Vec<String>) -> bool {
    match received {
        Ok(()) => true,
        Err(error) => {
            tracing::debug!(what, id, %error, "an entry of a remote's batch was not applied");
            errors.push(id.to_owned());
            false
        }
    }
}
