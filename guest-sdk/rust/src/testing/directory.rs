//! The plugin's directory and the assets of its bundle, in memory. Paths are taken as they are, and
//! limits are the server's business.

use std::ops::Bound;

use super::{Platform, calls};
use crate::{
    Error, Result,
    assets::Asset,
    directory::{Entry, EntryKind, Usage},
};

/// Most bytes of one reading.
const MAX_READ: u32 = 1 << 20;

/// Most entries of one listing.
const MAX_LIST: u32 = 1_000;

/// The limits of a server where nothing is set.
const LIMITS: (u64, u64) = (104_857_600, 10_000);

pub(super) fn install(platform: &Platform) {
    platform.answer(calls::directory::Read, |p, (path, offset, length)| {
        let files = p.state.files.borrow();
        files.get(&path).map(|bytes| piece(bytes, offset, length)).ok_or_else(|| not_found("directory"))
    });
    platform.answer(calls::directory::Write, |p, (path, bytes)| p.edit(&path, |file| *file = bytes));
    platform.answer(calls::directory::WriteAt, |p, (path, offset, bytes)| {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        p.edit(&path, |file| {
            let end = offset.saturating_add(bytes.len());
            if !bytes.is_empty() && end > file.len() {
                file.resize(end, 0);
            }
            file.iter_mut().skip(offset).zip(bytes).for_each(|(place, byte)| *place = byte);
        })
    });
    platform.answer(calls::directory::Append, |p, (path, bytes)| {
        p.edit(&path, |file| {
            file.extend(bytes);
            size(file)
        })
    });
    platform.answer(calls::directory::ListEntries, |p, (path, after, most)| {
        let entries = p.entries(&path);
        if entries.is_empty() && !path.is_empty() {
            return Err(not_found("directory"));
        }
        let most = usize::try_from(most.min(MAX_LIST)).unwrap_or_default();
        Ok(entries.into_iter().filter(|entry| entry.name > after).take(most).collect())
    });
    platform.answer(calls::directory::Metadata, |p, (path,)| {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        Ok(p.entries(folder).into_iter().find(|entry| entry.name == name))
    });
    platform.answer(calls::directory::Remove, |p, (path,)| {
        let mut files = p.state.files.borrow_mut();
        let before = files.len();
        files.retain(|file, _| !is_within(file, &path));
        Ok(files.len() < before)
    });
    platform.answer(calls::directory::Rename, |p, (path, to)| {
        let mut files = p.state.files.borrow_mut();
        let moved: Vec<String> = files.keys().filter(|file| is_within(file, &path)).cloned().collect();
        if moved.is_empty() {
            return Err(not_found("directory"));
        }
        for file in moved {
            let rest = file.strip_prefix(&path).unwrap_or_default();
            if let Some(bytes) = files.remove(&file) {
                files.insert(format!("{to}{rest}"), bytes);
            }
        }
        Ok(())
    });
    platform.answer(calls::directory::GetUsage, |p, ()| {
        let files = p.state.files.borrow();
        Ok(Usage {
            bytes: files.values().map(|bytes| size(bytes)).sum(),
            files: u64::try_from(files.len()).unwrap_or(u64::MAX),
            most_bytes: LIMITS.0,
            most_files: LIMITS.1,
        })
    });
    platform.answer(calls::assets::Read, |p, (path, offset, length)| {
        let assets = p.state.assets.borrow();
        assets.get(&path).map(|bytes| piece(bytes, offset, length)).ok_or_else(|| not_found("assets"))
    });
    platform.answer(calls::assets::ListAssets, |p, (path, after, most)| {
        let prefix = format!("{path}/");
        let assets = p.state.assets.borrow();
        let below = assets.iter().filter_map(|(asset, bytes)| Some((asset.strip_prefix(&prefix)?, bytes)));
        let mut listed: Vec<Asset> = below.map(|(rest, bytes)| asset(rest, bytes)).collect();
        listed.dedup_by(|one, other| one.name == other.name);
        let most = usize::try_from(most.min(MAX_LIST)).unwrap_or_default();
        Ok(listed.into_iter().filter(|asset| asset.name > after).take(most).collect())
    });
}

impl Platform {
    /// Adds a file to the bundle, like `assets/logo.svg`.
    pub fn add_asset(&self, path: &str, bytes: impl Into<Vec<u8>>) -> &Self {
        self.state.assets.borrow_mut().insert(path.to_owned(), bytes.into());
        self
    }

    /// A file of the plugin's directory.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<Vec<u8>> {
        self.state.files.borrow().get(path).cloned()
    }

    #[allow(clippy::unnecessary_wraps, reason = "what the API answers")]
    fn edit<T>(&self, path: &str, edit: impl FnOnce(&mut Vec<u8>) -> T) -> Result<T> {
        Ok(edit(self.state.files.borrow_mut().entry(path.to_owned()).or_default()))
    }

    /// What lies in a folder: folders are there because files are.
    fn entries(&self, folder: &str) -> Vec<Entry> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let files = self.state.files.borrow();
        let below = files.range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded));
        let below = below.map_while(|(path, bytes)| Some((path.strip_prefix(&prefix)?, bytes)));
        let mut entries: Vec<Entry> = below.map(|(rest, bytes)| self.entry(rest, bytes)).collect();
        entries.dedup_by(|one, other| one.name == other.name);
        entries
    }

    fn entry(&self, rest: &str, bytes: &[u8]) -> Entry {
        let (name, kind, size) = match rest.split_once('/') {
            Some((folder, _)) => (folder, EntryKind::Folder, 0),
            None => (rest, EntryKind::File, size(bytes)),
        };
        Entry { name: name.to_owned(), kind, size, modified_at: self.state.now.get() }
    }
}

fn asset(rest: &str, bytes: &[u8]) -> Asset {
    match rest.split_once('/') {
        Some((folder, _)) => Asset { name: folder.to_owned(), is_folder: true, size: 0 },
        None => Asset { name: rest.to_owned(), is_folder: false, size: size(bytes) },
    }
}

fn size(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn piece(bytes: &[u8], offset: u64, length: u32) -> Vec<u8> {
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    bytes.iter().skip(offset).take(usize::try_from(length.min(MAX_READ)).unwrap_or_default()).copied().collect()
}

fn is_within(file: &str, path: &str) -> bool {
    file.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn not_found(what: &str) -> Error {
    Error::new(404, format!("app.plugin.{what}.not_found.app_error"), "There is nothing at this path.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{assets, directory};

    #[test]
    fn files_make_folders() {
        let platform = Platform::new();
        directory::write("a/b/c", b"12").unwrap();
        directory::write_at("a/d", 2, b"3").unwrap();
        assert_eq!(platform.file("a/d").unwrap(), b"\0\x003");
        let names = |path| -> Vec<(String, EntryKind)> {
            let entries = directory::list_entries(path, "", 10).unwrap();
            entries.into_iter().map(|entry| (entry.name, entry.kind)).collect()
        };
        assert_eq!(names("a"), [("b".to_owned(), EntryKind::Folder), ("d".to_owned(), EntryKind::File)]);
        directory::rename("a/b", "e").unwrap();
        assert_eq!(directory::read_text("e/c").unwrap(), "12");
        assert!(directory::remove("a").unwrap() && !directory::remove("a").unwrap());
        assert_eq!(directory::read_all("a/d").unwrap_err().status(), 404);
        assert_eq!(directory::get_usage().unwrap().bytes, 2);
    }

    #[test]
    fn assets_are_what_the_test_adds() {
        let platform = Platform::new();
        platform.add_asset("assets/mail/hello.txt", "hi").add_asset("assets/x", "");
        assert_eq!(assets::read("assets/mail/hello.txt", 1, 9).unwrap(), b"i");
        assert_eq!(assets::list_assets("assets", "", 9).unwrap().len(), 2);
    }
}
