//! A whole server inside the test's process, in development mode.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use wasmoat_server::{Options, Running};

use crate::{Rest, target_folder};

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

    /// Starts one that keeps its data in a folder of the caller's.
    pub async fn start_in(folder: PathBuf) -> Self {
        let options = Options {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            data: folder.clone(),
            config: None,
            development: true,
        };
        let running = wasmoat_server::start(options).await.expect("the server starts");
        Self { running, folder, _temporary: None }
    }

    /// Its data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.folder
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
