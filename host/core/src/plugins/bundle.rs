//! What an admin uploads: a bare component, or Mattermost's bundle, a gzip-compressed tar.
//!
//! An archive is hostile until it is read: names may climb out of the folder, links may point
//! anywhere, a megabyte may unpack to a terabyte. It is unpacked below a handle of a fresh folder
//! (cap-std: no name and no link leads out of it), and everything that is not a plain file or
//! folder with a plain name ends the upload. The folder goes away with the [`Unpacked`].

use std::io::{self, Read};

use bytes::Bytes;
use cap_std::{
    ambient_authority,
    fs::{Dir, OpenOptions},
};
use std::path::{Component, Path, PathBuf};
use tar::{Archive, EntryType};
use tempfile::TempDir;
use wasmoat_model::{AppError, Manifest};

use super::manifest;

/// Largest upload.
pub const MAX_UPLOAD_BYTES: usize = 64 << 20;

/// Largest archive, unpacked.
const MAX_UNPACKED_BYTES: u64 = 256 << 20;

/// Most files and folders of an archive.
const MAX_ENTRIES: usize = 10_000;

/// Most unpacked bytes for each compressed one. Code and text stay below 20.
const MAX_RATIO: u64 = 200;

/// Up to here the ratio is not looked at: a small file of spaces harms nobody.
const RATIO_FREE_BYTES: u64 = 8 << 20;

/// Longest name of an entry.
const MAX_NAME_BYTES: usize = 1_024;

/// A plugin that has been unpacked and not yet installed.
#[derive(Debug)]
pub(super) struct Unpacked {
    pub(super) manifest: Manifest,
    pub(super) component: Bytes,
    /// The bundle's files; nothing for a bare component.
    pub(super) files: Option<Files>,
}

/// The unpacked files of a bundle.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) _directory: TempDir,
    /// The folder that holds the manifest.
    pub(super) root: PathBuf,
}

fn refused(message: impl Into<String>) -> AppError {
    AppError::new("InstallPlugin", "app.plugin.extract.app_error", 400, message)
}

fn filesystem(error: &io::Error) -> AppError {
    AppError::new("InstallPlugin", "app.plugin.filesystem.app_error", 500, "The plugin's files could not be written.")
        .detail(error)
}

/// Refuses what is larger than any plugin.
pub(super) fn check_size(size: usize) -> Result<(), AppError> {
    if size <= MAX_UPLOAD_BYTES {
        return Ok(());
    }
    let message = format!("The file has {size} bytes; {MAX_UPLOAD_BYTES} are allowed.");
    Err(AppError::new("InstallPlugin", "api.context.request_body_too_large.app_error", 413, message))
}

/// Reads an upload. `scratch` is where an archive is unpacked.
pub(super) fn unpack(bytes: Bytes, file_name: &str, scratch: &Path) -> Result<Unpacked, AppError> {
    check_size(bytes.len())?;
    if bytes.is_empty() {
        return Err(refused("The file is empty."));
    }
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        let manifest = manifest::of_component(&bytes, file_name)?;
        return Ok(Unpacked { manifest, component: bytes, files: None });
    }
    let directory = tempfile::tempdir_in(scratch).map_err(|error| filesystem(&error))?;
    let dir = Dir::open_ambient_dir(directory.path(), ambient_authority()).map_err(|error| filesystem(&error))?;
    extract(&bytes, &dir)?;
    let (root, below) = root(&dir)?;
    let manifest = read_manifest(&root)?;
    let component = component(&root, &manifest)?;
    let root = directory.path().join(below);
    Ok(Unpacked { manifest, component, files: Some(Files { _directory: directory, root }) })
}

/// Counts what comes out of the decompressor, and stops when it is too much.
struct Bounded<R> {
    inner: R,
    compressed: u64,
    read: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.read += u64::try_from(read).unwrap_or(u64::MAX);
        if self.read > MAX_UNPACKED_BYTES {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!("it unpacks to more than {MAX_UNPACKED_BYTES} bytes"),
            ));
        }
        if self.read > RATIO_FREE_BYTES && self.read / self.compressed.max(1) > MAX_RATIO {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!("it unpacks to more than {MAX_RATIO} times its size"),
            ));
        }
        Ok(read)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unreadable(error: io::Error) -> AppError {
    refused(format!("The archive cannot be read: {error}."))
}

fn extract(bytes: &[u8], dir: &Dir) -> Result<(), AppError> {
    let compressed = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let bounded = Bounded { inner: flate2::read::GzDecoder::new(bytes), compressed, read: 0 };
    let mut archive = Archive::new(bounded);
    unpack_entries(&mut archive, dir)?;
    // To the end: the checksum stands there.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map(drop).map_err(unreadable)
}

fn unpack_entries(archive: &mut Archive<impl Read>, dir: &Dir) -> Result<(), AppError> {
    let mut entries = 0_usize;
    for entry in archive.entries().map_err(unreadable)? {
        let mut entry = entry.map_err(unreadable)?;
        entries += 1;
        if entries > MAX_ENTRIES {
            return Err(refused(format!("The archive has more than {MAX_ENTRIES} entries.")));
        }
        let name = entry.path_bytes().into_owned();
        match entry.header().entry_type() {
            EntryType::Directory => {
                if let Some(path) = plain_path(&name)? {
                    dir.create_dir_all(&path).map_err(|error| unwritable(&name, &error))?;
                }
            }
            EntryType::Regular | EntryType::Continuous => {
                let Some(path) = plain_path(&name)? else {
                    return Err(refused(format!("The archive holds a file without a name: `{}`.", shown(&name))));
                };
                write(dir, &path, &name, &mut entry)?;
            }
            // Comments of the tool that made the archive.
            EntryType::XGlobalHeader => {}
            kind => {
                let message = format!("The archive holds `{}`, which is not a plain file ({kind:?}).", shown(&name));
                return Err(refused(message));
            }
        }
    }
    Ok(())
}

fn write(dir: &Dir, path: &Path, name: &[u8], entry: &mut impl Read) -> Result<(), AppError> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        dir.create_dir_all(parent).map_err(|error| unwritable(name, &error))?;
    }
    // A second file of the same name would take the place of the one that was checked.
    let mut options = OpenOptions::new();
    let mut file =
        dir.open_with(path, options.write(true).create_new(true)).map_err(|error| unwritable(name, &error))?;
    io::copy(entry, &mut file).map_err(|error| match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::PermissionDenied => filesystem(&error),
        _ => refused(format!("The archive cannot be read: {error}.")),
    })?;
    Ok(())
}

fn unwritable(name: &[u8], error: &io::Error) -> AppError {
    match error.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => {
            refused(format!("The archive holds `{}` twice.", shown(name)))
        }
        io::ErrorKind::InvalidFilename | io::ErrorKind::InvalidInput => {
            refused(format!("The archive holds a name that cannot be a file: `{}`.", shown(name)))
        }
        _ => filesystem(error),
    }
}

fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(name).chars().take(200).map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// A name without anything that leads elsewhere; `None` for the folder itself.
fn plain_path(name: &[u8]) -> Result<Option<PathBuf>, AppError> {
    let escapes = || refused(format!("The archive holds `{}`, which leads out of its folder.", shown(name)));
    if name.len() > MAX_NAME_BYTES {
        return Err(refused(format!(
            "The archive holds a name of {} bytes; {MAX_NAME_BYTES} are allowed.",
            name.len()
        )));
    }
    let Ok(text) = std::str::from_utf8(name) else {
        return Err(refused(format!("The archive holds a name that is not UTF-8: `{}`.", shown(name))));
    };
    // A backslash is a folder on other systems, a colon a drive.
    if text.contains(['\\', ':', '\0']) {
        return Err(escapes());
    }
    let mut path = PathBuf::new();
    for component in Path::new(text).components() {
        match component {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return Err(escapes()),
        }
    }
    Ok((!path.as_os_str().is_empty()).then_some(path))
}

/// The folder that holds the manifest: the archive's own, or the only one in it.
fn root(dir: &Dir) -> Result<(Dir, PathBuf), AppError> {
    if manifest::FILES.iter().any(|name| dir.is_file(name)) {
        return Ok((dir.try_clone().map_err(|error| filesystem(&error))?, PathBuf::new()));
    }
    let mut found = Vec::new();
    for entry in dir.entries().map_err(|error| filesystem(&error))? {
        let entry = entry.map_err(|error| filesystem(&error))?;
        found.push((entry.file_name(), entry.file_type().map_err(|error| filesystem(&error))?.is_dir()));
    }
    match found.as_slice() {
        [(name, true)] => {
            let inner = dir.open_dir(name).map_err(|error| filesystem(&error))?;
            Ok((inner, PathBuf::from(name)))
        }
        _ => Err(no_manifest()),
    }
}

fn no_manifest() -> AppError {
    manifest::error(
        "The archive holds no manifest: `plugin.json`, `plugin.yaml` or `plugin.yml` must be in its root or in its only folder.",
    )
}

fn read_manifest(root: &Dir) -> Result<Manifest, AppError> {
    let present: Vec<&str> = manifest::FILES.into_iter().filter(|name| root.is_file(name)).collect();
    match present.as_slice() {
        [] => Err(no_manifest()),
        [name] => {
            let bytes = root.read(name).map_err(|error| filesystem(&error))?;
            manifest::read(name, &bytes)
        }
        several => Err(manifest::error(format!("The archive holds several manifests: {}.", several.join(", ")))),
    }
}

/// The component that the manifest names, else the only `.wasm` of the bundle.
fn component(root: &Dir, manifest: &Manifest) -> Result<Bytes, AppError> {
    let named = manifest.server.as_ref().map(|server| server.executable.as_str()).filter(|path| !path.is_empty());
    let path = match named {
        Some(path) => plain_path(path.as_bytes())?.filter(|path| root.is_file(path)),
        None => None,
    };
    let path = match path {
        Some(path) => path,
        None => {
            let mut found = Vec::new();
            components(root, Path::new(""), &mut found).map_err(|error| filesystem(&error))?;
            match found.as_mut_slice() {
                [path] => std::mem::take(path),
                [] => {
                    return Err(manifest::error(
                        "The bundle holds no WebAssembly component: `server.executable` must name it, or exactly one `.wasm` \
                     file be there. A plugin built for Mattermost itself holds native programs, which do not run here.",
                    ));
                }
                several => {
                    return Err(manifest::error(format!(
                        "The bundle holds {} `.wasm` files; `server.executable` must name the component.",
                        several.len()
                    )));
                }
            }
        }
    };
    root.read(&path).map(Bytes::from).map_err(|error| filesystem(&error))
}

fn components(dir: &Dir, below: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in dir.entries()? {
        let entry = entry?;
        let path = below.join(entry.file_name());
        // What browsers load is no server component.
        if entry.file_type()?.is_dir() {
            if path != Path::new("public") && path != Path::new("webapp") {
                components(&entry.open_dir()?, &path, found)?;
            }
        } else if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("wasm")) {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
