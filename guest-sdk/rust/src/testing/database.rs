//! The plugin's database: a real SQLite in memory, with the server's transactions and migrations.
//! Its limits are the server's business.

use std::collections::BTreeMap;

use rusqlite::{
    Connection, ErrorCode, Statement,
    types::{Value as Sqlite, ValueRef},
};

use super::{Platform, calls};
use crate::{
    Error, Result,
    database::{Engine, Migration, RowSet, Value},
};

const CREATE: &str = "CREATE TABLE IF NOT EXISTS wasmoat_migrations (version BIGINT PRIMARY KEY, sql TEXT NOT NULL)";

pub(super) fn install(platform: &Platform) {
    platform.answer(calls::database::GetEngine, |_, ()| Ok(Engine::Sqlite));
    platform.answer(calls::database::Query, |p, (sql, parameters)| {
        p.with_database(|sqlite| query(sqlite, &sql, &parameters))
    });
    platform.answer(calls::database::Execute, |p, (sql, parameters)| {
        p.with_database(|sqlite| {
            let before = sqlite.total_changes();
            query(sqlite, &sql, &parameters)?;
            Ok(if sqlite.total_changes() == before { 0 } else { sqlite.changes() })
        })
    });
    platform.answer(calls::database::Begin, |p, ()| p.with_database(|sqlite| control(sqlite, false, "BEGIN")));
    platform.answer(calls::database::Commit, |p, ()| p.with_database(|sqlite| control(sqlite, true, "COMMIT")));
    platform.answer(calls::database::Rollback, |p, ()| p.with_database(|sqlite| control(sqlite, true, "ROLLBACK")));
    platform.answer(calls::database::Migrate, |p, (migrations,)| {
        p.with_database(|sqlite| {
            control(sqlite, false, "BEGIN")?;
            let applied = migrate(sqlite, migrations);
            control(sqlite, true, if applied.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
            applied
        })
    });
}

impl Platform {
    /// Works on the SQLite behind the plugin's database, past the plugin: to prepare and to look.
    ///
    /// # Panics
    ///
    /// Where SQLite does not open a database in memory.
    pub fn with_database<T>(&self, work: impl FnOnce(&Connection) -> T) -> T {
        let mut database = self.state.database.borrow_mut();
        work(database.get_or_insert_with(open))
    }
}

#[allow(clippy::expect_used, reason = "without memory a test ends")]
fn open() -> Connection {
    Connection::open_in_memory().expect("SQLite opens a database in memory")
}

fn refused(status: i32, kind: &str, text: impl Into<String>) -> Error {
    Error::new(status, format!("app.plugin.database.{kind}.app_error"), text)
}

#[allow(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn failed(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => refused(409, "constraint", error.to_string()),
        _ => refused(400, "sql", error.to_string()),
    }
}

fn control(sqlite: &Connection, inside: bool, sql: &str) -> Result<()> {
    if sqlite.is_autocommit() == inside {
        let text = if inside { "no transaction is open" } else { "a transaction is open already" };
        return Err(refused(409, "transaction", text));
    }
    sqlite.execute_batch(sql).map_err(failed)
}

fn query(sqlite: &Connection, sql: &str, parameters: &[Value]) -> Result<RowSet> {
    let mut statement = sqlite.prepare(sql).map_err(failed)?;
    for index in 1..=statement.parameter_count() {
        let number = placeholder(&statement, index);
        let value = number.and_then(|number| parameters.get(number.checked_sub(1)?));
        let value = value.ok_or_else(|| refused(400, "sql", format!("the placeholder {index} has no value")))?;
        statement.raw_bind_parameter(index, bound(value)).map_err(failed)?;
    }
    let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let width = columns.len();
    let mut answered = statement.raw_query();
    let mut rows = Vec::new();
    while let Some(row) = answered.next().map_err(failed)? {
        let values = (0..width).map(|column| row.get_ref(column).map(value));
        rows.push(values.collect::<rusqlite::Result<_>>().map_err(failed)?);
    }
    Ok(RowSet { columns, rows })
}

fn placeholder(statement: &Statement<'_>, index: usize) -> Option<usize> {
    match statement.parameter_name(index) {
        None => Some(index),
        Some(name) => name.strip_prefix(['$', '?'])?.parse().ok(),
    }
}

fn bound(value: &Value) -> Sqlite {
    match value {
        Value::Null => Sqlite::Null,
        Value::Boolean(value) => Sqlite::Integer(i64::from(*value)),
        Value::Integer(value) => Sqlite::Integer(*value),
        Value::Real(value) => Sqlite::Real(*value),
        Value::Text(value) => Sqlite::Text(value.clone()),
        Value::Blob(value) => Sqlite::Blob(value.clone()),
    }
}

fn value(read: ValueRef<'_>) -> Value {
    match read {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Integer(value),
        ValueRef::Real(value) => Value::Real(value),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => Value::Blob(bytes.to_vec()),
        },
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

fn migrate(sqlite: &Connection, migrations: Vec<Migration>) -> Result<u32> {
    let listed: BTreeMap<i64, Migration> =
        migrations.into_iter().map(|migration| (migration.version.into(), migration)).collect();
    sqlite.execute_batch(CREATE).map_err(failed)?;
    let known: Vec<(i64, String)> =
        query(sqlite, "SELECT version, sql FROM wasmoat_migrations ORDER BY version", &[])?.decode()?;
    for (version, sql) in &known {
        if listed.get(version).is_none_or(|migration| migration.sql != *sql) {
            return Err(refused(
                409,
                "migration",
                format!("migration {version} was applied and is missing or changed"),
            ));
        }
    }
    let newest = known.last().map_or(0, |(version, _)| *version);
    let mut applied = 0;
    for (version, migration) in listed.range(newest + 1..) {
        sqlite.execute_batch(&migration.sql).map_err(failed)?;
        let row = [Value::Integer(*version), Value::Text(migration.sql.clone())];
        query(sqlite, "INSERT INTO wasmoat_migrations (version, sql) VALUES ($1, $2)", &row)?;
        applied += 1;
    }
    Ok(applied)
}
