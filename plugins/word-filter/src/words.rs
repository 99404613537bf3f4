//! Finds whole words in a text, in any case and script.

use std::collections::HashMap;

/// A list of words. An entry may also be several words, like `no way` or `don't`.
#[derive(Debug, Default)]
pub struct Words {
    /// First word of an entry, folded, to what follows it in the entry: nothing, most often.
    entries: HashMap<String, Vec<String>>,
    /// Bytes of the longest first word: a longer word of a message needs no look-up.
    longest: usize,
}

/// An entry of the list, found in a text.
#[derive(Debug, PartialEq, Eq)]
pub struct Match<'a> {
    /// Where it begins, in bytes.
    pub start: usize,
    /// As it was written.
    pub text: &'a str,
}

impl Words {
    /// Takes a list; the case of an entry and the blanks around it don't matter.
    pub fn new<S: AsRef<str>>(list: impl IntoIterator<Item = S>) -> Self {
        let mut words = Self::default();
        for entry in list {
            let entry = entry.as_ref().trim_matches(|c| !is_word(c));
            if entry.is_empty() {
                continue;
            }
            let (first, rest) = entry.split_at(word_length(entry));
            let first: String = first.chars().flat_map(fold).collect();
            words.longest = words.longest.max(first.len());
            let rests = words.entries.entry(first).or_default();
            rests.push(rest.chars().flat_map(fold).collect());
            // Where two entries begin alike, the longer one is found.
            rests.sort_by_key(|rest| std::cmp::Reverse(rest.len()));
        }
        words
    }

    /// Where the entries are in a text, from left to right.
    pub fn matches<'a>(&'a self, text: &'a str) -> Matches<'a> {
        Matches { words: self, text, at: 0, folded: String::new() }
    }

    /// The text with an asterisk for each character of each match; none where nothing matches.
    pub fn mask(&self, text: &str) -> Option<String> {
        let mut masked = String::new();
        let mut done = 0;
        for found in self.matches(text) {
            masked.push_str(text.get(done..found.start)?);
            masked.extend(found.text.chars().map(|_| '*'));
            done = found.start + found.text.len();
        }
        (done > 0).then(|| masked + text.get(done..).unwrap_or_default())
    }

    /// Length of the entry that begins with this word and goes on in `after`.
    fn length(&self, word: &str, after: &str, folded: &mut String) -> Option<usize> {
        folded.clear();
        for c in word.chars() {
            folded.extend(fold(c));
            if folded.len() > self.longest {
                return None;
            }
        }
        let rests = self.entries.get(folded.as_str())?;
        rests.iter().find_map(|rest| rest_length(rest, after)).map(|rest| word.len() + rest)
    }
}

/// See [`Words::matches`].
#[derive(Debug)]
pub struct Matches<'a> {
    words: &'a Words,
    text: &'a str,
    /// Everything before is done.
    at: usize,
    /// Kept, so that not every word allocates.
    folded: String,
}

impl<'a> Iterator for Matches<'a> {
    type Item = Match<'a>;

    fn next(&mut self) -> Option<Match<'a>> {
        if self.words.entries.is_empty() {
            return None;
        }
        loop {
            let left = self.text.get(self.at..)?;
            let start = self.at + left.find(is_word)?;
            let left = self.text.get(start..)?;
            let (word, after) = left.split_at(word_length(left));
            self.at = start + word.len();
            if let Some(length) = self.words.length(word, after, &mut self.folded) {
                self.at = start + length;
                return Some(Match { start, text: left.get(..length)? });
            }
        }
    }
}

/// Bytes of the word at the beginning of a text.
fn word_length(text: &str) -> usize {
    text.find(|c| !is_word(c)).unwrap_or(text.len())
}

/// Bytes of `text` that are `rest` in any case, if a word ends there.
fn rest_length(rest: &str, text: &str) -> Option<usize> {
    let mut rest = rest.chars();
    let mut length = 0;
    for c in text.chars() {
        if rest.as_str().is_empty() {
            return (!is_word(c)).then_some(length);
        }
        for folded in fold(c) {
            if rest.next() != Some(folded) {
                return None;
            }
        }
        length += c.len_utf8();
    }
    rest.as_str().is_empty().then_some(length)
}

/// Lower case, with both of Greek's small sigmas alike.
fn fold(c: char) -> impl Iterator<Item = char> {
    c.to_lowercase().map(|c| if c == 'ς' { 'σ' } else { c })
}

/// Letters, digits and what is written above and below them. An underscore is none: `_word_` is
/// Markdown.
fn is_word(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(c,
            '\u{0300}'..='\u{036f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}'
            // The scripts of India join letters by signs that are none; only these two are stops.
            | '\u{0900}'..='\u{0963}' | '\u{0966}'..='\u{0dff}')
}

#[cfg(test)]
mod tests {
    use super::{Match, Words};

    fn found<'a>(words: &'a Words, text: &'a str) -> Vec<&'a str> {
        words.matches(text).map(|found| found.text).collect()
    }

    #[test]
    fn whole_words_are_found_in_any_case() {
        let words = Words::new(["Darn", " heck "]);
        assert_eq!(found(&words, "DARN it, what the heck?"), ["DARN", "heck"]);
        assert_eq!(found(&words, "darning, checkers and darn2"), [""; 0]);
    }

    #[test]
    fn a_match_says_where_it_is() {
        let words = Words::new(["darn"]);
        assert_eq!(words.matches("oh… darn").collect::<Vec<_>>(), [Match { start: "oh… ".len(), text: "darn" }]);
    }

    #[test]
    fn every_script_has_words() {
        let words = Words::new(["größe", "ДУРАК", "ὁδός", "हिन्दी", "मर"]);
        assert_eq!(found(&words, "GRÖSSE Größe GRÖßE"), ["Größe", "GRÖßE"]);
        assert_eq!(found(&words, "Сам дурак!"), ["дурак"]);
        assert_eq!(found(&words, "ὉΔΌΣ"), ["ὉΔΌΣ"]);
        assert_eq!(found(&words, "हिन्दी।"), ["हिन्दी"]);
        assert_eq!(found(&words, "मर्म"), [""; 0]);
    }

    #[test]
    fn markdown_around_a_word_does_not_hide_it() {
        let words = Words::new(["darn"]);
        assert_eq!(found(&words, "_darn_ **darn** `darn` ~~darn~~"), ["darn"; 4]);
    }

    #[test]
    fn an_entry_may_be_several_words() {
        let words = Words::new(["don't", "no way", "no"]);
        assert_eq!(found(&words, "Don't! No Way, no ways"), ["Don't", "No Way", "no"]);
    }

    #[test]
    fn masking_keeps_the_length_in_characters() {
        let words = Words::new(["größe", "darn"]);
        assert_eq!(words.mask("darn große Größe."), Some("**** große *****.".into()));
        assert_eq!(words.mask("fine"), None);
    }

    #[test]
    fn an_empty_list_matches_nothing() {
        assert_eq!(found(&Words::new(["", " ", "!!"]), "anything at all"), [""; 0]);
    }
}
