//! Asking a person, and passwords that come another way.

use std::io::Read as _;

use console::Term;

use crate::failure::Failure;

/// The longest password that is read; Mattermost's own limit is 72 bytes.
const LONGEST_PASSWORD: u64 = 1024;

/// Asks the person at the terminal, or says which option takes the answer's place.
pub fn ask(question: &str, option: &str, read: fn(&Term) -> std::io::Result<String>) -> Result<String, Failure> {
    let terminal = Term::stderr();
    let missing = || Failure::new(format!("nobody to ask for: {question}")).hint(format!("pass {option}"));
    if !terminal.is_term() {
        return Err(missing());
    }
    let answer = terminal.write_str(&format!("{question}: ")).and_then(|()| read(&terminal));
    match answer {
        Ok(answer) if !answer.is_empty() => Ok(answer),
        Ok(_) => Err(missing()),
        Err(error) => Err(Failure::new(format!("cannot read the answer: {error}"))),
    }
}

/// Asks for a password; what is typed is not shown.
pub fn ask_password(question: &str) -> Result<String, Failure> {
    ask(question, "--password-stdin", Term::read_secure_line)
}

/// The first line of the standard input.
pub fn password_from_stdin() -> Result<String, Failure> {
    let mut password = String::new();
    std::io::stdin()
        .take(LONGEST_PASSWORD)
        .read_to_string(&mut password)
        .map_err(|error| Failure::new(format!("cannot read the password: {error}")))?;
    let line = password.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(Failure::new("standard input holds no password"));
    }
    Ok(line.to_owned())
}
