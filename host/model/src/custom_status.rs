//! What users say about themselves beside their name.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

/// Longer texts are cut.
const TEXT_MAX_RUNES: usize = 100;
/// Recent ones kept for a user.
const RECENT: usize = 5;
/// The emoji of a text that came without one.
const DEFAULT_EMOJI: &str = "speech_balloon";
/// Go's zero time: no end.
const NEVER: &str = "0001-01-01T00:00:00Z";
/// The duration of an end that the user picked.
const DATE_AND_TIME: &str = "date_and_time";
const DURATIONS: [&str; 6] = ["thirty_minutes", "one_hour", "four_hours", "today", "this_week", DATE_AND_TIME];

/// User property: the custom status, as JSON.
pub const PROP_CUSTOM_STATUS: &str = "customStatus";

/// What a user says about themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct CustomStatus {
    /// Name of an emoji, without colons; empty becomes `speech_balloon`.
    pub emoji: String,
    /// At most 100 characters; longer text is cut.
    pub text: String,
    /// Empty, `thirty_minutes`, `one_hour`, `four_hours`, `today`, `this_week` or `date_and_time`.
    pub duration: String,
    /// When it ends, RFC 3339; empty or `0001-01-01T00:00:00Z` is never.
    #[component(name = "expires-at")]
    pub expires_at: String,
}

impl CustomStatus {
    /// Brings it into the form that is stored; absent where the end is no time.
    #[must_use]
    pub fn normal(mut self) -> Option<Self> {
        if self.expires_at.is_empty() {
            NEVER.clone_into(&mut self.expires_at);
        }
        let end: Timestamp = self.expires_at.parse().ok()?;
        if self.emoji.is_empty() {
            DEFAULT_EMOJI.clone_into(&mut self.emoji);
        }
        if self.duration.is_empty() && is_ahead(end) {
            DATE_AND_TIME.clone_into(&mut self.duration);
        }
        if let Some((end, _)) = self.text.char_indices().nth(TEXT_MAX_RUNES) {
            self.text.truncate(end);
        }
        Some(self)
    }

    /// Whether duration and end fit together: neither, or a known duration that ends in the future.
    #[must_use]
    pub fn has_valid_duration(&self) -> bool {
        let ahead = self.expires_at.parse().is_ok_and(is_ahead);
        if self.duration.is_empty() { !ahead } else { ahead && DURATIONS.contains(&self.duration.as_str()) }
    }

    /// The recent ones with this one first; one with the same text is replaced.
    #[must_use]
    pub fn first_of(self, recent: Vec<Self>) -> Vec<Self> {
        let mut list = vec![self];
        for other in recent {
            if list.iter().all(|known| known.text != other.text) {
                list.push(other);
            }
        }
        list.truncate(RECENT);
        list
    }
}

fn is_ahead(time: Timestamp) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    u64::try_from(time.as_second()).is_ok_and(|seconds| seconds > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_filled_and_what_is_too_long_is_cut() {
        let status = CustomStatus { text: "ä".repeat(120), ..CustomStatus::default() }.normal().unwrap();
        assert_eq!((status.emoji.as_str(), status.text.chars().count()), ("speech_balloon", 100));
        assert_eq!((status.expires_at.as_str(), status.duration.as_str()), (NEVER, ""));
        let later = CustomStatus { expires_at: "2999-01-01T00:00:00+02:00".into(), ..status.clone() };
        assert_eq!(later.normal().unwrap().duration, "date_and_time");
        assert_eq!(CustomStatus { expires_at: "tomorrow".into(), ..status }.normal(), None);
    }

    #[test]
    fn a_duration_needs_an_end_in_the_future() {
        let valid = |duration: &str, expires_at: &str| {
            let (duration, expires_at) = (duration.to_owned(), expires_at.to_owned());
            CustomStatus { duration, expires_at, ..CustomStatus::default() }.has_valid_duration()
        };
        assert!(valid("", "") && valid("", NEVER) && valid("today", "2999-01-01T00:00:00Z"));
        assert!(!valid("today", "") && !valid("today", "2001-01-01T00:00:00Z"));
        assert!(!valid("a_while", "2999-01-01T00:00:00Z") && !valid("", "2999-01-01T00:00:00Z"));
    }

    #[test]
    fn five_recent_ones_are_kept_and_a_text_comes_once() {
        let of = |text: &str| CustomStatus { text: text.into(), ..CustomStatus::default() };
        let mut recent = Vec::new();
        for text in ["a", "b", "c", "d", "e", "f", "c"] {
            recent = of(text).first_of(recent);
        }
        let texts: Vec<&str> = recent.iter().map(|status| status.text.as_str()).collect();
        assert_eq!(texts, ["c", "f", "e", "d", "b"]);
    }
}
