//! Links of groups to teams and channels.

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeMap};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::{AppError, is_valid_id};

/// What a group is linked to; `Team` or `Channel` in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(enum)]
#[repr(u8)]
pub enum GroupSyncableType {
    /// A team.
    #[component(name = "team")]
    #[default]
    Team,
    /// A channel.
    #[component(name = "channel")]
    Channel,
}

impl GroupSyncableType {
    /// `Team` or `Channel`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Team => "Team",
            Self::Channel => "Channel",
        }
    }
}

/// The link of a group to a team or a channel. In JSON its id is `team_id` or `channel_id`.
#[derive(Clone, Debug, Default, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
pub struct GroupSyncable {
    /// The group.
    #[component(name = "group-id")]
    pub group_id: String,
    /// The team or the channel.
    #[component(name = "syncable-id")]
    pub syncable_id: String,
    /// Members of the group become members there.
    #[component(name = "auto-add")]
    pub auto_add: bool,
    /// And they become admins there.
    #[component(name = "scheme-admin")]
    pub scheme_admin: bool,
    /// Time of creation; filled by the server.
    #[component(name = "create-at")]
    pub create_at: i64,
    /// Time of removal; 0 when live.
    #[component(name = "delete-at")]
    pub delete_at: i64,
    /// Time of the last change; filled by the server.
    #[component(name = "update-at")]
    pub update_at: i64,
    /// Which of the two.
    #[component(name = "type")]
    pub r#type: GroupSyncableType,
    /// Only in lists.
    #[component(name = "channel-display-name")]
    pub channel_display_name: String,
    /// Only in lists.
    #[component(name = "team-display-name")]
    pub team_display_name: String,
    /// `O` or `I`; only in lists.
    #[component(name = "team-type")]
    pub team_type: String,
    /// `O` or `P`; only in lists.
    #[component(name = "channel-type")]
    pub channel_type: String,
    /// The team of a linked channel; only in lists.
    #[component(name = "team-id")]
    pub team_id: String,
}

impl GroupSyncable {
    /// Mattermost's `GroupSyncable.IsValid`.
    ///
    /// # Errors
    ///
    /// 400 `model.group_syncable.…` for a bad id.
    pub fn is_valid(&self) -> Result<(), AppError> {
        for (field, id) in [("group_id", &self.group_id), ("syncable_id", &self.syncable_id)] {
            if !is_valid_id(id) {
                let text = format!("The link's `{field}` is not valid.");
                let id = format!("model.group_syncable.{field}.app_error");
                return Err(AppError::new("GroupSyncable.IsValid", &id, 400, text));
            }
        }
        Ok(())
    }
}

fn entry<M: SerializeMap>(map: &mut M, name: &'static str, value: &str) -> Result<(), M::Error> {
    if value.is_empty() { Ok(()) } else { map.serialize_entry(name, value) }
}

impl Serialize for GroupSyncable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.r#type {
            GroupSyncableType::Team => map.serialize_entry("team_id", &self.syncable_id)?,
            GroupSyncableType::Channel => {
                map.serialize_entry("channel_id", &self.syncable_id)?;
                entry(&mut map, "channel_display_name", &self.channel_display_name)?;
                entry(&mut map, "channel_type", &self.channel_type)?;
                entry(&mut map, "team_id", &self.team_id)?;
            }
        }
        entry(&mut map, "team_display_name", &self.team_display_name)?;
        entry(&mut map, "team_type", &self.team_type)?;
        map.serialize_entry("group_id", &self.group_id)?;
        map.serialize_entry("auto_add", &self.auto_add)?;
        map.serialize_entry("scheme_admin", &self.scheme_admin)?;
        map.serialize_entry("create_at", &self.create_at)?;
        map.serialize_entry("delete_at", &self.delete_at)?;
        map.serialize_entry("update_at", &self.update_at)?;
        map.serialize_entry("type", &self.r#type)?;
        map.end()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire {
    group_id: String,
    team_id: String,
    channel_id: String,
    auto_add: bool,
    scheme_admin: bool,
    create_at: i64,
    delete_at: i64,
    update_at: i64,
}

impl<'de> Deserialize<'de> for GroupSyncable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        let (r#type, syncable_id, team_id) = if wire.channel_id.is_empty() {
            (GroupSyncableType::Team, wire.team_id, String::new())
        } else {
            (GroupSyncableType::Channel, wire.channel_id, wire.team_id)
        };
        Ok(Self {
            group_id: wire.group_id,
            syncable_id,
            auto_add: wire.auto_add,
            scheme_admin: wire.scheme_admin,
            create_at: wire.create_at,
            delete_at: wire.delete_at,
            update_at: wire.update_at,
            r#type,
            team_id,
            ..Self::default()
        })
    }
}

/// Mattermost's `GroupSyncablePatch`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GroupSyncablePatch {
    /// Members of the group become members there.
    pub auto_add: Option<bool>,
    /// And they become admins there.
    pub scheme_admin: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_named_after_what_it_is_of() {
        let link = GroupSyncable {
            group_id: "g".into(),
            syncable_id: "c".into(),
            team_id: "t".into(),
            r#type: GroupSyncableType::Channel,
            ..GroupSyncable::default()
        };
        let json = serde_json::to_value(&link).unwrap();
        assert_eq!((json["channel_id"].as_str(), json["team_id"].as_str()), (Some("c"), Some("t")));
        assert_eq!(json["type"], "Channel");
        assert_eq!(serde_json::from_value::<GroupSyncable>(json).unwrap(), link);
    }
}
