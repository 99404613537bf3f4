//! What several targets have in common: archives made of parts, and a folder to unpack into that
//! must be empty afterwards.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a fuzz target reports by panicking")]

use std::{io::Write as _, path::PathBuf, sync::LazyLock};

use flate2::{Compression, write::GzEncoder};
use tempfile::TempDir;

/// Size of everything in a tar.
const BLOCK: usize = 512;

/// The first bytes of a component.
pub const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

/// An entry of an archive, with whatever name and kind.
#[derive(Debug, arbitrary::Arbitrary)]
pub struct Entry<'a> {
    /// The type flag of the tar header: `0` is a file, `5` a folder, `2` a symbolic link.
    pub kind: u8,
    /// Its name, cut to the header's field.
    pub name: &'a [u8],
    /// Where a link leads.
    pub link: &'a [u8],
    /// Its content.
    pub content: &'a [u8],
    /// A size that the header claims instead of the content's own.
    pub claims: Option<u32>,
}

impl Entry<'_> {
    fn write(&self, tar: &mut Vec<u8>) {
        let mut header = [0_u8; BLOCK];
        let mut put = |at: usize, bytes: &[u8], most: usize| {
            header.iter_mut().skip(at).take(most).zip(bytes).for_each(|(place, byte)| *place = *byte);
        };
        let size = self.claims.map_or(self.content.len(), |size| size as usize);
        put(0, self.name, 100);
        put(100, b"0000644\0", 8);
        put(124, format!("{size:011o}\0").as_bytes(), 12);
        put(136, b"00000000000\0", 12);
        put(148, b"        ", 8);
        put(156, &[self.kind], 1);
        put(157, self.link, 100);
        put(257, b"ustar\x0000", 8);
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        let sum = format!("{sum:06o}\0 ");
        header.iter_mut().skip(148).zip(sum.bytes()).for_each(|(place, byte)| *place = byte);
        tar.extend_from_slice(&header);
        tar.extend_from_slice(self.content);
        tar.resize(tar.len().next_multiple_of(BLOCK), 0);
    }
}

/// A tar of entries.
#[must_use]
pub fn tar(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut tar = Vec::new();
    for entry in entries {
        entry.write(&mut tar);
    }
    tar.resize(tar.len() + 2 * BLOCK, 0);
    tar
}

/// What a bundle is compressed with.
#[must_use]
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).expect("writing to memory");
    gzip.finish().expect("writing to memory")
}

/// The folder that uploads are unpacked in, two floors down in one that nothing else is in.
static SCRATCH: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let outer = tempfile::tempdir().expect("a temporary folder");
    let inner = outer.path().join("a/b");
    std::fs::create_dir_all(&inner).expect("a temporary folder");
    // SAFETY: a fuzz target runs one input after the other, on one thread, and this is the first.
    unsafe { std::env::set_var("TMPDIR", &inner) };
    (outer, inner)
});

/// Reads an upload as the server does, and panics where anything is left of it outside or inside.
pub fn read_upload(bytes: Vec<u8>, file_name: &str) -> Option<(wasmoat_model::Manifest, Vec<u8>)> {
    let (outer, inner) = &*SCRATCH;
    // Its tidying up must be over before anybody looks.
    let read = wasmoat_core::plugins::read_upload(bytes.into(), file_name).ok();
    assert_eq!(count(inner), 0, "something was left where uploads are unpacked");
    assert_eq!((count(outer.path()), count(&outer.path().join("a"))), (1, 1), "something got out of the folder");
    read.map(|(manifest, component)| (manifest, component.to_vec()))
}

fn count(folder: &std::path::Path) -> usize {
    folder.read_dir().expect("it is there").count()
}

/// What holds for every manifest that is accepted.
pub fn check_manifest(manifest: &wasmoat_model::Manifest) {
    assert!(wasmoat_model::is_valid_plugin_id(&manifest.id), "{:?}", manifest.id);
    assert_eq!(manifest.id, manifest.id.to_lowercase());
    // It is kept as JSON, and must be the same when the server starts again.
    let text = serde_json::to_string(manifest).expect("a manifest has a JSON form");
    let again: wasmoat_model::Manifest = serde_json::from_str(&text).expect("what was written can be read");
    assert_eq!(&again, manifest);
    for setting in manifest.settings().filter(|setting| setting.secret) {
        assert!(manifest.is_secret(&setting.key.to_ascii_uppercase()));
    }
}
