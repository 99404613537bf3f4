//! The one place where a text becomes a path of the file store.

use object_store::path::Path as Key;

use super::FileStoreError;

/// Longest path, in bytes: S3's limit.
const LONGEST: usize = 1_024;

/// Longest name in a path, in bytes: that of file systems.
const LONGEST_NAME: usize = 255;

/// Plain names between slashes. `.` and `..`, empty names and control characters are refused rather
/// than cleaned: nobody who means well writes them.
pub(super) fn key(path: &str) -> Result<Key, FileStoreError> {
    let relative = path.strip_prefix('/').unwrap_or(path);
    let fits = |name: &str| {
        !matches!(name, "" | "." | "..")
            && name.len() <= LONGEST_NAME
            && !name.contains('\\')
            && !name.contains(char::is_control)
    };
    let refused = || FileStoreError::Path(path.chars().take(200).collect());
    if path.len() > LONGEST || !relative.split('/').all(fits) {
        return Err(refused());
    }
    // Names stay as they are: a listing can be read back.
    Key::parse(relative).map_err(|_error| refused())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_inside() {
        for good in ["a", "20261121/teams/noteam/a b.txt", "/emoji/x/image", "..a/b..", "ä/日本.png", "a%2f..b"] {
            assert!(key(good).is_ok(), "{good}");
        }
        for bad in ["", "/", "..", "a/../b", "./a", "a//b", "a/", "//etc", "a\0b", "a\nb", r"..\..\a", r"a\b"] {
            assert!(matches!(key(bad), Err(FileStoreError::Path(_))), "{bad:?}");
        }
        assert!(key(&"a".repeat(256)).is_err());
        assert!(key(&"a/".repeat(600)).is_err());
        // What means something to a URL or a disk is text here.
        assert_eq!(key("a/%2e%2e/b").unwrap().parts().count(), 3);
    }
}
