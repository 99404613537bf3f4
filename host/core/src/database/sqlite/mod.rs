//! A file of SQLite for each plugin: `{data}/plugin-data/{id}/database.sqlite`.
//!
//! Statements wait for the disk and so run on threads of their own, as many at once as the limit
//! `database_statements` says. A connection is in the hands of one call at a time: what comes back
//! with a transaction open is closed, and so rolled back.

mod authorizer;
mod connection;
#[cfg(test)]
mod tests;
mod watch;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmoat_runtime::{Caller, Limits};

use self::connection::Connection;
use super::{DatabaseError, Done, Work};

/// Name of the file.
const FILE: &str = "database.sqlite";

/// Longest wait for a place among the statements that run at once.
const PLACE: Duration = Duration::from_secs(5);

/// Connections without work that are kept for the next call.
const IDLE: usize = 1;

/// The files of all plugins.
#[derive(Debug, Default)]
pub(crate) struct Files(Mutex<HashMap<Arc<str>, Arc<File>>>);

/// The file of one plugin, under its limits.
#[derive(Debug)]
struct File {
    path: PathBuf,
    bytes: u64,
    statements: u64,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

/// A connection in the hands of one call.
#[derive(Debug)]
pub(crate) struct Lease {
    file: Arc<File>,
    connection: Option<Connection>,
    /// Given back last.
    place: Option<OwnedSemaphorePermit>,
}

impl Files {
    /// A connection for a call, when one is to be had.
    pub(super) async fn lease(&self, caller: &Caller, home: &Path) -> Result<Lease, DatabaseError> {
        let file = self.file(&caller.plugin_id, caller.limits(), home);
        let place = tokio::time::timeout(PLACE, Arc::clone(&file.places).acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            let limit = file.statements;
            let text = format!("{limit} statements run at once already (limit `database_statements`)");
            return Err(DatabaseError::Busy(text));
        };
        let connection = file.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Ok(Lease { file, connection, place: Some(place) })
    }

    fn file(&self, plugin_id: &Arc<str>, limits: &Limits, home: &Path) -> Arc<File> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = files.get(plugin_id)
            && (file.bytes, file.statements) == (limits.database_bytes, limits.database_statements)
        {
            return Arc::clone(file);
        }
        let file = Arc::new(File {
            path: home.join(FILE),
            bytes: limits.database_bytes,
            statements: limits.database_statements,
            places: Arc::new(Semaphore::new(usize::try_from(limits.database_statements).unwrap_or(1))),
            idle: Mutex::default(),
        });
        files.insert(Arc::clone(plugin_id), Arc::clone(&file));
        file
    }

    /// Closes what is kept for a plugin that does not run any more.
    pub(crate) fn close(&self, plugin_id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(plugin_id);
    }
}

/// Deletes the file of a plugin that does not run.
pub(super) fn delete(home: &Path) -> std::io::Result<()> {
    let journal = format!("{FILE}-journal");
    for name in [FILE, &journal] {
        match std::fs::remove_file(home.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

impl Lease {
    /// Does some work on a thread of its own. Where the call ends before, the work is stopped at its
    /// deadline, and the connection goes with it.
    pub(super) async fn work(mut self, work: Work, deadline: Instant) -> (Option<Self>, Result<Done, DatabaseError>) {
        let working = tokio::task::spawn_blocking(move || {
            let connection = match self.connection.take() {
                Some(connection) => connection,
                None => match Connection::open(&self.file.path, self.file.bytes) {
                    Ok(connection) => connection,
                    Err(error) => return (self, Err(error)),
                },
            };
            let done = connection.until(deadline).and_then(|()| run(&connection, work));
            self.connection = Some(connection);
            (self, done)
        });
        match working.await {
            Ok((lease, done)) => (Some(lease), done),
            Err(error) => (None, Err(DatabaseError::Broken(error.to_string()))),
        }
    }

    /// Whether a transaction is open.
    pub(super) fn in_transaction(&self) -> bool {
        self.connection.as_ref().is_some_and(Connection::in_transaction)
    }
}

fn run(connection: &Connection, work: Work) -> Result<Done, DatabaseError> {
    let outside = !connection.in_transaction();
    let done = match work {
        Work::Query { sql, parameters, limits } => connection.query(&sql, &parameters, limits).map(Done::Rows),
        Work::Execute { sql, parameters } => connection.execute(&sql, &parameters).map(Done::Count),
        Work::Script { sql } => connection.script(&sql).map(|()| Done::Nothing),
        // Begun as a writer, it waits its turn here and not in the middle.
        Work::Begin => return connection.control("BEGIN IMMEDIATE").map(|()| Done::Nothing),
        Work::Commit => return connection.control("COMMIT").map(|()| Done::Nothing),
        Work::Rollback => return connection.control("ROLLBACK").map(|()| Done::Nothing),
    };
    if outside && connection.in_transaction() {
        connection.control("ROLLBACK")?;
        return Err(DatabaseError::Refused("a savepoint outside of a transaction".to_owned()));
    }
    done
}

impl Drop for Lease {
    fn drop(&mut self) {
        let (Some(connection), place) = (self.connection.take(), self.place.take()) else { return };
        if !connection.in_transaction() {
            let mut idle = self.file.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < IDLE {
                idle.push(connection);
                return;
            }
        }
        // Closing rolls back, which waits for the disk.
        let close = move || drop((connection, place));
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(close)),
            Err(_) => close(),
        }
    }
}
