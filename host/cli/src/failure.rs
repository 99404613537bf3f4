//! Why a command failed, and what to do about it.

use std::io;

use crate::terminal;

/// A failed command.
#[derive(Debug)]
pub enum Failure {
    /// Something to tell.
    Told(Box<Told>),
    /// The reader of the output went away; nobody is left to be told.
    OutputClosed,
}

/// What is told about a failure: a line each.
#[derive(Debug, Default)]
pub struct Told {
    message: String,
    detail: Option<String>,
    hint: Option<String>,
}

impl Failure {
    /// A failure with its message, lower case and without a full stop.
    pub fn new(message: impl Into<String>) -> Self {
        Self::Told(Box::new(Told { message: message.into(), ..Told::default() }))
    }

    /// Adds where it came from, for a report to whoever runs the server.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        if let Self::Told(told) = &mut self {
            told.detail = Some(detail.into());
        }
        self
    }

    /// Adds what to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Self::Told(told) = &mut self {
            told.hint = Some(hint.into());
        }
        self
    }

    /// Tells it.
    pub fn show(&self) {
        let Self::Told(told) = self else { return };
        terminal::note(&format!("{} {}", terminal::red("error:"), told.message));
        if let Some(detail) = &told.detail {
            terminal::note(&terminal::dim(&format!("  {detail}")));
        }
        if let Some(hint) = &told.hint {
            terminal::note(&format!("{} {hint}", terminal::bold("hint:")));
        }
    }
}

/// For output: everything else that touches files names them.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::OutputClosed,
            _ => Self::new(format!("cannot write the output: {error}")),
        }
    }
}
