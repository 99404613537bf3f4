//! The role and the schema of one plugin.

use sqlx::{
    AssertSqlSafe, PgPool, Row as _,
    postgres::{PgPoolOptions, PgRow},
};

use super::{PLACE, Server, clean};
use crate::database::DatabaseError;

/// A plugin in the database.
#[derive(Clone, Debug)]
pub(super) struct Tenant {
    /// Name of the role and of the schema.
    pub(super) role: String,
    /// Connections that log in as the role.
    pub(super) pool: PgPool,
}

/// What the role may do beyond its schema. Every column must be false.
const RIGHTS: &str = "SELECT
    r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls AS attributes,
    EXISTS (SELECT 1 FROM pg_catalog.pg_auth_members m WHERE m.member = r.oid) AS memberships,
    has_database_privilege(r.oid, current_database(), 'CREATE') AS schemas,
    has_database_privilege(r.oid, current_database(), 'TEMPORARY') AS temporary_tables,
    EXISTS (SELECT 1 FROM pg_catalog.pg_namespace n WHERE n.nspname <> r.rolname
        AND n.nspname NOT IN ('pg_catalog', 'information_schema')
        AND (has_schema_privilege(r.oid, n.oid, 'USAGE') OR has_schema_privilege(r.oid, n.oid, 'CREATE')))
        AS other_schemas
    FROM pg_catalog.pg_roles r WHERE r.rolname = $1";

/// The name of a plugin's role: letters and digits, whatever its id.
pub(super) fn role_of(plugin_id: &str) -> String {
    let digest = blake3::hash(plugin_id.as_bytes()).to_hex();
    format!("wasmoat_{}", digest.get(..32).unwrap_or_default())
}

#[allow(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn broken(error: impl std::fmt::Display) -> DatabaseError {
    DatabaseError::Broken(error.to_string())
}

impl Tenant {
    /// Makes the role and the schema, or makes them anew what they should be.
    pub(super) async fn make(server: &Server, plugin_id: &str, connections: u64) -> Result<Self, DatabaseError> {
        let admin = &server.0.admin;
        let role = role_of(plugin_id);
        // Known to nobody, and another one each time.
        let password = hex(&rand::random::<[u8; 32]>());
        let exists = sqlx::query("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1").bind(&role);
        let verb = if exists.fetch_optional(admin).await.map_err(broken)?.is_some() { "ALTER" } else { "CREATE" };
        // More than the pool makes: one that was ended may be there a moment longer.
        let most = connections.saturating_mul(2).saturating_add(2);
        let sql = format!(
            "{verb} ROLE {role} LOGIN NOINHERIT PASSWORD '{password}' CONNECTION LIMIT {most};
             ALTER ROLE {role} RESET ALL;
             CREATE SCHEMA IF NOT EXISTS {role};
             GRANT USAGE, CREATE ON SCHEMA {role} TO {role};
             DO $$ BEGIN EXECUTE format('GRANT CONNECT ON DATABASE %I TO {role}', current_database()); END $$;"
        );
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(admin).await.map_err(broken)?;
        let temporary = format!("ALTER ROLE {role} SET temp_file_limit = '256MB'");
        if let Err(error) = sqlx::raw_sql(AssertSqlSafe(temporary)).execute(admin).await {
            tracing::warn!(%error, "temporary files of plugins' statements are not limited: only a superuser may do so");
        }
        let rights = sqlx::query(RIGHTS).bind(&role).fetch_one(admin).await.map_err(broken)?;
        check_rights(&role, &rights)?;
        let options = server
            .0
            .options
            .clone()
            .username(&role)
            .password(&password)
            .application_name(plugin_id)
            .options([("search_path", role.as_str())]);
        let pool = PgPoolOptions::new()
            .max_connections(u32::try_from(connections).unwrap_or(1))
            .min_connections(0)
            .idle_timeout(std::time::Duration::from_secs(60))
            .acquire_timeout(PLACE)
            .after_release(|connection, _| Box::pin(async move { Ok(clean(connection).await.is_ok()) }))
            .connect_lazy_with(options);
        Ok(Self { role, pool })
    }
}

fn check_rights(role: &str, rights: &PgRow) -> Result<(), DatabaseError> {
    for right in ["attributes", "memberships", "schemas", "temporary_tables", "other_schemas"] {
        if rights.try_get::<bool, _>(right).map_err(broken)? {
            let text = format!("the role `{role}` may do more than it should ({right}); it is not used");
            return Err(DatabaseError::Broken(text));
        }
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
