//! Mattermost's bundles: a gzip-compressed tar with a manifest; also such as nobody should make.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use serde_json::json;
use tar::{EntryType, Header};

/// Size of everything in an archive.
const BLOCK: usize = 512;

/// A bundle that is being made: the tar so far.
#[derive(Debug, Default)]
pub struct Bundle(Vec<u8>);

impl Bundle {
    /// A bundle with a manifest of this id.
    #[must_use]
    pub fn new(id: &str) -> Self {
        let manifest = json!({
            "id": id, "name": id, "version": "1.0.0", "server": {"executable": "plugin.wasm"},
            "wasmoat": {"plugins": {"*": "To call whatever a test names."}},
        });
        Self::default().file("plugin.json", manifest.to_string().as_bytes())
    }

    /// With one file more. The name is taken as it is, whatever it is.
    #[must_use]
    pub fn file(self, name: &str, content: &[u8]) -> Self {
        self.entry(EntryType::Regular, name, "", content)
    }

    /// With one folder more.
    #[must_use]
    pub fn folder(self, name: &str) -> Self {
        self.entry(EntryType::Directory, name, "", b"")
    }

    /// With a symbolic link.
    #[must_use]
    pub fn symlink(self, name: &str, target: &str) -> Self {
        self.entry(EntryType::Symlink, name, target, b"")
    }

    /// With a hard link.
    #[must_use]
    pub fn hard_link(self, name: &str, target: &str) -> Self {
        self.entry(EntryType::Link, name, target, b"")
    }

    fn entry(mut self, kind: EntryType, name: &str, link: &str, content: &[u8]) -> Self {
        let mut header = Header::new_ustar();
        // Past the checks of the crate, which would refuse to write what tests must write.
        let fields = header.as_old_mut();
        for (field, text) in [(&mut fields.name, name), (&mut fields.linkname, link)] {
            field.iter_mut().zip(text.bytes()).for_each(|(place, byte)| *place = byte);
        }
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_size(u64::try_from(content.len()).unwrap_or(u64::MAX));
        header.set_cksum();
        self.0.extend_from_slice(header.as_bytes());
        self.0.extend_from_slice(content);
        self.0.resize(self.0.len().next_multiple_of(BLOCK), 0);
        self
    }

    /// The archive.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 2 * BLOCK, 0);
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(&self.0).expect("writing to memory");
        gzip.finish().expect("writing to memory")
    }
}

/// A component under another id, as a bundle.
#[must_use]
pub fn renamed(component: &[u8], id: &str) -> Vec<u8> {
    Bundle::new(id).file("plugin.wasm", component).finish()
}
