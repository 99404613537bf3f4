//! The one place where a text of a plugin becomes a path on the disk.

/// Longest path, in bytes.
pub(crate) const LONGEST: usize = 1_024;

/// Longest name in a path, in bytes: that of file systems.
const LONGEST_NAME: usize = 255;

/// Most names in a path.
pub(crate) const DEEPEST: usize = 32;

/// Names that Windows gives to devices, in every folder and with every extension.
const DEVICES: [&str; 8] = ["con", "prn", "aux", "nul", "conin$", "conout$", "com", "lpt"];

/// Why a text is no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PathError {
    /// It is longer than a path may be.
    #[error("a path of {0} bytes; {LONGEST} are allowed")]
    Long(usize),
    /// It has more names than a path may have.
    #[error("a path of {0} names; {DEEPEST} are allowed")]
    Deep(usize),
    /// A name in it may not be used.
    #[error("the name `{0}` in a path")]
    Name(String),
}

/// A relative path of plain names: none of them leads out of a folder or means something to a system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RelativePath(Vec<String>);

impl RelativePath {
    /// Reads a path. The empty text is the folder itself.
    pub(crate) fn parse(path: &str) -> Result<Self, PathError> {
        if path.len() > LONGEST {
            return Err(PathError::Long(path.len()));
        }
        if path.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let names: Vec<String> = path.split('/').map(str::to_owned).collect();
        if names.len() > DEEPEST {
            return Err(PathError::Deep(names.len()));
        }
        match names.iter().find(|name| !is_plain(name)) {
            // Shown as Rust writes it: control characters must not reach a log.
            Some(name) => Err(PathError::Name(name.escape_debug().collect())),
            None => Ok(Self(names)),
        }
    }

    /// Its names, the outermost first.
    pub(crate) fn names(&self) -> &[String] {
        &self.0
    }

    /// The folders on the way, and the last name; nothing for the folder itself.
    pub(crate) fn split(&self) -> Option<(&[String], &str)> {
        self.0.split_last().map(|(name, folders)| (folders, name.as_str()))
    }

    /// Whether it lies below another one, or is it.
    pub(crate) fn is_within(&self, outer: &Self) -> bool {
        self.0.starts_with(&outer.0)
    }

    /// Bytes of the text.
    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(String::len).sum::<usize>() + self.0.len().saturating_sub(1)
    }
}

fn is_plain(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len())
        && !name.contains(|c: char| c.is_control() || r#"\:*?"<>|"#.contains(c))
        // `.` and `..` among them.
        && !name.ends_with(['.', ' '])
        && !is_device(name)
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let numbered = |device: &str| {
        let number = stem.strip_prefix(device).map(|number| number.chars().collect::<Vec<_>>());
        number.is_some_and(|number| matches!(number.as_slice(), ['0'..='9' | '¹' | '²' | '³']))
    };
    match DEVICES.iter().find(|device| stem.starts_with(*device)) {
        Some(device @ (&"com" | &"lpt")) => numbered(device),
        Some(_) => DEVICES.contains(&stem.as_str()),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_made_of_plain_names() {
        for good in
            ["a", "a/b.txt", "ä/日本.png", ".hidden", "..a/b..c", "a%2f..b", "console", "command.com1", "com", "lpt"]
        {
            assert!(RelativePath::parse(good).is_ok(), "{good}");
        }
        assert!(RelativePath::parse("").unwrap().split().is_none());
    }

    #[test]
    fn what_leads_elsewhere_or_means_something_to_a_system_is_no_path() {
        for bad in [
            "/",
            "/etc/passwd",
            "a/",
            "a//b",
            ".",
            "..",
            "../x",
            "a/../../x",
            "./a",
            "a\0b",
            "a\nb",
            r"..\..\x",
            r"a\b",
            "C:",
            "C:/x",
            "a:stream",
            "a.",
            "a ",
            "...",
            "con",
            "CON",
            "Nul.txt",
            "aux.tar.gz",
            "COM1",
            "lpt9.log",
            "com¹",
            "a*",
            "a?",
            "a|b",
            "<a>",
            "\u{7f}",
            "\u{85}",
        ] {
            assert!(matches!(RelativePath::parse(bad), Err(PathError::Name(_))), "{bad:?}");
        }
    }

    #[test]
    fn a_path_has_an_end() {
        assert!(RelativePath::parse(&"ü".repeat(128)).is_err(), "256 bytes in a name");
        assert_eq!(RelativePath::parse(&"a".repeat(1_025)), Err(PathError::Long(1_025)));
        assert!(RelativePath::parse(&vec!["a"; 32].join("/")).is_ok());
        assert_eq!(RelativePath::parse(&vec!["a"; 33].join("/")), Err(PathError::Deep(33)));
        assert_eq!(RelativePath::parse("ab/c").unwrap().len(), 4);
    }

    #[test]
    fn a_path_lies_within_another_by_names_and_not_by_letters() {
        let path = |text| RelativePath::parse(text).unwrap();
        assert!(path("a/b").is_within(&path("a")) && path("a").is_within(&path("a")));
        assert!(!path("ab").is_within(&path("a")));
    }
}
