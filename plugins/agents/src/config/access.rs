//! Who may use an agent, and where.

use serde::Deserialize;
use wasmoat::team_members;

/// Who may use an agent, and where. Without a word, everybody everywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Access {
    /// What the list of channels is for.
    pub channel_access_level: AccessLevel,
    /// Channels.
    #[serde(rename = "channelIDs")]
    pub channel_ids: Vec<String>,
    /// What the lists of users and teams are for.
    pub user_access_level: AccessLevel,
    /// Users.
    #[serde(rename = "userIDs")]
    pub user_ids: Vec<String>,
    /// Teams, for all their members.
    #[serde(rename = "teamIDs")]
    pub team_ids: Vec<String>,
}

/// What a list is for. A number that is none of Mattermost's four is `none`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "i64")]
pub enum AccessLevel {
    /// 0: for nothing, all may.
    #[default]
    All,
    /// 1: those on it may.
    Allow,
    /// 2: those on it may not.
    Block,
    /// 3: for nothing, nobody may.
    None,
}

impl From<i64> for AccessLevel {
    fn from(number: i64) -> Self {
        match number {
            0 => Self::All,
            1 => Self::Allow,
            2 => Self::Block,
            _ => Self::None,
        }
    }
}

impl AccessLevel {
    /// Whether somebody may; the list is only asked where it matters.
    fn admits(self, is_listed: impl FnOnce() -> bool) -> bool {
        match self {
            Self::All => true,
            Self::Allow => is_listed(),
            Self::Block => !is_listed(),
            Self::None => false,
        }
    }
}

impl Access {
    /// Mattermost's rule for calls of other plugins: without a user nothing is asked, with one the
    /// user, and with a channel too that channel.
    pub fn admits(&self, user_id: &str, channel_id: &str) -> bool {
        user_id.is_empty()
            || self.user_access_level.admits(|| self.lists_user(user_id))
                && (channel_id.is_empty()
                    || self.channel_access_level.admits(|| self.channel_ids.iter().any(|listed| listed == channel_id)))
    }

    fn lists_user(&self, user_id: &str) -> bool {
        let in_team = |team_id: &String| {
            // Who has left is still a member, of the past.
            team_members::get_team_member(team_id, user_id).is_ok_and(|member| member.delete_at == 0)
        };
        self.user_ids.iter().any(|listed| listed == user_id) || self.team_ids.iter().any(in_team)
    }
}
