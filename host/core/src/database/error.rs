//! Why a plugin's database says no.

use wasmoat_model::AppError;

/// Why a statement or a transaction did not come about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DatabaseError {
    /// The statement does what none may.
    #[error("a plugin's statement may not do this: {0}")]
    Refused(String),
    /// The engine does not understand it or cannot do it.
    #[error("{0}")]
    Sql(String),
    /// A constraint would be broken.
    #[error("{0}")]
    Constraint(String),
    /// A transaction is where none may be, or none is where one must be.
    #[error("{0}")]
    Transaction(&'static str),
    /// The list of migrations does not go on from what was applied.
    #[error("{0}")]
    Migration(String),
    /// The database would have more bytes than it may.
    #[error("the database is full: the limit `database_bytes` is {limit}")]
    Full {
        /// The limit.
        limit: u64,
    },
    /// The answer is larger than it may be.
    #[error("the answer has more than {limit} {what} (limit `{setting}`); nothing of it is delivered")]
    Answer {
        /// What there is too much of.
        what: &'static str,
        /// How much may be.
        limit: u64,
        /// The setting.
        setting: &'static str,
    },
    /// Other statements were in the way for too long.
    #[error("{0}")]
    Busy(String),
    /// The call's time is over.
    #[error("the statement was stopped at the deadline of its call")]
    Stopped,
    /// The database cannot be opened, read or written; the text is for the server's log.
    #[error("{0}")]
    Broken(String),
}

impl DatabaseError {
    pub(super) fn app_error(&self, at: &str) -> AppError {
        let (id, status) = match self {
            Self::Refused(_) => ("refused", 400),
            Self::Sql(_) => ("sql", 400),
            Self::Constraint(_) => ("constraint", 409),
            Self::Transaction(_) => ("transaction", 409),
            Self::Migration(_) => ("migration", 409),
            Self::Full { .. } => ("full", 413),
            Self::Answer { .. } => ("answer", 413),
            Self::Busy(_) => ("busy", 503),
            Self::Stopped => ("stopped", 503),
            Self::Broken(_) => ("broken", 500),
        };
        let text = match self {
            Self::Broken(reason) => {
                tracing::error!(reason, "a plugin's database failed");
                "The database could not be opened, read or written.".to_owned()
            }
            said => said.to_string(),
        };
        AppError::new(at, &format!("app.plugin.database.{id}.app_error"), status, text)
    }
}
