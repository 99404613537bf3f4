//! Compiled code on disk, authenticated before it is trusted.
//!
//! Compiled code is machine code: whoever can put a file here runs code in the server. So every
//! file begins with a keyed BLAKE3 of its content, digest and engine; the key lies beside the
//! cache, readable by the server's user alone. A file that does not match is not read any further
//! and is made anew. A file of another engine version has another name.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use wasmtime::{Engine, component::Component};

const KEY_BYTES: usize = 32;
const MAC_BYTES: usize = 32;

/// The cache of one server.
#[derive(Debug)]
pub(crate) struct CodeCache {
    directory: PathBuf,
    key: [u8; KEY_BYTES],
    engine: String,
}

impl CodeCache {
    /// Opens the cache of a directory; makes the directory and its key where they are missing.
    pub(crate) fn open(directory: &Path, engine: &Engine) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        let key = read_key(&directory.join("key"))?;
        Ok(Self { directory: directory.to_owned(), key, engine: engine_name(engine) })
    }

    /// The code of a digest, if it is there and authentic.
    pub(crate) fn load(&self, engine: &Engine, digest: &str) -> Option<Component> {
        let path = self.path(digest);
        let bytes = fs::read(&path).ok()?;
        let (mac, code) = bytes.split_at_checked(MAC_BYTES)?;
        // blake3's hashes compare in constant time.
        if self.mac(digest, code) != <[u8; MAC_BYTES]>::try_from(mac).ok()? {
            tracing::warn!(path = %path.display(), "compiled code is not authentic; it is made anew");
            return None;
        }
        trusted::deserialize(engine, code)
            .inspect_err(|error| tracing::warn!(path = %path.display(), "compiled code does not load: {error:#}"))
            .ok()
    }

    /// Keeps the code of a digest. A cache that cannot be written costs time, not plugins.
    pub(crate) fn store(&self, digest: &str, component: &Component) {
        if let Err(error) = self.try_store(digest, component) {
            tracing::warn!(directory = %self.directory.display(), "compiled code is not kept: {error:#}");
        }
    }

    fn try_store(&self, digest: &str, component: &Component) -> wasmtime::Result<()> {
        let code = component.serialize()?;
        let mut bytes = Vec::with_capacity(MAC_BYTES + code.len());
        bytes.extend_from_slice(self.mac(digest, &code).as_bytes());
        bytes.extend_from_slice(&code);
        let path = self.path(digest);
        // Written beside and renamed, so that nobody reads half a file.
        let temporary = path.with_extension("new");
        fs::write(&temporary, bytes)?;
        fs::rename(&temporary, &path)?;
        Ok(())
    }

    fn mac(&self, digest: &str, code: &[u8]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        for part in [self.engine.as_bytes(), digest.as_bytes(), code] {
            hasher.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            hasher.update(part);
        }
        hasher.finalize()
    }

    fn path(&self, digest: &str) -> PathBuf {
        self.directory.join(format!("{digest}-{}.cwasm", self.engine))
    }
}

/// Names the engine's version, settings and machine: code of one engine is nothing to another.
fn engine_name(engine: &Engine) -> String {
    use std::hash::{Hash as _, Hasher as _};
    let mut hasher = std::hash::DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn read_key(path: &Path) -> io::Result<[u8; KEY_BYTES]> {
    match fs::read(path) {
        Ok(bytes) => <[u8; KEY_BYTES]>::try_from(bytes.as_slice()).map_err(|_wrong_length| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{}: not a key of {KEY_BYTES} bytes; delete it", path.display()),
            )
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key: [u8; KEY_BYTES] = rand::random();
            write_private(path, &key)?;
            Ok(key)
        }
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(not(unix))]
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::write(path, bytes)
}

/// The one unsafe step of the project.
mod trusted {
    #![allow(unsafe_code, reason = "loading compiled code is trusting it; the caller has authenticated it")]

    use wasmtime::{Engine, component::Component};

    /// Loads code that this server compiled: its authentication code has been checked.
    pub(super) fn deserialize(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
        // SAFETY: the bytes were written by `CodeCache::store` from `Component::serialize`, as the
        // keyed hash over them shows, which only this server's user can make.
        unsafe { Component::deserialize(engine, code) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(engine: &Engine) -> Component {
        Component::new(engine, b"\0asm\x0d\0\x01\0").unwrap()
    }

    #[test]
    fn code_is_loaded_as_it_was_kept() {
        let directory = tempfile::tempdir().unwrap();
        let engine = Engine::default();
        let cache = CodeCache::open(directory.path(), &engine).unwrap();
        assert!(cache.load(&engine, "d1").is_none());
        cache.store("d1", &component(&engine));
        assert!(cache.load(&engine, "d1").is_some());
        // Another process of the same server.
        assert!(CodeCache::open(directory.path(), &engine).unwrap().load(&engine, "d1").is_some());
    }

    #[test]
    fn forged_code_is_not_loaded() {
        let directory = tempfile::tempdir().unwrap();
        let engine = Engine::default();
        let cache = CodeCache::open(directory.path(), &engine).unwrap();
        cache.store("d1", &component(&engine));
        let path = cache.path("d1");
        let honest = fs::read(&path).unwrap();

        let mut flipped = honest.clone();
        *flipped.last_mut().unwrap() ^= 1;
        fs::write(&path, flipped).unwrap();
        assert!(cache.load(&engine, "d1").is_none(), "a bit differs");

        fs::write(&path, &honest[..20]).unwrap();
        assert!(cache.load(&engine, "d1").is_none(), "cut off");

        fs::write(cache.path("d2"), &honest).unwrap();
        assert!(cache.load(&engine, "d2").is_none(), "the code of another plugin");

        let elsewhere = tempfile::tempdir().unwrap();
        let other = CodeCache::open(elsewhere.path(), &engine).unwrap();
        fs::write(other.path("d1"), &honest).unwrap();
        assert!(other.load(&engine, "d1").is_none(), "another server's key");
    }

    #[cfg(unix)]
    #[test]
    fn the_key_is_for_the_servers_user_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        CodeCache::open(directory.path(), &Engine::default()).unwrap();
        let mode = fs::metadata(directory.path().join("key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
