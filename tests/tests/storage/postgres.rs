//! `wit/database.wit` on PostgreSQL: a real one, where it is installed.

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::{Value, json};

use crate::{Keeper, cluster::Cluster};

fn execute(sql: &str) -> (&'static str, Value) {
    ("database.execute", json!({"sql": sql, "parameters": []}))
}

fn query(sql: &str) -> (&'static str, Value) {
    ("database.query", json!({"sql": sql, "parameters": []}))
}

fn nothing(function: &'static str) -> (&'static str, Value) {
    (function, json!({}))
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_kept_in_a_schema_of_the_plugins_own_until_an_admin_deletes_them() {
    let Some(cluster) = Cluster::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let (server, admin) = cluster.house(folder.path()).await;
    let keeper = Keeper::install(&admin, "keeper").await;
    assert_eq!(keeper.call("database.get-engine", json!({})).await.ok(), "postgresql");
    keeper.execute("CREATE TABLE t (n BIGINT, r DOUBLE PRECISION, s TEXT, b BYTEA, f BOOLEAN, x INT)").await.ok();
    let values = json!([{"integer": i64::MAX}, {"real": 0.5}, {"text": "naïve; DROP"}, {"blob": [0, 255]}, {"boolean": true}, "null"]);
    let insert = json!({"sql": "INSERT INTO t VALUES ($1, $2, $3, $4, $5, $6)", "parameters": values});
    assert_eq!(keeper.call("database.execute", insert).await.ok(), 1);
    let rows = keeper.query("SELECT * FROM t").await;
    assert_eq!(rows.ok()["columns"], json!(["n", "r", "s", "b", "f", "x"]));
    assert_eq!(rows.ok()["rows"], json!([values]));
    let none = keeper.query("SELECT n FROM t WHERE false").await;
    assert_eq!(none.ok(), &json!({"columns": ["n"], "rows": []}));
    let text = keeper.query("SELECT sum(n) AS total FROM t").await;
    assert!(text.is("app.plugin.database.sql.app_error", 400).contains("`total` is of type NUMERIC"));
    let twice = json!({"sql": "INSERT INTO u VALUES ($1)", "parameters": [{"integer": 1}]});
    keeper.execute("CREATE TABLE u (n INT PRIMARY KEY)").await.ok();
    keeper.call("database.execute", twice.clone()).await.ok();
    keeper.call("database.execute", twice).await.is("app.plugin.database.constraint.app_error", 409);
    keeper.query("SELEC 1").await.is("app.plugin.database.sql.app_error", 400);
    // It stays when the plugin goes, and goes when an admin says so.
    let schema = cluster.owner_of("t").await;
    let exists = format!("SELECT nspname::text FROM pg_namespace WHERE nspname = '{schema}'");
    let delete = "/api/v4/plugins/keeper/data";
    assert_eq!(admin.delete(delete).await.status, 409, "it runs");
    admin.delete("/api/v4/plugins/keeper").await.ok();
    assert_eq!(cluster.texts(&exists).await.len(), 1);
    admin.delete(delete).await.ok();
    assert!(cluster.texts(&exists).await.is_empty());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_reaches_nothing_beyond_its_schema() {
    let Some(cluster) = Cluster::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    cluster.run("CREATE SCHEMA house; CREATE TABLE house.safe (s TEXT); INSERT INTO house.safe VALUES ('gold')").await;
    let (server, admin) = cluster.house(folder.path()).await;
    let victim = Keeper::install(&admin, "victim").await;
    let attacker = Keeper::install(&admin, "attacker").await;
    victim.execute("CREATE TABLE secrets (s TEXT)").await.ok();
    victim.execute("INSERT INTO secrets VALUES ('gold')").await.ok();
    victim.execute("GRANT ALL ON secrets TO PUBLIC").await.ok();
    attacker.execute("CREATE TABLE own (s TEXT)").await.ok();
    let (theirs, mine) = (cluster.owner_of("secrets").await, cluster.owner_of("own").await);
    assert_ne!(theirs, mine);
    for sql in [
        "SELECT * FROM secrets",
        "SELECT * FROM THEIRS.secrets",
        "SELECT * FROM house.safe",
        "INSERT INTO THEIRS.secrets VALUES ('x')",
        "DROP SCHEMA THEIRS CASCADE",
        "SET ROLE admin",
        "SET ROLE THEIRS",
        "RESET ROLE; SELECT * FROM THEIRS.secrets",
        "SET SESSION AUTHORIZATION admin",
        "SELECT set_config('role', 'admin', false)",
        "SELECT set_config('session_authorization', 'admin', false)",
        "DO $$ BEGIN EXECUTE 'SET ROLE admin'; END $$",
        "DO $$ BEGIN PERFORM * FROM THEIRS.secrets; END $$",
        "GRANT admin TO MINE",
        "GRANT THEIRS TO MINE",
        "ALTER ROLE MINE SUPERUSER",
        "ALTER ROLE THEIRS PASSWORD 'x'",
        "CREATE ROLE evil LOGIN",
        "CREATE DATABASE evil",
        "CREATE SCHEMA evil",
        "CREATE TABLE public.evil (s TEXT)",
        "CREATE TEMP TABLE evil (s TEXT)",
        "CREATE EXTENSION dblink",
        "CREATE EXTENSION postgres_fdw",
        "CREATE EXTENSION file_fdw",
        "SELECT * FROM dblink('dbname=plugins', 'SELECT 1') AS t(x INT)",
        "CREATE LANGUAGE plpython3u",
        "CREATE FUNCTION sh(cstring) RETURNS int AS '/lib/x86_64-linux-gnu/libc.so.6', 'system' LANGUAGE C",
        "COPY own FROM PROGRAM 'id'",
        "COPY own TO PROGRAM 'cat > /tmp/evil'",
        "COPY own FROM '/etc/passwd'",
        "COPY own TO '/tmp/evil'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_ls_dir('/')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT lo_create(0)",
        "ALTER SYSTEM SET shared_preload_libraries = 'evil'",
        "SELECT rolpassword FROM pg_authid",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'admin'",
        "CREATE EVENT TRIGGER evil ON ddl_command_start EXECUTE FUNCTION f()",
        "CREATE PUBLICATION evil FOR ALL TABLES",
        "CREATE SUBSCRIPTION evil CONNECTION 'host=127.0.0.1' PUBLICATION p",
        "BEGIN",
        "COMMIT",
    ] {
        let sql = sql.replace("THEIRS", &theirs).replace("MINE", &mine);
        for outcome in attacker.calls(&[execute(&sql), query(&sql)]).await {
            let text = outcome.refused().to_string();
            assert!(!text.contains("gold"), "{sql}: {text}");
        }
    }
    // What the catalogue shows of others are names, and never what is in their tables.
    let rows =
        attacker.query("SELECT attname::text, most_common_vals::text FROM pg_stats WHERE tablename = 'secrets'").await;
    assert_eq!(rows.ok()["rows"], json!([]));
    assert_eq!(cluster.texts(&format!("SELECT s FROM {theirs}.secrets")).await, ["gold"]);
    assert_eq!(cluster.texts("SELECT rolname::text FROM pg_roles WHERE rolsuper").await, ["admin"]);
    assert!(!std::path::Path::new("/tmp/evil").exists());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_call_leaves_behind_ends_with_it() {
    let Some(cluster) = Cluster::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let (server, admin) = cluster.house(folder.path()).await;
    let keeper = Keeper::install(&admin, "keeper").await;
    keeper.limit(json!({"provide_ms": 2_000, "database_statements": 1, "faults_until_disabled": 1_000})).await;
    keeper.execute("CREATE TABLE t (x BIGINT)").await.ok();
    let insert = execute("INSERT INTO t VALUES (1)");
    let left = keeper.calls(&[nothing("database.begin"), insert.clone(), query("SELECT COUNT(*) FROM t")]).await;
    assert_eq!(left[2].ok()["rows"][0][0]["integer"], 1, "it sees its own changes");
    assert_eq!(keeper.number("SELECT COUNT(*) FROM t").await, 0);
    // Settings and locks of a call are not those of the next.
    let dirty = [query("SELECT set_config('search_path', 'nowhere', false)"), query("SELECT pg_advisory_lock(1)")];
    keeper.calls(&dirty).await[1].ok();
    assert_eq!(keeper.number("SELECT COUNT(*) FROM t").await, 0);
    let ended = [nothing("database.begin"), insert.clone(), query("NONSENSE"), insert, nothing("database.commit")];
    let ended = keeper.calls(&ended).await;
    ended[2].is("app.plugin.database.sql.app_error", 400);
    ended[3].is("app.plugin.database.transaction.app_error", 409);
    ended[4].refused();
    assert_eq!(keeper.number("SELECT COUNT(*) FROM t").await, 0);
    // Statements that never end, one of them after it took its own time limit away.
    let schema = cluster.owner_of("t").await;
    let running = format!("SELECT query FROM pg_stat_activity WHERE usename = '{schema}' AND state <> 'idle'");
    for endless in [
        "SELECT pg_sleep(600)",
        "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b",
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 - 1 FROM c) SELECT COUNT(*) FROM c",
        "DO $$ BEGIN PERFORM set_config('statement_timeout', '0', false); LOOP END LOOP; END $$",
    ] {
        // After a fault the plugin is left alone for a moment: it is told again until it does it.
        let end = Instant::now() + Duration::from_secs(120);
        let mut seen = false;
        while !seen {
            assert!(Instant::now() < end, "it never ran: {endless}");
            let look = async {
                for _ in 0..20 {
                    seen |= cluster.texts(&running).await.iter().any(|query| query == endless);
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            };
            let calls = [execute(endless)];
            let (reply, ()) = futures::join!(keeper.try_calls(&calls), look);
            assert!(reply.status.is_server_error(), "{endless}: {}: {}", reply.status, reply.body);
        }
        while !cluster.texts(&running).await.is_empty() {
            assert!(Instant::now() < end, "it goes on: {endless}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    let end = Instant::now() + Duration::from_secs(60);
    while keeper.try_calls(&[query("SELECT 1")]).await.status != 200 {
        assert!(Instant::now() < end, "it is left alone for ever");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(keeper.number("SELECT COUNT(*) FROM t").await, 0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_of_size_hold_and_calls_at_once_lose_nothing() {
    let Some(cluster) = Cluster::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let (server, admin) = cluster.house(folder.path()).await;
    let keeper = Keeper::install(&admin, "keeper").await;
    keeper.limit(json!({"database_rows": 10, "database_answer_bytes": 100_000, "database_bytes": 1_000_000})).await;
    keeper.execute("CREATE TABLE t (x TEXT, n BIGINT)").await.ok();
    let fill = "INSERT INTO t SELECT md5(n::text) || md5(random()::text), n FROM generate_series(1, 100000) AS n";
    let full = keeper.execute(fill).await;
    assert!(full.is("app.plugin.database.full.app_error", 413).contains("`database_bytes` is 1000000"));
    keeper.query(&format!("{fill} RETURNING 1")).await.refused();
    let begun = [nothing("database.begin"), execute(fill), nothing("database.commit")];
    keeper.calls(&begun).await[2].is("app.plugin.database.full.app_error", 413);
    assert_eq!(keeper.number("SELECT COUNT(*) FROM t").await, 0);
    let rows = keeper.query("SELECT n FROM generate_series(1, 100000) AS n").await;
    assert!(rows.is("app.plugin.database.answer.app_error", 413).contains("`database_rows`"));
    let bytes = keeper.query("SELECT repeat('x', 20000) FROM generate_series(1, 9)").await;
    assert!(bytes.is("app.plugin.database.answer.app_error", 413).contains("`database_answer_bytes`"));
    // The rows that were taken back fill the file until PostgreSQL clears them away: an admin gives more.
    keeper.limit(json!({"database_bytes": 1_000_000_000})).await;
    keeper.execute("INSERT INTO t VALUES ('n', 0)").await.ok();
    let raise = [nothing("database.begin"), execute("UPDATE t SET n = n + 1"), nothing("database.commit")];
    for outcome in join_all((0..8).map(|_| keeper.calls(&raise))).await.iter().flatten() {
        outcome.ok();
    }
    assert_eq!(keeper.number("SELECT n FROM t").await, 8);
    let step = |version: u32, sql: &str| json!({"version": version, "name": "step", "sql": sql});
    let migrate = async |steps: Value| keeper.call("database.migrate", json!({"migrations": steps})).await;
    let first = step(1, "CREATE TABLE a (x BIGINT); INSERT INTO a VALUES (1);");
    assert_eq!(migrate(json!([first])).await.ok(), 1);
    assert_eq!(migrate(json!([first])).await.ok(), 0);
    migrate(json!([first, step(2, "DELETE FROM a"), step(3, "NONSENSE")])).await.refused();
    assert_eq!(keeper.number("SELECT COUNT(*) FROM a").await, 1);
    migrate(json!([step(1, "SELECT 1")])).await.is("app.plugin.database.migration.app_error", 409);
    server.stop().await;
}
