//! What goes between a shared channel and a remote.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::{Post, Reaction, Status, User};

/// Somebody joined or left a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
pub struct MembershipChangeMsg {
    /// The channel.
    #[component(name = "channel-id")]
    pub channel_id: String,
    /// Who.
    #[component(name = "user-id")]
    pub user_id: String,
    /// Joined; else left.
    #[component(name = "is-add")]
    pub is_add: bool,
    /// Where it happened.
    #[component(name = "remote-id")]
    pub remote_id: String,
    /// When.
    #[component(name = "change-time")]
    pub change_time: i64,
}

/// Somebody has confirmed a post that asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct PostAcknowledgement {
    /// Who.
    #[component(name = "user-id")]
    pub user_id: String,
    /// The post.
    #[component(name = "post-id")]
    pub post_id: String,
    /// When; 0 is withdrawn.
    #[component(name = "acknowledged-at")]
    pub acknowledged_at: i64,
    /// Channel of the post.
    #[component(name = "channel-id")]
    pub channel_id: String,
    /// Set for users of a remote.
    #[component(name = "remote-id")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_id: Option<String>,
}

/// A batch of changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
pub struct SyncMsg {
    /// Id of the batch.
    pub id: String,
    /// The channel; empty for users alone.
    #[component(name = "channel-id")]
    pub channel_id: String,
    /// Users, by id.
    pub users: Vec<(String, User)>,
    /// Posts, oldest first.
    pub posts: Vec<Post>,
    /// Reactions that were added or removed.
    pub reactions: Vec<Reaction>,
    /// Presence.
    pub statuses: Vec<Status>,
    /// Who joined and who left.
    #[component(name = "membership-changes")]
    pub membership_changes: Vec<MembershipChangeMsg>,
    /// Confirmations of posts.
    pub acknowledgements: Vec<PostAcknowledgement>,
    /// Mention in a message to id of the user.
    #[component(name = "mention-transforms")]
    pub mention_transforms: Vec<(String, String)>,
}

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
pub struct SyncResponse {
    /// Time of the last user that was handled; 0 is all.
    #[component(name = "users-last-update-at")]
    pub users_last_update_at: i64,
    /// Users to send again.
    #[component(name = "user-errors")]
    pub user_errors: Vec<String>,
    /// Users that are there now.
    #[component(name = "users-syncd")]
    pub users_syncd: Vec<String>,
    /// Time of the last post that was handled; 0 is all.
    #[component(name = "posts-last-update-at")]
    pub posts_last_update_at: i64,
    /// Posts to send again.
    #[component(name = "post-errors")]
    pub post_errors: Vec<String>,
    /// Time of the last reaction that was handled; 0 is all.
    #[component(name = "reactions-last-update-at")]
    pub reactions_last_update_at: i64,
    /// Posts whose reactions are to be sent again.
    #[component(name = "reaction-errors")]
    pub reaction_errors: Vec<String>,
    /// Time of the last acknowledgement that was handled; 0 is all.
    #[component(name = "acknowledgements-last-update-at")]
    pub acknowledgements_last_update_at: i64,
    /// Posts whose acknowledgements are to be sent again.
    #[component(name = "acknowledgement-errors")]
    pub acknowledgement_errors: Vec<String>,
    /// Users whose presence did not arrive.
    #[component(name = "status-errors")]
    pub status_errors: Vec<String>,
    /// Users whose membership is to be sent again.
    #[component(name = "membership-errors")]
    pub membership_errors: Vec<String>,
}

impl SyncMsg {
    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
            && self.posts.is_empty()
            && self.reactions.is_empty()
            && self.statuses.is_empty()
            && self.membership_changes.is_empty()
            && self.acknowledgements.is_empty()
    }
}
