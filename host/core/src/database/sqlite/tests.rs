//! Statements that want out of the plugin's file.

use std::time::{Duration, Instant};

use wasmoat_runtime::{
    Limits,
    bindings::database::{RowSet, Value},
};

use super::{super::DatabaseError, connection::Connection};

/// A database in a folder of its own.
struct Scratch {
    folder: tempfile::TempDir,
    connection: Connection,
}

impl Scratch {
    fn new() -> Self {
        Self::of(10 << 20)
    }

    fn of(bytes: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(&folder.path().join("database.sqlite"), bytes).unwrap();
        connection.until(Instant::now() + Duration::from_secs(60)).unwrap();
        Self { folder, connection }
    }

    fn execute(&self, sql: &str) -> Result<u64, DatabaseError> {
        self.connection.execute(sql, &[])
    }

    fn query(&self, sql: &str, values: &[Value]) -> Result<RowSet, DatabaseError> {
        self.connection.query(sql, values, (&Limits::default()).into())
    }

    /// The only value that a statement answers.
    fn value(&self, sql: &str, values: &[Value]) -> Value {
        self.query(sql, values).unwrap().rows.pop().unwrap().pop().unwrap()
    }
}

fn is_refused(result: &Result<impl std::fmt::Debug, DatabaseError>, sql: &str) {
    assert!(matches!(result, Err(DatabaseError::Refused(_))), "{sql}: {result:?}");
}

#[test]
fn nothing_leads_out_of_the_file() {
    let scratch = Scratch::new();
    let elsewhere = scratch.folder.path().join("elsewhere.sqlite");
    for sql in [
        "ATTACH 'PATH' AS other",
        "ATTACH ':memory:' AS other",
        "ATTACH 'file:PATH?mode=rwc' AS other",
        "DETACH main",
        "VACUUM",
        "VACUUM INTO 'PATH'",
        "SELECT load_extension('PATH')",
        "SELECT * FROM pragma_database_list",
        "PRAGMA database_list",
        "CREATE VIRTUAL TABLE t USING fts5(x)",
        "CREATE VIRTUAL TABLE t USING csv(filename='PATH')",
    ] {
        let sql = sql.replace("PATH", &elsewhere.display().to_string());
        is_refused(&scratch.execute(&sql), &sql);
        is_refused(&scratch.connection.script(&format!("SELECT 1; {sql}")), &sql);
    }
    assert!(!elsewhere.exists());
    for sql in ["SELECT readfile('/etc/passwd')", "SELECT writefile('x', 'y')", "SELECT edit('x')"] {
        assert!(matches!(scratch.execute(sql), Err(DatabaseError::Sql(_))), "{sql}");
    }
}

#[test]
fn no_statement_changes_how_the_database_is_kept() {
    let scratch = Scratch::new();
    for sql in [
        "PRAGMA max_page_count = 1000000000",
        "PRAGMA journal_mode = WAL",
        "PRAGMA temp_store_directory = '/'",
        "PRAGMA writable_schema = ON",
        "PRAGMA trusted_schema = ON",
        "PRAGMA hard_heap_limit = 1",
        "PRAGMA soft_heap_limit = 1",
        "PRAGMA busy_timeout = 1000000",
        "PRAGMA foreign_keys = OFF",
        "PRAGMA mmap_size = 1000000",
        "PRAGMA cache_size = 1000000",
        "PRAGMA locking_mode = EXCLUSIVE",
        "PRAGMA main.synchronous = OFF",
        "CREATE TEMP TABLE t (x)",
        "CREATE TEMP VIEW v AS SELECT 1",
        "CREATE TABLE temp.t (x)",
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "END",
    ] {
        is_refused(&scratch.execute(sql), sql);
    }
    scratch.execute("CREATE TABLE t (x)").unwrap();
    for sql in ["UPDATE sqlite_master SET sql = 'x'", "DELETE FROM sqlite_master", "DROP TABLE sqlite_master"] {
        assert!(scratch.execute(sql).is_err(), "{sql}");
    }
}

#[test]
fn ordinary_sql_is_understood() {
    let scratch = Scratch::new();
    scratch
        .connection
        .script(
            "CREATE TABLE polls (id TEXT PRIMARY KEY, n BIGINT NOT NULL DEFAULT 0);
             CREATE TABLE votes (poll TEXT REFERENCES polls (id) ON DELETE CASCADE, who TEXT, UNIQUE (poll, who));
             CREATE INDEX votes_who ON votes (who);
             CREATE VIEW open_polls AS SELECT * FROM polls WHERE n = 0;
             CREATE TRIGGER counted AFTER INSERT ON votes BEGIN
                 UPDATE polls SET n = n + 1 WHERE id = new.poll;
             END;
             ALTER TABLE polls ADD COLUMN question TEXT;
             ALTER TABLE polls RENAME COLUMN n TO votes;
             ALTER TABLE votes RENAME TO ballots;
             ALTER TABLE polls ADD COLUMN late TEXT;
             ALTER TABLE polls DROP COLUMN late;
             ANALYZE; REINDEX;",
        )
        .unwrap();
    assert_eq!(scratch.execute("INSERT INTO polls (id) VALUES ('a'), ('b')"), Ok(2));
    assert_eq!(scratch.execute("INSERT INTO ballots VALUES ('a', 'ann')"), Ok(1));
    assert_eq!(scratch.execute("CREATE TABLE after (x)"), Ok(0), "changes no row");
    assert_eq!(scratch.execute("SELECT 1"), Ok(0));
    let returned = scratch.query(
        "UPDATE polls SET question = $1 WHERE id = $2 RETURNING votes",
        &[Value::Text("Lunch?".into()), Value::Text("a".into())],
    );
    assert_eq!(returned.unwrap().rows.len(), 1);
    assert!(matches!(scratch.execute("INSERT INTO ballots VALUES ('x', 'ann')"), Err(DatabaseError::Constraint(_))));
    assert!(matches!(scratch.execute("SELEC 1"), Err(DatabaseError::Sql(_))));
    assert!(matches!(scratch.execute("SELECT 1; SELECT 2"), Err(DatabaseError::Sql(_))), "one at a time");
    scratch.query("PRAGMA table_info(polls)", &[]).unwrap();
    scratch.query("SELECT name FROM pragma_table_info('polls')", &[]).unwrap();
    let recursive = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 10) SELECT sum(x) FROM c";
    assert!(matches!(scratch.value(recursive, &[]), Value::Integer(55)));
}

#[test]
fn placeholders_are_numbers() {
    let scratch = Scratch::new();
    let two = [Value::Integer(1), Value::Text("b".into())];
    assert!(matches!(scratch.value("SELECT $2 || $1 || $2", &two), Value::Text(text) if text == "b1b"));
    assert!(matches!(scratch.value("SELECT ? || ?", &two), Value::Text(text) if text == "1b"));
    for sql in ["SELECT $3", "SELECT $1", "SELECT :name", "SELECT $name", "SELECT $0", "SELECT 1"] {
        assert!(matches!(scratch.query(sql, &two), Err(DatabaseError::Sql(_))), "{sql}");
    }
    let blob = scratch.value("SELECT CAST(x'ff' AS TEXT)", &[]);
    assert!(matches!(blob, Value::Blob(bytes) if bytes == [0xff]), "what is no text is bytes");
}

#[test]
fn the_file_does_not_grow_past_its_limit() {
    let scratch = Scratch::of(1 << 20);
    scratch.execute("CREATE TABLE t (x)").unwrap();
    let full = loop {
        match scratch.execute("INSERT INTO t VALUES (randomblob(100000))") {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(full, DatabaseError::Full { limit: 1 << 20 });
    assert!(full.to_string().contains("`database_bytes`"));
    let many = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) INSERT INTO t SELECT x FROM c";
    assert_eq!(scratch.execute(many), Err(DatabaseError::Full { limit: 1 << 20 }));
    let size: u64 =
        std::fs::read_dir(scratch.folder.path()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    assert!(size <= 2 << 20, "{size}");
    scratch.execute("DELETE FROM t").unwrap();
    scratch.execute("INSERT INTO t VALUES (1)").unwrap();
}

#[test]
fn a_statement_that_never_ends_is_stopped() {
    let scratch = Scratch::new();
    let endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c";
    scratch.connection.until(Instant::now() + Duration::from_millis(100)).unwrap();
    let before = Instant::now();
    assert_eq!(scratch.query(endless, &[]).unwrap_err(), DatabaseError::Stopped);
    assert!(before.elapsed() < Duration::from_secs(10));
    scratch.connection.until(Instant::now() + Duration::from_secs(60)).unwrap();
    scratch.query("SELECT 1", &[]).unwrap();
}

#[test]
fn a_statement_that_gathers_without_end_is_stopped_before_the_memory_is_full() {
    let scratch = Scratch::new();
    // Every row must be remembered to tell it from the next one.
    let hoard = "WITH RECURSIVE c(x) AS (SELECT randomblob(100000) UNION SELECT randomblob(100000) FROM c)
                 SELECT count(*) FROM c";
    let error = scratch.query(hoard, &[]).unwrap_err();
    assert!(matches!(&error, DatabaseError::Busy(text) if text.contains("memory")), "{error:?}");
    scratch.connection.until(Instant::now() + Duration::from_secs(60)).unwrap();
    scratch.query("SELECT 1", &[]).unwrap();
}

#[test]
fn a_giant_value_or_answer_is_not_delivered() {
    let scratch = Scratch::new();
    for sql in ["SELECT zeroblob(2000000)", "SELECT hex(randomblob(1000000))"] {
        assert!(scratch.query(sql, &[]).is_err(), "{sql}");
    }
    let endless =
        |what: &str| format!("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT {what} FROM c");
    let rows = scratch.query(&endless("x"), &[]).unwrap_err().to_string();
    assert!(rows.contains("more than 10000 rows (limit `database_rows`)"), "{rows}");
    let bytes = scratch.query(&endless("zeroblob(1000000)"), &[]).unwrap_err().to_string();
    assert!(bytes.contains("bytes (limit `database_answer_bytes`)"), "{bytes}");
}

#[test]
fn a_file_that_is_a_link_is_not_opened() {
    let scratch = Scratch::new();
    scratch.execute("CREATE TABLE secret (x)").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("database.sqlite");
    std::os::unix::fs::symlink(scratch.folder.path().join("database.sqlite"), &link).unwrap();
    assert!(matches!(Connection::open(&link, 1 << 20), Err(DatabaseError::Broken(_))));
}
