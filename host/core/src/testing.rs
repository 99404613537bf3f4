//! A core for tests: a real store in a folder of its own that goes away with it.

use std::{ops::Deref, time::Duration};

use crate::{Core, Options};

/// A core and its folder.
pub(crate) struct TestCore {
    core: Core,
    _directory: tempfile::TempDir,
}

impl Deref for TestCore {
    type Target = Core;

    fn deref(&self) -> &Core {
        &self.core
    }
}

/// Active plugins hold the core that holds them, and each core reserves address space for theirs:
/// the tests of one process would run out of it.
impl Drop for TestCore {
    fn drop(&mut self) {
        let core = self.core.clone();
        let stop = async move { tokio::time::timeout(Duration::from_secs(5), core.runtime.shutdown()).await };
        // The test's own runtime is busy with this drop.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _ = std::thread::spawn(move || runtime.block_on(stop)).join();
    }
}

impl Core {
    /// A core with an empty store, in development mode.
    pub(crate) async fn for_tests() -> TestCore {
        Self::in_a_folder(true).await
    }

    /// A core with an empty store and the settings of an ordinary server.
    pub(crate) async fn as_installed() -> TestCore {
        Self::in_a_folder(false).await
    }

    async fn in_a_folder(development: bool) -> TestCore {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().to_owned();
        let core = Self::open(Options { data, config: None, development }).await.unwrap();
        TestCore { core, _directory: directory }
    }
}

impl Core {
    /// An account `NAME`, `NAME@example.org`, whose password is `correct-horse`. The first one is
    /// the system's admin.
    pub(crate) async fn new_user(&self, name: &str) -> wasmoat_model::User {
        let user = wasmoat_model::User {
            username: name.to_owned(),
            email: format!("{name}@example.org"),
            password: "correct-horse".to_owned(),
            ..wasmoat_model::User::default()
        };
        self.create_user(&wasmoat_runtime::CallContext::core(), user).await.unwrap()
    }
}
