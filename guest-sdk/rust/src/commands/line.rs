//! Takes a command's line apart.

/// A slash command as it was typed: words, texts in quotes and flags.
///
/// Quotes are `"…"` and what phones make of them, `“…”`; inside, a backslash keeps the next
/// character as it is. A flag is a word that begins with two dashes, outside quotes; it may have a
/// value, as in `--days=3`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    trigger: String,
    arguments: Vec<String>,
    flags: Vec<(String, String)>,
}

impl Line {
    /// Takes a line apart. Nothing is refused: a quote that never ends, ends with the line.
    #[must_use]
    pub fn parse(line: &str) -> Self {
        let mut parsed = Self::default();
        let mut rest = line.trim();
        if let Some(command) = rest.strip_prefix('/') {
            let (trigger, arguments) = split(command, char::is_whitespace);
            parsed.trigger = trigger.to_lowercase();
            rest = arguments;
        }
        loop {
            rest = rest.trim_start();
            let Some(first) = rest.chars().next() else {
                return parsed;
            };
            if is_quote(first) {
                let (text, after) = quoted(rest.get(first.len_utf8()..).unwrap_or_default());
                parsed.arguments.push(text);
                rest = after;
                continue;
            }
            let (word, after) = split(rest, char::is_whitespace);
            rest = after;
            // Some keyboards make one long dash of two short ones.
            match word.strip_prefix("--").or_else(|| word.strip_prefix('—')) {
                Some(flag) if !flag.is_empty() => {
                    let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
                    parsed.flags.push((name.to_lowercase(), value.to_owned()));
                }
                _ => parsed.arguments.push(word.to_owned()),
            }
        }
    }

    /// The word after the slash, in lower case.
    #[must_use]
    pub fn trigger(&self) -> &str {
        &self.trigger
    }

    /// Words and quoted texts, without the flags.
    #[must_use]
    pub fn arguments(&self) -> &[String] {
        &self.arguments
    }

    /// An argument, counted from 0; empty where there is none.
    #[must_use]
    pub fn argument(&self, index: usize) -> &str {
        self.arguments.get(index).map_or("", String::as_str)
    }

    /// Whether a flag was given.
    #[must_use]
    pub fn has_flag(&self, name: &str) -> bool {
        self.flag(name).is_some()
    }

    /// The value of a flag; empty where it was given without one.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<&str> {
        self.flags.iter().find(|(flag, _)| flag == name).map(|(_, value)| value.as_str())
    }

    /// The names of all flags, in lower case: for telling the user which one is unknown.
    pub fn flags(&self) -> impl Iterator<Item = &str> {
        self.flags.iter().map(|(name, _)| name.as_str())
    }
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„')
}

fn split(text: &str, at: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(at).unwrap_or(text.len()))
}

/// The text up to the closing quote, and what is behind it.
fn quoted(text: &str) -> (String, &str) {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            c if is_quote(c) => break,
            c => out.push(c),
        }
    }
    (out, chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::Line;

    #[test]
    fn words_and_quoted_texts_are_arguments() {
        let line = Line::parse(r#"/Poll  "Where to eat?" "A \"good\" place" home"#);
        assert_eq!(line.trigger(), "poll");
        assert_eq!(line.arguments(), ["Where to eat?", "A \"good\" place", "home"]);
        assert_eq!(line.argument(9), "");
    }

    #[test]
    fn flags_stand_anywhere_outside_quotes() {
        let line = Line::parse(r#"/poll --Multi a "--b" --days=3 —anonymous -- x"#);
        assert_eq!(line.arguments(), ["a", "--b", "--", "x"]);
        assert!(line.has_flag("multi") && line.has_flag("anonymous"));
        assert_eq!(line.flag("days"), Some("3"));
        assert_eq!(line.flag("b"), None);
    }

    #[test]
    fn a_phones_quotes_are_quotes() {
        assert_eq!(Line::parse("/poll “one two” „three”").arguments(), ["one two", "three"]);
    }

    #[test]
    fn odd_lines_are_taken_as_they_are() {
        assert_eq!(Line::parse("/poll \"open").arguments(), ["open"]);
        assert_eq!(Line::parse("/poll \"\"").arguments(), [""]);
        assert_eq!(Line::parse("").arguments(), [""; 0]);
        assert_eq!(Line::parse("/poll").trigger(), "poll");
    }
}
