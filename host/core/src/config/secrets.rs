//! Secret settings of plugins, encrypted wherever the configuration is kept, memory included.
//!
//! A value that a manifest marks secret is encrypted by the save that brings it, and from then on
//! *is* its ciphertext: it is decrypted into the plugin that it belongs to, and into
//! `GetUnsanitizedConfig`. So nothing else that reads the configuration can show it, also when the
//! manifest is gone. The plugin's id and the setting's key are bound to it: under another id or key
//! it does not open.
//!
//! ```text
//! wasmoat:secret:v1:{name of the key}:{base64 of nonce, AES-256-GCM ciphertext and tag}
//! ```
//!
//! What is encrypted is the JSON of the value. A secret of an older key is encrypted anew by the
//! next save.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD as BASE64};
use ring::aead::{Aad, NONCE_LEN, Nonce};
use serde_json::{Map, Value};
use wasmoat_model::AppError;

use super::{
    Config, MASK, Manifests,
    secret_keys::{Key, SecretError, SecretKeys, nonce},
};

const PREFIX: &str = "wasmoat:secret:v1:";

/// Whether a value is a ciphertext.
pub(super) fn is_sealed(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.starts_with(PREFIX))
}

/// Whether a configuration holds a ciphertext.
pub(super) fn exist_in(config: &Config) -> bool {
    plugins(config).any(|(_, settings)| settings.values().any(is_sealed))
}

fn plugins(config: &Config) -> impl Iterator<Item = (&String, &Map<String, Value>)> {
    let plugins = config.map("PluginSettings.Plugins").into_iter().flatten();
    plugins.filter_map(|(id, settings)| Some((id, settings.as_object()?)))
}

/// The stored value of a key, compared without case where no spelling fits.
pub(super) fn stored<'a>(settings: Option<&'a Map<String, Value>>, key: &str) -> Option<&'a Value> {
    let settings = settings?;
    settings
        .get(key)
        .or_else(|| settings.iter().find(|(stored, _)| stored.eq_ignore_ascii_case(key)).map(|(_, value)| value))
}

/// What a ciphertext belongs to. Ids and keys are compared without case, and no id has a zero.
fn place(plugin_id: &str, key: &str) -> String {
    format!("{PREFIX}{}\0{}", plugin_id.to_lowercase(), key.to_lowercase())
}

fn seal(keys: &SecretKeys, plugin_id: &str, key: &str, value: &Value) -> Result<Value, SecretError> {
    let with = keys.first()?;
    let nonce = nonce();
    let mut text = value.to_string().into_bytes();
    let place = place(plugin_id, key);
    with.cipher
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place), &mut text)
        .map_err(|_too_long| SecretError::Format)?;
    Ok(Value::from(format!("{PREFIX}{}:{}", with.id, BASE64.encode([nonce.as_slice(), text.as_slice()].concat()))))
}

fn parts<'a, 'k>(keys: &'k SecretKeys, sealed: &'a Value) -> Result<(&'k Key, &'a str), SecretError> {
    let text = sealed.as_str().and_then(|text| text.strip_prefix(PREFIX)).ok_or(SecretError::Format)?;
    let (id, rest) = text.split_once(':').ok_or(SecretError::Format)?;
    Ok((keys.get(id)?, rest))
}

fn open(keys: &SecretKeys, plugin_id: &str, key: &str, sealed: &Value) -> Result<Value, SecretError> {
    let (with, text) = parts(keys, sealed)?;
    let forged = || keys.forged(with);
    let mut bytes = BASE64.decode(text).map_err(|_garbled| forged())?;
    let (nonce, secret) = bytes.split_at_mut_checked(NONCE_LEN).ok_or_else(forged)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_wrong_length| forged())?;
    let place = place(plugin_id, key);
    let plain = with.cipher.open_in_place(nonce, Aad::from(place), secret).map_err(|_not_authentic| forged())?;
    serde_json::from_slice(plain).map_err(|_no_json| SecretError::Format)
}

/// Encrypts what a manifest marks secret. What is stored already stays byte for byte, so that a
/// save that changes nothing is seen to change nothing.
pub(super) fn seal_all(
    next: &mut Config,
    current: &Config,
    manifests: &Manifests<'_>,
    keys: &SecretKeys,
) -> Result<(), AppError> {
    let before = current.map("PluginSettings.Plugins");
    let mut plugins = next.map("PluginSettings.Plugins").cloned().unwrap_or_default();
    for (id, settings) in &mut plugins {
        let Value::Object(settings) = settings else { continue };
        let before = before.and_then(|plugins| plugins.get(id)).and_then(Value::as_object);
        for (key, value) in settings {
            let secret = manifests.get(id.as_str()).is_some_and(|manifest| manifest.is_secret(key));
            if let Some(sealed) = sealed(keys, (id, key), value, stored(before, key), secret)? {
                *value = sealed;
            }
        }
    }
    next.set("PluginSettings.Plugins", Value::Object(plugins));
    Ok(())
}

/// What is to be stored in place of a value, if anything else.
fn sealed(
    keys: &SecretKeys,
    (id, key): (&str, &str),
    value: &Value,
    stored: Option<&Value>,
    secret: bool,
) -> Result<Option<Value>, AppError> {
    match stored.filter(|stored| is_sealed(stored)) {
        // Untouched: encrypted anew where its key is no longer the first one.
        Some(stored) if stored == value => {
            let old = parts(keys, stored).is_ok_and(|(with, _)| keys.first().is_ok_and(|first| first.id != with.id));
            let opened = if old { open(keys, id, key, stored).ok() } else { None };
            return Ok(opened.and_then(|plain| seal(keys, id, key, &plain).ok()));
        }
        // Nothing to hide. A ciphertext from elsewhere is a text like any other.
        _ if !secret || value.is_null() || value == "" => return Ok(None),
        Some(stored) if open(keys, id, key, stored).as_ref() == Ok(value) => return Ok(Some(stored.clone())),
        _ => {}
    }
    match seal(keys, id, key, value) {
        Ok(sealed) => Ok(Some(sealed)),
        // It stands in the file in clear already: the save may be about something else.
        Err(error) if stored == Some(value) => {
            tracing::warn!(plugin_id = id, key, %error, "a secret setting stays in clear");
            Ok(None)
        }
        Err(error) => {
            let message = format!("The secret setting `{key}` of plugin `{id}` cannot be encrypted: {error}.");
            Err(AppError::new("saveConfig", "app.save_config.secret_key.app_error", 500, message))
        }
    }
}

/// Decrypts a plugin's settings. What does not open stays a ciphertext; the first such setting is
/// named with the reason.
pub(super) fn open_plugin(
    keys: &SecretKeys,
    id: &str,
    mut settings: Map<String, Value>,
) -> (Map<String, Value>, Result<(), String>) {
    let mut trouble = Ok(());
    for (key, value) in settings.iter_mut().filter(|(_, value)| is_sealed(value)) {
        match open(keys, id, key, value) {
            Ok(plain) => *value = plain,
            Err(error) if trouble.is_ok() => {
                trouble = Err(format!("the secret setting `{key}` cannot be decrypted: {error}"));
            }
            Err(_) => {}
        }
    }
    (settings, trouble)
}

/// The whole configuration in clear. What does not open is masked: saved so, it stays what it is.
pub(super) fn open_all(keys: &SecretKeys, config: &Config) -> Config {
    let mut clear = config.clone();
    for (id, settings) in plugins(config).filter(|(_, settings)| settings.values().any(is_sealed)) {
        let (mut opened, _) = open_plugin(keys, id, settings.clone());
        for (key, value) in &mut opened {
            if is_sealed(value) && settings.get(key) == Some(&*value) {
                *value = Value::from(MASK);
            }
        }
        clear.set_plugin(id, opened);
    }
    clear
}

#[cfg(test)]
mod tests;
