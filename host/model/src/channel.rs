//! Channels.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::{AppError, ID_LENGTH, is_valid_id, json};

/// What kind of channel it is; one letter in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(enum)]
#[repr(u8)]
pub enum ChannelType {
    /// `O`: public.
    #[component(name = "open")]
    #[serde(rename = "O")]
    #[default]
    Open,
    /// `P`: private.
    #[component(name = "private")]
    #[serde(rename = "P")]
    Private,
    /// `D`: direct message of two users.
    #[component(name = "direct")]
    #[serde(rename = "D")]
    Direct,
    /// `G`: group message of three to eight users.
    #[component(name = "group")]
    #[serde(rename = "G")]
    Group,
    /// `S`: backing channel of a space.
    #[component(name = "space")]
    #[serde(rename = "S")]
    Space,
    /// `BO`: backing channel of an open board.
    #[component(name = "board-open")]
    #[serde(rename = "BO")]
    BoardOpen,
    /// `BP`: backing channel of a private board.
    #[component(name = "board-private")]
    #[serde(rename = "BP")]
    BoardPrivate,
}

/// Banner at the top of a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct ChannelBannerInfo {
    /// Shown; then the two others are needed.
    pub enabled: Option<bool>,
    /// 1 to 1024 bytes.
    pub text: Option<String>,
    /// `#RGB` or `#RRGGBB`.
    #[component(name = "background-color")]
    pub background_color: Option<String>,
}

/// A channel: public, private, direct or group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct Channel {
    /// Id; filled on create.
    pub id: String,
    /// Time of creation.
    #[component(name = "create-at")]
    pub create_at: i64,
    /// Time of the last change.
    #[component(name = "update-at")]
    pub update_at: i64,
    /// Time of archiving; 0 when live.
    #[component(name = "delete-at")]
    pub delete_at: i64,
    /// Team; empty for direct and group messages.
    #[component(name = "team-id")]
    pub team_id: String,
    /// Kind of channel.
    #[component(name = "type")]
    pub r#type: ChannelType,
    /// At most 64 characters.
    #[component(name = "display-name")]
    pub display_name: String,
    /// URL part: 1 to 64 bytes of lower-case letters, digits, `-` and `_`; unique in the
    /// team. Direct: both user ids, sorted, joined by `__`. Group: SHA-1 hex of the sorted ids.
    pub name: String,
    /// At most 1024 characters.
    pub header: String,
    /// At most 250 characters.
    pub purpose: String,
    /// Time of the last post.
    #[component(name = "last-post-at")]
    pub last_post_at: i64,
    /// Posts, without join and leave lines.
    #[component(name = "total-msg-count")]
    pub total_msg_count: i64,
    /// Legacy; always 0.
    #[component(name = "extra-update-at")]
    pub extra_update_at: i64,
    /// Who created it; may be empty.
    #[component(name = "creator-id")]
    pub creator_id: String,
    /// Permission scheme.
    #[component(name = "scheme-id")]
    pub scheme_id: Option<String>,
    /// Free map.
    #[serde(with = "json::object")]
    pub props: String,
    /// Membership follows linked groups only.
    #[component(name = "group-constrained")]
    pub group_constrained: Option<bool>,
    /// Messages are translated.
    pub autotranslation: bool,
    /// Shared with another server.
    pub shared: Option<bool>,
    /// Root posts only.
    #[component(name = "total-msg-count-root")]
    pub total_msg_count_root: i64,
    /// Retention policy; only some reads fill it.
    #[component(name = "policy-id")]
    pub policy_id: Option<String>,
    /// Time of the last root post.
    #[component(name = "last-root-post-at")]
    pub last_root_post_at: i64,
    /// Banner.
    #[component(name = "banner-info")]
    pub banner_info: Option<ChannelBannerInfo>,
    /// An access policy is attached.
    #[component(name = "policy-enforced")]
    pub policy_enforced: bool,
    /// That policy keeps the membership in step.
    #[component(name = "policy-is-active")]
    pub policy_is_active: bool,
    /// Sidebar category suggested to members.
    #[component(name = "default-category-name")]
    pub default_category_name: String,
    /// Fields of later minor versions.
    #[serde(skip)]
    pub extra: String,
}

/// Counters of a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct ChannelStats {
    /// The channel.
    #[component(name = "channel-id")]
    pub channel_id: String,
    /// Active members, guests included.
    #[component(name = "member-count")]
    pub member_count: i64,
    /// Guests.
    #[component(name = "guest-count")]
    pub guest_count: i64,
    /// Pinned posts.
    #[component(name = "pinnedpost-count")]
    pub pinnedpost_count: i64,
    /// Files.
    #[component(name = "files-count")]
    pub files_count: i64,
}

impl ChannelType {
    /// The letter of JSON and the store.
    #[must_use]
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Open => "O",
            Self::Private => "P",
            Self::Direct => "D",
            Self::Group => "G",
            Self::Space => "S",
            Self::BoardOpen => "BO",
            Self::BoardPrivate => "BP",
        }
    }

    /// The type of a letter.
    #[must_use]
    pub fn from_letter(letter: &str) -> Option<Self> {
        [Self::Open, Self::Private, Self::Direct, Self::Group, Self::Space, Self::BoardOpen, Self::BoardPrivate]
            .into_iter()
            .find(|kind| kind.letter() == letter)
    }
}

/// A change of a channel; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChannelPatch {
    /// New name for people.
    pub display_name: Option<String>,
    /// New URL part.
    pub name: Option<String>,
    /// New header.
    pub header: Option<String>,
    /// New purpose.
    pub purpose: Option<String>,
    /// Whether membership follows groups.
    pub group_constrained: Option<bool>,
    /// New banner; what is absent in it stays.
    pub banner_info: Option<ChannelBannerInfo>,
}

/// Longest name for people, in characters.
pub const CHANNEL_DISPLAY_NAME_MAX_RUNES: usize = 64;
/// Longest URL part, in bytes.
pub const CHANNEL_NAME_MAX_LENGTH: usize = 64;
/// Longest header, in characters.
pub const CHANNEL_HEADER_MAX_RUNES: usize = 1024;
/// Longest purpose, in characters.
pub const CHANNEL_PURPOSE_MAX_RUNES: usize = 250;
/// Longest banner text, in bytes.
pub const CHANNEL_BANNER_MAX_LENGTH: usize = 1024;
/// Fewest users of a group message.
pub const CHANNEL_GROUP_MIN_USERS: usize = 3;
/// Most users of a group message.
pub const CHANNEL_GROUP_MAX_USERS: usize = 8;
/// The channel that everybody in a team is in.
pub const DEFAULT_CHANNEL_NAME: &str = "town-square";

impl Channel {
    /// Open or private: a channel with a name in a team.
    #[must_use]
    pub const fn is_open_or_private(&self) -> bool {
        matches!(self.r#type, ChannelType::Open | ChannelType::Private)
    }

    /// A direct or group message.
    #[must_use]
    pub const fn is_group_or_direct(&self) -> bool {
        matches!(self.r#type, ChannelType::Direct | ChannelType::Group)
    }

    /// The backing channel of a space or a board: it holds posts, and no messages of people.
    #[must_use]
    pub const fn is_backing(&self) -> bool {
        matches!(self.r#type, ChannelType::Space | ChannelType::BoardOpen | ChannelType::BoardPrivate)
    }

    /// The other user of a direct channel; the reader itself where the channel is with oneself.
    #[must_use]
    pub fn other_user_id(&self, user_id: &str) -> Option<&str> {
        if self.r#type != ChannelType::Direct {
            return None;
        }
        let (first, second) = self.name.split_once("__")?;
        if first == user_id {
            Some(second)
        } else if second == user_id {
            Some(first)
        } else {
            None
        }
    }

    /// Overwrites what a patch names.
    pub fn patch(&mut self, patch: ChannelPatch) {
        fn put<T>(field: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *field = value;
            }
        }
        put(&mut self.display_name, patch.display_name);
        put(&mut self.name, patch.name);
        put(&mut self.header, patch.header);
        put(&mut self.purpose, patch.purpose);
        self.group_constrained = patch.group_constrained.or(self.group_constrained);
        if let Some(banner) = patch.banner_info {
            let own = self.banner_info.get_or_insert_default();
            own.enabled = banner.enabled.or(own.enabled);
            own.text = banner.text.or_else(|| own.text.take());
            own.background_color = banner.background_color.or_else(|| own.background_color.take());
        }
    }

    /// Mattermost's `Channel.IsValid`.
    ///
    /// # Errors
    ///
    /// 400 `model.channel.is_valid.…` for the first rule that is broken.
    pub fn is_valid(&self) -> Result<(), AppError> {
        if !is_valid_id(&self.id) {
            return Err(self.invalid("id", "The channel's id is not valid."));
        }
        if self.create_at == 0 {
            return Err(self.invalid("create_at", "The channel has no time of creation."));
        }
        if self.update_at == 0 {
            return Err(self.invalid("update_at", "The channel has no time of change."));
        }
        if self.display_name.chars().count() > CHANNEL_DISPLAY_NAME_MAX_RUNES {
            return Err(self.invalid("display_name", "A channel's display name has at most 64 characters."));
        }
        if !is_valid_channel_identifier(&self.name) {
            let text = "A channel's name has 1 to 64 lower-case letters, digits, `-` and `_`, and begins with a letter or digit.";
            return Err(self.invalid("1_or_more", text));
        }
        if self.is_open_or_private() && (is_direct_name(&self.name) || is_group_name(&self.name)) {
            return Err(self.invalid("name", "This name is kept for direct and group messages."));
        }
        if self.header.chars().count() > CHANNEL_HEADER_MAX_RUNES {
            return Err(self.invalid("header", "A channel's header has at most 1024 characters."));
        }
        if self.purpose.chars().count() > CHANNEL_PURPOSE_MAX_RUNES {
            return Err(self.invalid("purpose", "A channel's purpose has at most 250 characters."));
        }
        if self.creator_id.len() > ID_LENGTH {
            return Err(self.invalid("creator_id", "The creator's id is not valid."));
        }
        if self.group_constrained.is_some() && !self.is_open_or_private() {
            return Err(self.invalid("type", "Only open and private channels can follow groups."));
        }
        self.banner_info.as_ref().map_or(Ok(()), |banner| self.banner_is_valid(banner))
    }

    fn banner_is_valid(&self, banner: &ChannelBannerInfo) -> Result<(), AppError> {
        if banner.enabled != Some(true) {
            return Ok(());
        }
        if !self.is_open_or_private() {
            return Err(self.invalid("banner_info.channel_type", "Only open and private channels have a banner."));
        }
        let text = banner.text.as_deref().unwrap_or_default();
        if text.is_empty() {
            return Err(self.invalid("banner_info.text.empty", "A banner that is shown needs a text."));
        }
        if text.len() > CHANNEL_BANNER_MAX_LENGTH {
            return Err(self.invalid("banner_info.text.invalid_length", "A banner's text has at most 1024 bytes."));
        }
        let color = banner.background_color.as_deref().unwrap_or_default();
        let hex = color.strip_prefix('#').unwrap_or_default();
        if !matches!(hex.len(), 3 | 6) || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(self.invalid("banner_info.background_color", "A banner's colour is `#RGB` or `#RRGGBB`."));
        }
        Ok(())
    }

    fn invalid(&self, field: &str, message: &str) -> AppError {
        AppError::new("Channel.IsValid", &format!("model.channel.is_valid.{field}.app_error"), 400, message)
            .detail(format!("id={}", self.id))
    }
}

/// Mattermost's `IsValidChannelIdentifier`, and the width of its column.
#[must_use]
pub fn is_valid_channel_identifier(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.len() <= CHANNEL_NAME_MAX_LENGTH
        && name.bytes().next().is_some_and(plain)
        && name.bytes().all(|byte| plain(byte) || byte == b'-' || byte == b'_')
}

/// Name of the direct channel of two users: their ids, sorted, joined by `__`.
#[must_use]
pub fn direct_channel_name(one: &str, other: &str) -> String {
    if one <= other { format!("{one}__{other}") } else { format!("{other}__{one}") }
}

fn is_direct_name(name: &str) -> bool {
    name.split_once("__").is_some_and(|(one, other)| is_valid_id(one) && is_valid_id(other))
}

fn is_group_name(name: &str) -> bool {
    name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(name: &str) -> Channel {
        Channel { id: crate::new_id(), create_at: 1, update_at: 1, name: name.into(), ..Channel::default() }
    }

    #[test]
    fn names_are_lower_case_and_begin_with_a_letter_or_digit() {
        for good in ["a", "town-square", "9_lives", "ends-"] {
            assert_eq!(channel(good).is_valid(), Ok(()), "{good}");
        }
        for bad in ["", "Town", "-a", "_a", "a b", "ä", &"a".repeat(65)] {
            assert_eq!(channel(bad).is_valid().unwrap_err().id, "model.channel.is_valid.1_or_more.app_error", "{bad}");
        }
    }

    #[test]
    fn a_channel_cannot_pose_as_a_message_between_people() {
        let direct = direct_channel_name(&crate::new_id(), &crate::new_id());
        for name in [direct.as_str(), "0123456789abcdef0123456789abcdef01234567"] {
            assert_eq!(channel(name).is_valid().unwrap_err().id, "model.channel.is_valid.name.app_error");
        }
        let own = Channel { r#type: ChannelType::Direct, ..channel(&direct) };
        assert_eq!(own.is_valid(), Ok(()));
    }

    #[test]
    fn limits_count_characters() {
        let fits = Channel { purpose: "ä".repeat(250), header: "ä".repeat(1024), ..channel("a") };
        assert_eq!(fits.is_valid(), Ok(()));
        let long = Channel { purpose: "ä".repeat(251), ..channel("a") };
        assert_eq!(long.is_valid().unwrap_err().id, "model.channel.is_valid.purpose.app_error");
    }

    #[test]
    fn a_direct_channel_knows_the_other_one() {
        let channel =
            Channel { r#type: ChannelType::Direct, name: direct_channel_name("b", "a"), ..Channel::default() };
        assert_eq!(channel.other_user_id("a"), Some("b"));
        assert_eq!(channel.other_user_id("b"), Some("a"));
        assert_eq!(channel.other_user_id("c"), None);
    }
}
