//! The Plugin API's `directory`.

use wasmoat_model::AppError;
use wasmoat_runtime::bindings::directory::{Entry as WitEntry, EntryKind, Host, Usage};

use super::{DirectoryError, Entry, Kind, RelativePath};
use crate::api::Api;

/// Links and the like are nothing to a plugin.
fn shown(entry: Entry) -> Option<WitEntry> {
    let kind = match entry.kind {
        Kind::File => EntryKind::File,
        Kind::Folder => EntryKind::Folder,
        Kind::Other => return None,
    };
    Some(WitEntry { name: entry.name, kind, size: entry.size, modified_at: entry.modified_at })
}

impl Host for Api<'_> {
    async fn read(&mut self, path: String, offset: u64, length: u32) -> Result<Vec<u8>, AppError> {
        let work = move |tree: &super::Tree| {
            let read = tree.read(&RelativePath::parse(&path)?, offset, length)?;
            read.ok_or(DirectoryError::Absent("file"))
        };
        self.core.read_directory("Directory.Read", &self.caller, work).await
    }

    async fn write(&mut self, path: String, bytes: Vec<u8>) -> Result<(), AppError> {
        let path = parse("Directory.Write", &path)?;
        self.core.change_directory("Directory.Write", &self.caller, move |files| files.write(&path, &bytes)).await
    }

    async fn write_at(&mut self, path: String, offset: u64, bytes: Vec<u8>) -> Result<(), AppError> {
        let at = "Directory.WriteAt";
        let path = parse(at, &path)?;
        let work = move |files: &mut super::Opened<'_>| files.write_at(&path, Some(offset), &bytes).map(drop);
        self.core.change_directory(at, &self.caller, work).await
    }

    async fn append(&mut self, path: String, bytes: Vec<u8>) -> Result<u64, AppError> {
        let at = "Directory.Append";
        let path = parse(at, &path)?;
        self.core.change_directory(at, &self.caller, move |files| files.write_at(&path, None, &bytes)).await
    }

    async fn list_entries(&mut self, path: String, after: String, most: u32) -> Result<Vec<WitEntry>, AppError> {
        let work = move |tree: &super::Tree| {
            let listed = tree.list(&RelativePath::parse(&path)?, &after, most)?;
            let listed = listed.ok_or(DirectoryError::Absent("folder"))?;
            Ok(listed.into_iter().filter_map(shown).collect())
        };
        self.core.read_directory("Directory.ListEntries", &self.caller, work).await
    }

    async fn metadata(&mut self, path: String) -> Result<Option<WitEntry>, AppError> {
        let work = move |tree: &super::Tree| Ok(tree.entry(&RelativePath::parse(&path)?)?.and_then(shown));
        self.core.read_directory("Directory.Metadata", &self.caller, work).await
    }

    async fn remove(&mut self, path: String) -> Result<bool, AppError> {
        let at = "Directory.Remove";
        let path = parse(at, &path)?;
        self.core.change_directory(at, &self.caller, move |files| files.remove(&path)).await
    }

    async fn rename(&mut self, path: String, to: String) -> Result<(), AppError> {
        let at = "Directory.Rename";
        let (path, to) = (parse(at, &path)?, parse(at, &to)?);
        self.core.change_directory(at, &self.caller, move |files| files.rename(&path, &to)).await
    }

    async fn get_usage(&mut self) -> Result<Usage, AppError> {
        let work = |files: &mut super::Opened<'_>| {
            let (used, limits) = (*files.used, files.limits);
            Ok(Usage {
                bytes: used.bytes,
                files: used.files,
                most_bytes: limits.directory_bytes,
                most_files: limits.directory_files,
            })
        };
        self.core.change_directory("Directory.GetUsage", &self.caller, work).await
    }
}

fn parse(at: &str, path: &str) -> Result<RelativePath, AppError> {
    RelativePath::parse(path).map_err(|error| DirectoryError::from(error).app_error(at))
}
