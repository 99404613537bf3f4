//! A connection in the hands of one call.

use std::time::Instant;

use futures::TryStreamExt as _;
use sqlx::{AssertSqlSafe, Executor as _, Row as _, SqlSafeStr as _, Statement as _, error::ErrorKind};
use wasmoat_runtime::bindings::database::{RowSet, Value};

use super::{Connection, Server, Tenant, values};
use crate::database::{
    DatabaseError, Done, Work,
    answer::{Answer, AnswerLimits},
};

/// Bytes that the plugin's tables have on the disk, and whether it keeps something outside of them;
/// nothing where the transaction wrote nothing.
const USED: &str = "SELECT CASE WHEN pg_catalog.pg_current_xact_id_if_assigned() IS NULL THEN 0 ELSE (
        SELECT coalesce(sum(pg_catalog.pg_total_relation_size(c.oid)), 0)::bigint FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relkind IN ('r', 'm', 'S')) END,
    EXISTS (SELECT 1 FROM pg_catalog.pg_largeobject_metadata l
        JOIN pg_catalog.pg_roles r ON r.oid = l.lomowner WHERE r.rolname = $1)";

/// What begins or ends a transaction. No guard, but a clear answer: transactions have functions.
const TRANSACTIONS: [&str; 8] = ["begin", "start", "commit", "end", "rollback", "abort", "prepare", "set"];

/// A connection. While it is at something, dropping it ends that; with a transaction open, dropping
/// it rolls back.
#[derive(Debug)]
pub(in crate::database) struct Lease {
    server: Server,
    tenant: Tenant,
    connection: Connection,
    backend: i32,
    bytes: u64,
    at_work: bool,
    open: bool,
}

impl Lease {
    pub(super) async fn new(
        server: Server,
        tenant: Tenant,
        mut connection: Connection,
        bytes: u64,
    ) -> Result<Self, DatabaseError> {
        let backend = sqlx::query("SELECT pg_catalog.pg_backend_pid()").fetch_one(&mut *connection).await;
        let backend =
            backend.and_then(|row| row.try_get(0)).map_err(|error| DatabaseError::Broken(error.to_string()))?;
        Ok(Self { server, tenant, connection, backend, bytes, at_work: false, open: false })
    }

    /// Whether a transaction is open.
    pub(in crate::database) const fn in_transaction(&self) -> bool {
        self.open
    }

    /// Does some work. What is not done at the deadline is ended.
    pub(in crate::database) async fn work(
        mut self,
        work: Work,
        deadline: Instant,
    ) -> (Option<Self>, Result<Done, DatabaseError>) {
        self.at_work = true;
        let done = tokio::time::timeout_at(deadline.into(), self.run(work)).await;
        let done = done.unwrap_or(Err(DatabaseError::Stopped));
        // Behind an answer that is too large there may be any amount more of it.
        let goes_on =
            !matches!(done, Err(DatabaseError::Stopped | DatabaseError::Broken(_) | DatabaseError::Answer { .. }));
        if goes_on {
            self.at_work = false;
            (Some(self), done)
        } else {
            (None, done)
        }
    }

    async fn run(&mut self, work: Work) -> Result<Done, DatabaseError> {
        match work {
            Work::Begin => {
                self.control("BEGIN").await?;
                self.open = true;
                Ok(Done::Nothing)
            }
            Work::Commit => self.end(true).await.map(|()| Done::Nothing),
            Work::Rollback => self.end(false).await.map(|()| Done::Nothing),
            within if self.open => self.statement(within).await,
            alone => {
                // In a transaction of its own, which asks for the size before it is there to stay.
                self.control("BEGIN").await?;
                let done = self.statement(alone).await;
                match &done {
                    Ok(_) => self.end(true).await?,
                    // What ends with the connection needs no end of its own.
                    Err(DatabaseError::Answer { .. }) => {}
                    Err(_) => self.end(false).await?,
                }
                done
            }
        }
    }

    async fn end(&mut self, commit: bool) -> Result<(), DatabaseError> {
        let checked = if commit { self.check_size().await } else { Ok(()) };
        self.open = false;
        self.control(if commit && checked.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
        checked
    }

    async fn statement(&mut self, work: Work) -> Result<Done, DatabaseError> {
        match work {
            Work::Query { sql, parameters, limits } => self.query(sql, &parameters, limits).await.map(Done::Rows),
            Work::Execute { sql, parameters } => {
                check_alone(&sql)?;
                let statement = sqlx::query_with(AssertSqlSafe(sql), values::arguments(&parameters)?).persistent(false);
                let done = statement.execute(&mut *self.connection).await.map_err(error)?;
                Ok(Done::Count(done.rows_affected()))
            }
            Work::Script { sql } => self.control(&sql).await.map(|()| Done::Nothing),
            Work::Begin | Work::Commit | Work::Rollback => Ok(Done::Nothing),
        }
    }

    async fn query(
        &mut self,
        sql: String,
        parameters: &[Value],
        limits: AnswerLimits,
    ) -> Result<RowSet, DatabaseError> {
        check_alone(&sql)?;
        let types = values::types(parameters);
        // Prepared first: an answer without rows has columns too.
        let statement = self.connection.prepare_with(AssertSqlSafe(sql).into_sql_str(), &types).await.map_err(error)?;
        let columns = values::columns(statement.columns());
        let arguments = values::arguments(parameters)?;
        let mut rows = statement.query_with(arguments).fetch(&mut *self.connection);
        let mut answer = Answer::new(limits, columns);
        while let Some(row) = rows.try_next().await.map_err(error)? {
            answer.push(values::row(&row)?)?;
        }
        Ok(answer.finish())
    }

    async fn control(&mut self, sql: &str) -> Result<(), DatabaseError> {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut *self.connection).await.map(drop).map_err(error)
    }

    /// Asks what the plugin's tables have on the disk, while it can still be undone.
    async fn check_size(&mut self) -> Result<(), DatabaseError> {
        let used = sqlx::query(USED).bind(&self.tenant.role).persistent(false).fetch_one(&mut *self.connection);
        let row = used.await.map_err(error)?;
        let bytes: i64 = row.try_get(0).map_err(error)?;
        if row.try_get(1).map_err(error)? {
            return Err(DatabaseError::Refused("large objects".to_owned()));
        }
        if u64::try_from(bytes).unwrap_or_default() > self.bytes {
            return Err(DatabaseError::Full { limit: self.bytes });
        }
        Ok(())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.at_work {
            self.server.end(self.backend);
        }
        if self.at_work || self.open {
            self.connection.close_on_drop();
        }
    }
}

fn check_alone(sql: &str) -> Result<(), DatabaseError> {
    let first: String = sql.trim_start().chars().take_while(char::is_ascii_alphabetic).collect();
    if TRANSACTIONS.iter().any(|word| word.eq_ignore_ascii_case(&first)) {
        return Err(DatabaseError::Refused(format!("`{first}`; transactions are begun and ended by functions")));
    }
    Ok(())
}

pub(super) fn error(error: sqlx::Error) -> DatabaseError {
    let sqlx::Error::Database(database) = &error else {
        return match error {
            sqlx::Error::Encode(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                DatabaseError::Sql(error.to_string())
            }
            other => DatabaseError::Broken(other.to_string()),
        };
    };
    let text = database.message().to_owned();
    let code = database.code().unwrap_or_default();
    match (database.kind(), code.as_ref()) {
        (
            ErrorKind::UniqueViolation
            | ErrorKind::ForeignKeyViolation
            | ErrorKind::NotNullViolation
            | ErrorKind::CheckViolation
            | ErrorKind::ExclusionViolation,
            _,
        ) => DatabaseError::Constraint(text),
        (_, "42501") => DatabaseError::Refused(text),
        (_, "25P02") => DatabaseError::Transaction("a statement of the transaction failed; end it with `rollback`"),
        (_, "57014") => DatabaseError::Stopped,
        (_, "40001" | "40P01" | "55P03" | "53300") => DatabaseError::Busy(text),
        (_, code) if ["08P", "58", "XX", "57P"].iter().any(|class| code.starts_with(class)) && code != "08P01" => {
            DatabaseError::Broken(text)
        }
        _ => DatabaseError::Sql(text),
    }
}
