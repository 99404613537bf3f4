//! The embedded Mattermost-compatible core: services over one store.
//!
//! One folder per interface of the Plugin API, each with its service (`impl Core`, methods by
//! Mattermost's names), its SQL (`store.rs`) and its door for plugins (`api.rs`). Services do not
//! ask whether the user may: the REST layer does, and plugins act as the system.

pub mod access_control;
pub mod agents;
pub mod api;
mod assets;
pub mod audit;
pub mod bots;
pub mod bridge;
mod cache;
pub mod channel_members;
pub mod channels;
pub mod cluster;
pub mod commands;
pub mod config;
pub mod data_retention;
pub mod database;
mod directory;
pub mod drafts;
pub mod emoji;
mod file_content;
pub mod files;
pub mod filestore;
pub mod frontend;
pub mod groups;
pub mod jobs;
pub mod kv;
mod ldap;
pub mod notify;
pub mod oauth;
mod pages;
mod people;
pub mod permissions;
mod pictures;
pub mod platform;
pub mod plugins;
pub mod posts;
pub mod preferences;
pub mod properties;
pub mod reactions;
mod rejection;
pub mod scheduled_posts;
mod scope;
pub mod server;
pub mod sessions;
pub mod shared_channels;
pub mod sidebar;
pub mod status;
pub mod store;
pub mod tasks;
pub mod team_members;
pub mod teams;
#[cfg(test)]
pub(crate) mod testing;
pub mod threads;
mod tls;
pub mod uploads;
pub mod users;
pub mod websocket;

use std::{
    fmt,
    fs::{File, TryLockError},
    ops::Deref,
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio::sync::Semaphore;
use wasmoat_runtime::{Runtime, RuntimeOptions};

use crate::{
    config::{ConfigError, ConfigService},
    filestore::FileStore,
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
    /// Development: plugin uploads and sign-up are open, and enabling a plugin approves what it asks
    /// for, whatever the configuration says.
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
    /// The place for files cannot be used.
    #[error(transparent)]
    Files(#[from] filestore::FileStoreError),
    /// The databases of plugins cannot be used.
    #[error(transparent)]
    PluginDatabase(#[from] database::PluginDatabaseError),
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
    /// Files that plugins keep.
    pub(crate) directories: directory::Directories,
    /// Databases that plugins keep.
    pub(crate) databases: database::Databases,
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
    /// Where bytes are kept.
    pub(crate) files: FileStore,
    /// Images that are decoded at once.
    pub(crate) decoding: Semaphore,
    /// Uploads of which a part is on its way.
    pub(crate) uploading: uploads::Busy,
    /// Slash commands of plugins.
    pub(crate) commands: commands::Registry,
    /// Jobs of plugins that run here.
    pub(crate) jobs: jobs::Runs,
    /// What is to be told to remotes.
    pub(crate) sharing: shared_channels::Sharing,
    /// Compiled expressions of access control.
    pub(crate) expressions: access_control::Expressions,
    /// Plugins that claimed a channel.
    pub(crate) guards: channels::Guards,
    /// Data retention runs once at a time.
    pub(crate) retention: tokio::sync::Mutex<()>,
    /// Wakes the job that sends scheduled posts.
    pub(crate) scheduled_posts_changed: tokio::sync::Notify,
    /// Who did what, on its way to where it is kept.
    pub(crate) audit: audit::AuditLog,
    /// Posts that somebody may have to hear of.
    pub(crate) notifications: notify::Notifications,
    /// This node among others.
    pub(crate) cluster: cluster::Cluster,
    /// The licence that is installed.
    pub(crate) license: arc_swap::ArcSwapOption<server::License>,
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
        let config = ConfigService::open(path, &options.data, options.development)?;
        let files = FileStore::open(options.data.clone(), &config.get())?;
        let config_decoders = config.number("FileSettings.MaxImageDecoderConcurrency");
        let store = Store::sqlite(&options.data.join("wasmoat.db")).await?;
        let runtime_options =
            RuntimeOptions { cache_directory: options.data.join("cache"), ..RuntimeOptions::default() };
        let runtime = Runtime::new(&runtime_options).map_err(|error| OpenError::Runtime(error.to_string()))?;
        let identity = Identity::load(&store).await?;
        let settings = config.get();
        let databases = database::Databases::open(&settings).await?;
        let core = Self(Arc::new(Inner {
            audit: audit::AuditLog::new(&settings),
            notifications: notify::Notifications::new(&settings),
            cluster: cluster::Cluster::default(),
            license: arc_swap::ArcSwapOption::default(),
            plugins: Plugins::new(&options.data),
            directories: directory::Directories::new(&options.data),
            databases,
            people: People::default(),
            data: options.data,
            config,
            hub: Hub::start(store.clone()),
            pending: Pending::default(),
            files,
            decoding: Semaphore::new(files::image::at_once(config_decoders)),
            uploading: uploads::Busy::default(),
            commands: commands::Registry::default(),
            jobs: jobs::Runs::default(),
            sharing: shared_channels::Sharing::default(),
            expressions: access_control::Expressions::default(),
            guards: channels::Guards::default(),
            retention: tokio::sync::Mutex::default(),
            scheduled_posts_changed: tokio::sync::Notify::new(),
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
        self.load_license().await?;
        self.prepare_post_search().await?;
        self.start_audit();
        self.start_notifications();
        self.start_kv_sweep();
        self.start_session_sweep();
        self.start_dnd_sweep();
        self.start_data_retention();
        // What plugins do when they start needs all of the above; what follows calls plugins.
        self.start_plugins().await?;
        self.start_jobs();
        self.start_shared_channels().await?;
        self.start_scheduled_posts();
        self.start_cluster().await;
        self.start_telemetry();
        Ok(())
    }

    /// Ends the background work, deactivates the plugins and closes the store.
    pub async fn shutdown(&self) {
        self.hub.close_all();
        self.tasks.stop().await;
        self.leave_cluster().await;
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
