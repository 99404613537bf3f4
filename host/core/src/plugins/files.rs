//! The installed copies: `plugins/{id}/{folder}/`, one folder per installed version, which the row
//! in the store names. What no row names was left by a server that was killed, and goes at start.

use std::{
    fs, io,
    io::Read as _,
    path::{Component, Path, PathBuf},
    time::SystemTime,
};

use bytes::Bytes;
use cap_std::{ambient_authority, fs::Dir};
use wasmoat_model::AppError;

use super::{Installed, Registry, bundle::Unpacked};

/// Name of the component in an installed copy.
const COMPONENT: &str = "component.wasm";

/// Name of the manifest in an installed copy, for people who look there.
const MANIFEST: &str = "plugin.json";

/// Where installed plugins lie.
#[derive(Clone, Debug)]
pub(super) struct PluginFiles {
    directory: PathBuf,
}

/// A file of a plugin that browsers load.
#[derive(Debug)]
pub struct PublicFile {
    /// Its content.
    pub content: Bytes,
    /// When it was written.
    pub modified: SystemTime,
    /// Its name, for the content type.
    pub name: String,
}

fn failed(error: &io::Error) -> AppError {
    AppError::new(
        "PluginFiles",
        "app.plugin.filesystem.app_error",
        500,
        "The plugin's files could not be read or written.",
    )
    .detail(error)
}

impl PluginFiles {
    pub(super) const fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Where uploads are unpacked: on the same disk, so that a plugin is moved and not copied.
    pub(super) fn scratch(&self) -> Result<PathBuf, AppError> {
        // Beside the plugins' folders, not among them: it is no id.
        let scratch = self.directory.with_extension("incoming");
        fs::create_dir_all(&scratch).map_err(|error| failed(&error))?;
        Ok(scratch)
    }

    pub(super) fn folder(&self, plugin: &Installed) -> PathBuf {
        self.directory.join(plugin.id()).join(&plugin.folder)
    }

    /// Puts an unpacked plugin into its folder.
    pub(super) fn place(&self, plugin: &Installed, unpacked: &Unpacked) -> Result<(), AppError> {
        let target = self.folder(plugin);
        let place = || {
            fs::create_dir_all(self.directory.join(plugin.id()))?;
            match &unpacked.files {
                Some(files) => fs::rename(&files.root, &target)?,
                None => fs::create_dir(&target)?,
            }
            fs::write(target.join(COMPONENT), &unpacked.component)?;
            fs::write(target.join(MANIFEST), serde_json::to_vec_pretty(&plugin.manifest)?)
        };
        place().map_err(|error| {
            self.remove_folder(plugin);
            failed(&error)
        })
    }

    /// The component of an installed plugin.
    pub(super) fn component(&self, plugin: &Installed) -> Result<Bytes, AppError> {
        fs::read(self.folder(plugin).join(COMPONENT)).map(Bytes::from).map_err(|error| failed(&error))
    }

    /// A file below a folder of an installed plugin; `None` where there is none.
    pub(super) fn open(&self, plugin: &Installed, below: &Path, path: &str) -> Result<Option<PublicFile>, AppError> {
        let absent = |error: &io::Error| {
            matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::PermissionDenied
            )
        };
        let read = || -> io::Result<Option<PublicFile>> {
            let root = Dir::open_ambient_dir(self.folder(plugin), ambient_authority())?;
            let dir = if below.as_os_str().is_empty() { root } else { root.open_dir(below)? };
            let Some(path) = plain(path) else { return Ok(None) };
            let mut file = dir.open(&path)?;
            let metadata = file.metadata()?;
            if !metadata.is_file() {
                return Ok(None);
            }
            let mut content = Vec::new();
            file.read_to_end(&mut content)?;
            let modified = metadata.modified().map_or(SystemTime::UNIX_EPOCH, cap_std::time::SystemTime::into_std);
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            Ok(Some(PublicFile { content: content.into(), modified, name }))
        };
        match read() {
            Ok(file) => Ok(file),
            Err(error) if absent(&error) => Ok(None),
            Err(error) => Err(failed(&error)),
        }
    }

    /// Deletes one version; what cannot be deleted now goes at the next start.
    pub(super) fn remove_folder(&self, plugin: &Installed) {
        if let Err(error) = fs::remove_dir_all(self.folder(plugin))
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(plugin_id = plugin.id(), %error, "the files of a plugin could not be deleted");
        }
        // Succeeds for the last version only.
        let _ = fs::remove_dir(self.directory.join(plugin.id()));
    }

    /// Deletes what no installed plugin owns.
    pub(super) fn sweep(&self, registry: &Registry) -> io::Result<()> {
        let _ = fs::remove_dir_all(self.directory.with_extension("incoming"));
        fs::create_dir_all(&self.directory)?;
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            let id = entry.file_name();
            let plugin = id.to_str().and_then(|id| registry.get(id));
            if plugin.is_none() {
                remove(&entry.path())?;
                continue;
            }
            for version in fs::read_dir(entry.path())? {
                let version = version?;
                if plugin.is_none_or(|plugin| version.file_name() != plugin.folder.as_str()) {
                    remove(&version.path())?;
                }
            }
        }
        Ok(())
    }
}

fn remove(path: &Path) -> io::Result<()> {
    if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

/// A relative path of plain names.
fn plain(path: &str) -> Option<PathBuf> {
    let path = Path::new(path);
    let plain = !path.as_os_str().is_empty() && path.components().all(|part| matches!(part, Component::Normal(_)));
    plain.then(|| path.to_owned())
}
