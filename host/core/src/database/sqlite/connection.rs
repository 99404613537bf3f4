//! One connection to the file of a plugin, with every way out of it closed.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use rusqlite::{
    ErrorCode, OpenFlags, Statement,
    config::DbConfig,
    limits::Limit,
    types::{ToSql, ToSqlOutput, ValueRef},
};
use wasmoat_runtime::bindings::database::{RowSet, Value};

use super::{
    super::{
        DatabaseError,
        answer::{Answer, AnswerLimits},
    },
    authorizer::authorizer,
    watch::{STEPS, Watch},
};

/// Longest wait for another statement of the plugin that writes.
const BUSY: Duration = Duration::from_secs(5);

/// Bytes of a page of the file.
const PAGE: u64 = 4_096;

/// What a statement is held to. A text or blob is at most 1 MiB: a single function of SQL cannot be
/// interrupted, and must end soon.
const LIMITS: [(Limit, i32); 11] = [
    (Limit::SQLITE_LIMIT_LENGTH, 1 << 20),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 1 << 20),
    (Limit::SQLITE_LIMIT_COLUMN, 500),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 200),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 100),
    (Limit::SQLITE_LIMIT_VDBE_OP, 250_000),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 100),
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1_000),
    (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 32),
    (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
];

/// A connection. All of it waits for the disk.
#[derive(Debug)]
pub(super) struct Connection {
    sqlite: rusqlite::Connection,
    /// The server itself speaks.
    host: Arc<AtomicBool>,
    watch: Arc<Watch>,
    bytes: u64,
}

/// A value of a plugin as SQLite takes it.
struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Boolean(value) => ValueRef::Integer(i64::from(*value)),
            Value::Integer(value) => ValueRef::Integer(*value),
            Value::Real(value) => ValueRef::Real(*value),
            Value::Text(value) => ValueRef::Text(value.as_bytes()),
            Value::Blob(value) => ValueRef::Blob(value),
        }))
    }
}

impl Connection {
    /// Opens the file, or makes it; it has at most so many bytes.
    pub(super) fn open(path: &Path, bytes: u64) -> Result<Self, DatabaseError> {
        let broken = |error: &dyn std::fmt::Display| DatabaseError::Broken(format!("{}: {error}", path.display()));
        let folder = path.parent().unwrap_or(path);
        std::fs::create_dir_all(folder).map_err(|error| broken(&error))?;
        // The folder's own path may have links in it; what the file is called may not be one.
        let folder = folder.canonicalize().map_err(|error| broken(&error))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let sqlite = rusqlite::Connection::open_with_flags(folder.join(path.file_name().unwrap_or_default()), flags)
            .map_err(|error| broken(&error))?;
        let opened = Self { sqlite, host: Arc::default(), watch: Arc::new(Watch::new()), bytes };
        opened.lock_down().map_err(|error| broken(&error))?;
        Ok(opened)
    }

    fn lock_down(&self) -> rusqlite::Result<()> {
        let sqlite = &self.sqlite;
        // With a write-ahead log a reader could make the log grow past every limit; a journal has no
        // more pages than the file.
        sqlite.execute_batch(&format!(
            "PRAGMA page_size = {PAGE};
             PRAGMA max_page_count = {pages};
             PRAGMA journal_mode = TRUNCATE;
             PRAGMA synchronous = NORMAL;
             PRAGMA temp_store = MEMORY;
             PRAGMA cache_size = -512;
             PRAGMA cell_size_check = ON;
             PRAGMA foreign_keys = ON;
             PRAGMA mmap_size = 0;",
            pages = (self.bytes / PAGE).max(1)
        ))?;
        for (limit, value) in LIMITS {
            sqlite.set_limit(limit, value)?;
        }
        for (config, on) in [
            (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
            (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
            (DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, false),
            (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
            (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        ] {
            sqlite.set_db_config(config, on)?;
        }
        sqlite.authorizer(Some(authorizer(Arc::clone(&self.host))))?;
        let watch = Arc::clone(&self.watch);
        sqlite.progress_handler(STEPS, Some(move || watch.must_stop()))
    }

    /// Statements from here on end at this moment.
    pub(super) fn until(&self, deadline: Instant) -> Result<(), DatabaseError> {
        self.watch.begin(deadline);
        let left = deadline.saturating_duration_since(Instant::now()).min(BUSY);
        self.sqlite.busy_timeout(left).map_err(|error| self.error(&error))
    }

    /// Whether a transaction is open.
    pub(super) fn in_transaction(&self) -> bool {
        !self.sqlite.is_autocommit()
    }

    /// A statement of the server's own.
    pub(super) fn control(&self, sql: &str) -> Result<(), DatabaseError> {
        self.host.store(true, Ordering::Release);
        let done = self.sqlite.execute_batch(sql);
        self.host.store(false, Ordering::Release);
        done.map_err(|error| self.error(&error))
    }

    /// Several statements.
    pub(super) fn script(&self, sql: &str) -> Result<(), DatabaseError> {
        self.sqlite.execute_batch(sql).map_err(|error| self.error(&error))
    }

    /// A statement that answers rows.
    pub(super) fn query(&self, sql: &str, values: &[Value], limits: AnswerLimits) -> Result<RowSet, DatabaseError> {
        let mut statement = self.prepare(sql, values)?;
        let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let width = columns.len();
        let mut answer = Answer::new(limits, columns);
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(|error| self.error(&error))? {
            let values = (0..width).map(|column| row.get_ref(column).map(value));
            answer.push(values.collect::<rusqlite::Result<_>>().map_err(|error| self.error(&error))?)?;
        }
        Ok(answer.finish())
    }

    /// A statement that changes rows; answers how many.
    pub(super) fn execute(&self, sql: &str, values: &[Value]) -> Result<u64, DatabaseError> {
        let before = self.sqlite.total_changes();
        let mut statement = self.prepare(sql, values)?;
        let mut rows = statement.raw_query();
        // Rows that it answers are of no interest.
        while rows.next().map_err(|error| self.error(&error))?.is_some() {}
        // `changes` is of the last statement that changed any.
        Ok(if self.sqlite.total_changes() == before { 0 } else { self.sqlite.changes() })
    }

    fn prepare(&self, sql: &str, values: &[Value]) -> Result<Statement<'_>, DatabaseError> {
        let mut statement = self.sqlite.prepare(sql).map_err(|error| self.error(&error))?;
        let mut used = 0;
        for index in 1..=statement.parameter_count() {
            let number = placeholder(&statement, index)?;
            let missing = || DatabaseError::Sql(format!("`${number}` has no value: {} were given", values.len()));
            let value = number.checked_sub(1).and_then(|place| values.get(place)).ok_or_else(missing)?;
            statement.raw_bind_parameter(index, Bound(value)).map_err(|error| self.error(&error))?;
            used = used.max(number);
        }
        if used < values.len() {
            let given = values.len();
            return Err(DatabaseError::Sql(format!("{given} values were given; the statement has places for {used}")));
        }
        Ok(statement)
    }

    fn error(&self, error: &rusqlite::Error) -> DatabaseError {
        let text = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::AuthorizationForStatementDenied) => DatabaseError::Refused(text),
            Some(ErrorCode::ConstraintViolation) => DatabaseError::Constraint(text),
            Some(ErrorCode::DiskFull) => DatabaseError::Full { limit: self.bytes },
            Some(ErrorCode::OperationInterrupted) => self.watch.reason(),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                DatabaseError::Busy("others of the plugin write for too long".to_owned())
            }
            Some(
                ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied
                | ErrorCode::OutOfMemory
                | ErrorCode::InternalMalfunction,
            ) => DatabaseError::Broken(text),
            // A function that was denied has no code of its own.
            _ if text.starts_with("not authorized") => DatabaseError::Refused(text),
            _ => DatabaseError::Sql(text),
        }
    }
}

/// The number of a placeholder: `$2` and `?2` name it, `?` is the next one.
fn placeholder(statement: &Statement<'_>, index: usize) -> Result<usize, DatabaseError> {
    let Some(name) = statement.parameter_name(index) else { return Ok(index) };
    let number = name.strip_prefix(['$', '?']).and_then(|number| number.parse().ok());
    number.ok_or_else(|| DatabaseError::Sql(format!("the placeholder `{name}` is no number like `$1`")))
}

fn value(read: ValueRef<'_>) -> Value {
    match read {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Integer(value),
        ValueRef::Real(value) => Value::Real(value),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Value::Text(text.to_owned()),
            // A cast can make any bytes a text.
            Err(_) => Value::Blob(bytes.to_vec()),
        },
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}
