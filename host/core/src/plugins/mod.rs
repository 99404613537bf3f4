//! Plugins: what is installed, and what of it runs.
//!
//! A bundle is unpacked ([`bundle`]), its component is validated and compiled by the runtime, and
//! the copy is kept in a folder of its own ([`files`]); the row in the store says which folder is
//! the plugin, so that an upgrade happens as a whole or not at all ([`install`]). What is to run
//! stands in the configuration's `PluginStates`; [`lifecycle`] makes it so after every save. What an
//! admin allowed is a grant to one component ([`grants`]); a new version that asks for more waits
//! beside the old one ([`pending`]) until somebody decides ([`permissions`]).

mod actions;
mod api;
mod bundle;
mod data;
mod faults;
mod files;
mod grants;
mod http;
mod install;
mod lifecycle;
mod manifest;
mod notify;
mod onboarding;
mod pending;
mod permissions;
mod registry;
pub(crate) mod settings;
mod signature;
mod status;
mod store;
mod support;
mod webapp;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicBool},
};

use arc_swap::ArcSwap;
use bytes::Bytes;
use wasmoat_model::{AppError, Consent, Manifest};
use wasmoat_runtime::{Limits, Policy};

pub(crate) use self::http::header;
pub use self::{
    actions::DoPostAction,
    bundle::MAX_UPLOAD_BYTES,
    files::PublicFile,
    grants::Grant,
    http::{ServeError, plugin_target},
    install::Upload,
    onboarding::Onboarding,
    permissions::{Approval, Approve, Decision, PluginPermissions, PluginVersion},
    registry::{Installed, Registry},
    signature::{MAX_SIGNATURE_BYTES, SignatureError, Signer, verify_signature},
    status::PluginsList,
    support::SupportOptions,
    webapp::ClientManifest,
};
use self::{files::PluginFiles, status::Trouble};

/// What an admin would upload, read without a server: its manifest and its component.
///
/// # Errors
///
/// 400 or 413 where the file is no plugin.
pub fn read_upload(bytes: Bytes, file_name: &str) -> Result<(Manifest, Bytes), AppError> {
    let unpacked = bundle::unpack(bytes, file_name, &std::env::temp_dir())?;
    Ok((unpacked.manifest, unpacked.component))
}

/// What is known of plugins beside the store.
#[derive(Debug)]
pub(crate) struct Plugins {
    files: PluginFiles,
    registry: ArcSwap<Registry>,
    /// New versions that wait for approval.
    pending: ArcSwap<Registry>,
    /// One install, upgrade or removal at a time.
    installing: tokio::sync::Mutex<()>,
    /// One round of starting and stopping at a time.
    syncing: tokio::sync::Mutex<()>,
    /// The configuration changed since the last round began.
    sync_again: AtomicBool,
    running: Mutex<BTreeMap<String, Terms>>,
    troubles: Mutex<BTreeMap<String, Trouble>>,
}

/// What an active plugin was activated with.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Terms {
    folder: String,
    limits: Limits,
    policy: Policy,
    consent: Consent,
    /// The files of the trusted keys, where a signature is required.
    trusted: Option<Vec<String>>,
}

impl Plugins {
    pub(crate) fn new(data: &Path) -> Self {
        Self {
            files: PluginFiles::new(data.join("plugins")),
            registry: ArcSwap::default(),
            pending: ArcSwap::default(),
            installing: tokio::sync::Mutex::default(),
            syncing: tokio::sync::Mutex::default(),
            sync_again: AtomicBool::default(),
            running: Mutex::default(),
            troubles: Mutex::default(),
        }
    }

    /// The installed plugins at this moment.
    pub(crate) fn registry(&self) -> Arc<Registry> {
        self.registry.load_full()
    }

    /// The versions that wait at this moment.
    fn pending(&self) -> Arc<Registry> {
        self.pending.load_full()
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<String, Terms>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn troubles(&self) -> MutexGuard<'_, BTreeMap<String, Trouble>> {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
