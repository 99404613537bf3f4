//! Changes of a directory: each asks the quota first.

use std::io::{self, Seek as _, SeekFrom, Write as _};

use cap_std::{
    ambient_authority,
    fs::{Dir, OpenOptions},
};
use wasmoat_model::new_id;

use super::{
    DirectoryError, Entry, INCOMING, Kind, Opened, RelativePath,
    path::{DEEPEST, LONGEST},
    tree::open_file,
};

const IS_FOLDER: DirectoryError = DirectoryError::Conflict("a folder is there");
const NO_FOLDER: DirectoryError = DirectoryError::Conflict("a file is where a folder is needed");
const THE_DIRECTORY: DirectoryError = DirectoryError::Move("the directory itself can only be listed");

/// A place for a file: where, and what is there.
struct Place<'a> {
    folders: &'a [String],
    name: &'a str,
    /// Bytes of the file that is there.
    old: Option<u64>,
    /// Folders that have to be made first.
    missing: u64,
}

impl Opened<'_> {
    fn place<'a>(&self, path: &'a RelativePath) -> Result<Place<'a>, DirectoryError> {
        let (folders, name) = path.split().ok_or(THE_DIRECTORY)?;
        let missing = self.tree.missing(folders).map_err(|error| match error.kind() {
            io::ErrorKind::NotADirectory => NO_FOLDER,
            _ => error.into(),
        })?;
        let old = match self.tree.entry(path)? {
            None => None,
            Some(Entry { kind: Kind::File, size, .. }) => Some(size),
            Some(Entry { kind: Kind::Folder, .. }) => return Err(IS_FOLDER),
            Some(_) => return Err(DirectoryError::Conflict("something is there that is no file")),
        };
        Ok(Place { folders, name, old, missing: u64::try_from(missing).unwrap_or(u64::MAX) })
    }

    /// Asks whether there may be so much more; nothing has been written yet.
    fn check(&self, fewer_bytes: u64, more_bytes: u64, more_files: u64) -> Result<(), DirectoryError> {
        let bytes = self.used.bytes.saturating_sub(fewer_bytes).saturating_add(more_bytes);
        let files = self.used.files.saturating_add(more_files);
        // What is too much already, because the limit was lowered, may become less.
        if bytes > self.limits.directory_bytes && more_bytes > fewer_bytes {
            let (wanted, limit) = (bytes, self.limits.directory_bytes);
            return Err(DirectoryError::Quota {
                what: "bytes of all files",
                wanted,
                limit,
                setting: "directory_bytes",
            });
        }
        if files > self.limits.directory_files && more_files > 0 {
            let (wanted, limit) = (files, self.limits.directory_files);
            let what = "number of files and folders";
            return Err(DirectoryError::Quota { what, wanted, limit, setting: "directory_files" });
        }
        Ok(())
    }

    fn make_folder(&mut self, place: &Place<'_>) -> Result<Dir, DirectoryError> {
        let folder = self.tree.make_folder(place.folders)?;
        self.used.files += place.missing;
        Ok(folder)
    }

    /// Makes a file of these bytes, in place of one that is there.
    pub(super) fn write(&mut self, path: &RelativePath, bytes: &[u8]) -> Result<(), DirectoryError> {
        let place = self.place(path)?;
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.check(place.old.unwrap_or_default(), size, place.missing + u64::from(place.old.is_none()))?;
        let folder = self.make_folder(&place)?;
        // Written beside and renamed, so that nobody reads half a file.
        std::fs::create_dir_all(self.home.join(INCOMING))?;
        let incoming = Dir::open_ambient_dir(self.home.join(INCOMING), ambient_authority())?;
        let temporary = new_id();
        let placed = incoming.create(&temporary).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_data()?;
            incoming.rename(&temporary, &folder, place.name)
        });
        if let Err(error) = placed {
            let _ = incoming.remove_file(&temporary);
            return Err(error.into());
        }
        self.used.bytes = self.used.bytes.saturating_sub(place.old.unwrap_or_default()).saturating_add(size);
        self.used.files += u64::from(place.old.is_none());
        Ok(())
    }

    /// Overwrites bytes from an offset on, or from the end on; answers the size.
    pub(super) fn write_at(
        &mut self,
        path: &RelativePath,
        offset: Option<u64>,
        bytes: &[u8],
    ) -> Result<u64, DirectoryError> {
        let place = self.place(path)?;
        let old = place.old.unwrap_or_default();
        let offset = offset.unwrap_or(old);
        let end = offset.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        // Nothing is written behind the end where nothing is to be written.
        let size = if bytes.is_empty() { old } else { old.max(end) };
        self.check(old, size, place.missing + u64::from(place.old.is_none()))?;
        let folder = self.make_folder(&place)?;
        let mut file = open_file(&folder, place.name, OpenOptions::new().write(true).create(true))?;
        self.used.files += u64::from(place.old.is_none());
        if !bytes.is_empty() {
            file.seek(SeekFrom::Start(offset))?;
            file.write_all(bytes)?;
        }
        self.used.bytes = self.used.bytes.saturating_sub(old).saturating_add(size);
        Ok(size)
    }

    /// Removes a file, or a folder with all that is in it.
    pub(super) fn remove(&mut self, path: &RelativePath) -> Result<bool, DirectoryError> {
        let (folders, name) = path.split().ok_or(THE_DIRECTORY)?;
        let Some(entry) = self.tree.entry(path)? else { return Ok(false) };
        let folder = self.tree.folder(folders)?;
        let (bytes, files) = if entry.kind == Kind::Folder {
            let inside = self.tree.measure(path)?;
            folder.remove_dir_all(name)?;
            (inside.bytes, inside.files + 1)
        } else {
            // A link goes, and not what it leads to.
            folder.remove_file(name)?;
            (entry.size, 1)
        };
        self.used.bytes = self.used.bytes.saturating_sub(bytes);
        self.used.files = self.used.files.saturating_sub(files);
        Ok(true)
    }

    /// Moves a file or a folder.
    pub(super) fn rename(&mut self, path: &RelativePath, to: &RelativePath) -> Result<(), DirectoryError> {
        let (folders, name) = path.split().ok_or(THE_DIRECTORY)?;
        let entry = self.tree.entry(path)?.filter(|entry| entry.kind != Kind::Other);
        let entry = entry.ok_or(DirectoryError::Absent("file or folder"))?;
        if path == to {
            return Ok(());
        }
        if to.is_within(path) {
            return Err(DirectoryError::Move("a folder cannot be moved into itself"));
        }
        let place = self.place(to)?;
        if entry.kind == Kind::Folder {
            if place.old.is_some() {
                return Err(DirectoryError::Conflict("a file is there"));
            }
            // Else folder by folder a plugin would get where nobody can count or delete any more.
            let inside = self.tree.measure(path)?;
            if to.names().len() + inside.depth > DEEPEST || to.len() + 1 + inside.longest > LONGEST {
                return Err(DirectoryError::Move("what is in the folder would lie deeper than a path may be"));
            }
        }
        self.check(0, 0, place.missing)?;
        let target = self.make_folder(&place)?;
        self.tree.folder(folders)?.rename(name, &target, place.name)?;
        if let Some(old) = place.old {
            self.used.bytes = self.used.bytes.saturating_sub(old);
            self.used.files = self.used.files.saturating_sub(1);
        }
        Ok(())
    }
}
