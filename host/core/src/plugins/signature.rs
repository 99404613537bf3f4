//! Who signed a plugin: detached minisign signatures over the file as it is uploaded, component or
//! bundle, and the keys that are trusted (`PluginSettings.SignaturePublicKeyFiles`).
//!
//! A signature that comes with a file must be good, whatever is required. Where
//! `PluginSettings.RequirePluginSignature` is on, a file without one is not installed, and an
//! installed plugin is not started unless the file that it came from still verifies with a key that
//! is trusted now, and what lies on the disk is what was in that file. So the signed file is kept.
//! Every way in ends in [`Core::install_bundle`] and every start in [`Core::sync_plugins`]; both
//! ask here.
//!
//! Mattermost has OpenPGP signatures, and refuses every upload where they are required.

use std::{fs, path::Path, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use minisign_verify::{PublicKey, Signature};
use serde::{Deserialize, Serialize};
use wasmoat_model::AppError;

use super::{Installed, bundle, install::blocking};
use crate::{Core, config::Config};

/// Largest signature: two comments and two lines of base64.
pub const MAX_SIGNATURE_BYTES: usize = 8 << 10;

/// Largest file of a public key.
const MAX_KEY_BYTES: u64 = 8 << 10;

/// Where the name of a key stands, in a key as in a signature.
const KEY_ID: std::ops::Range<usize> = 2..10;

/// Who signed a plugin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signer {
    /// The key's name, as minisign shows it: 16 hexadecimal digits.
    pub key_id: String,
    /// What the signer wrote into the signature.
    pub trusted_comment: String,
}

/// Why a plugin's signature is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is none.
    #[error("it is not signed, and PluginSettings.RequirePluginSignature demands a signature")]
    Missing,
    /// It is no signature.
    #[error("the signature is no minisign signature: {0}")]
    Format(String),
    /// It is no public key.
    #[error("the public key is no minisign key: {0}")]
    Key(String),
    /// Nobody trusts the signer.
    #[error("it is signed with the key {key_id}, which is not trusted; {keys}")]
    Untrusted {
        /// The key that it is signed with.
        key_id: String,
        /// Those that are trusted, or why there are none.
        keys: String,
    },
    /// The signature is not that of the file.
    #[error("the signature by the key {0} is not that of this file: one of the two was altered, or is another's")]
    Mismatch(String),
}

fn key_id(bytes: &[u8]) -> Option<String> {
    let id = bytes.get(KEY_ID)?.try_into().ok()?;
    // minisign shows it as a number.
    Some(format!("{:016X}", u64::from_le_bytes(id)))
}

/// The key's name in the second of the lines, as a key and a signature have it.
fn key_id_of(text: &str) -> Option<String> {
    let line = text.lines().nth(1).or_else(|| text.lines().next())?;
    key_id(&BASE64.decode(line.trim()).ok()?)
}

impl Signer {
    /// Whom a signature names. It says nothing about whether the signature is good.
    #[must_use]
    pub fn named_by(signature: &str) -> Option<Self> {
        let decoded = Signature::decode(signature).ok()?;
        Some(Self { key_id: key_id_of(signature)?, trusted_comment: decoded.trusted_comment().to_owned() })
    }
}

/// Checks a signature over a file against the text of one public key.
///
/// # Errors
///
/// Where one of the three is not what it should be.
pub fn verify_signature(file: &[u8], signature: &str, public_key: &str) -> Result<Signer, SignatureError> {
    let key = TrustedKey::read("the key", public_key).map_err(SignatureError::Key)?;
    let id = key.id.clone();
    let verified = TrustedKeys { keys: vec![key], unreadable: Vec::new() }.verify(file, signature);
    verified.map_err(|error| match error {
        SignatureError::Untrusted { key_id, .. } => {
            SignatureError::Untrusted { key_id, keys: format!("the key given is {id}") }
        }
        other => other,
    })
}

struct TrustedKey {
    id: String,
    key: PublicKey,
}

impl TrustedKey {
    fn read(name: &str, text: &str) -> Result<Self, String> {
        // A file of minisign has a comment above the key; the key alone does as well.
        let text = text.trim();
        let key = if text.lines().count() > 1 { PublicKey::decode(text) } else { PublicKey::from_base64(text) };
        let key = key.map_err(|error| format!("{name}: {error}"))?;
        let id = key_id_of(text).ok_or_else(|| format!("{name}: it has no name"))?;
        Ok(Self { id, key })
    }
}

/// The keys that are trusted now.
pub(super) struct TrustedKeys {
    keys: Vec<TrustedKey>,
    /// Files that are none.
    unreadable: Vec<String>,
}

impl TrustedKeys {
    /// Reads the files of `SignaturePublicKeyFiles`. One that cannot be read takes trust from
    /// nobody but its own key.
    pub(super) fn read(config: &Config, folder: &Path) -> Self {
        let mut read = Self { keys: Vec::new(), unreadable: Vec::new() };
        for file in config.list("PluginSettings.SignaturePublicKeyFiles") {
            let path = folder.join(file);
            let text = fs::metadata(&path).and_then(|metadata| {
                if metadata.len() > MAX_KEY_BYTES {
                    return Err(std::io::ErrorKind::FileTooLarge.into());
                }
                fs::read_to_string(&path)
            });
            let name = format!("`{}`", path.display());
            match text.map_err(|error| format!("{name}: {error}")).and_then(|text| TrustedKey::read(&name, &text)) {
                Ok(key) => read.keys.push(key),
                Err(reason) => {
                    tracing::error!(reason, "a trusted key of PluginSettings.SignaturePublicKeyFiles is not usable");
                    read.unreadable.push(reason);
                }
            }
        }
        read
    }

    /// Checks a signature over a file.
    pub(super) fn verify(&self, file: &[u8], signature: &str) -> Result<Signer, SignatureError> {
        if signature.len() > MAX_SIGNATURE_BYTES {
            let message = format!("it has {} bytes; {MAX_SIGNATURE_BYTES} are allowed", signature.len());
            return Err(SignatureError::Format(message));
        }
        let decoded = Signature::decode(signature).map_err(|error| SignatureError::Format(error.to_string()))?;
        let signer = Signer::named_by(signature).ok_or_else(|| SignatureError::Format("it names no key".to_owned()))?;
        let mut named = self.keys.iter().filter(|trusted| trusted.id == signer.key_id).peekable();
        if named.peek().is_none() {
            return Err(SignatureError::Untrusted { key_id: signer.key_id, keys: self.shown() });
        }
        // The old form of a signature, without a hash, is not accepted.
        if named.any(|trusted| trusted.key.verify(file, &decoded, false).is_ok()) {
            return Ok(signer);
        }
        Err(SignatureError::Mismatch(signer.key_id))
    }

    fn shown(&self) -> String {
        let ids: Vec<&str> = self.keys.iter().map(|key| key.id.as_str()).collect();
        let mut shown = match ids.as_slice() {
            [] => "PluginSettings.SignaturePublicKeyFiles names no key".to_owned(),
            ids => format!("PluginSettings.SignaturePublicKeyFiles names {}", ids.join(", ")),
        };
        for reason in &self.unreadable {
            shown.push_str("; ");
            shown.push_str(reason);
        }
        shown
    }
}

pub(super) fn is_required(config: &Config) -> bool {
    config.flag("PluginSettings.RequirePluginSignature")
}

/// What of the configuration says whether an installed plugin may run by its signature.
pub(super) fn terms(config: &Config) -> Option<Vec<String>> {
    let files = config.list("PluginSettings.SignaturePublicKeyFiles");
    is_required(config).then(|| files.into_iter().map(str::to_owned).collect())
}

fn refused(error: &SignatureError) -> AppError {
    let message = format!("The plugin's signature is not accepted: {error}.");
    AppError::new("InstallPlugin", "api.plugin.verify_plugin.app_error", 400, message)
}

impl Core {
    /// Asked for every file that is to be installed, before it is looked into.
    pub(super) async fn verify_upload(&self, bytes: &Bytes, signature: Option<&str>) -> Result<(), AppError> {
        let config = self.config.get();
        let Some(signature) = signature else {
            return if is_required(&config) { Err(refused(&SignatureError::Missing)) } else { Ok(()) };
        };
        let (core, bytes, signature) = (self.clone(), bytes.clone(), signature.to_owned());
        let verified = blocking(move || {
            let trusted = TrustedKeys::read(&config, core.config.folder());
            trusted.verify(&bytes, &signature).map_err(|error| refused(&error))
        });
        let signer = verified.await?;
        tracing::info!(key_id = signer.key_id, trusted_comment = signer.trusted_comment, "plugin signature verified");
        Ok(())
    }

    /// Asked before an installed plugin is started from the disk: the reason where its signature
    /// does not let it run.
    pub(super) async fn verify_installed(&self, plugin: &Arc<Installed>) -> Result<(), String> {
        let config = self.config.get();
        if !is_required(&config) {
            return Ok(());
        }
        let (core, plugin) = (self.clone(), Arc::clone(plugin));
        let verified = blocking(move || {
            let trusted = TrustedKeys::read(&config, core.config.folder());
            Ok(core.verify_files(&plugin, &trusted))
        });
        verified.await.map_err(|error| error.to_string())?
    }

    /// The signed file still verifies, and what is installed is what is in it.
    fn verify_files(&self, plugin: &Installed, trusted: &TrustedKeys) -> Result<(), String> {
        let told = |error: AppError| error.to_string();
        if plugin.signature.is_empty() {
            return Err(SignatureError::Missing.to_string());
        }
        let files = &self.plugins.files;
        let signed = files.signed(plugin).map_err(told)?;
        trusted.verify(&signed, &plugin.signature).map_err(|error| error.to_string())?;
        let unpacked = bundle::unpack(signed, "", &files.scratch().map_err(told)?).map_err(told)?;
        let named = unpacked.files.is_some() || wasmoat_runtime::manifest_section(&unpacked.component).is_some();
        if named && unpacked.manifest.id != plugin.id() {
            return Err(format!("the file that was signed is plugin `{}`", unpacked.manifest.id));
        }
        if blake3::hash(&unpacked.component).to_hex().as_str() != plugin.digest {
            return Err("the component that was signed is not the one that was installed".to_owned());
        }
        match files.first_difference(plugin, &unpacked).map_err(told)? {
            Some(path) => Err(format!("`{}` on disk is not what was signed", path.display())),
            None => Ok(()),
        }
    }
}
