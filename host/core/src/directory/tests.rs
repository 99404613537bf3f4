use std::{fs, os::unix::fs::symlink};

use super::*;

/// A plugin's files on a disk of their own.
struct Disk {
    folder: tempfile::TempDir,
    used: Measure,
    limits: Limits,
}

impl Disk {
    fn new(bytes: u64, files: u64) -> Self {
        let limits = Limits { directory_bytes: bytes, directory_files: files, ..Limits::default() };
        Self { folder: tempfile::tempdir().unwrap(), used: Measure::default(), limits }
    }

    fn files(&mut self) -> Opened<'_> {
        let home = self.folder.path().to_owned();
        Opened { tree: open(&home).unwrap(), home, used: &mut self.used, limits: &self.limits }
    }

    /// The path of a file past the plugin.
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(FILES).join(name)
    }

    /// What is used is what lies there.
    fn check(&mut self) -> (u64, u64) {
        let counted = self.files().tree.measure(&path("")).unwrap();
        assert_eq!((counted.bytes, counted.files), (self.used.bytes, self.used.files));
        (counted.bytes, counted.files)
    }
}

fn path(text: &str) -> RelativePath {
    RelativePath::parse(text).unwrap()
}

fn refused<T: std::fmt::Debug>(result: Result<T, DirectoryError>) -> (String, u16) {
    let error = result.unwrap_err().app_error("Test");
    let status = u16::try_from(error.status_code).unwrap();
    (error.id.trim_start_matches("app.plugin.directory.").trim_end_matches(".app_error").to_owned(), status)
}

#[test]
fn what_is_used_is_counted_through_every_change() {
    let mut disk = Disk::new(1_000, 100);
    let mut files = disk.files();
    files.write(&path("a/b/c"), b"12345").unwrap();
    files.write(&path("a/b/c"), b"123").unwrap();
    assert_eq!(files.write_at(&path("a/d"), Some(10), b"x").unwrap(), 11);
    assert_eq!(files.write_at(&path("a/d"), None, b"yz").unwrap(), 13);
    assert_eq!(files.write_at(&path("e"), Some(500), b"").unwrap(), 0);
    assert_eq!(disk.check(), (16, 5));
    let mut files = disk.files();
    files.rename(&path("a/b/c"), &path("a/d")).unwrap();
    files.rename(&path("a"), &path("new/a")).unwrap();
    assert_eq!(disk.check(), (3, 5));
    let mut files = disk.files();
    assert!(files.remove(&path("new")).unwrap());
    assert!(!files.remove(&path("new")).unwrap());
    assert_eq!(disk.check(), (0, 1));
}

#[test]
fn beyond_the_quota_nothing_is_written() {
    let mut disk = Disk::new(10, 3);
    disk.files().write(&path("a/b"), b"12345").unwrap();
    let quota = ("quota".to_owned(), 413);
    let mut files = disk.files();
    assert_eq!(refused(files.write(&path("c"), b"123456")), quota, "bytes");
    assert_eq!(refused(files.write_at(&path("a/b"), Some(u64::MAX), b"1")), quota, "an offset that overflows");
    assert_eq!(refused(files.write_at(&path("a/b"), Some(10), b"1")), quota, "a hole counts");
    assert_eq!(refused(files.write(&path("x/y/z"), b"")), quota, "folders count as files");
    files.write(&path("a/b"), b"1234567890").unwrap();
    let error = files.write(&path("c"), b"1").unwrap_err().to_string();
    assert!(error.contains("would be 11; the limit `directory_bytes` is 10"), "{error}");
    assert_eq!(disk.check(), (10, 2));
    // Where the limit was lowered below what is there, less is always possible.
    disk.limits.directory_bytes = 5;
    disk.files().write(&path("a/b"), b"1234567").unwrap();
    assert_eq!(refused(disk.files().write(&path("a/b"), b"12345678")), quota);
}

#[test]
fn a_link_that_somebody_planted_leads_nowhere() {
    let mut disk = Disk::new(1_000, 100);
    let secret = tempfile::tempdir().unwrap();
    fs::write(secret.path().join("secret"), "secret").unwrap();
    disk.files().write(&path("inside/file"), b"mine").unwrap();
    symlink(secret.path(), disk.path("folder")).unwrap();
    symlink(secret.path().join("secret"), disk.path("file")).unwrap();
    symlink("inside", disk.path("harmless")).unwrap();
    let mut files = disk.files();
    for target in ["file", "folder/secret", "harmless/file"] {
        assert_eq!(files.tree.read(&path(target), 0, 100).unwrap(), None, "{target}");
        files.write(&path(target), b"overwritten").unwrap_err();
        files.write_at(&path(target), Some(0), b"overwritten").unwrap_err();
        files.rename(&path(target), &path("taken")).unwrap_err();
    }
    for target in ["folder", "harmless"] {
        assert!(files.tree.list(&path(target), "", 100).unwrap_or_default().is_none(), "{target}");
    }
    files.rename(&path("inside/file"), &path("folder/put")).unwrap_err();
    let listed = files.tree.list(&path(""), "", 100).unwrap().unwrap();
    assert_eq!(listed.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(), ["inside"]);
    assert_eq!(fs::read_to_string(secret.path().join("secret")).unwrap(), "secret");
    // Removing takes the link and not what it leads to.
    assert!(files.remove(&path("folder")).unwrap() && files.remove(&path("file")).unwrap());
    assert_eq!(fs::read_dir(secret.path()).unwrap().count(), 1);
}

#[test]
fn nothing_is_replaced_that_is_no_file() {
    let mut disk = Disk::new(1_000, 100);
    let mut files = disk.files();
    files.write(&path("a/b"), b"1").unwrap();
    files.write(&path("c"), b"2").unwrap();
    let conflict = ("conflict".to_owned(), 409);
    assert_eq!(refused(files.write(&path("a"), b"")), conflict);
    assert_eq!(refused(files.write(&path("c/d"), b"")), conflict);
    assert_eq!(refused(files.rename(&path("c"), &path("a"))), conflict);
    assert_eq!(refused(files.rename(&path("a"), &path("c"))), conflict);
    assert_eq!(refused(files.rename(&path("a"), &path("a/b/c"))), ("path".to_owned(), 400));
    assert_eq!(refused(files.rename(&path("x"), &path("y"))), ("not_found".to_owned(), 404));
    assert_eq!(refused(files.write(&path(""), b"")), ("path".to_owned(), 400));
    assert_eq!(refused(files.remove(&path(""))), ("path".to_owned(), 400));
}

#[test]
fn folders_cannot_be_nested_deeper_than_a_path_by_moving_them() {
    let mut disk = Disk::new(1_000, 1_000);
    let mut files = disk.files();
    let deep = vec!["d"; 31].join("/");
    files.write(&path(&format!("{deep}/f")), b"").unwrap();
    files.write(&path("e/e/f"), b"").unwrap();
    assert_eq!(refused(files.rename(&path("d"), &path("e/e/d"))), ("path".to_owned(), 400));
    let long = vec!["n".repeat(200); 4].join("/");
    files.write(&path(&format!("{long}/f")), b"").unwrap();
    let target = format!("{m}/{m}/x", m = "m".repeat(250));
    assert_eq!(refused(files.rename(&path(&"n".repeat(200)), &path(&target))), ("path".to_owned(), 400));
    disk.check();
}

#[test]
fn a_folder_is_listed_page_by_page() {
    let mut disk = Disk::new(1_000, 100);
    for name in ["b", "a", "c", "B"] {
        disk.files().write(&path(name), name.as_bytes()).unwrap();
    }
    let names = |after: &str, most| -> Vec<String> {
        let listed = Tree::open(&disk.path("")).unwrap().list(&path(""), after, most).unwrap().unwrap();
        listed.into_iter().map(|entry| entry.name).collect()
    };
    assert_eq!(names("", 2), ["B", "a"]);
    assert_eq!(names("a", 2), ["b", "c"]);
    assert!(names("c", 2).is_empty());
}

#[test]
fn reading_ends_with_the_file() {
    let mut disk = Disk::new(1_000, 100);
    let mut files = disk.files();
    files.write(&path("a"), b"0123456789").unwrap();
    let read = |offset, length| files.tree.read(&path("a"), offset, length).unwrap().unwrap();
    assert_eq!(read(8, u32::MAX), b"89");
    assert!(read(10, 1).is_empty() && read(u64::MAX, 1).is_empty() && read(0, 0).is_empty());
    assert_eq!(files.tree.read(&path("none"), 0, 1).unwrap(), None);
}
