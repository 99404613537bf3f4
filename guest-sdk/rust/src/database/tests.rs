use super::*;
use crate::testing::Platform;

const POLLS: &str = "CREATE TABLE polls (id TEXT PRIMARY KEY, votes BIGINT NOT NULL, open BOOLEAN, picture BLOB)";

fn platform() -> Platform {
    let platform = Platform::new();
    migrate_all(&[POLLS]).unwrap();
    platform
}

fn insert(id: &str, votes: i64) -> Result<u64> {
    execute("INSERT INTO polls (id, votes, open) VALUES ($1, $2, $3)", params![id, votes, true])
}

#[test]
fn rows_are_read_as_tuples() {
    let _platform = platform();
    assert_eq!(insert("lunch", 3).unwrap(), 1);
    let polls: Vec<(String, u32, bool, Option<Vec<u8>>)> = query_as("SELECT * FROM polls", params![]).unwrap();
    assert_eq!(polls, [("lunch".to_owned(), 3, true, None)]);
    let votes = query_one::<(i64,)>("SELECT votes FROM polls WHERE id = $1", params!["dinner"]).unwrap();
    assert_eq!(votes, None);
    let rows = query("SELECT id, votes FROM polls", params![]).unwrap();
    assert_eq!(rows.columns, ["id", "votes"]);
    assert_eq!(rows.rows, [[Value::Text("lunch".into()), Value::Integer(3)]]);
}

#[test]
fn a_column_that_holds_something_else_is_named() {
    let _platform = platform();
    insert("lunch", -3).unwrap();
    let error = query_as::<(u32,)>("SELECT votes FROM polls", params![]).unwrap_err();
    assert!(error.to_string().contains("the column `votes` holds a whole number"), "{error}");
    let error = query_as::<(u32, u32)>("SELECT votes FROM polls", params![]).unwrap_err();
    assert!(error.to_string().contains("1 columns"), "{error}");
}

#[test]
fn a_transaction_happens_as_a_whole_or_not_at_all() {
    let _platform = platform();
    transaction(|| insert("lunch", 1)).unwrap();
    let failed = transaction(|| {
        insert("dinner", 1)?;
        insert("lunch", 2)
    });
    assert_eq!(failed.unwrap_err().status(), 409, "a constraint");
    let ids: Vec<(String,)> = query_as("SELECT id FROM polls", params![]).unwrap();
    assert_eq!(ids, [("lunch".to_owned(),)]);
    assert_eq!(commit().unwrap_err().status(), 409, "none is open");
}

#[test]
fn migrations_are_applied_once_and_never_change() {
    let _platform = platform();
    let second = "ALTER TABLE polls ADD COLUMN closed_at BIGINT";
    assert_eq!(migrate_all(&[POLLS, second]).unwrap(), 1);
    assert_eq!(migrate_all(&[POLLS, second]).unwrap(), 0);
    assert_eq!(migrate_all(&[POLLS, "ALTER TABLE polls ADD COLUMN other BIGINT"]).unwrap_err().status(), 409);
    assert_eq!(migrate_all(&[POLLS]).unwrap_err().status(), 409, "one is missing");
}

#[test]
fn the_mock_begins_empty_with_each_platform() {
    let _platform = platform();
    insert("lunch", 1).unwrap();
    let _next = platform();
    assert!(query("SELECT * FROM polls", params![]).unwrap().rows.is_empty());
}
