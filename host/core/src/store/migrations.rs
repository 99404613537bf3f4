//! The tables, one numbered file a step. A file that was ever released is never changed.
//!
//! Listed here and not by `sqlx::migrate!`: that macro would compile SQLite a second time, for the
//! compiler.

use std::borrow::Cow;

use sqlx::{
    SqlSafeStr as _,
    migrate::{Migration, MigrationType, Migrator},
};

/// Subject and statements of a step.
type Step = (&'static str, &'static str);

macro_rules! steps {
    ($($file:literal)*) => {
        &[$(($file, include_str!(concat!("../../migrations/", $file, ".sql"))),)*]
    };
}

/// In order: the first is number 1.
static STEPS: &[Step] = steps! {
    "0001_server"
    "0002_people"
    "0003_conversation"
    "0004_plugins"
    "0005_oauth_apps"
    "0006_files"
    "0007_drafts"
    "0008_groups"
    "0009_properties"
    "0010_shared_channels"
    "0011_system"
    "0012_jobs"
    "0013_channels"
    "0014_plugin_kv_usage"
    "0015_plugin_consent"
    "0016_plugin_job_request"
};

/// All steps.
pub(super) fn migrator() -> Migrator {
    let migrations = (1..).zip(STEPS).map(|(number, (name, sql))| {
        Migration::new(number, Cow::Borrowed(name), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_step_and_has_its_number() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut files: Vec<_> = files.collect();
        files.sort();
        let listed: Vec<_> = STEPS.iter().map(|(name, _)| format!("{name}.sql")).collect();
        assert_eq!(files, listed);
        for (number, (name, _)) in (1..).zip(STEPS) {
            assert!(name.starts_with(&format!("{number:04}_")), "{name}");
        }
    }
}
