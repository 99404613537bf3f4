//! Ids: a random UUID in 26 letters, as Mattermost's `NewId` makes them.

use std::sync::LazyLock;

use data_encoding::{Encoding, Specification};

/// Length of an id in bytes.
pub const ID_LENGTH: usize = 26;

static ENCODING: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("ybndrfg8ejkmcpqxot1uwisza345h769");
    #[allow(clippy::expect_used, reason = "32 distinct symbols make a base32 encoding; a test reads it")]
    specification.encoding().expect("alphabet of 32 distinct symbols")
});

/// A new id.
#[must_use]
pub fn new_id() -> String {
    ENCODING.encode(uuid::Uuid::new_v4().as_bytes())
}

/// Mattermost's `IsValidId`: 26 ASCII letters or digits.
#[must_use]
pub fn is_valid_id(id: &str) -> bool {
    id.len() == ID_LENGTH && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Now, in milliseconds since 1970.
#[must_use]
pub fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_id_is_valid_and_of_the_alphabet() {
        let id = new_id();
        assert!(is_valid_id(&id), "{id}");
        assert!(id.chars().all(|c| "ybndrfg8ejkmcpqxot1uwisza345h769".contains(c)), "{id}");
        assert_ne!(id, new_id());
    }

    #[test]
    fn an_id_has_26_letters_or_digits() {
        assert!(is_valid_id("ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
        for bad in ["", "short", "abcdefghijklmnopqrstuvwxy-", "äbcdefghijklmnopqrstuvwxy"] {
            assert!(!is_valid_id(bad), "{bad}");
        }
    }
}
