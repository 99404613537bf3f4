//! The Plugin API's `database`.

use wasmoat_model::AppError;
use wasmoat_runtime::bindings::database::{Engine, Host, Migration, RowSet, Value};

use super::{Done, Work, check_allowed};
use crate::api::Api;

impl Api<'_> {
    async fn in_database(&self, at: &str, work: Work) -> Result<Done, AppError> {
        check_allowed(at, &self.caller)?;
        self.core.work_in_database(&self.caller, work).await.map_err(|error| error.app_error(at))
    }
}

impl Host for Api<'_> {
    async fn get_engine(&mut self) -> Result<Engine, AppError> {
        check_allowed("Database.GetEngine", &self.caller)?;
        Ok(self.core.databases.engine())
    }

    async fn query(&mut self, sql: String, parameters: Vec<Value>) -> Result<RowSet, AppError> {
        let work = Work::Query { sql, parameters, limits: self.caller.limits().into() };
        self.in_database("Database.Query", work).await.map(Done::rows)
    }

    async fn execute(&mut self, sql: String, parameters: Vec<Value>) -> Result<u64, AppError> {
        self.in_database("Database.Execute", Work::Execute { sql, parameters }).await.map(Done::count)
    }

    async fn begin(&mut self) -> Result<(), AppError> {
        self.in_database("Database.Begin", Work::Begin).await.map(drop)
    }

    async fn commit(&mut self) -> Result<(), AppError> {
        self.in_database("Database.Commit", Work::Commit).await.map(drop)
    }

    async fn rollback(&mut self) -> Result<(), AppError> {
        self.in_database("Database.Rollback", Work::Rollback).await.map(drop)
    }

    async fn migrate(&mut self, migrations: Vec<Migration>) -> Result<u32, AppError> {
        let at = "Database.Migrate";
        check_allowed(at, &self.caller)?;
        self.core.migrate_database(&self.caller, migrations).await.map_err(|error| error.app_error(at))
    }
}
