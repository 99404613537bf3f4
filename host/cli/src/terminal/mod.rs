//! Speaking to a person: results on standard output, everything else on standard error.

mod ask;
mod progress;
mod table;

use std::io::{self, Write as _};

use console::Style;
use jiff::Timestamp;
use serde_json::Value;

pub use ask::{ask, ask_password, password_from_stdin};
pub use progress::{Upload, waiting};
pub use table::Table;

/// Prints a result, and a line end after it.
pub fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", text.trim_end_matches('\n'))?;
    stdout.flush()
}

/// Prints JSON for machines.
pub fn print_json(value: &Value) -> io::Result<()> {
    print(&format!("{value:#}"))
}

/// Says something beside the result. Nothing is left to do where even that fails.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// For an error's first word, on standard error.
pub fn red(text: &str) -> String {
    Style::new().for_stderr().red().bold().apply_to(text).to_string()
}

/// For what matters less, on standard error.
pub fn dim(text: &str) -> String {
    Style::new().for_stderr().dim().apply_to(text).to_string()
}

/// For a hint's first word, on standard error.
pub fn bold(text: &str) -> String {
    Style::new().for_stderr().bold().apply_to(text).to_string()
}

/// For headings, on standard output.
pub fn heading(text: &str) -> String {
    Style::new().for_stdout().bold().apply_to(text).to_string()
}

/// For what matters less, on standard output.
pub fn faint(text: &str) -> String {
    Style::new().for_stdout().dim().apply_to(text).to_string()
}

/// Bytes the way people say them.
pub fn bytes(count: u64) -> String {
    indicatif::HumanBytes(count).to_string()
}

/// Milliseconds since 1970 as a date and time in UTC; nonsense as it came.
pub fn time(milliseconds: i64) -> String {
    Timestamp::from_millisecond(milliseconds).map_or_else(|_| milliseconds.to_string(), |time| format!("{time:.3}"))
}

/// Text from outside, with nothing in it that could command the terminal or turn its text around:
/// a plugin must not be able to hide a log line or repaint a permission.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if commands(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

fn commands(c: char) -> bool {
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (c.is_control() && c != '\n' && c != '\t')
}

/// [`plain`], on one line.
pub fn plain_line(text: &str) -> String {
    plain(text).replace(['\n', '\t'], " ")
}

#[cfg(test)]
mod tests {
    use super::{plain, plain_line, time};

    #[test]
    fn a_plugin_cannot_command_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\u{9b}1A\rc\n\td"), "a\u{fffd}[2Jb\u{fffd}1A\u{fffd}c\n\td");
        assert_eq!(plain("log\u{202e}gol"), "log\u{fffd}gol");
        assert_eq!(plain_line("a\nb"), "a b");
    }

    #[test]
    fn times_have_milliseconds_and_nonsense_is_shown_as_it_came() {
        assert_eq!(time(1_700_000_000_120), "2023-11-14T22:13:20.120Z");
        assert_eq!(time(i64::MAX), i64::MAX.to_string());
    }
}
