//! The file of the audit log: appended to, and put aside when it is full.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use flate2::{Compression, write::GzEncoder};
use wasmoat_model::now_ms;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// When a file is put aside, and what becomes of those that were. 0 is never, and all.
#[derive(Clone, Debug, Default)]
pub(super) struct Rotation {
    pub(super) bytes: u64,
    pub(super) days: u64,
    pub(super) backups: usize,
    pub(super) compress: bool,
}

/// The open file, if there is one.
#[derive(Debug, Default)]
pub(super) struct AuditFile(Option<(PathBuf, File, u64)>);

impl AuditFile {
    /// Appends lines; a file that they would overfill is put aside before.
    pub(super) fn write(&mut self, path: &Path, rotation: &Rotation, lines: &[String]) -> io::Result<()> {
        let mut text = String::new();
        for line in lines {
            text.push_str(line);
            text.push('\n');
        }
        let more = u64::try_from(text.len()).unwrap_or(u64::MAX);
        let mut open = match self.0.take() {
            // Somebody may have put the file aside from outside, as logrotate does.
            Some(open) if open.0 == path && path.exists() => open,
            _ => open_file(path)?,
        };
        if rotation.bytes > 0 && open.2 > 0 && open.2.saturating_add(more) > rotation.bytes {
            put_aside(path, rotation)?;
            open = open_file(path)?;
        }
        open.1.write_all(text.as_bytes())?;
        open.2 = open.2.saturating_add(more);
        self.0 = Some(open);
        Ok(())
    }
}

fn open_file(path: &Path) -> io::Result<(PathBuf, File, u64)> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    let size = file.metadata()?.len();
    Ok((path.to_owned(), file, size))
}

/// What the names of files put aside begin with.
fn prefix(path: &Path) -> String {
    format!("{}-", path.file_stem().unwrap_or_default().to_string_lossy())
}

fn put_aside(path: &Path, rotation: &Rotation) -> io::Result<()> {
    let end = path.extension().map(|end| format!(".{}", end.to_string_lossy())).unwrap_or_default();
    let mut time = now_ms();
    let mut aside = path.with_file_name(format!("{}{time}{end}", prefix(path)));
    while aside.exists() || aside.with_added_extension("gz").exists() {
        time += 1;
        aside = path.with_file_name(format!("{}{time}{end}", prefix(path)));
    }
    fs::rename(path, &aside)?;
    if rotation.compress {
        let mut packed = GzEncoder::new(File::create(aside.with_added_extension("gz"))?, Compression::default());
        io::copy(&mut File::open(&aside)?, &mut packed)?;
        packed.finish()?.sync_all()?;
        fs::remove_file(&aside)?;
    }
    prune(path, rotation)
}

/// Deletes what was put aside too long ago, and the oldest of what is too much.
fn prune(path: &Path, rotation: &Rotation) -> io::Result<()> {
    let Some(folder) = path.parent() else { return Ok(()) };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let prefix = prefix(path);
    let mut aside = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.strip_prefix(&prefix).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
            aside.push((name, entry.path(), entry.metadata()?.modified()?));
        }
    }
    // Names carry the time.
    aside.sort();
    let surplus = if rotation.backups > 0 { aside.len().saturating_sub(rotation.backups) } else { 0 };
    let oldest = u32::try_from(rotation.days).ok().filter(|days| *days > 0).map(|days| SystemTime::now() - DAY * days);
    for (place, (_, path, modified)) in aside.iter().enumerate() {
        if place < surplus || oldest.is_some_and(|oldest| *modified < oldest) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_file_is_put_aside_and_the_oldest_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.log");
        let rotation = Rotation { bytes: 10, backups: 2, compress: true, ..Rotation::default() };
        let mut file = AuditFile::default();
        for _ in 0..5 {
            file.write(&path, &rotation, &["12345678".to_owned()]).unwrap();
        }
        let mut names: Vec<String> =
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names.len(), 3, "{names:?}");
        assert!(names[0].starts_with("audit-") && names[0].ends_with(".log.gz"), "{names:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "12345678\n");
    }
}
