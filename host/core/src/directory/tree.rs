//! Files below one folder of the disk, and nothing beside it.
//!
//! Every folder on the way is opened by its name in the one before it, without following a link: the
//! rule does not depend on what lies there. All of it waits for the disk.

use std::{
    collections::{BTreeMap, VecDeque},
    io::{self, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use cap_fs_ext::{DirExt as _, FollowSymlinks, OpenOptionsFollowExt as _};
use cap_std::{
    ambient_authority,
    fs::{Dir, File, Metadata, OpenOptions},
};

use super::path::RelativePath;

/// Most bytes of one reading.
const READ_LIMIT: u32 = 1 << 20;

/// Most entries of one listing.
const LIST_LIMIT: usize = 1_000;

/// What lies at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Folder,
    /// A link, a pipe: nothing that a plugin put there.
    Other,
}

/// A file or a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) size: u64,
    pub(crate) modified_at: i64,
}

impl Entry {
    fn new(name: &str, metadata: &Metadata) -> Self {
        let kind = match metadata {
            file if file.is_file() => Kind::File,
            folder if folder.is_dir() => Kind::Folder,
            _ => Kind::Other,
        };
        let modified = metadata.modified().ok().map(cap_std::time::SystemTime::into_std);
        let since = modified.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        Self {
            name: name.to_owned(),
            kind,
            size: if kind == Kind::Folder { 0 } else { metadata.len() },
            modified_at: since.and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or_default(),
        }
    }
}

/// What is in a folder, all in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Measure {
    /// Bytes in files.
    pub(crate) bytes: u64,
    /// Files, folders and whatever else.
    pub(crate) files: u64,
    /// Names in the longest way down.
    pub(crate) depth: usize,
    /// Bytes of the longest path.
    pub(crate) longest: usize,
}

/// A folder, opened.
#[derive(Debug)]
pub(crate) struct Tree(Dir);

impl Tree {
    /// Opens a folder of the server's own.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Dir::open_ambient_dir(path, ambient_authority()).map(Self)
    }

    /// A folder in it.
    pub(crate) fn folder(&self, names: &[String]) -> io::Result<Dir> {
        let mut folder = self.0.try_clone()?;
        for name in names {
            folder = step(&folder, name)?;
        }
        Ok(folder)
    }

    /// How many folders of a way are missing.
    pub(crate) fn missing(&self, names: &[String]) -> io::Result<usize> {
        let mut folder = self.0.try_clone()?;
        for (there, name) in names.iter().enumerate() {
            folder = match step(&folder, name) {
                Ok(inner) => inner,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(names.len() - there),
                Err(error) => return Err(error),
            };
        }
        Ok(0)
    }

    /// A folder in it, made with those on the way where they are missing.
    pub(crate) fn make_folder(&self, names: &[String]) -> io::Result<Dir> {
        let mut folder = self.0.try_clone()?;
        for name in names {
            match folder.create_dir(name) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => folder = step(&folder, name)?,
            }
        }
        Ok(folder)
    }

    /// What lies at a path; nothing where a folder on the way is missing or is none.
    pub(crate) fn entry(&self, path: &RelativePath) -> io::Result<Option<Entry>> {
        let Some((folders, name)) = path.split() else {
            return Ok(Some(Entry::new("", &self.0.dir_metadata()?)));
        };
        let found = self.folder(folders).and_then(|folder| folder.symlink_metadata(name));
        match found {
            Ok(metadata) => Ok(Some(Entry::new(name, &metadata))),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Bytes of a file; nothing where there is no file.
    pub(crate) fn read(&self, path: &RelativePath, offset: u64, length: u32) -> io::Result<Option<Vec<u8>>> {
        let is_file = self.entry(path)?.is_some_and(|entry| entry.kind == Kind::File);
        let Some((folders, name)) = path.split().filter(|_| is_file) else { return Ok(None) };
        let mut file = open_file(&self.folder(folders)?, name, OpenOptions::new().read(true))?;
        let left = file.metadata()?.len().saturating_sub(offset).min(length.min(READ_LIMIT).into());
        let mut bytes = Vec::with_capacity(usize::try_from(left).unwrap_or_default());
        if left > 0 {
            file.seek(SeekFrom::Start(offset))?;
            file.take(left).read_to_end(&mut bytes)?;
        }
        Ok(Some(bytes))
    }

    /// Files and folders of a folder behind a name, in the order of their names; nothing where there
    /// is no folder.
    pub(crate) fn list(&self, path: &RelativePath, after: &str, most: u32) -> io::Result<Option<Vec<Entry>>> {
        let folder = match self.folder(path.names()) {
            Ok(folder) => folder,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        let most = usize::try_from(most).unwrap_or(LIST_LIMIT).min(LIST_LIMIT);
        // No more of them at once than are asked for, however many there are.
        let mut first = BTreeMap::new();
        for entry in folder.entries()? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if name.as_str() > after {
                first.insert(name, entry);
            }
            if first.len() > most {
                first.pop_last();
            }
        }
        let mut listed = Vec::with_capacity(first.len());
        for (name, entry) in first {
            match entry.metadata() {
                Ok(metadata) => listed.push(Entry::new(&name, &metadata)),
                // Removed meanwhile.
                Err(error) if is_absent(&error) => {}
                Err(error) => return Err(error),
            }
        }
        listed.retain(|entry| entry.kind != Kind::Other);
        Ok(Some(listed))
    }

    /// All that is in a folder.
    pub(crate) fn measure(&self, path: &RelativePath) -> io::Result<Measure> {
        let mut measure = Measure::default();
        // By paths and not by open folders, of which there could be more than a process may have.
        let mut folders = VecDeque::from([PathBuf::new()]);
        let root = self.folder(path.names())?;
        while let Some(folder) = folders.pop_front() {
            let opened = if folder.as_os_str().is_empty() { root.try_clone()? } else { root.open_dir(&folder)? };
            for entry in opened.entries()? {
                let entry = entry?;
                let (metadata, path) = (entry.metadata()?, folder.join(entry.file_name()));
                measure.files += 1;
                measure.depth = measure.depth.max(path.components().count());
                measure.longest = measure.longest.max(path.as_os_str().len());
                if metadata.is_dir() {
                    folders.push_back(path);
                } else {
                    measure.bytes = measure.bytes.saturating_add(metadata.len());
                }
            }
        }
        Ok(measure)
    }
}

/// Opens a folder in a folder, not a link to one.
fn step(folder: &Dir, name: &str) -> io::Result<Dir> {
    folder.open_dir_nofollow(name).map_err(|error| match folder.symlink_metadata(name) {
        // Systems call it differently when a link is there.
        Ok(metadata) if !metadata.is_dir() => io::ErrorKind::NotADirectory.into(),
        _ => error,
    })
}

/// Opens a file in a folder, not a link to one.
pub(super) fn open_file(folder: &Dir, name: &str, options: &mut OpenOptions) -> io::Result<File> {
    folder.open_with(name, options.follow(FollowSymlinks::No))
}

/// Whether an error says that nothing is there that could be meant.
pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
