//! Presence.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::json;

/// Whether a user is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct Status {
    /// Whose presence.
    #[component(name = "user-id")]
    pub user_id: String,
    /// `online`, `away`, `dnd`, `offline`, or `ooo`.
    pub status: String,
    /// Chosen by the user, so that inactivity does not change it.
    pub manual: bool,
    /// Time of the last activity.
    #[component(name = "last-activity-at")]
    pub last_activity_at: i64,
    /// Channel in view; towards clients empty.
    #[component(name = "active-channel")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub active_channel: String,
    /// End of a timed `dnd`, in SECONDS since 1970, a whole minute; 0 is until changed.
    #[component(name = "dnd-end-time")]
    pub dnd_end_time: i64,
    /// What to go back to when a timed `dnd` ends.
    #[component(name = "prev-status")]
    #[serde(skip)]
    pub prev_status: String,
}

/// Present and active.
pub const STATUS_ONLINE: &str = "online";
/// Present, inactive.
pub const STATUS_AWAY: &str = "away";
/// Does not want to be disturbed.
pub const STATUS_DND: &str = "dnd";
/// Not connected.
pub const STATUS_OFFLINE: &str = "offline";
/// Out of office.
pub const STATUS_OUT_OF_OFFICE: &str = "ooo";
