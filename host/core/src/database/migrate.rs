//! Migrations of a plugin's database: each applied once, in order, all of a list in one transaction.

use std::collections::BTreeMap;

use wasmoat_model::now_ms;
use wasmoat_runtime::{
    Caller,
    bindings::database::{Migration, Value},
};

use super::{DatabaseError, Work};
use crate::Core;

/// Most migrations in a list.
const MOST: usize = 1_000;

const CREATE: &str = "CREATE TABLE IF NOT EXISTS wasmoat_migrations
    (version BIGINT PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL, applied_at BIGINT NOT NULL)";

impl Core {
    /// Applies what has not been applied, and answers how many that were.
    pub(super) async fn migrate_database(
        &self,
        caller: &Caller,
        migrations: Vec<Migration>,
    ) -> Result<u32, DatabaseError> {
        let migrations = in_order(migrations)?;
        self.work_in_database(caller, Work::Begin).await?;
        let applied = self.apply(caller, &migrations).await;
        let end = if applied.is_ok() { Work::Commit } else { Work::Rollback };
        let ended = self.work_in_database(caller, end).await;
        match (applied, ended) {
            (Ok(applied), Ok(_)) => Ok(applied),
            (Err(error), _) => Err(error),
            (Ok(_), Err(error)) => {
                // It must not stay open behind a function that does not open any.
                let _ = self.work_in_database(caller, Work::Rollback).await;
                Err(error)
            }
        }
    }

    async fn apply(&self, caller: &Caller, migrations: &BTreeMap<u32, Migration>) -> Result<u32, DatabaseError> {
        let execute =
            |sql: &str, parameters| self.work_in_database(caller, Work::Execute { sql: sql.to_owned(), parameters });
        execute(CREATE, Vec::new()).await?;
        let sql = "SELECT version, name, digest FROM wasmoat_migrations ORDER BY version".to_owned();
        let query = Work::Query { sql, parameters: Vec::new(), limits: caller.limits().into() };
        let known = self.work_in_database(caller, query).await?.rows();
        let mut newest = 0;
        for row in known.rows {
            newest = check_known(&row, migrations)?.max(newest);
        }
        let mut applied = 0;
        for migration in migrations.values().filter(|migration| i64::from(migration.version) > newest) {
            let named = |error| in_migration(migration, error);
            self.work_in_database(caller, Work::Script { sql: migration.sql.clone() }).await.map_err(named)?;
            let row = vec![
                Value::Integer(migration.version.into()),
                Value::Text(migration.name.clone()),
                Value::Text(digest(migration)),
                Value::Integer(now_ms()),
            ];
            execute("INSERT INTO wasmoat_migrations (version, name, digest, applied_at) VALUES ($1, $2, $3, $4)", row)
                .await
                .map_err(named)?;
            applied += 1;
        }
        Ok(applied)
    }
}

fn digest(migration: &Migration) -> String {
    blake3::hash(migration.sql.as_bytes()).to_hex().to_string()
}

fn in_order(migrations: Vec<Migration>) -> Result<BTreeMap<u32, Migration>, DatabaseError> {
    let count = migrations.len();
    if count > MOST {
        return Err(DatabaseError::Migration(format!("{count} migrations; {MOST} are allowed")));
    }
    let ordered: BTreeMap<u32, Migration> =
        migrations.into_iter().map(|migration| (migration.version, migration)).collect();
    if ordered.len() < count || ordered.contains_key(&0) {
        return Err(DatabaseError::Migration("versions begin at 1, and each is there once".to_owned()));
    }
    Ok(ordered)
}

/// One that was applied must be in the list, as it was.
fn check_known(row: &[Value], migrations: &BTreeMap<u32, Migration>) -> Result<i64, DatabaseError> {
    let [Value::Integer(version), Value::Text(name), Value::Text(digest_then)] = row else {
        return Err(DatabaseError::Migration("the table `wasmoat_migrations` was changed".to_owned()));
    };
    let listed = u32::try_from(*version).ok().and_then(|version| migrations.get(&version));
    match listed {
        None => Err(DatabaseError::Migration(format!(
            "migration {version} `{name}` was applied and is not in the list: is this an older version of the plugin?"
        ))),
        Some(migration) if digest(migration) != *digest_then => Err(DatabaseError::Migration(format!(
            "migration {version} `{name}` was applied with another text; put the change into a new migration"
        ))),
        Some(_) => Ok(*version),
    }
}

fn in_migration(migration: &Migration, error: DatabaseError) -> DatabaseError {
    let named = |text: &str| format!("migration {} `{}`: {text}", migration.version, migration.name);
    match error {
        DatabaseError::Sql(text) => DatabaseError::Sql(named(&text)),
        DatabaseError::Constraint(text) => DatabaseError::Constraint(named(&text)),
        DatabaseError::Refused(text) => DatabaseError::Refused(named(&text)),
        other => other,
    }
}
