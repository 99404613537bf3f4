//! The channels that everybody in a team is in.

use wasmoat_model::{AppError, Channel, ChannelMember, ChannelType, DEFAULT_CHANNEL_NAME, Team, User, new_id, now_ms};
use wasmoat_runtime::CallContext;

use crate::{
    Core,
    store::{Queries as _, StoreError, args},
    websocket::Event,
};

const OFF_TOPIC: &str = "off-topic";

impl Core {
    /// Mattermost's `CreateDefaultChannels`: town-square and off-topic of a new team. No plugin is
    /// told of them.
    ///
    /// # Errors
    ///
    /// Where they cannot be stored.
    pub async fn create_default_channels(&self, _cx: &CallContext, team_id: &str) -> Result<(), AppError> {
        let now = now_ms();
        let mut tx = self.store.write().await?;
        for (name, display_name) in [(DEFAULT_CHANNEL_NAME, "Town Square"), (OFF_TOPIC, "Off-Topic")] {
            let channel = Channel {
                id: new_id(),
                team_id: team_id.to_owned(),
                r#type: ChannelType::Open,
                name: name.to_owned(),
                display_name: display_name.to_owned(),
                create_at: now,
                update_at: now,
                last_post_at: now,
                last_root_post_at: now,
                ..Channel::default()
            };
            tx.insert(&channel).await?;
        }
        tx.commit().await.map_err(StoreError::from)?;
        Ok(())
    }

    /// Mattermost's `JoinDefaultChannels`: the team's default channels get a member; `requestor`
    /// is who added the user to the team. Guests join none.
    ///
    /// # Errors
    ///
    /// Where a membership cannot be stored.
    pub async fn join_default_channels(
        &self,
        cx: &CallContext,
        team: &Team,
        user: &User,
        requestor: Option<&User>,
    ) -> Result<(), AppError> {
        if user.has_role("system_guest") {
            return Ok(());
        }
        for name in self.default_channel_names() {
            let Ok(channel) = self.get_channel_by_name(&team.id, &name, false).await else { continue };
            if channel.r#type != ChannelType::Open {
                continue;
            }
            let member = ChannelMember {
                last_update_at: now_ms(),
                msg_count: channel.total_msg_count,
                msg_count_root: channel.total_msg_count_root,
                ..ChannelMember::new(&channel.id, &user.id)
            };
            self.store.read().await?.upsert(&member).await?;
            self.hub.membership_changed(&channel.id);
            self.post_joined_team(cx, user, &channel, requestor).await;
            let event = Event::new("user_added").data("user_id", user.id.as_str()).data("team_id", team.id.as_str());
            self.publish(event.to_channel(&channel.id));
        }
        Ok(())
    }

    fn default_channel_names(&self) -> Vec<String> {
        let mut names = vec![DEFAULT_CHANNEL_NAME.to_owned()];
        let config = self.config.get();
        let configured = config.list("TeamSettings.ExperimentalDefaultChannels");
        if configured.is_empty() {
            names.push(OFF_TOPIC.to_owned());
        }
        names.extend(configured.into_iter().filter(|name| *name != DEFAULT_CHANNEL_NAME).map(str::to_owned));
        names
    }

    /// Says in town-square that the user leaves the team, and takes the user out of all its
    /// channels. `requestor` is who removes the user.
    ///
    /// # Errors
    ///
    /// Where the memberships cannot be removed.
    pub async fn leave_team_channels(
        &self,
        cx: &CallContext,
        team: &Team,
        user: &User,
        requestor: Option<&User>,
    ) -> Result<(), AppError> {
        if let Ok(square) = self.get_channel_by_name(&team.id, DEFAULT_CHANNEL_NAME, false).await {
            self.post_left_team(cx, user, &square, requestor).await;
        }
        let sql = "SELECT channel_id FROM channel_members JOIN channels ON channels.id = channel_members.channel_id
            WHERE channel_members.user_id = $1 AND channels.team_id = $2";
        let mut tx = self.store.write().await?;
        let channel_ids: Vec<String> = tx.values(sql, args![user.id, team.id]).await?;
        let sql = "DELETE FROM channel_members WHERE user_id = $1
            AND channel_id IN (SELECT id FROM channels WHERE team_id = $2)";
        tx.run(sql, args![user.id, team.id]).await?;
        let sql = "DELETE FROM thread_memberships WHERE user_id = $1
            AND post_id IN (SELECT post_id FROM threads WHERE team_id = $2)";
        tx.run(sql, args![user.id, team.id]).await?;
        for channel_id in &channel_ids {
            crate::groups::departed(&mut tx, channel_id, &user.id).await?;
        }
        crate::sidebar::left_team(&mut tx, &team.id, &user.id).await?;
        tx.commit().await.map_err(StoreError::from)?;
        for channel_id in channel_ids {
            self.hub.membership_changed(&channel_id);
        }
        Ok(())
    }
}
