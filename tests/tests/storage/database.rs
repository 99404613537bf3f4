//! `wit/database.wit` on SQLite.

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::{Value, json};
use sqlx::{Connection as _, Row as _, SqliteConnection, sqlite::SqliteConnectOptions};
use wasmoat_tests::TestServer;

use crate::{Keeper, house};

fn execute(sql: &str) -> (&'static str, Value) {
    ("database.execute", json!({"sql": sql, "parameters": []}))
}

fn query(sql: &str) -> (&'static str, Value) {
    ("database.query", json!({"sql": sql, "parameters": []}))
}

fn nothing(function: &'static str) -> (&'static str, Value) {
    (function, json!({}))
}

/// The only number that a statement answers, past the plugin.
async fn count(server: &TestServer, id: &str, sql: &'static str) -> i64 {
    let file = server.data().join("plugin-data").join(id).join("database.sqlite");
    let mut database = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file)).await.unwrap();
    sqlx::query(sql).fetch_one(&mut database).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn values_come_back_as_they_were_stored_and_outlive_the_plugin() {
    let (server, admin) = house().await;
    let keeper = Keeper::install(&admin, "keeper").await;
    keeper.execute("CREATE TABLE t (n BIGINT, r DOUBLE PRECISION, s TEXT, b BLOB, f BOOLEAN, x TEXT)").await.ok();
    let values = json!([{"integer": i64::MAX}, {"real": 0.5}, {"text": "naïve; DROP"}, {"blob": [0, 255]}, {"boolean": true}, "null"]);
    let insert = json!({"sql": "INSERT INTO t VALUES ($1, $2, $3, $4, $5, $6)", "parameters": values});
    assert_eq!(keeper.call("database.execute", insert).await.ok(), 1);
    let rows = keeper.query("SELECT * FROM t").await;
    assert_eq!(rows.ok()["columns"], json!(["n", "r", "s", "b", "f", "x"]));
    let expected = json!([[{"integer": i64::MAX}, {"real": 0.5}, {"text": "naïve; DROP"}, {"blob": [0, 255]}, {"integer": 1}, "null"]]);
    assert_eq!(rows.ok()["rows"], expected);
    assert_eq!(count(&server, "keeper", "SELECT COUNT(*) FROM t").await, 1);
    assert_eq!(keeper.call("database.get-engine", json!({})).await.ok(), "sqlite");
    admin.delete("/api/v4/plugins/keeper").await.ok();
    let keeper = Keeper::install(&admin, "keeper").await;
    assert_eq!(keeper.number("SELECT COUNT(*) FROM t").await, 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_of_one_plugin_does_not_reach_the_tables_of_another_or_of_the_server() {
    let (server, admin) = house().await;
    let victim = Keeper::install(&admin, "victim").await;
    let attacker = Keeper::install(&admin, "attacker").await;
    victim.execute("CREATE TABLE secrets (s TEXT)").await.ok();
    attacker.execute("CREATE TABLE own (s TEXT)").await.ok();
    let data = server.data().display().to_string();
    for sql in [
        "ATTACH 'DATA/plugin-data/victim/database.sqlite' AS victim",
        "ATTACH 'file:DATA/wasmoat.db?mode=ro' AS server",
        "ATTACH '../victim/database.sqlite' AS victim",
        "VACUUM INTO 'DATA/stolen.sqlite'",
        "SELECT load_extension('DATA/evil.so')",
        "PRAGMA database_list",
        "SELECT * FROM pragma_database_list",
        "PRAGMA temp_store_directory = 'DATA'",
        "CREATE TEMP TABLE t (x)",
        "CREATE VIRTUAL TABLE t USING fts5(x)",
    ] {
        let sql = sql.replace("DATA", &data);
        for outcome in attacker.calls(&[execute(&sql), query(&sql)]).await {
            outcome.is("app.plugin.database.refused.app_error", 400);
        }
        let migration = json!({"migrations": [{"version": 1, "name": "evil", "sql": format!("SELECT 1; {sql}")}]});
        let migrated = attacker.call("database.migrate", migration).await;
        // A migration is a transaction, and within one SQLite itself knows no VACUUM.
        if sql.starts_with("VACUUM") {
            migrated.refused();
        } else {
            migrated.is("app.plugin.database.refused.app_error", 400);
        }
    }
    for sql in [
        "SELECT * FROM secrets",
        "SELECT * FROM victim.secrets",
        "SELECT * FROM users",
        "SELECT readfile('/etc/passwd')",
    ] {
        attacker.query(sql).await.is("app.plugin.database.sql.app_error", 400);
    }
    assert_eq!(victim.number("SELECT COUNT(*) FROM secrets").await, 0);
    assert!(!server.data().join("stolen.sqlite").exists());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_a_call_left_open_is_rolled_back_at_its_end() {
    let (server, admin) = house().await;
    let keeper = Keeper::install(&admin, "keeper").await;
    keeper.execute("CREATE TABLE t (x BIGINT)").await.ok();
    let insert = execute("INSERT INTO t VALUES (1)");
    let left = keeper.calls(&[nothing("database.begin"), insert.clone(), query("SELECT COUNT(*) FROM t")]).await;
    assert_eq!(left[2].ok()["rows"][0][0]["integer"], 1, "it sees its own changes");
    // The same instance is there for the next call.
    assert_eq!(keeper.number("SELECT COUNT(*) FROM t").await, 0);
    keeper.call("database.commit", json!({})).await.is("app.plugin.database.transaction.app_error", 409);
    keeper.calls(std::slice::from_ref(&insert)).await[0].ok();
    assert_eq!(count(&server, "keeper", "SELECT COUNT(*) FROM t").await, 1);
    let ended = [
        nothing("database.begin"),
        insert.clone(),
        nothing("database.rollback"),
        nothing("database.begin"),
        nothing("database.begin"),
        insert,
        nothing("database.commit"),
        nothing("database.rollback"),
    ];
    let ended = keeper.calls(&ended).await;
    ended[4].is("app.plugin.database.transaction.app_error", 409);
    ended[6].ok();
    ended[7].is("app.plugin.database.transaction.app_error", 409);
    assert_eq!(count(&server, "keeper", "SELECT COUNT(*) FROM t").await, 2);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_the_database_ended_is_not_gone_on_with() {
    let (server, admin) = house().await;
    let keeper = Keeper::install(&admin, "keeper").await;
    keeper.execute("CREATE TABLE t (x BIGINT UNIQUE)").await.ok();
    let calls = [
        nothing("database.begin"),
        execute("INSERT INTO t VALUES (1)"),
        execute("INSERT OR ROLLBACK INTO t VALUES (1)"),
        execute("INSERT INTO t VALUES (2)"),
        nothing("database.commit"),
        nothing("database.rollback"),
        execute("INSERT INTO t VALUES (3)"),
        execute("SAVEPOINT outside"),
        execute("COMMIT"),
        execute("BEGIN"),
    ];
    let outcomes = keeper.calls(&calls).await;
    outcomes[2].is("app.plugin.database.constraint.app_error", 409);
    outcomes[3].is("app.plugin.database.transaction.app_error", 409);
    outcomes[4].is("app.plugin.database.transaction.app_error", 409);
    outcomes[6].ok();
    for outcome in &outcomes[7..] {
        outcome.is("app.plugin.database.refused.app_error", 400);
    }
    assert_eq!(count(&server, "keeper", "SELECT SUM(x) FROM t").await, 3);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_without_end_is_stopped_with_its_call() {
    let (server, admin) = house().await;
    let keeper = Keeper::install(&admin, "keeper").await;
    keeper.limit(json!({"provide_ms": 1_000, "database_statements": 1, "faults_until_disabled": 1_000})).await;
    let endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT COUNT(*) FROM c";
    let before = Instant::now();
    let reply = keeper.try_calls(&[nothing("database.begin"), query(endless)]).await;
    assert!(reply.status.is_server_error(), "{}", reply.status);
    assert!(before.elapsed() < Duration::from_secs(20));
    // The only place is free again.
    let end = Instant::now() + Duration::from_secs(30);
    while keeper.try_calls(&[query("SELECT 1")]).await.status != 200 {
        assert!(Instant::now() < end, "the statement goes on");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_at_once_than_allowed_wait_for_a_while_and_are_refused() {
    let (server, admin) = house().await;
    let keeper = Keeper::install(&admin, "keeper").await;
    keeper.limit(json!({"database_statements": 1})).await;
    // Held for longer than anybody waits.
    let hold = [nothing("database.begin"), ("sandbox.sleep", json!({"milliseconds": 15_000}))];
    let replies = join_all((0..3).map(|_| keeper.try_calls(&hold))).await;
    let begun: Vec<Value> = replies.into_iter().map(|reply| reply.ok()[0].clone()).collect();
    let refused: Vec<&str> = begun.iter().filter_map(|answer| answer["error"]["message"].as_str()).collect();
    assert_eq!(refused.len(), 2, "{begun:?}");
    assert!(refused.iter().all(|text| text.contains("`database_statements`")), "{refused:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_or_a_database_beyond_its_limit_names_the_setting() {
    let (server, admin) = house().await;
    let keeper = Keeper::install(&admin, "keeper").await;
    keeper.limit(json!({"database_rows": 10, "database_answer_bytes": 100_000, "database_bytes": 1_000_000})).await;
    let rows = |most: u32, what: &str| {
        format!("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < {most}) SELECT {what} FROM c")
    };
    keeper.query(&rows(10, "x")).await.ok();
    let text = keeper.query(&rows(11, "x")).await;
    assert!(text.is("app.plugin.database.answer.app_error", 413).contains("`database_rows`"));
    let text = keeper.query(&rows(10, "zeroblob(20000)")).await;
    assert!(text.is("app.plugin.database.answer.app_error", 413).contains("`database_answer_bytes`"));
    keeper.execute("CREATE TABLE t (x)").await.ok();
    let fill = format!("INSERT INTO t {}", rows(1_000_000, "randomblob(10000)"));
    let text = keeper.execute(&fill).await;
    assert!(text.is("app.plugin.database.full.app_error", 413).contains("`database_bytes` is 1000000"));
    let fill: Vec<_> = (0..30).map(|_| execute("INSERT INTO t VALUES (randomblob(40000))")).collect();
    let filled = join_all((0..4).map(|_| keeper.calls(&fill))).await;
    let refused = filled.iter().flatten().filter(|outcome| format!("{outcome:?}").contains("full.app_error")).count();
    assert!(refused > 90, "{refused}");
    let size = server.data().join("plugin-data/keeper/database.sqlite").metadata().unwrap().len();
    assert!(size <= 1_000_000, "{size}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_at_once_lose_nothing_and_do_not_wait_for_other_plugins() {
    let (server, admin) = house().await;
    let keeper = Keeper::install(&admin, "keeper").await;
    let other = Keeper::install(&admin, "other").await;
    keeper.execute("CREATE TABLE t (n BIGINT)").await.ok();
    keeper.execute("INSERT INTO t VALUES (0)").await.ok();
    other.execute("CREATE TABLE t (n BIGINT)").await.ok();
    let raise = [
        nothing("database.begin"),
        query("SELECT n FROM t"),
        ("sandbox.sleep", json!({"milliseconds": 50})),
        execute("UPDATE t SET n = n + 1"),
        nothing("database.commit"),
    ];
    let raising = join_all((0..8).map(|_| keeper.calls(&raise)));
    let others = async {
        for _ in 0..8 {
            other.execute("INSERT INTO t VALUES (1)").await.ok();
        }
    };
    let (raised, ()) = futures::join!(raising, others);
    for outcome in raised.iter().flatten() {
        outcome.ok();
    }
    assert_eq!(count(&server, "keeper", "SELECT n FROM t").await, 8);
    assert_eq!(count(&server, "other", "SELECT COUNT(*) FROM t").await, 8);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_are_applied_once_in_order_and_as_a_whole() {
    let (server, admin) = house().await;
    let keeper = Keeper::install(&admin, "keeper").await;
    let step = |version: u32, sql: &str| json!({"version": version, "name": format!("step {version}"), "sql": sql});
    let migrate = async |steps: Value| keeper.call("database.migrate", json!({"migrations": steps})).await;
    let first = step(1, "CREATE TABLE a (x BIGINT); INSERT INTO a VALUES (1);");
    let second = step(2, "INSERT INTO a SELECT x + 1 FROM a");
    assert_eq!(migrate(json!([second, first])).await.ok(), 2);
    assert_eq!(migrate(json!([first, second])).await.ok(), 0);
    assert_eq!(count(&server, "keeper", "SELECT SUM(x) FROM a").await, 3);
    let broken = migrate(json!([first, second, step(3, "DELETE FROM a"), step(4, "NONSENSE")])).await;
    let text = broken.is("app.plugin.database.sql.app_error", 400);
    assert!(text.contains("migration 4 `step 4`"), "{text}");
    assert_eq!(count(&server, "keeper", "SELECT SUM(x) FROM a").await, 3, "none of it happened");
    for changed in [
        json!([first]),
        json!([first, step(2, "DELETE FROM a")]),
        json!([first, second, second]),
        json!([step(0, "SELECT 1"), first, second]),
    ] {
        migrate(changed).await.is("app.plugin.database.migration.app_error", 409);
    }
    let ended = keeper
        .calls(&[
            nothing("database.begin"),
            ("database.migrate", json!({"migrations": []})),
            nothing("database.commit"),
        ])
        .await;
    ended[1].is("app.plugin.database.transaction.app_error", 409);
    ended[2].ok();
    server.stop().await;
}
