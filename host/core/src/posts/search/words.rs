//! The words of a search.

/// Characters of a search that are read.
const MAX_CHARACTERS: usize = 4_096;

/// Words of a search that count.
const MAX_WORDS: usize = 64;

/// A word or a phrase to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// The text; a phrase has several words.
    pub text: String,
    /// Any ending will do.
    pub prefix: bool,
}

/// The words of a text, phrases with their quotes; a `-` before a phrase stays with it.
pub(super) fn split(text: &str) -> Vec<String> {
    let text: String = text.chars().take(MAX_CHARACTERS).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut words = Vec::new();
    let mut rest = text.as_str();
    while let Some(start) = rest.find('"') {
        let (before, quoted) = rest.split_at(start);
        let (before, sign) = match before.strip_suffix('-') {
            Some(shorter) if shorter.is_empty() || shorter.ends_with(char::is_whitespace) => (shorter, "-"),
            _ => (before, ""),
        };
        words.extend(before.split_whitespace().map(str::to_owned));
        let inner = quoted.get(1..).unwrap_or_default();
        let Some(end) = inner.find('"') else {
            // A quote that is never closed is no quote.
            rest = inner;
            continue;
        };
        let (phrase, after) = inner.split_at(end);
        words.push(format!("{sign}\"{phrase}\""));
        rest = after.get(1..).unwrap_or_default();
    }
    words.extend(rest.split_whitespace().map(str::to_owned));
    words
}

/// What there is to look for in terms; words without a letter or digit are dropped.
pub(super) fn words(terms: &str) -> Vec<Word> {
    let word = |text: String| {
        let prefix = text.ends_with('*');
        let text = text.trim_matches(|c| matches!(c, '"' | '*')).to_owned();
        Word { text, prefix }
    };
    let tells = |word: &Word| word.text.chars().any(char::is_alphanumeric);
    split(terms).into_iter().map(word).filter(tells).take(MAX_WORDS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_stay_together() {
        assert_eq!(split(r#"one "two three" -"four five" six"#), ["one", "\"two three\"", "-\"four five\"", "six"]);
        assert_eq!(split("a\"b c\"d"), ["a", "\"b c\"", "d"]);
        assert_eq!(split("never \"closed one"), ["never", "closed", "one"]);
        assert_eq!(split("nul\0byte"), ["nul", "byte"]);
    }

    #[test]
    fn a_star_at_the_end_is_any_ending() {
        let found = words("plan* *** \"to be\" 日本* (");
        let texts: Vec<(&str, bool)> = found.iter().map(|word| (word.text.as_str(), word.prefix)).collect();
        assert_eq!(texts, [("plan", true), ("to be", false), ("日本", true)]);
    }

    #[test]
    fn a_search_is_cut_to_a_size() {
        assert_eq!(words(&"word ".repeat(10_000)).len(), MAX_WORDS);
    }
}
