//! The embedded Mattermost-compatible core: services over one store.
//!
//! One folder per interface of the Plugin API, each with its service (`impl Core`, methods by
//! Mattermost's names), its SQL (`store.rs`) and its door for plugins (`api.rs`). Services do not
//! ask whether the user may: the REST layer does, and plugins act as the system.

pub mod api;
pub mod bots;
mod cache;
pub mod channel_members;
pub mod channels;
pub mod commands;
pub mod config;
pub mod files;
pub mod kv;
mod ldap;
pub mod oauth;
mod people;
pub mod permissions;
mod pictures;
pub mod platform;
pub mod plugins;
pub mod posts;
pub mod preferences;
pub mod reactions;
mod rejection;
pub mod server;
pub mod sessions;
pub mod status;
pub mod store;
pub mod tasks;
pub mod team_members;
pub mod teams;
#[cfg(test)]
pub(crate) mod testing;
pub mod threads;
pub mod users;
pub mod websocket;

use std::{
    fmt,
    fs::{File, TryLockError},
    ops::Deref,
    path::{Path, PathBuf},
    sync::Arc,
};

use wasmoat_runtime::{Runtime, RuntimeOptions};

use crate::{
    config::{ConfigError, ConfigService},
    files::FileStore,
    people::People,
    plugins::Plugins,
    posts::Pending,
    server::Identity,
    store::{Store, StoreError},
    tasks::Tasks,
    websocket::Hub,
};

/// What a core is opened with.
#[derive(Clone, Debug)]
pub struct Options {
    /// Folder of the database, the plugins and the files; made when it is missing.
    pub data: PathBuf,
    /// The configuration; `config.json` in the data folder where absent.
    pub config: Option<PathBuf>,
    /// Development: plugin uploads and sign-up are open whatever the configuration says.
    pub development: bool,
}

/// Why a core could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data folder could not be made.
    #[error("data folder `{path}`: {source}")]
    Data {
        /// The folder.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// Another server uses the data folder.
    #[error("data folder `{0}`: another server uses it")]
    InUse(String),
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The plugin runtime did not start.
    #[error("plugin runtime: {0}")]
    Runtime(String),
    /// A service failed while it started.
    #[error("start: {0}")]
    Service(#[from] wasmoat_model::AppError),
}

/// The services of one server. Clones share everything.
#[derive(Clone)]
pub struct Core(Arc<Inner>);

/// What the services share.
pub struct Inner {
    /// Folder of the database, the plugins and the files.
    pub data: PathBuf,
    /// Settings.
    pub config: ConfigService,
    /// The database.
    pub store: Store,
    /// Plugins: loading, calling, hooks.
    pub runtime: Runtime<Core>,
    /// What is known of plugins beside the store.
    pub(crate) plugins: Plugins,
    /// What is known of people beside the store.
    pub(crate) people: People,
    /// What this installation keeps for ever.
    pub(crate) identity: Identity,
    /// Work beside requests.
    pub tasks: Tasks,
    /// Held as long as the data folder is used.
    lock: File,
    /// Connected clients.
    pub hub: Hub,
    /// Posts that are being stored, or were just now.
    pub(crate) pending: Pending,
    /// Uploaded files.
    pub(crate) files: FileStore,
    /// Slash commands of plugins.
    pub(crate) commands: commands::Registry,
}

impl Deref for Core {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Core").field("data", &self.data).finish_non_exhaustive()
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Inner").field("data", &self.data).finish_non_exhaustive()
    }
}

impl Core {
    /// Opens the data folder, starts the services and activates the enabled plugins.
    ///
    /// # Errors
    ///
    /// Where the folder, the configuration, the store or the runtime cannot be used. A plugin that
    /// does not start is no error: its status says why.
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        let lock = lock(&options.data)?;
        let path = options.config.unwrap_or_else(|| options.data.join("config.json"));
        let config = ConfigService::open(path, options.development)?;
        let files = FileStore::local(&options.data.join("files"))
            .map_err(|source| OpenError::Data { path: options.data.join("files").display().to_string(), source })?;
        let store = Store::sqlite(&options.data.join("wasmoat.db")).await?;
        let runtime = Runtime::new(&RuntimeOptions { cache_directory: options.data.join("cache") })
            .map_err(|error| OpenError::Runtime(error.to_string()))?;
        let identity = Identity::load(&store).await?;
        let core = Self(Arc::new(Inner {
            plugins: Plugins::new(&options.data),
            people: People::default(),
            data: options.data,
            config,
            hub: Hub::start(store.clone()),
            pending: Pending::default(),
            files,
            commands: commands::Registry::default(),
            store,
            runtime,
            identity,
            tasks: Tasks::default(),
            lock,
        }));
        core.start().await?;
        Ok(core)
    }

    async fn start(&self) -> Result<(), OpenError> {
        self.reset_statuses().await?;
        self.start_kv_sweep();
        self.start_session_sweep();
        self.start_dnd_sweep();
        self.start_plugins().await?;
        Ok(())
    }

    /// Ends the background work, deactivates the plugins and closes the store.
    pub async fn shutdown(&self) {
        self.hub.close_all();
        self.tasks.stop().await;
        self.runtime.shutdown().await;
        self.store.close().await;
        // The process gives it up in any case; clones of the core may live on.
        let _ = self.lock.unlock();
    }
}

/// Makes the data folder, and keeps every other server away from it: two would delete each
/// other's plugins.
fn lock(path: &Path) -> Result<File, OpenError> {
    let failed = |source| OpenError::Data { path: path.display().to_string(), source };
    std::fs::create_dir_all(path).map_err(failed)?;
    let file = File::create(path.join("lock")).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path.display().to_string())),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_data_folder_has_one_server_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let options = Options { data: directory.path().to_owned(), config: None, development: false };
        let core = Core::open(options.clone()).await.unwrap();
        assert!(matches!(Core::open(options.clone()).await, Err(OpenError::InUse(_))));
        core.shutdown().await;
        Core::open(options).await.unwrap();
    }
}
