//! Shared channels and the remotes they are shared with.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::{AppError, ChannelType, is_valid_id, json};

/// What a plugin says when it registers a remote.
#[derive(Clone, Debug, Default, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
pub struct RegisterPluginOpts {
    /// Shown in status.
    pub displayname: String,
    /// Forced to the calling plugin.
    #[component(name = "plugin-id")]
    pub plugin_id: String,
    /// Who registers.
    #[component(name = "creator-id")]
    pub creator_id: String,
    /// Share new direct messages by itself.
    #[component(name = "auto-share-dms")]
    pub auto_share_dms: bool,
    /// Invite to every shared channel.
    #[component(name = "auto-invited")]
    pub auto_invited: bool,
    /// Tells the remotes of one plugin apart.
    #[component(name = "site-url")]
    pub site_url: String,
}

/// Somewhere else: here, what a plugin stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct RemoteCluster {
    /// Id.
    #[component(name = "remote-id")]
    pub remote_id: String,
    /// Unused.
    #[component(name = "remote-team-id")]
    pub remote_team_id: String,
    /// 1 to 64 bytes of letters, digits, `.`, `-` and `_`.
    pub name: String,
    /// Name for people.
    #[component(name = "display-name")]
    pub display_name: String,
    /// Unique address.
    #[component(name = "site-url")]
    pub site_url: String,
    /// Team of new channels, or empty.
    #[component(name = "default-team-id")]
    pub default_team_id: String,
    /// Time of registration.
    #[component(name = "create-at")]
    pub create_at: i64,
    /// Time of deletion; 0 when live.
    #[component(name = "delete-at")]
    pub delete_at: i64,
    /// Last good ping.
    #[component(name = "last-ping-at")]
    pub last_ping_at: i64,
    /// Last time that all users were sent.
    #[component(name = "last-global-user-sync-at")]
    pub last_global_user_sync_at: i64,
    /// Secret.
    #[serde(skip_serializing_if = "json::is_default")]
    pub token: String,
    /// Secret.
    #[component(name = "remote-token")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub remote_token: String,
    /// What it listens to.
    pub topics: String,
    /// Who registered it.
    #[component(name = "creator-id")]
    pub creator_id: String,
    /// The plugin that stands for it.
    #[component(name = "plugin-id")]
    pub plugin_id: String,
    /// Bits: see [`REMOTE_AUTO_SHARE_DMS`] and [`REMOTE_AUTO_INVITED`].
    pub options: u32,
}

/// Direct messages with users of the remote are shared by themselves.
pub const REMOTE_AUTO_SHARE_DMS: u32 = 32;

/// The remote is invited to every shared channel.
pub const REMOTE_AUTO_INVITED: u32 = 64;

/// Longest name of a remote, in bytes.
pub const REMOTE_NAME_MAX_LENGTH: usize = 64;

/// A remote is offline so many milliseconds after its last good ping.
pub const REMOTE_OFFLINE_AFTER: i64 = 5 * 60 * 1000;

impl RemoteCluster {
    /// Whether it answered a ping lately.
    #[must_use]
    pub fn is_online(&self, now: i64) -> bool {
        self.last_ping_at > now.saturating_sub(REMOTE_OFFLINE_AFTER)
    }

    /// What others may see of it.
    #[must_use]
    pub fn sanitized(self) -> Self {
        Self { token: String::new(), remote_token: String::new(), ..self }
    }

    /// Mattermost's `RemoteCluster.IsValid`.
    ///
    /// # Errors
    ///
    /// 400 `model.cluster.is_valid.…` for the first rule that is broken.
    pub fn is_valid(&self) -> Result<(), AppError> {
        let field = if !is_valid_id(&self.remote_id) {
            "id"
        } else if !is_valid_remote_name(&self.name) {
            "name"
        } else if self.create_at == 0 {
            "create_at"
        } else if !is_valid_id(&self.creator_id) {
            "creator_id"
        } else {
            return Ok(());
        };
        let id = format!("model.cluster.is_valid.{field}.app_error");
        Err(AppError::new("RemoteCluster.IsValid", &id, 400, format!("The remote's `{field}` is not valid.")))
    }
}

/// 1 to 64 bytes of letters, digits, `.`, `-` and `_`.
#[must_use]
pub fn is_valid_remote_name(name: &str) -> bool {
    (1..=REMOTE_NAME_MAX_LENGTH).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

/// A channel that is shared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct SharedChannel {
    /// Id of the channel.
    pub id: String,
    /// Its team; empty for direct and group messages.
    #[component(name = "team-id")]
    pub team_id: String,
    /// It is at home here.
    pub home: bool,
    /// Remotes may not write.
    pub readonly: bool,
    /// URL name towards remotes.
    pub name: String,
    /// At most 64 characters.
    #[component(name = "display-name")]
    pub display_name: String,
    /// At most 250 characters.
    pub purpose: String,
    /// At most 1024 characters.
    pub header: String,
    /// Who shared it.
    #[component(name = "creator-id")]
    pub creator_id: String,
    /// Time of sharing.
    #[component(name = "create-at")]
    pub create_at: i64,
    /// Time of the last change.
    #[component(name = "update-at")]
    pub update_at: i64,
    /// Where it is at home, if not here.
    #[component(name = "remote-id")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub remote_id: String,
    /// Kind of the channel.
    #[component(name = "type")]
    #[serde(rename = "Type")]
    pub r#type: ChannelType,
}

impl SharedChannel {
    /// Mattermost's `SharedChannel.IsValid`.
    ///
    /// # Errors
    ///
    /// 400 `model.channel.is_valid.…` for the first rule that is broken.
    pub fn is_valid(&self) -> Result<(), AppError> {
        let long = |text: &str, most: usize| text.chars().count() > most;
        let direct = matches!(self.r#type, ChannelType::Direct | ChannelType::Group);
        let field = if !is_valid_id(&self.id) {
            "id"
        } else if !direct && !is_valid_id(&self.team_id) {
            "team_id"
        } else if self.create_at == 0 {
            "create_at"
        } else if self.update_at == 0 {
            "update_at"
        } else if long(&self.display_name, 64) {
            "display_name"
        } else if !is_valid_share_name(&self.name) {
            "1_or_more"
        } else if long(&self.header, 1024) {
            "header"
        } else if long(&self.purpose, 250) {
            "purpose"
        } else if !is_valid_id(&self.creator_id) {
            "creator_id"
        } else if !self.home && !is_valid_id(&self.remote_id) {
            "remote_id"
        } else {
            return Ok(());
        };
        let id = format!("model.channel.is_valid.{field}.app_error");
        Err(AppError::new("SharedChannel.IsValid", &id, 400, format!("The shared channel's `{field}` is not valid.")))
    }
}

/// The rule of channel names: 1 to 64 bytes of lower-case letters, digits, `-` and `_`.
fn is_valid_share_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.'))
}

/// How far a remote has been told of a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
pub struct GetPostsSinceForSyncCursor {
    /// Time of the last change that was sent.
    #[component(name = "last-post-update-at")]
    pub last_post_update_at: i64,
    /// The post of that change.
    #[component(name = "last-post-update-id")]
    pub last_post_update_id: String,
    /// Time at which the last new post that was sent was made.
    #[component(name = "last-post-create-at")]
    pub last_post_create_at: i64,
    /// That post.
    #[component(name = "last-post-create-id")]
    pub last_post_create_id: String,
}

/// A remote that is invited to a shared channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SharedChannelRemote {
    /// Id.
    pub id: String,
    /// The channel.
    pub channel_id: String,
    /// Who invited it.
    pub creator_id: String,
    /// Time of the invitation.
    pub create_at: i64,
    /// Time of the last change.
    pub update_at: i64,
    /// Time at which it ended; 0 when live.
    pub delete_at: i64,
    /// The remote has accepted.
    pub is_invite_accepted: bool,
    /// The invitation has arrived.
    pub is_invite_confirmed: bool,
    /// The remote.
    pub remote_id: String,
    /// See the cursor.
    #[serde(rename = "last_post_at")]
    pub last_post_update_at: i64,
    /// See the cursor.
    #[serde(rename = "last_post_id")]
    pub last_post_update_id: String,
    /// See the cursor.
    pub last_post_create_at: i64,
    /// See the cursor.
    pub last_post_create_id: String,
}

impl SharedChannelRemote {
    /// How far the remote has been told.
    #[must_use]
    pub fn cursor(&self) -> GetPostsSinceForSyncCursor {
        GetPostsSinceForSyncCursor {
            last_post_update_at: self.last_post_update_at,
            last_post_update_id: self.last_post_update_id.clone(),
            last_post_create_at: self.last_post_create_at,
            last_post_create_id: self.last_post_create_id.clone(),
        }
    }
}
