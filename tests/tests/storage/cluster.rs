//! A PostgreSQL of the test's own, in a folder that goes away with it.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    os::unix::{
        fs::{MetadataExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use tempfile::TempDir;
use wasmoat_tests::{Rest, TestServer};

/// Who runs it where the tests run as root, which PostgreSQL refuses: the system's `nobody`.
const NOBODY: u32 = 65_534;

/// A running PostgreSQL with a database for plugins.
#[derive(Debug)]
pub(crate) struct Cluster {
    server: Child,
    port: u16,
    _folder: TempDir,
}

/// The folder of PostgreSQL's programs. Debian keeps them out of the path.
fn programs() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::var_os("PATH").iter().flat_map(std::env::split_paths).collect();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    folders.extend(versions.map(|version| version.path().join("bin")));
    folders.into_iter().find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

impl Cluster {
    /// Starts one; none where PostgreSQL is not installed, which `cargo xtask test` tells at its end.
    #[expect(clippy::print_stderr, reason = "who runs the test by itself is told as well")]
    pub(crate) async fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            eprintln!("SKIPPED: PostgreSQL is not installed (Debian: apt-get install postgresql)");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let is_root = fs::metadata(folder.path()).unwrap().uid() == 0;
        fs::write(folder.path().join("password"), "admin-secret").unwrap();
        if is_root {
            chown(folder.path().join("password"), Some(NOBODY), Some(NOBODY)).unwrap();
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let run = |program: &str| {
            let mut command = Command::new(programs.join(program));
            command.current_dir(folder.path()).env("HOME", folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
            if is_root {
                command.uid(NOBODY).gid(NOBODY);
            }
            command
        };
        let made = run("initdb")
            .args(["-D", "data", "-U", "admin", "--pwfile=password", "--auth=scram-sha-256"])
            .args(["--no-sync", "--encoding=UTF8", "--locale=C"])
            .status()
            .unwrap();
        assert!(made.success(), "initdb: {made}");
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let server = run("postgres")
            .args(["-D", "data", "-p", &port.to_string()])
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"])
            .spawn()
            .unwrap();
        let cluster = Self { server, port, _folder: folder };
        cluster.until_ready().await;
        cluster.run_in("postgres", "CREATE DATABASE plugins").await;
        Some(cluster)
    }

    async fn until_ready(&self) {
        let end = Instant::now() + Duration::from_secs(60);
        while let Err(error) = PgConnection::connect(&self.source("postgres")).await {
            assert!(Instant::now() < end, "PostgreSQL does not start: {error}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn source(&self, database: &str) -> String {
        format!("postgres://admin:admin-secret@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }

    async fn run_in(&self, database: &str, sql: &str) {
        let mut admin = PgConnection::connect(&self.source(database)).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut admin).await.unwrap();
    }

    /// Runs statements in the database of the plugins, as its superuser.
    pub(crate) async fn run(&self, sql: &str) {
        self.run_in("plugins", sql).await;
    }

    /// The texts that a statement answers in its first column, as the superuser.
    pub(crate) async fn texts(&self, sql: &str) -> Vec<String> {
        let mut admin = PgConnection::connect(&self.source("plugins")).await.unwrap();
        let rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut admin).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// The schema in which a table lies, which is its owner's name too.
    pub(crate) async fn owner_of(&self, table: &str) -> String {
        let sql = format!("SELECT schemaname::text FROM pg_tables WHERE tablename = '{table}'");
        self.texts(&sql).await.pop().unwrap_or_else(|| panic!("no table `{table}`"))
    }

    /// A server whose plugins keep their data here.
    pub(crate) async fn house(&self, folder: &Path) -> (TestServer, Rest) {
        let database = json!({"DriverName": "postgres", "DataSource": self.source("plugins")});
        let config = json!({"PluginSettings": {"Wasmoat": {"Database": database}}});
        fs::write(folder.join("config.json"), config.to_string()).unwrap();
        let server = TestServer::start_in(folder.to_owned()).await;
        let admin = server.admin().await;
        (server, admin)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Its processes see that the first one is gone, and end.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
