use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use tar::{Builder, EntryType, Header};

use super::*;

const MANIFEST: &[u8] = br#"{"id": "moat", "version": "1.0.0", "server": {"executable": "server/moat.wasm"}}"#;

/// An archive, entry by entry; names are written as they are, however bad.
struct Tar(Builder<GzEncoder<Vec<u8>>>);

impl Tar {
    fn new() -> Self {
        Self(Builder::new(GzEncoder::new(Vec::new(), Compression::best())))
    }

    fn entry(mut self, name: &str, kind: EntryType, content: &[u8]) -> Self {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        if kind == EntryType::Symlink || kind == EntryType::Link {
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_cksum();
        self.0.append(&header, content).unwrap();
        self
    }

    fn file(self, name: &str, content: &[u8]) -> Self {
        self.entry(name, EntryType::Regular, content)
    }

    fn bytes(self) -> Vec<u8> {
        self.0.into_inner().unwrap().finish().unwrap()
    }
}

/// Unpacks, and checks that a refused upload leaves nothing behind.
fn try_unpack(bytes: impl Into<Bytes>) -> Result<(Manifest, Bytes), AppError> {
    let scratch = tempfile::tempdir().unwrap();
    let result = unpack(bytes.into(), "moat.tar.gz", scratch.path()).map(|unpacked| {
        let files = unpacked.files.unwrap();
        assert!(files.root.starts_with(scratch.path()) && files.root.is_dir());
        (unpacked.manifest, unpacked.component)
    });
    assert_eq!(scratch.path().read_dir().unwrap().count(), 0, "something was left behind");
    result
}

#[test]
fn files_may_be_in_the_root_or_in_the_only_folder() {
    for prefix in ["", "./", "moat/", "./moat/"] {
        let tar = Tar::new()
            .file(&format!("{prefix}plugin.json"), MANIFEST)
            .file(&format!("{prefix}server/moat.wasm"), b"component")
            .file(&format!("{prefix}public/other.wasm"), b"for browsers");
        let (manifest, component) = try_unpack(tar.bytes()).unwrap();
        assert_eq!((manifest.id.as_str(), &component[..]), ("moat", b"component".as_slice()), "{prefix}");
    }
}

#[test]
fn the_only_component_need_not_be_named() {
    let tar = Tar::new().file("plugin.json", br#"{"id": "moat"}"#).file("dist/x.wasm", b"component");
    assert_eq!(try_unpack(tar.bytes()).unwrap().1, "component");
}

#[test]
fn an_archive_that_leads_elsewhere_is_refused() {
    for name in ["../evil", "moat/../../evil", "/etc/evil", "c:\\evil", "..\\evil"] {
        let error = try_unpack(Tar::new().file("plugin.json", MANIFEST).file(name, b"x").bytes()).unwrap_err();
        assert_eq!((error.id.as_str(), error.status_code), ("app.plugin.extract.app_error", 400), "{name}");
        assert!(error.message.contains("leads out of its folder"), "{}", error.message);
    }
}

#[test]
fn links_and_devices_are_refused() {
    for kind in [EntryType::Symlink, EntryType::Link, EntryType::Char, EntryType::Block, EntryType::Fifo] {
        let error = try_unpack(Tar::new().entry("link", kind, b"").file("plugin.json", MANIFEST).bytes()).unwrap_err();
        assert!(error.message.contains("not a plain file"), "{}", error.message);
    }
}

#[test]
fn a_bomb_is_refused_before_it_unpacks() {
    let zeros = vec![0; 32 << 20];
    let error = try_unpack(Tar::new().file("plugin.json", MANIFEST).file("zeros", &zeros).bytes()).unwrap_err();
    assert!(error.message.contains("200 times its size"), "{}", error.message);
    let mut many = Tar::new().file("plugin.json", MANIFEST);
    for number in 0..MAX_ENTRIES {
        many = many.file(&format!("f{number}"), b"");
    }
    let error = try_unpack(many.bytes()).unwrap_err();
    assert!(error.message.contains("entries"), "{}", error.message);
    assert_eq!(check_size(MAX_UPLOAD_BYTES + 1).unwrap_err().status_code, 413);
}

#[test]
fn a_manifest_must_be_there_once() {
    for (tar, text) in [
        (Tar::new().file("readme", b"x"), "no manifest"),
        (Tar::new().file("a/plugin.json", MANIFEST).file("b/plugin.json", MANIFEST), "no manifest"),
        (Tar::new().file("plugin.json", MANIFEST).file("plugin.json", MANIFEST), "twice"),
        (Tar::new().file("plugin.json", MANIFEST).file("plugin.yaml", b"id: moat"), "several manifests"),
        (Tar::new().file("plugin.json", MANIFEST), "no WebAssembly component"),
        (Tar::new().file("plugin.json", MANIFEST).file("a.wasm", b"").file("b.wasm", b""), "2 `.wasm` files"),
        (Tar::new().file("x", b"").file("x/plugin.json", MANIFEST), "twice"),
    ] {
        let error = try_unpack(tar.bytes()).unwrap_err();
        assert_eq!(error.status_code, 400);
        assert!(error.message.contains(text), "{text}: {}", error.message);
    }
}

#[test]
fn a_file_that_is_cut_off_is_refused() {
    let whole = Tar::new().file("plugin.json", MANIFEST).file("server/moat.wasm", &[7; 4_096]).bytes();
    for length in [2, 10, whole.len() / 2, whole.len() - 12] {
        let error = try_unpack(whole[..length].to_vec()).unwrap_err();
        assert_eq!(error.status_code, 400, "{length}");
    }
    let mut garbage = vec![0x1f, 0x8b];
    garbage.write_all(b"not gzip at all").unwrap();
    assert_eq!(try_unpack(garbage).unwrap_err().status_code, 400);
}
