//! The installed copies: `plugins/{id}/{folder}/`, one folder per installed version, which the row
//! in the store names. Beside the folder of a signed bundle lies the bundle itself, so that its
//! signature can be verified again. What no row names was left by a server that was killed, and
//! goes at start.

use std::{
    collections::BTreeSet,
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

/// Ending of a bundle beside the folder that it was unpacked to.
const BUNDLE: &str = "bundle";

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

    /// The bundle beside a folder.
    fn bundle(&self, plugin: &Installed) -> PathBuf {
        // Not `with_extension`: nothing is cut off the folder's name.
        self.directory.join(plugin.id()).join(format!("{}.{BUNDLE}", plugin.folder))
    }

    /// Puts an unpacked plugin into its folder, and the signed bundle that it comes from beside it.
    pub(super) fn place(&self, plugin: &Installed, unpacked: &Unpacked, upload: &[u8]) -> Result<(), AppError> {
        let target = self.folder(plugin);
        let place = || {
            fs::create_dir_all(self.directory.join(plugin.id()))?;
            if unpacked.files.is_some() && !plugin.signature.is_empty() {
                fs::write(self.bundle(plugin), upload)?;
            }
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

    /// The file that an installed plugin's signature is over.
    pub(super) fn signed(&self, plugin: &Installed) -> Result<Bytes, AppError> {
        match fs::read(self.bundle(plugin)) {
            Ok(bytes) => Ok(bytes.into()),
            // A component is its own upload.
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.component(plugin),
            Err(error) => Err(failed(&error)),
        }
    }

    /// The first file of an installed copy that is not as in the bundle, or not in it at all.
    pub(super) fn first_difference(
        &self,
        plugin: &Installed,
        unpacked: &Unpacked,
    ) -> Result<Option<PathBuf>, AppError> {
        let Some(files) = &unpacked.files else { return Ok(None) };
        let installed = self.folder(plugin);
        let differs = || -> io::Result<Option<PathBuf>> {
            let (signed, found) = (tree(&files.root)?, tree(&installed)?);
            if let Some((_, path)) = signed.symmetric_difference(&found).next() {
                return Ok(Some(path.clone()));
            }
            for (_, path) in signed.iter().filter(|(is_file, _)| *is_file) {
                if fs::read(files.root.join(path))? != fs::read(installed.join(path))? {
                    return Ok(Some(path.clone()));
                }
            }
            Ok(None)
        };
        differs().map_err(|error| failed(&error))
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
        // Only signed ones have it.
        let _ = fs::remove_file(self.bundle(plugin));
        // Succeeds for the last version only.
        let _ = fs::remove_dir(self.directory.join(plugin.id()));
    }

    /// Deletes what neither an installed plugin owns nor one that waits.
    pub(super) fn sweep(&self, registry: &Registry, pending: &Registry) -> io::Result<()> {
        let _ = fs::remove_dir_all(self.directory.with_extension("incoming"));
        fs::create_dir_all(&self.directory)?;
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            let id = entry.file_name();
            let owners = [registry, pending].map(|registry| id.to_str().and_then(|id| registry.get(id)));
            if owners.iter().all(Option::is_none) {
                remove(&entry.path())?;
                continue;
            }
            for version in fs::read_dir(entry.path())? {
                let version = version?;
                let path = version.path();
                let keep = |plugin: &Installed| [self.folder(plugin), self.bundle(plugin)].contains(&path);
                if !owners.iter().flatten().any(|plugin| keep(plugin)) {
                    remove(&version.path())?;
                }
            }
        }
        Ok(())
    }
}

/// Paths below a folder, each with whether it is a plain file, but for what [`PluginFiles::place`]
/// writes itself: it is checked against the store.
fn tree(root: &Path) -> io::Result<BTreeSet<(bool, PathBuf)>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let (path, kind) = (folder.join(entry.file_name()), entry.file_type()?);
            if [COMPONENT, MANIFEST].iter().any(|own| path == Path::new(own)) {
                continue;
            }
            if kind.is_dir() {
                folders.push(path.clone());
            } else if !kind.is_file() {
                return Err(io::Error::new(io::ErrorKind::InvalidData, format!("`{}` is a link", path.display())));
            }
            found.insert((kind.is_file(), path));
        }
    }
    Ok(found)
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
