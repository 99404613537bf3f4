//! The installed plugins, in memory: read on every request to a plugin, written by an install.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;
use wasmoat_model::{Asked, Manifest};

use super::Signer;
use crate::config::Manifests;

/// An installed plugin.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Installed {
    /// Its manifest, the id in lower case.
    pub manifest: Manifest,
    /// BLAKE3 digest of its component, in hex.
    pub digest: String,
    /// Bytes of its component.
    pub size: i64,
    /// Folder of this version below the plugin's own.
    pub folder: String,
    /// What its component is and wants, as the runtime read it.
    pub inspection: Value,
    /// When it was installed.
    pub installed_at: i64,
    /// Who installed it.
    pub installed_by: String,
    /// The minisign signature over the file that it was installed from; empty where there is none.
    pub signature: String,
}

impl Installed {
    /// The plugin's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    /// Who signed it.
    #[must_use]
    pub fn signer(&self) -> Option<Signer> {
        Signer::named_by(&self.signature)
    }

    /// Name of the key that it is signed with; empty for none.
    #[must_use]
    pub fn key_id(&self) -> String {
        self.signer().map(|signer| signer.key_id).unwrap_or_default()
    }

    /// What it asks for.
    #[must_use]
    pub fn asked(&self) -> Asked {
        // As the runtime wrote them.
        let read = |name: &str| self.inspection.get(name).cloned().unwrap_or_default();
        let permissions = serde_json::from_value(read("permissions")).unwrap_or_default();
        let hooks: Vec<String> = serde_json::from_value(read("hooks")).unwrap_or_default();
        Asked::of(&permissions, &hooks, &self.manifest.wasmoat)
    }
}

/// The installed plugins at one moment, by id.
#[derive(Clone, Debug, Default)]
pub struct Registry(BTreeMap<String, Arc<Installed>>);

impl Registry {
    pub(super) fn new(plugins: impl IntoIterator<Item = Installed>) -> Self {
        Self(plugins.into_iter().map(|plugin| (plugin.id().to_owned(), Arc::new(plugin))).collect())
    }

    /// One plugin.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Installed>> {
        self.0.get(id)
    }

    /// All plugins, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Installed>> {
        self.0.values()
    }

    /// Their manifests.
    pub(crate) fn manifests(&self) -> Manifests<'_> {
        self.iter().map(|plugin| (plugin.id(), &plugin.manifest)).collect()
    }

    pub(super) fn with(&self, plugin: Arc<Installed>) -> Self {
        let mut plugins = self.0.clone();
        plugins.insert(plugin.id().to_owned(), plugin);
        Self(plugins)
    }

    pub(super) fn without(&self, id: &str) -> Self {
        let mut plugins = self.0.clone();
        plugins.remove(id);
        Self(plugins)
    }
}
