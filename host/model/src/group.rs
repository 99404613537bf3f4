//! User groups and their members.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::{AppError, is_valid_id, json};

/// Source of the groups that users make.
pub const GROUP_SOURCE_CUSTOM: &str = "custom";
/// Source of the groups of a directory.
pub const GROUP_SOURCE_LDAP: &str = "ldap";
/// How the sources of plugins begin.
pub const GROUP_SOURCE_PLUGIN_PREFIX: &str = "plugin_";

/// Longest name, in bytes.
pub const GROUP_NAME_MAX_LENGTH: usize = 64;
/// Longest display name, in bytes.
pub const GROUP_DISPLAY_NAME_MAX_LENGTH: usize = 128;
/// Longest description, in bytes.
pub const GROUP_DESCRIPTION_MAX_LENGTH: usize = 1024;
/// Longest source, in bytes.
pub const GROUP_SOURCE_MAX_LENGTH: usize = 64;
/// Longest remote id, in bytes.
pub const GROUP_REMOTE_ID_MAX_LENGTH: usize = 48;

/// Names that mean something else in a message.
const RESERVED: [&str; 3] = ["all", "channel", "here"];

/// A user group: of a directory, made by users, or of a plugin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct Group {
    /// Id; filled on create.
    pub id: String,
    /// 1 to 64 bytes of `a-z 0-9 . - _`, unique. Needed where `allow_reference` is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// 1 to 128 bytes.
    #[component(name = "display-name")]
    pub display_name: String,
    /// At most 1024 bytes.
    pub description: String,
    /// `ldap`, `custom`, or a text that begins with `plugin_`; at most 64 bytes.
    pub source: String,
    /// Id at the source, at most 48 bytes; unique with the source.
    #[component(name = "remote-id")]
    pub remote_id: Option<String>,
    /// Time of creation.
    #[component(name = "create-at")]
    pub create_at: i64,
    /// Time of the last change.
    #[component(name = "update-at")]
    pub update_at: i64,
    /// Time of deletion; 0 when live.
    #[component(name = "delete-at")]
    pub delete_at: i64,
    /// Linked to a team or a channel; filled on read.
    #[component(name = "has-syncables")]
    pub has_syncables: bool,
    /// Members with an active account; only where it was asked for.
    #[component(name = "member-count")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member_count: Option<i32>,
    /// Messages may name the group.
    #[component(name = "allow-reference")]
    pub allow_reference: bool,
    /// Members who are in the channel that was asked about.
    #[component(name = "channel-member-count")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_member_count: Option<i32>,
    /// Different time zones of those.
    #[component(name = "channel-member-timezones-count")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_member_timezones_count: Option<i32>,
    /// Ids of the members; only where it was asked for.
    #[component(name = "member-ids")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub member_ids: Vec<String>,
}

fn invalid(field: &str, message: String) -> AppError {
    AppError::new("Group.IsValid", &format!("model.group.{field}.app_error"), 400, message)
}

impl Group {
    /// Whether the group's members and links come from elsewhere.
    #[must_use]
    pub fn is_syncable(&self) -> bool {
        self.source == GROUP_SOURCE_LDAP || self.is_of_plugin()
    }

    fn is_of_plugin(&self) -> bool {
        self.source.len() > GROUP_SOURCE_PLUGIN_PREFIX.len() && self.source.starts_with(GROUP_SOURCE_PLUGIN_PREFIX)
    }

    /// Mattermost's `Group.IsValidForCreate`.
    ///
    /// # Errors
    ///
    /// 400 `model.group.…` for the first rule that is broken.
    pub fn is_valid_for_create(&self) -> Result<(), AppError> {
        self.is_valid_name()?;
        if !(1..=GROUP_DISPLAY_NAME_MAX_LENGTH).contains(&self.display_name.len()) {
            let text = format!("A display name has 1 to {GROUP_DISPLAY_NAME_MAX_LENGTH} bytes.");
            return Err(invalid("display_name", text));
        }
        if self.description.len() > GROUP_DESCRIPTION_MAX_LENGTH {
            let text = format!("A description has at most {GROUP_DESCRIPTION_MAX_LENGTH} bytes.");
            return Err(invalid("description", text));
        }
        let known = self.is_syncable() || self.source == GROUP_SOURCE_CUSTOM;
        if !known || self.source.len() > GROUP_SOURCE_MAX_LENGTH {
            let text = format!("A source is `ldap`, `custom` or begins with `{GROUP_SOURCE_PLUGIN_PREFIX}`.");
            return Err(invalid("source", text));
        }
        let remote_id = self.remote_id.as_deref().unwrap_or_default();
        if remote_id.len() > GROUP_REMOTE_ID_MAX_LENGTH || (remote_id.is_empty() && self.is_syncable()) {
            let text = format!("A group of `{}` has a remote id of 1 to 48 bytes.", self.source);
            return Err(invalid("remote_id", text));
        }
        Ok(())
    }

    /// Mattermost's `Group.IsValidForUpdate`.
    ///
    /// # Errors
    ///
    /// As for creating, and 400 without id or times.
    pub fn is_valid_for_update(&self) -> Result<(), AppError> {
        if !is_valid_id(&self.id) {
            return Err(AppError::new("Group.IsValid", "app.group.id.app_error", 400, "The group's id is not valid."));
        }
        if self.create_at == 0 {
            return Err(invalid("create_at", "The group has no time of creation.".to_owned()));
        }
        if self.update_at == 0 {
            return Err(invalid("update_at", "The group has no time of change.".to_owned()));
        }
        self.is_valid_for_create()
    }

    fn is_valid_name(&self) -> Result<(), AppError> {
        let Some(name) = &self.name else {
            if self.allow_reference {
                return Err(invalid("name", "A group that messages may name needs a name.".to_owned()));
            }
            return Ok(());
        };
        if !(1..=GROUP_NAME_MAX_LENGTH).contains(&name.len()) {
            return Err(invalid("name.invalid_length", format!("A name has 1 to {GROUP_NAME_MAX_LENGTH} bytes.")));
        }
        if RESERVED.contains(&name.as_str()) {
            return Err(invalid("name.reserved_name", format!("`{name}` means something else in a message.")));
        }
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
        if !name.bytes().all(allowed) {
            return Err(invalid("name.invalid_chars", "A name has `a-z`, `0-9`, `.`, `-` and `_`.".to_owned()));
        }
        Ok(())
    }

    /// Mattermost's `Group.Patch`.
    pub fn patch(&mut self, patch: GroupPatch) {
        self.name = patch.name.or_else(|| self.name.take());
        if let Some(display_name) = patch.display_name {
            self.display_name = display_name;
        }
        if let Some(description) = patch.description {
            self.description = description;
        }
        if let Some(allow_reference) = patch.allow_reference {
            self.allow_reference = allow_reference;
        }
    }
}

/// Mattermost's `GroupPatch`: what a client changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GroupPatch {
    /// New name.
    pub name: Option<String>,
    /// New display name.
    pub display_name: Option<String>,
    /// New description.
    pub description: Option<String>,
    /// Whether messages may name the group.
    pub allow_reference: Option<bool>,
}

/// A user's membership in a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct GroupMember {
    /// The group.
    #[component(name = "group-id")]
    pub group_id: String,
    /// The member.
    #[component(name = "user-id")]
    pub user_id: String,
    /// Time of joining.
    #[component(name = "create-at")]
    pub create_at: i64,
    /// Time of removal; 0 when live.
    #[component(name = "delete-at")]
    pub delete_at: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    type Damage = fn(&mut Group);

    fn group() -> Group {
        Group {
            name: Some("dev.team-1_a".into()),
            display_name: "Dev".into(),
            source: "plugin_people".into(),
            remote_id: Some("r".into()),
            ..Group::default()
        }
    }

    #[test]
    fn a_group_obeys_its_rules() {
        group().is_valid_for_create().unwrap();
        let broken: [(&str, Damage); 8] = [
            ("model.group.name.invalid_length.app_error", |group| group.name = Some(String::new())),
            ("model.group.name.invalid_chars.app_error", |group| group.name = Some("Dev".into())),
            ("model.group.name.reserved_name.app_error", |group| group.name = Some("here".into())),
            ("model.group.name.app_error", |group| (group.name, group.allow_reference) = (None, true)),
            ("model.group.display_name.app_error", |group| group.display_name.clear()),
            ("model.group.description.app_error", |group| group.description = "d".repeat(1025)),
            ("model.group.source.app_error", |group| group.source = "plugin_".into()),
            ("model.group.remote_id.app_error", |group| group.remote_id = None),
        ];
        for (id, damage) in broken {
            let mut group = group();
            damage(&mut group);
            assert_eq!(group.is_valid_for_create().unwrap_err().id, id);
        }
        let custom = Group { source: GROUP_SOURCE_CUSTOM.into(), remote_id: None, ..group() };
        custom.is_valid_for_create().unwrap();
    }
}
