//! A whole server inside the test's process, in development mode.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use tempfile::TempDir;
use wasmoat_server::{Options, Running};

use crate::{Rest, target_folder};

/// How long is waited for what is written behind.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server with a data folder that goes away with it.
#[derive(Debug)]
pub struct TestServer {
    /// The server.
    pub running: Running,
    folder: PathBuf,
    /// Takes the folder away at the end.
    _temporary: Option<TempDir>,
}

impl TestServer {
    /// Starts one on a free port.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().to_owned();
        Self { _temporary: Some(folder), ..Self::start_in(path).await }
    }

    /// Starts one whose compiled code is that of all tests. Two must not start at once.
    pub async fn start_with_shared_code() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let cache = target_folder().join("tests-cache");
        std::fs::create_dir_all(&cache).expect("the target folder can be written");
        let cache = cache.canonicalize().expect("it is there");
        std::os::unix::fs::symlink(cache, folder.path().join("cache")).expect("a link");
        // The listener for metrics is opened at the start.
        let config = r#"{"MetricsSettings": {"Enable": true, "ListenAddress": "127.0.0.1:0"}}"#;
        std::fs::write(folder.path().join("config.json"), config).expect("a configuration");
        let path = folder.path().to_owned();
        Self { _temporary: Some(folder), ..Self::start_in(path).await }
    }

    /// Starts one that is not for development: what a plugin asks for has to be approved. Uploads
    /// and sign-up are open, because its configuration says so.
    pub async fn start_as_installed() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().to_owned();
        Self { _temporary: Some(folder), ..Self::start_as_installed_in(path).await }
    }

    /// The same with its data in a folder of the caller's.
    pub async fn start_as_installed_in(folder: PathBuf) -> Self {
        let file = folder.join("config.json");
        if !file.exists() {
            let config = r#"{"PluginSettings": {"EnableUploads": true}, "TeamSettings": {"EnableOpenServer": true}}"#;
            std::fs::write(file, config).expect("a configuration");
        }
        Self::open(folder, false).await
    }

    /// Starts one that keeps its data in a folder of the caller's.
    pub async fn start_in(folder: PathBuf) -> Self {
        Self::open(folder, true).await
    }

    async fn open(folder: PathBuf, development: bool) -> Self {
        let options = Options {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            data: folder.clone(),
            config: None,
            development,
        };
        let running = wasmoat_server::start(options).await.expect("the server starts");
        Self { running, folder, _temporary: None }
    }

    /// Its data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.folder
    }

    /// Its audit log, as soon as that says a word. Written behind: the server need not be stopped.
    ///
    /// # Panics
    ///
    /// Where it does not say it for a while.
    pub async fn audit_log(&self, word: &str) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let log = tokio::fs::read_to_string(self.folder.join("audit.log")).await.unwrap_or_default();
            if log.contains(word) {
                return log;
            }
            assert!(Instant::now() < end, "no `{word}` in the audit log: {log}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// A client that is not logged in.
    #[must_use]
    pub fn stranger(&self) -> Rest {
        Rest::new(self.running.address())
    }

    /// The first account, which is the admin's.
    pub async fn admin(&self) -> Rest {
        self.stranger().sign_up("ada").await
    }

    /// Stops it in an orderly way.
    pub async fn stop(self) {
        self.running.stop().await.expect("the server stops");
    }
}
