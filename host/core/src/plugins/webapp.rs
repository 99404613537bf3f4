//! The browser side of plugins: manifests for the web client, and the files that it loads.

use std::{hash::Hasher, path::Path};

use serde::Serialize;
use wasmoat_model::{AppError, Manifest, ManifestWebapp};

use super::{Installed, files::PublicFile, install::blocking};
use crate::Core;

/// A manifest without what browsers have no use for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ClientManifest(pub Manifest);

/// 64-bit FNV-1a.
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// The name of a plugin's JavaScript. It changes with every installed version, so that browsers may
/// keep it for ever.
fn bundle_name(plugin: &Installed) -> String {
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    hash.write(plugin.folder.as_bytes());
    format!("{}_{:016x}_bundle.js", plugin.id(), hash.finish())
}

fn bundle_path(plugin: &Installed) -> Option<&str> {
    let webapp = plugin.manifest.webapp.as_ref()?;
    Some(webapp.bundle_path.as_str()).filter(|path| !path.is_empty())
}

impl Core {
    /// The manifest for browsers; nothing for a plugin without a browser side.
    pub(super) fn client_manifest(&self, plugin: &Installed) -> Option<ClientManifest> {
        bundle_path(plugin)?;
        let mut manifest = plugin.manifest.clone();
        manifest.description = String::new();
        manifest.server = None;
        manifest.wasmoat = Default::default();
        manifest.webapp =
            Some(ManifestWebapp { bundle_path: format!("/static/{}/{}", plugin.id(), bundle_name(plugin)) });
        Some(ClientManifest(manifest))
    }

    /// Mattermost's `GetWebappPlugins`: manifests of the active plugins with a browser side.
    ///
    /// # Errors
    ///
    /// 501 where plugins are off.
    pub fn get_webapp_plugins(&self) -> Result<Vec<ClientManifest>, AppError> {
        self.require_plugins()?;
        let registry = self.plugins.registry();
        let active = registry.iter().filter(|plugin| self.runtime.is_active(plugin.id()));
        Ok(active
            .filter_map(|plugin| self.client_manifest(plugin))
            .map(|mut manifest| {
                manifest.0.settings_schema = None;
                manifest
            })
            .collect())
    }

    /// A file of an active plugin's `public` folder.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read.
    pub async fn get_plugin_public_file(&self, id: &str, path: &str) -> Result<Option<PublicFile>, AppError> {
        self.open_plugin_file(id, "public", path).await
    }

    /// A file of the browser side of an active plugin: its JavaScript, or what lies beside it.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read.
    pub async fn get_plugin_static_file(&self, id: &str, path: &str) -> Result<Option<PublicFile>, AppError> {
        let registry = self.plugins.registry();
        let Some((plugin, main)) = registry.get(id).and_then(|plugin| Some((plugin, bundle_path(plugin)?))) else {
            return Ok(None);
        };
        let main = Path::new(main);
        let folder = main.parent().and_then(Path::to_str).unwrap_or_default();
        let path = if path == bundle_name(plugin) {
            main.file_name().and_then(|name| name.to_str()).unwrap_or_default()
        } else {
            path
        };
        self.open_plugin_file(id, folder, path).await
    }

    async fn open_plugin_file(&self, id: &str, folder: &str, path: &str) -> Result<Option<PublicFile>, AppError> {
        let Some(plugin) = self.plugins.registry().get(id).cloned() else { return Ok(None) };
        if !self.runtime.is_active(id) {
            return Ok(None);
        }
        let (files, folder, path) = (self.plugins.files.clone(), folder.to_owned(), path.to_owned());
        blocking(move || files.open(&plugin, Path::new(&folder), &path)).await
    }
}
