//! The directory of a plugin: `{data}/plugin-data/{id}/files`.
//!
//! It stays when the plugin is disabled, upgraded or removed, as its key-value data do. One change at
//! a time is made in it, which first asks whether the quota allows it; so calls at once cannot add up
//! to more than the limit. What is used is counted on the disk once and then kept.

mod api;
mod change;
mod path;
#[cfg(test)]
mod tests;
mod tree;

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use wasmoat_model::AppError;
use wasmoat_runtime::{Caller, Limits, PERMISSION_DENIED};

pub(crate) use self::{
    path::{PathError, RelativePath},
    tree::{Entry, Kind, Measure, Tree},
};
use crate::Core;

/// Name of the folder of a plugin's files.
const FILES: &str = "files";

/// Name of the folder of files that are being written.
const INCOMING: &str = "incoming";

/// Why something cannot be done in a directory.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DirectoryError {
    /// The path is none.
    #[error("{0} is not allowed")]
    Path(#[from] PathError),
    /// Nothing is there.
    #[error("there is no {0} at this path")]
    Absent(&'static str),
    /// Something is there that is in the way.
    #[error("{0}")]
    Conflict(&'static str),
    /// A folder cannot be moved into itself, or deeper than a path may be.
    #[error("{0}")]
    Move(&'static str),
    /// The quota does not allow it.
    #[error("{what} would be {wanted}; the limit `{setting}` is {limit}")]
    Quota {
        /// What there would be too much of.
        what: &'static str,
        /// How much.
        wanted: u64,
        /// How much may be.
        limit: u64,
        /// The setting.
        setting: &'static str,
    },
    /// The disk failed.
    #[error("the disk could not be read or written: {0}")]
    Disk(#[from] io::Error),
}

impl DirectoryError {
    fn app_error(&self, at: &str) -> AppError {
        let (id, status) = match self {
            Self::Path(_) | Self::Move(_) => ("app.plugin.directory.path.app_error", 400),
            Self::Absent(_) => ("app.plugin.directory.not_found.app_error", 404),
            Self::Conflict(_) => ("app.plugin.directory.conflict.app_error", 409),
            Self::Quota { .. } => ("app.plugin.directory.quota.app_error", 413),
            Self::Disk(error) => {
                tracing::error!(%error, "a plugin's directory could not be read or written");
                ("app.plugin.directory.disk.app_error", 500)
            }
        };
        let text = match self {
            // Where it lies is nobody's business.
            Self::Disk(_) => "The disk could not be read or written.".to_owned(),
            other => sentence(&other.to_string()),
        };
        AppError::new(at, id, status, text)
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// The directories of all plugins.
#[derive(Debug)]
pub(crate) struct Directories {
    root: PathBuf,
    used: Mutex<HashMap<Arc<str>, Arc<Used>>>,
}

/// What is used of one directory, where it has been counted. Held while it is being changed.
type Used = tokio::sync::Mutex<Option<Measure>>;

impl Directories {
    /// Those below a data folder.
    pub(crate) fn new(data: &Path) -> Self {
        Self { root: data.join("plugin-data"), used: Mutex::default() }
    }

    /// The folder of all that a plugin keeps on the disk.
    pub(crate) fn home(&self, plugin_id: &str) -> PathBuf {
        self.root.join(plugin_id)
    }

    fn used(&self, plugin_id: &Arc<str>) -> Arc<Used> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(used.entry(Arc::clone(plugin_id)).or_default())
    }
}

/// The answer for a plugin that was not allowed to have what it asks for.
pub(crate) fn not_allowed(at: &str, plugin_id: &str, what: &str) -> AppError {
    let text = format!("Plugin `{plugin_id}` was not allowed to have a {what} (manifest: `wasmoat.{what}`).");
    AppError::new(at, PERMISSION_DENIED, 403, text)
}

fn ended_early(at: &str, error: &tokio::task::JoinError) -> AppError {
    let id = "app.plugin.directory.disk.app_error";
    AppError::new(at, id, 500, "The work on the directory ended early.").detail(error)
}

/// The files of one plugin, opened to be changed.
struct Opened<'a> {
    tree: Tree,
    home: PathBuf,
    used: &'a mut Measure,
    limits: &'a Limits,
}

impl Core {
    /// Reads in a plugin's directory.
    async fn read_directory<T: Send + 'static>(
        &self,
        at: &'static str,
        caller: &Caller,
        work: impl FnOnce(&Tree) -> Result<T, DirectoryError> + Send + 'static,
    ) -> Result<T, AppError> {
        if !caller.consent().directory {
            return Err(not_allowed(at, &caller.plugin_id, "directory"));
        }
        let home = self.directories.home(&caller.plugin_id);
        let work = tokio::task::spawn_blocking(move || work(&open(&home)?));
        let done = work.await.map_err(|error| ended_early(at, &error))?;
        done.map_err(|error| error.app_error(at))
    }

    /// Changes a plugin's directory, when nobody else does. What was begun is brought to its end even
    /// if the call that asked for it is over before: what is used stays counted.
    async fn change_directory<T: Send + 'static>(
        &self,
        at: &'static str,
        caller: &Caller,
        work: impl FnOnce(&mut Opened<'_>) -> Result<T, DirectoryError> + Send + 'static,
    ) -> Result<T, AppError> {
        if !caller.consent().directory {
            return Err(not_allowed(at, &caller.plugin_id, "directory"));
        }
        let home = self.directories.home(&caller.plugin_id);
        let mut used = self.directories.used(&caller.plugin_id).lock_owned().await;
        let caller = caller.clone();
        let work = tokio::task::spawn_blocking(move || {
            let tree = open(&home)?;
            let mut counted = match used.take() {
                Some(counted) => counted,
                None => tree.measure(&RelativePath::parse("")?)?,
            };
            let done = work(&mut Opened { tree, home, used: &mut counted, limits: caller.limits() });
            // What the disk did before it failed is not known: it is counted anew.
            if !matches!(done, Err(DirectoryError::Disk(_))) {
                *used = Some(counted);
            }
            done
        });
        let done = work.await.map_err(|error| ended_early(at, &error))?;
        done.map_err(|error| error.app_error(at))
    }

    /// Deletes the files of a plugin.
    pub(crate) async fn delete_directory_of(&self, plugin_id: &str) -> Result<(), AppError> {
        let at = "DeletePluginData";
        let home = self.directories.home(plugin_id);
        let mut used = self.directories.used(&plugin_id.into()).lock_owned().await;
        let work = tokio::task::spawn_blocking(move || {
            *used = None;
            for folder in [FILES, INCOMING] {
                match std::fs::remove_dir_all(home.join(folder)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                    _ => {}
                }
            }
            Ok::<_, DirectoryError>(())
        });
        let done = work.await.map_err(|error| ended_early(at, &error))?;
        done.map_err(|error| error.app_error(at))
    }
}

/// Opens the files of a plugin; makes the folder at the first time.
fn open(home: &Path) -> Result<Tree, DirectoryError> {
    let files = home.join(FILES);
    match Tree::open(&files) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            std::fs::create_dir_all(&files)?;
            Ok(Tree::open(&files)?)
        }
        opened => Ok(opened?),
    }
}
