//! The plugin's own SQL database, where its manifest asks for one (`wasmoat.database`) and the admin
//! allowed it: SQLite or PostgreSQL, as the server is set up.
//!
//! ```no_run
//! use wasmoat::database::{self, params};
//!
//! # fn main() -> wasmoat::Result<()> {
//! // At each activation; what has been applied is not applied again.
//! database::migrate_all(&[
//!     "CREATE TABLE polls (id TEXT PRIMARY KEY, question TEXT NOT NULL)",
//!     "CREATE TABLE votes (poll_id TEXT REFERENCES polls (id), user_id TEXT, PRIMARY KEY (poll_id, user_id))",
//! ])?;
//!
//! database::transaction(|| {
//!     database::execute("INSERT INTO polls (id, question) VALUES ($1, $2)", params!["p1", "Lunch?"])?;
//!     database::execute("INSERT INTO votes (poll_id, user_id) VALUES ($1, $2)", params!["p1", "ann"])
//! })?;
//!
//! let votes: Vec<(String, i64)> = database::query_as(
//!     "SELECT poll_id, COUNT(*) FROM votes WHERE poll_id = $1 GROUP BY poll_id",
//!     params!["p1"],
//! )?;
//! assert_eq!(votes, [("p1".to_owned(), 1)]);
//! # Ok(())
//! # }
//! ```
//!
//! In tests the feature `testing-database` answers with a real SQLite in memory.

mod decode;

pub use decode::{FromRow, FromValue};

#[doc(inline)]
pub use crate::api::database::*;
#[doc(inline)]
pub use crate::params;
use crate::{Error, Result};

/// Values for the placeholders of a statement: `params![id, 3, "text", None::<i64>]`.
#[macro_export]
#[doc(hidden)]
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$($crate::database::Value::from($value)),*]
    };
}

/// Runs a statement and reads its rows: each a tuple of what its columns hold.
///
/// # Errors
///
/// As [`query`], and 422 where a column holds something else.
pub fn query_as<R: FromRow>(sql: &str, parameters: &[Value]) -> Result<Vec<R>> {
    query(sql, parameters)?.decode()
}

/// The first row that a statement answers, if there is any.
///
/// # Errors
///
/// As [`query_as`].
pub fn query_one<R: FromRow>(sql: &str, parameters: &[Value]) -> Result<Option<R>> {
    Ok(query_as(sql, parameters)?.into_iter().next())
}

/// Does what `work` does in one transaction: all of it happens, or nothing where it answers an error.
///
/// # Errors
///
/// That of `work`, or as [`begin`] and [`commit`].
pub fn transaction<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    begin()?;
    let done = work();
    let ended = if done.is_ok() { commit() } else { rollback() };
    match (done, ended) {
        (Ok(done), Ok(())) => Ok(done),
        // Why it came to this says more than that it could not be rolled back.
        (Err(error), _) => Err(error),
        (Ok(_), Err(error)) => {
            let _ = rollback();
            Err(error)
        }
    }
}

/// Brings the tables up to date by a list of texts, of which each is a migration: the first one has
/// version 1. Texts are only ever added at the end. Answers how many were applied.
///
/// # Errors
///
/// As [`migrate`].
pub fn migrate_all(texts: &[&str]) -> Result<u32> {
    let migration = |(sql, version): (&&str, u32)| Migration {
        version,
        name: sql.split_whitespace().take(3).collect::<Vec<_>>().join(" "),
        sql: (*sql).to_owned(),
    };
    let migrations: Vec<Migration> = texts.iter().zip(1..).map(migration).collect();
    migrate(&migrations)
}

impl RowSet {
    /// The rows, each as a tuple of what its columns hold.
    ///
    /// # Errors
    ///
    /// 422 where a column holds something else.
    pub fn decode<R: FromRow>(self) -> Result<Vec<R>> {
        let columns = self.columns;
        self.rows.into_iter().map(|row| R::from_row(&columns, row)).collect()
    }
}

fn unexpected(text: String) -> Error {
    Error::new(422, "plugin.database.decode", text)
}

#[cfg(test)]
mod tests;
