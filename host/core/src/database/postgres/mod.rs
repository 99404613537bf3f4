//! A schema and a role of PostgreSQL for each plugin, in a database that holds nothing else.
//!
//! The server's own connection makes them, and is used for nothing that a plugin says. A plugin's
//! statements run on connections that log in as its role: there is no other role to fall back to.
//! What the role may do is asked of PostgreSQL before the role is used, and it must be nothing beyond
//! the schema. A statement that does not end with its call is ended from the server's connection.

mod lease;
mod tenant;
mod values;

use std::{
    collections::HashMap,
    str::FromStr as _,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sqlx::{
    AssertSqlSafe, PgPool, Postgres,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::sync::OnceCell;
use wasmoat_runtime::Caller;

pub(super) use self::lease::Lease;
use self::tenant::Tenant;
use super::DatabaseError;

/// Connections of the server's own.
const ADMINS: u32 = 4;

/// Longest wait for a connection.
const PLACE: Duration = Duration::from_secs(5);

/// Nothing in this database is for everybody.
const CLOSE: &str = "DO $$ BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
END $$";

/// A database server for plugins.
#[derive(Clone, Debug)]
pub(crate) struct Server(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    admin: PgPool,
    options: PgConnectOptions,
    tenants: Mutex<HashMap<Arc<str>, Arc<OnceCell<Tenant>>>>,
}

impl Server {
    /// Connects, and closes the database to everybody who has no business in it.
    pub(super) async fn connect(source: &str) -> Result<Self, sqlx::Error> {
        crate::tls::install();
        let options = PgConnectOptions::from_str(source)?.application_name("wasmoat");
        let admin =
            PgPoolOptions::new().max_connections(ADMINS).acquire_timeout(PLACE).connect_with(options.clone()).await?;
        sqlx::raw_sql(CLOSE).execute(&admin).await?;
        Ok(Self(Arc::new(Inner { admin, options, tenants: Mutex::default() })))
    }

    /// A connection for a call, when one is to be had.
    pub(super) async fn lease(&self, caller: &Caller) -> Result<Lease, DatabaseError> {
        let limits = caller.limits();
        let cell = {
            let mut tenants = self.0.tenants.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(tenants.entry(Arc::clone(&caller.plugin_id)).or_default())
        };
        let made = cell.get_or_try_init(|| Tenant::make(self, &caller.plugin_id, limits.database_statements));
        let tenant = made.await?.clone();
        let connection = tenant.pool.acquire().await.map_err(|error| match error {
            sqlx::Error::PoolTimedOut => {
                let limit = limits.database_statements;
                DatabaseError::Busy(format!("{limit} statements run at once already (limit `database_statements`)"))
            }
            other => lease::error(other),
        })?;
        Lease::new(self.clone(), tenant, connection, limits.database_bytes).await
    }

    /// Forgets the connections of a plugin that does not run any more.
    pub(super) fn close(&self, plugin_id: &str) {
        self.0.tenants.lock().unwrap_or_else(PoisonError::into_inner).remove(plugin_id);
    }

    /// Deletes the schema and the role of a plugin that does not run.
    pub(super) async fn delete(&self, plugin_id: &str) -> Result<(), sqlx::Error> {
        self.close(plugin_id);
        let role = tenant::role_of(plugin_id);
        let exists = sqlx::query("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1").bind(&role);
        if exists.fetch_optional(&self.0.admin).await?.is_none() {
            return Ok(());
        }
        let sql = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}';
             DROP SCHEMA IF EXISTS {role} CASCADE;
             DROP OWNED BY {role};
             DROP ROLE {role};"
        );
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&self.0.admin).await?;
        Ok(())
    }

    /// Ends whatever a connection of a plugin is at.
    fn end(&self, backend: i32) {
        let server = self.clone();
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            let ending = sqlx::query("SELECT pg_catalog.pg_terminate_backend($1)").bind(backend);
            if let Err(error) = ending.execute(&server.0.admin).await {
                tracing::error!(%error, backend, "a plugin's statement could not be ended");
            }
        });
    }
}

/// Takes away what a session of a plugin may have left: settings, locks, cursors, subscriptions.
async fn clean(connection: &mut sqlx::PgConnection) -> Result<(), sqlx::Error> {
    let sql = "CLOSE ALL; UNLISTEN *; SELECT pg_catalog.pg_advisory_unlock_all(); RESET ALL; DISCARD SEQUENCES";
    sqlx::raw_sql(sql).execute(connection).await.map(drop)
}

type Connection = PoolConnection<Postgres>;
