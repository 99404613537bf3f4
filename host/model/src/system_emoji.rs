//! The emoji that every client has.
//!
//! `system_emoji.txt` has one name to a line; a star marks those that come in five skin tones. The
//! names are the short names of the package `@emoji-mart/data` (set 15, MIT licence, Missive).

use std::{collections::HashMap, sync::LazyLock};

/// Names, and whether there are skin tones of it.
static NAMES: LazyLock<HashMap<&str, bool>> = LazyLock::new(|| {
    let line = |line: &'static str| line.strip_suffix(" *").map_or((line, false), |name| (name, true));
    include_str!("system_emoji.txt").lines().map(line).collect()
});

/// What Mattermost adds to a name for a skin tone, the longer ones first.
const TONES: [&str; 5] =
    ["_medium_light_skin_tone", "_medium_dark_skin_tone", "_medium_skin_tone", "_light_skin_tone", "_dark_skin_tone"];

/// Whether every client has an emoji of this name, without colons.
#[must_use]
pub fn is_system_emoji(name: &str) -> bool {
    let toned = || TONES.iter().find_map(|tone| name.strip_suffix(tone));
    NAMES.contains_key(name)
        || name == "mattermost"
        || toned().is_some_and(|base| NAMES.get(base).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_client_has_is_known_with_its_skin_tones() {
        for name in ["+1", "thumbsup", "heart", "flag-us", "e-mail", "wave_medium_dark_skin_tone", "+1_dark_skin_tone"]
        {
            assert!(is_system_emoji(name), "{name}");
        }
        for name in ["", "party_parrot", "heart_dark_skin_tone", "Heart", "+1 *"] {
            assert!(!is_system_emoji(name), "{name}");
        }
    }
}
