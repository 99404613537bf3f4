//! What is looked at before a function is called.

use wasmoat_model::{AppError, ChannelMemberIdentifier, UserSearch, WebsocketBroadcast};
use wasmoat_runtime::{Caller, OUT_OF_SCOPE, Place};

use crate::{
    Core,
    api::Api,
    store::{Queries as _, args},
};

/// The teams and channels that a plugin is kept to.
#[derive(Debug)]
pub(super) struct Scope {
    core: Core,
    caller: Caller,
}

impl Scope {
    /// Of the plugin that calls.
    pub(super) fn of(api: &Api<'_>) -> Self {
        Self { core: api.core.clone(), caller: api.caller.clone() }
    }

    /// Whether a place is within it.
    pub(super) async fn covers(&self, place: Place<'_>) -> bool {
        self.core.is_place_in_scope(self.caller.consent(), place).await
    }

    /// The same words for what is elsewhere and for what is nowhere: a plugin must not learn which.
    pub(super) fn refusal(&self) -> AppError {
        let message = format!(
            "Plugin `{}` is kept to some teams and channels (wasmoat plugin permissions {0}), and this is not among them.",
            self.caller.plugin_id
        );
        AppError::new("Scope", OUT_OF_SCOPE, 403, message)
    }

    pub(super) async fn place(&self, place: Place<'_>) -> Result<(), AppError> {
        if self.covers(place).await { Ok(()) } else { Err(self.refusal()) }
    }

    /// Content of a channel.
    pub(super) async fn channel(&self, id: &str) -> Result<(), AppError> {
        self.place(Place::Channel(id)).await
    }

    /// What is known of a team.
    pub(super) async fn team(&self, id: &str) -> Result<(), AppError> {
        self.place(Place::Team(id)).await
    }

    /// A team with all its channels, those to come as well.
    pub(super) async fn whole_team(&self, id: &str) -> Result<(), AppError> {
        if self.caller.consent().channels.is_some() {
            return Err(self.refusal());
        }
        self.team(id).await
    }

    /// A post, a deleted one too.
    pub(super) async fn post(&self, id: &str) -> Result<(), AppError> {
        self.channel_of("SELECT channel_id FROM posts WHERE id = $1", id).await
    }

    /// A file, a deleted one too.
    pub(super) async fn file(&self, id: &str) -> Result<(), AppError> {
        self.channel_of("SELECT channel_id FROM file_infos WHERE id = $1", id).await
    }

    /// Several files.
    pub(super) async fn files(&self, ids: &[String]) -> Result<(), AppError> {
        for id in ids {
            self.file(id).await?;
        }
        Ok(())
    }

    /// An upload that is going on.
    pub(super) async fn upload(&self, id: &str) -> Result<(), AppError> {
        self.channel_of("SELECT channel_id FROM upload_sessions WHERE id = $1", id).await
    }

    /// Memberships.
    pub(super) async fn memberships(&self, members: &[ChannelMemberIdentifier]) -> Result<(), AppError> {
        for member in members {
            self.channel(&member.channel_id).await?;
        }
        Ok(())
    }

    /// Who receives an event. One to users, or to everybody, shows no content but the plugin's own.
    pub(super) async fn broadcast(&self, to: &WebsocketBroadcast) -> Result<(), AppError> {
        self.named(&[&to.channel_id], &[&to.team_id]).await
    }

    /// Where people are looked for.
    pub(super) async fn search(&self, search: &UserSearch) -> Result<(), AppError> {
        let UserSearch { team_id, not_in_team_id, in_channel_id, not_in_channel_id, .. } = search;
        self.named(&[in_channel_id, not_in_channel_id], &[team_id, not_in_team_id]).await
    }

    async fn named(&self, channels: &[&String], teams: &[&String]) -> Result<(), AppError> {
        for id in channels.iter().filter(|id| !id.is_empty()) {
            self.channel(id).await?;
        }
        for id in teams.iter().filter(|id| !id.is_empty()) {
            self.team(id).await?;
        }
        Ok(())
    }

    async fn channel_of(&self, sql: &str, id: &str) -> Result<(), AppError> {
        let channel: Option<String> = self.core.store.read().await?.value(sql, args![id]).await?;
        self.channel(&channel.unwrap_or_default()).await
    }
}
