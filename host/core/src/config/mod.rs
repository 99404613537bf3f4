//! Settings: Mattermost's `config.json`, its environment overrides, and what a save sets off.
//!
//! What is in force is the defaults, the file over them, the environment over that. The file keeps
//! keys that this server does not know. Secret settings of plugins are ciphertexts in all of it
//! ([`secrets`]).

mod api;
mod client;
mod environment;
mod file;
mod sanitise;
mod save;
mod secret_keys;
mod secrets;
mod validate;
mod values;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use arc_swap::ArcSwap;
use serde_json::{Map, Value};

pub(crate) use self::sanitise::Manifests;
pub use self::{client::client_config, file::ConfigError, sanitise::MASK, values::Config};
use self::{environment::Overrides, file::ConfigFile, secret_keys::SecretKeys};

/// The settings in force, and the file that they come from.
#[derive(Debug)]
pub struct ConfigService {
    file: ConfigFile,
    overrides: Overrides,
    secrets: SecretKeys,
    current: ArcSwap<Config>,
    /// The configuration without overrides. Locked while a save replaces it, never while plugins
    /// are told: they may save from there.
    stored: Mutex<Config>,
    fingerprint: ArcSwap<String>,
    development: bool,
}

/// What a save replaced.
#[derive(Clone, Debug)]
pub struct Saved {
    /// In force before.
    pub old: Arc<Config>,
    /// In force now.
    pub new: Arc<Config>,
}

impl ConfigService {
    /// Reads the file, or writes one with the defaults where there is none. `data` is where the
    /// key of secrets is kept unless the environment says otherwise.
    ///
    /// # Errors
    ///
    /// Where the file is not readable JSON, or a setting makes no sense.
    pub fn open(path: PathBuf, data: &Path, development: bool) -> Result<Self, ConfigError> {
        Self::with_environment(
            path,
            data,
            development,
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
        )
    }

    fn with_environment(
        path: PathBuf,
        data: &Path,
        development: bool,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let file = ConfigFile(path);
        let variables: Vec<_> = variables.collect();
        let secret_variables = variables.iter().filter(|(name, _)| name.starts_with("WASMOAT_SECRET_KEY"));
        let secret_variables: Vec<_> = secret_variables.cloned().collect();
        let mut overrides = Overrides::read(variables.into_iter());
        if development {
            // Who tries a plugin uploads it, lets it do what it wants, and makes users to try it with.
            overrides.push("PluginSettings.EnableUploads", Value::Bool(true));
            overrides.push("TeamSettings.EnableOpenServer", Value::Bool(true));
            overrides.push("PluginSettings.Wasmoat.ApproveOnEnable", Value::Bool(true));
        }
        let on_disk = file.read()?;
        let stored = Config::with_defaults(on_disk.as_ref().unwrap_or(&Value::Null));
        let current = in_force(&stored, &overrides);
        validate::check(&current)
            .map_err(|error| ConfigError::Invalid { path: file.0.display().to_string(), message: error.message })?;
        if on_disk.as_ref() != Some(stored.json()) {
            file.write(stored.json())?;
        }
        Ok(Self {
            file,
            overrides,
            secrets: SecretKeys::open(data, &secret_variables, secrets::exist_in(&stored)),
            fingerprint: ArcSwap::from_pointee(fingerprint(&current)),
            current: ArcSwap::from_pointee(current),
            stored: Mutex::new(stored),
            development,
        })
    }

    /// What is in force now. It does not change under the caller.
    #[must_use]
    pub fn get(&self) -> Arc<Config> {
        self.current.load_full()
    }

    /// A boolean setting.
    #[must_use]
    pub fn flag(&self, path: &str) -> bool {
        self.current.load().flag(path)
    }

    /// A number.
    #[must_use]
    pub fn number(&self, path: &str) -> i64 {
        self.current.load().number(path)
    }

    /// A text.
    #[must_use]
    pub fn text(&self, path: &str) -> String {
        self.current.load().text(path).to_owned()
    }

    /// A short text that changes with the configuration.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.fingerprint.load().as_ref().clone()
    }

    /// Whether the server was started for development.
    #[must_use]
    pub const fn is_development(&self) -> bool {
        self.development
    }

    /// Mattermost's `GetEnvironmentConfig`: true where the environment overrides the file.
    #[must_use]
    pub fn environment(&self) -> Value {
        self.overrides.json()
    }

    /// Folder of the file: what settings name without a folder lies there.
    #[must_use]
    pub(crate) fn folder(&self) -> &Path {
        self.file.folder()
    }

    /// The stored settings of a plugin with its secrets in clear; keys as stored. An error where
    /// one cannot be decrypted, which names it; it stays encrypted then.
    pub(crate) fn plugin_in_clear(&self, id: &str) -> (Map<String, Value>, Result<(), String>) {
        secrets::open_plugin(&self.secrets, id, self.get().plugin(id))
    }

    /// The whole configuration with the secrets of plugins in clear.
    pub(crate) fn in_clear(&self) -> Config {
        secrets::open_all(&self.secrets, &self.get())
    }

    fn put_in_force(&self, config: Arc<Config>) {
        self.fingerprint.store(Arc::new(fingerprint(&config)));
        self.current.store(config);
    }

    fn stored(&self) -> MutexGuard<'_, Config> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks and persists a configuration made by `change` from the one in force, in one step, so
    /// that two changes at once are both kept. Nothing where nothing changes.
    fn replace(
        &self,
        change: impl FnOnce(&Config) -> Result<Config, wasmoat_model::AppError>,
    ) -> Result<Option<Saved>, wasmoat_model::AppError> {
        let mut stored = self.stored();
        let old = self.get();
        let mut next = change(&old)?;
        validate::check(&next)?;
        self.overrides.revert(&mut next, &stored);
        let new = in_force(&next, &self.overrides);
        validate::check(&new)?;
        if next == *stored && new == *old {
            return Ok(None);
        }
        self.file.write(next.json()).map_err(|error| save::not_persisted(&error))?;
        *stored = next;
        let new = Arc::new(new);
        self.put_in_force(Arc::clone(&new));
        Ok(Some(Saved { old, new }))
    }

    /// Reads the file again.
    fn reload(&self) -> Result<Option<Saved>, wasmoat_model::AppError> {
        let mut stored = self.stored();
        let on_disk = self.file.read().map_err(|error| save::not_persisted(&error))?;
        let next = Config::with_defaults(on_disk.as_ref().unwrap_or(&Value::Null));
        let new = in_force(&next, &self.overrides);
        validate::check(&new)?;
        let old = self.get();
        *stored = next;
        if new == *old {
            return Ok(None);
        }
        let new = Arc::new(new);
        self.put_in_force(Arc::clone(&new));
        Ok(Some(Saved { old, new }))
    }
}

fn in_force(stored: &Config, overrides: &Overrides) -> Config {
    let mut config = stored.clone();
    overrides.apply(&mut config);
    config
}

fn fingerprint(config: &Config) -> String {
    let digest = blake3::hash(config.json().to_string().as_bytes()).to_hex();
    digest.get(..16).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
