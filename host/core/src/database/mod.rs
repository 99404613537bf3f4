//! The SQL databases of plugins.
//!
//! Each has its own, which stays when the plugin is disabled, upgraded or removed, as its key-value
//! data do. A statement alone takes a connection for as long as it runs; a transaction keeps one until
//! it ends, and at the latest until the call does that began it: the call's [`Session`] is dropped
//! then, and the connection with it.

mod answer;
mod api;
mod error;
mod migrate;
mod postgres;
mod sqlite;

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use tokio::sync::Mutex;
use wasmoat_model::AppError;
use wasmoat_runtime::{
    Caller,
    bindings::database::{Engine, RowSet, Value},
};

use self::answer::AnswerLimits;
pub(crate) use self::error::DatabaseError;
use crate::{Core, config::Config, directory::not_allowed};

/// What a database cannot be opened for.
#[derive(Debug, thiserror::Error)]
pub enum PluginDatabaseError {
    /// The data source does not fit the driver.
    #[error("the setting `{}` is {is}; with the driver `{driver}` it must be {should}", DATA_SOURCE)]
    Source {
        /// What it is.
        is: &'static str,
        /// The driver.
        driver: &'static str,
        /// What it should be.
        should: &'static str,
    },
    /// PostgreSQL cannot be reached, or does not let the server in.
    #[error("the database of plugins (setting `{setting}`): {0}", setting = DATA_SOURCE)]
    Postgres(sqlx::Error),
}

/// Which engine the databases of plugins have.
const DRIVER_NAME: &str = "PluginSettings.Wasmoat.Database.DriverName";

/// Where PostgreSQL is: a database of its own, which nobody else uses, by the URL of a role that may
/// make roles and schemas and end the statements of others.
const DATA_SOURCE: &str = "PluginSettings.Wasmoat.Database.DataSource";

/// The databases of all plugins.
#[derive(Debug)]
pub(crate) enum Databases {
    Sqlite(sqlite::Files),
    Postgres(postgres::Server),
}

impl Databases {
    /// Those that the configuration names.
    pub(crate) async fn open(config: &Config) -> Result<Self, PluginDatabaseError> {
        let source = config.text(DATA_SOURCE);
        match (config.text(DRIVER_NAME), source) {
            ("postgres", "") => {
                Err(PluginDatabaseError::Source { is: "empty", driver: "postgres", should: "a `postgres://` URL" })
            }
            ("postgres", source) => {
                postgres::Server::connect(source).await.map(Self::Postgres).map_err(PluginDatabaseError::Postgres)
            }
            _ => Ok(Self::Sqlite(sqlite::Files::default())),
        }
    }

    const fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgresql,
        }
    }

    /// Closes what is kept open for a plugin that does not run any more.
    pub(crate) fn close(&self, plugin_id: &str) {
        match self {
            Self::Sqlite(files) => files.close(plugin_id),
            Self::Postgres(server) => server.close(plugin_id),
        }
    }

    async fn lease(&self, caller: &Caller, home: &Path) -> Result<Lease, DatabaseError> {
        match self {
            Self::Sqlite(files) => files.lease(caller, home).await.map(Lease::Sqlite),
            Self::Postgres(server) => server.lease(caller).await.map(Lease::Postgres),
        }
    }

    async fn delete(&self, plugin_id: &str, home: PathBuf) -> Result<(), DatabaseError> {
        let broken = |error: &dyn std::fmt::Display| DatabaseError::Broken(error.to_string());
        match self {
            Self::Sqlite(files) => {
                files.close(plugin_id);
                let deleting = tokio::task::spawn_blocking(move || sqlite::delete(&home));
                deleting.await.map_err(|error| broken(&error))?.map_err(|error| broken(&error))
            }
            Self::Postgres(server) => server.delete(plugin_id).await.map_err(|error| broken(&error)),
        }
    }
}

/// A connection in the hands of one call.
#[derive(Debug)]
enum Lease {
    Sqlite(sqlite::Lease),
    Postgres(postgres::Lease),
}

impl Lease {
    /// Does some work, until the deadline at most. Where the connection cannot go on it is gone.
    async fn work(self, work: Work, deadline: Instant) -> (Option<Self>, Result<Done, DatabaseError>) {
        match self {
            Self::Sqlite(lease) => {
                let (lease, done) = lease.work(work, deadline).await;
                (lease.map(Self::Sqlite), done)
            }
            Self::Postgres(lease) => {
                let (lease, done) = lease.work(work, deadline).await;
                (lease.map(Self::Postgres), done)
            }
        }
    }

    fn in_transaction(&self) -> bool {
        match self {
            Self::Sqlite(lease) => lease.in_transaction(),
            Self::Postgres(lease) => lease.in_transaction(),
        }
    }
}

/// Something to be done on a connection.
#[derive(Debug)]
enum Work {
    Query {
        sql: String,
        parameters: Vec<Value>,
        limits: AnswerLimits,
    },
    Execute {
        sql: String,
        parameters: Vec<Value>,
    },
    /// Several statements.
    Script {
        sql: String,
    },
    Begin,
    Commit,
    Rollback,
}

/// What came of it.
#[derive(Debug)]
enum Done {
    Rows(RowSet),
    Count(u64),
    Nothing,
}

impl Done {
    fn rows(self) -> RowSet {
        match self {
            Self::Rows(rows) => rows,
            Self::Count(_) | Self::Nothing => RowSet { columns: Vec::new(), rows: Vec::new() },
        }
    }

    fn count(self) -> u64 {
        match self {
            Self::Count(count) => count,
            Self::Rows(_) | Self::Nothing => 0,
        }
    }
}

/// What is kept of the database for one call.
#[derive(Debug, Default)]
pub(crate) struct Session(Mutex<Transaction>);

#[derive(Debug, Default)]
enum Transaction {
    #[default]
    None,
    Open(Lease),
    /// The database ended it: what the plugin does next must not pass for a part of it.
    Lost,
}

const NONE_OPEN: DatabaseError = DatabaseError::Transaction("no transaction is open");
const IS_OPEN: DatabaseError = DatabaseError::Transaction("a transaction is open already");
const LOST: DatabaseError =
    DatabaseError::Transaction("the database rolled the transaction back; end it with `rollback`");

impl Core {
    /// Does some work in a plugin's database: in the call's transaction where one is open.
    async fn work_in_database(&self, caller: &Caller, work: Work) -> Result<Done, DatabaseError> {
        let session = caller.kept.get::<Session>().ok_or(NONE_OPEN)?;
        let mut transaction = session.0.lock().await;
        let deadline = caller.context.deadline.unwrap_or_else(Instant::now);
        // Where this is dropped in the middle, the connection ends with the work, and the call's
        // transaction is lost.
        let was = std::mem::replace(&mut *transaction, Transaction::Lost);
        let ends = matches!(work, Work::Commit | Work::Rollback);
        match was {
            Transaction::None if ends => {
                *transaction = Transaction::None;
                Err(NONE_OPEN)
            }
            Transaction::None => {
                *transaction = Transaction::None;
                let lease = self.databases.lease(caller, &self.directories.home(&caller.plugin_id)).await?;
                let (lease, done) = lease.work(work, deadline).await;
                if let Some(lease) = lease.filter(Lease::in_transaction) {
                    *transaction = Transaction::Open(lease);
                }
                done
            }
            Transaction::Open(lease) if matches!(work, Work::Begin) => {
                *transaction = Transaction::Open(lease);
                Err(IS_OPEN)
            }
            Transaction::Open(lease) => {
                let (lease, done) = lease.work(work, deadline).await;
                *transaction = match lease {
                    Some(lease) if lease.in_transaction() => Transaction::Open(lease),
                    _ if ends && done.is_ok() => Transaction::None,
                    _ => Transaction::Lost,
                };
                done
            }
            Transaction::Lost if matches!(work, Work::Rollback) => {
                *transaction = Transaction::None;
                Ok(Done::Nothing)
            }
            Transaction::Lost => Err(LOST),
        }
    }

    /// Deletes the database of a plugin that does not run.
    pub(crate) async fn delete_database_of(&self, plugin_id: &str) -> Result<(), AppError> {
        let deleted = self.databases.delete(plugin_id, self.directories.home(plugin_id)).await;
        deleted.map_err(|error| error.app_error("DeletePluginData"))
    }
}

/// 403 where the admin did not allow a database.
fn check_allowed(at: &str, caller: &Caller) -> Result<(), AppError> {
    if caller.consent().database { Ok(()) } else { Err(not_allowed(at, &caller.plugin_id, "database")) }
}
