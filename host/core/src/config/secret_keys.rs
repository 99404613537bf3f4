//! The keys that secrets are encrypted with.
//!
//! They stand one a line, as 32 bytes in base64: the first encrypts, all of them decrypt. So a new
//! key is put before the old one, and the old one goes once everything has been saved anew. They
//! come from the environment (`WASMOAT_SECRET_KEY`), else from a file (`WASMOAT_SECRET_KEY_FILE`,
//! or `secret.key` in the data folder), which is made at the first start for its owner alone.
//!
//! A key that is missing or wrong does not end the start: what it encrypted stays as it is, and
//! says so where it is used. No key is made beside secrets that need another one.

use std::{
    fmt, fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use ring::aead::{AES_256_GCM, LessSafeKey, NONCE_LEN, UnboundKey};

const KEY_BYTES: usize = 32;

/// The keys themselves, separated by white space.
const VARIABLE: &str = "WASMOAT_SECRET_KEY";

/// Where they are kept.
const FILE_VARIABLE: &str = "WASMOAT_SECRET_KEY_FILE";

/// Where they are kept unless that is set.
const FILE: &str = "secret.key";

/// Why a secret cannot be encrypted or decrypted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SecretError {
    /// There is no key at all.
    #[error("there is no key: {0}")]
    NoKey(String),
    /// Another key encrypted it.
    #[error("it was encrypted with the key {key}, which is not in {source_name}")]
    OtherKey { key: String, source_name: String },
    /// Altered, or meant for another setting.
    #[error("it was altered, or encrypted for another plugin or setting (key {key} of {source_name})")]
    Forged { key: String, source_name: String },
    /// No secret of a known format.
    #[error("it is in a format that this server does not know")]
    Format,
}

/// One key.
pub(super) struct Key {
    /// Its name: part of a hash of it.
    pub(super) id: String,
    pub(super) cipher: LessSafeKey,
}

/// The keys of one server.
pub(super) struct SecretKeys {
    keys: Vec<Key>,
    /// Where they come from, for errors.
    source: String,
    /// Why there are none.
    problem: String,
}

/// Nothing of the keys themselves.
impl fmt::Debug for SecretKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<&str> = self.keys.iter().map(|key| key.id.as_str()).collect();
        formatter.debug_struct("SecretKeys").field("ids", &ids).field("source", &self.source).finish_non_exhaustive()
    }
}

impl SecretKeys {
    /// Reads the keys; makes the file where there is none, unless secrets wait for their key.
    pub(super) fn open(data: &Path, variables: &[(String, String)], secrets_exist: bool) -> Self {
        let variable = |wanted: &str| {
            variables.iter().find(|(name, value)| name == wanted && !value.trim().is_empty()).map(|(_, value)| value)
        };
        if let Some(text) = variable(VARIABLE) {
            return Self::read(text, format!("the environment variable {VARIABLE}"));
        }
        let path = variable(FILE_VARIABLE).map_or_else(|| data.join(FILE), PathBuf::from);
        let source = format!("the file `{}`", path.display());
        match fs::read_to_string(&path) {
            Ok(text) => Self::read(&text, source),
            Err(error) if error.kind() == io::ErrorKind::NotFound && secrets_exist => {
                Self::none(source.clone(), format!("{source} is missing, and the configuration holds secrets"))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let text = BASE64.encode(rand::random::<[u8; KEY_BYTES]>());
                match write_private(&path, &text) {
                    Ok(()) => Self::read(&text, source),
                    Err(error) => Self::none(source.clone(), format!("{source} cannot be made: {error}")),
                }
            }
            Err(error) => Self::none(source.clone(), format!("{source} cannot be read: {error}")),
        }
    }

    fn none(source: String, problem: String) -> Self {
        tracing::error!(problem, "plugins' secrets cannot be encrypted or decrypted");
        Self { keys: Vec::new(), source, problem }
    }

    fn read(text: &str, source: String) -> Self {
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
        let keys: Option<Vec<Key>> = lines.flat_map(str::split_whitespace).map(Key::read).collect();
        match keys {
            // A file with one bad line has none: the key that is meant to encrypt may be that line.
            None => {
                Self::none(source.clone(), format!("{source} holds something else than {KEY_BYTES} bytes in base64"))
            }
            Some(keys) if keys.is_empty() => Self::none(source.clone(), format!("{source} is empty")),
            Some(keys) => Self { keys, source, problem: String::new() },
        }
    }

    /// The key that encrypts.
    pub(super) fn first(&self) -> Result<&Key, SecretError> {
        self.keys.first().ok_or_else(|| SecretError::NoKey(self.problem.clone()))
    }

    /// The key of a name.
    pub(super) fn get(&self, id: &str) -> Result<&Key, SecretError> {
        self.first()?;
        let other = || SecretError::OtherKey { key: id.to_owned(), source_name: self.source.clone() };
        self.keys.iter().find(|key| key.id == id).ok_or_else(other)
    }

    /// What a key of ours did not encrypt, though it says so.
    pub(super) fn forged(&self, key: &Key) -> SecretError {
        SecretError::Forged { key: key.id.clone(), source_name: self.source.clone() }
    }
}

impl Key {
    fn read(text: &str) -> Option<Self> {
        let bytes = BASE64.decode(text).ok().filter(|bytes| bytes.len() == KEY_BYTES)?;
        let id = blake3::derive_key("wasmoat 2026 name of a secret key", &bytes);
        let id = id.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Some(Self { id, cipher: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &bytes).ok()?) })
    }
}

/// A number that is used once. 96 random bits do for four thousand million secrets of one key.
pub(super) fn nonce() -> [u8; NONCE_LEN] {
    rand::random()
}

/// A new file for its owner alone, whole or not at all.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    writeln!(file, "{text}")?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    Ok(())
}
