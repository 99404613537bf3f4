//! The one store: SQLite by default, and the same statements for PostgreSQL.
//!
//! A statement uses `$1` placeholders, `ON CONFLICT` and `RETURNING`, integers for booleans and
//! text for JSON; the tables are in `migrations/`. Reads take a connection, writes of more than
//! one statement a transaction:
//!
//! ```text
//! let post: Option<Post> = store.read().await?.one("WHERE id = $1", args![id]).await?;
//! let mut tx = store.write().await?;
//! tx.insert(&post).await?;
//! tx.commit().await?;
//! ```

mod column;
mod migrations;
mod record;

use std::{path::Path, time::Duration};

use sqlx::{
    Any, AnyConnection, AnyPool, AssertSqlSafe, Row as _, any::AnyArguments, any::AnyPoolOptions, pool::PoolConnection,
};
use wasmoat_model::AppError;

pub(crate) use self::record::record;
pub use self::{
    column::Column,
    record::{Record, name as record_name, placeholders},
};

/// Connections to the store. SQLite has one writer at a time; more readers than cores gain nothing.
const CONNECTIONS: u32 = 8;

/// How long a statement waits for the store before it fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// What the store answers when it fails.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or could not be reached.
    #[error("store: {0}")]
    Database(#[from] sqlx::Error),
    /// The tables could not be brought up to date.
    #[error("store: migration: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The data directory could not be made.
    #[error("store: {path}: {source}")]
    Directory {
        /// The directory.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
}

impl StoreError {
    /// Whether a unique key was there already.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "store failed");
        Self::new("Store", "app.store.app_error", 500, "The store could not be read or written.").detail(error)
    }
}

/// A pool of connections.
#[derive(Clone, Debug)]
pub struct Store {
    pool: AnyPool,
    begin: &'static str,
}

/// Several statements that happen together or not at all.
pub type Transaction = sqlx::Transaction<'static, Any>;

impl Store {
    /// Opens the SQLite file of a data directory, makes it where there is none, and brings its
    /// tables up to date.
    ///
    /// # Errors
    ///
    /// Where the file cannot be opened or a migration fails.
    pub async fn sqlite(path: &Path) -> Result<Self, StoreError> {
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)
                .map_err(|source| StoreError::Directory { path: directory.display().to_string(), source })?;
        }
        Self::open(&format!("sqlite://{}?mode=rwc", path.display())).await
    }

    /// Opens the database of a URL and brings its tables up to date.
    ///
    /// # Errors
    ///
    /// Where it cannot be reached or a migration fails.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let sqlite = url.starts_with("sqlite:");
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if sqlite {
                        // A write-ahead log survives the death of the process at every commit and
                        // lets readers go on beside the writer.
                        for pragma in [
                            "PRAGMA journal_mode = WAL",
                            "PRAGMA synchronous = NORMAL",
                            "PRAGMA busy_timeout = 10000",
                            "PRAGMA foreign_keys = ON",
                        ] {
                            sqlx::query(pragma).execute(&mut *connection).await?;
                        }
                    }
                    Ok(())
                })
            })
            .connect(url)
            .await?;
        migrations::migrator().run(&pool).await?;
        // A SQLite transaction that begins as a reader fails when it turns into a writer beside
        // another one; begun as a writer, it waits its turn.
        Ok(Self { pool, begin: if sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" } })
    }

    /// A connection for reading, or for one statement.
    ///
    /// # Errors
    ///
    /// Where none is free in time.
    pub async fn read(&self) -> Result<PoolConnection<Any>, StoreError> {
        Ok(self.pool.acquire().await?)
    }

    /// A transaction for writing.
    ///
    /// # Errors
    ///
    /// Where none can begin in time.
    pub async fn write(&self) -> Result<Transaction, StoreError> {
        Ok(self.pool.begin_with(self.begin).await?)
    }

    /// Waits for the connections and closes them.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Arguments of a statement, in order: `args![channel_id, limit]`.
macro_rules! args {
    ($($value:expr),* $(,)?) => {{
        #[allow(unused_mut, reason = "a statement may have no arguments")]
        let mut arguments = sqlx::any::AnyArguments::default();
        $($crate::store::Column::bind(&$value, &mut arguments);)*
        arguments
    }};
}
pub(crate) use args;

/// Statements on a connection or in a transaction.
pub trait Queries {
    /// Records of a table; `rest` begins after `SELECT … FROM table`.
    fn all<T: Record>(
        &mut self,
        rest: &str,
        args: AnyArguments,
    ) -> impl Future<Output = Result<Vec<T>, StoreError>> + Send;
    /// The first record, if there is one.
    fn one<T: Record>(
        &mut self,
        rest: &str,
        args: AnyArguments,
    ) -> impl Future<Output = Result<Option<T>, StoreError>> + Send;
    /// Inserts a record with all its columns.
    fn insert<T: Record>(&mut self, record: &T) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Inserts a record, or replaces the one with the same primary key.
    fn upsert<T: Record>(&mut self, record: &T) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Overwrites all columns of the record with the same primary key; says whether there was one.
    fn update<T: Record>(&mut self, record: &T) -> impl Future<Output = Result<bool, StoreError>> + Send;
    /// Runs a statement and says how many rows it touched.
    fn run(&mut self, sql: &str, args: AnyArguments) -> impl Future<Output = Result<u64, StoreError>> + Send;
    /// The first column of every row.
    fn values<T: Column + Send>(
        &mut self,
        sql: &str,
        args: AnyArguments,
    ) -> impl Future<Output = Result<Vec<T>, StoreError>> + Send;
    /// The first column of the first row.
    fn value<T: Column + Send>(
        &mut self,
        sql: &str,
        args: AnyArguments,
    ) -> impl Future<Output = Result<Option<T>, StoreError>> + Send;
    /// Rows of an own `SELECT`, each read by `read`.
    fn rows<T: Send>(
        &mut self,
        sql: &str,
        args: AnyArguments,
        read: impl Fn(&sqlx::any::AnyRow) -> Result<T, sqlx::Error> + Send,
    ) -> impl Future<Output = Result<Vec<T>, StoreError>> + Send;
}

impl Queries for AnyConnection {
    async fn all<T: Record>(&mut self, rest: &str, args: AnyArguments) -> Result<Vec<T>, StoreError> {
        let sql = record::select::<T>(rest);
        let rows = sqlx::query_with(AssertSqlSafe(sql), args).fetch_all(&mut *self).await?;
        Ok(rows.iter().map(T::read).collect::<Result<_, _>>()?)
    }

    async fn one<T: Record>(&mut self, rest: &str, args: AnyArguments) -> Result<Option<T>, StoreError> {
        let sql = record::select::<T>(rest);
        let row = sqlx::query_with(AssertSqlSafe(sql), args).fetch_optional(&mut *self).await?;
        Ok(row.as_ref().map(T::read).transpose()?)
    }

    async fn insert<T: Record>(&mut self, record: &T) -> Result<(), StoreError> {
        let args = record::arguments(record);
        sqlx::query_with(AssertSqlSafe(record::insert::<T>()), args).execute(&mut *self).await?;
        Ok(())
    }

    async fn upsert<T: Record>(&mut self, record: &T) -> Result<(), StoreError> {
        let args = record::arguments(record);
        sqlx::query_with(AssertSqlSafe(record::upsert::<T>()), args).execute(&mut *self).await?;
        Ok(())
    }

    async fn update<T: Record>(&mut self, record: &T) -> Result<bool, StoreError> {
        let args = record::arguments(record);
        let done = sqlx::query_with(AssertSqlSafe(record::update::<T>()), args).execute(&mut *self).await?;
        Ok(done.rows_affected() > 0)
    }

    async fn run(&mut self, sql: &str, args: AnyArguments) -> Result<u64, StoreError> {
        Ok(sqlx::query_with(AssertSqlSafe(sql.to_owned()), args).execute(&mut *self).await?.rows_affected())
    }

    async fn values<T: Column + Send>(&mut self, sql: &str, args: AnyArguments) -> Result<Vec<T>, StoreError> {
        self.rows(sql, args, first_column).await
    }

    async fn value<T: Column + Send>(&mut self, sql: &str, args: AnyArguments) -> Result<Option<T>, StoreError> {
        let row = sqlx::query_with(AssertSqlSafe(sql.to_owned()), args).fetch_optional(&mut *self).await?;
        Ok(row.as_ref().map(first_column).transpose()?)
    }

    async fn rows<T: Send>(
        &mut self,
        sql: &str,
        args: AnyArguments,
        read: impl Fn(&sqlx::any::AnyRow) -> Result<T, sqlx::Error> + Send,
    ) -> Result<Vec<T>, StoreError> {
        let rows = sqlx::query_with(AssertSqlSafe(sql.to_owned()), args).fetch_all(&mut *self).await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }
}

fn first_column<T: Column>(row: &sqlx::any::AnyRow) -> Result<T, sqlx::Error> {
    use sqlx::Column as _;
    let name = row.columns().first().map(|column| column.name().to_owned());
    T::read(row, name.as_deref().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    struct Reaction {
        user_id: String,
        post_id: String,
        emoji_name: String,
        create_at: i64,
        remote_id: Option<String>,
    }

    record!(Reaction, "t_reactions", key [user_id, post_id, emoji_name], [create_at, remote_id]);

    #[tokio::test]
    async fn a_record_is_read_as_it_was_written() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::sqlite(&directory.path().join("wasmoat.db")).await.unwrap();
        let mut tx = store.write().await.unwrap();
        tx.run(
            "CREATE TABLE t_reactions (user_id TEXT, post_id TEXT, emoji_name TEXT, create_at BIGINT, remote_id TEXT,
             PRIMARY KEY (user_id, post_id, emoji_name))",
            args![],
        )
        .await
        .unwrap();
        let mut reaction = Reaction {
            user_id: "u".into(),
            post_id: "p".into(),
            emoji_name: "+1".into(),
            create_at: 1,
            ..Reaction::default()
        };
        tx.insert(&reaction).await.unwrap();
        reaction.remote_id = Some("r".into());
        assert!(tx.update(&reaction).await.unwrap());
        reaction.create_at = 2;
        tx.upsert(&reaction).await.unwrap();
        assert!(tx.insert(&reaction).await.unwrap_err().is_unique_violation());
        tx.commit().await.unwrap();
        let mut connection = store.read().await.unwrap();
        let read: Vec<Reaction> = connection.all("WHERE post_id = $1", args!["p"]).await.unwrap();
        assert_eq!(read, [reaction]);
        let count: Option<i64> = connection.value("SELECT COUNT(*) FROM t_reactions", args![]).await.unwrap();
        assert_eq!(count, Some(1));
        let none: Option<Reaction> = connection.one("WHERE post_id = $1", args!["q"]).await.unwrap();
        assert_eq!(none, None);
    }
}
