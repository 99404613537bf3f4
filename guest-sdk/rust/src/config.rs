//! The plugin's settings, and the server's configuration.

mod fields;
mod lenient;

use serde::de::DeserializeOwned;

#[doc(inline)]
pub use crate::api::config::*;
use crate::{Error, Result};
pub use lenient::{flag, list, number};

/// The settings as a struct: Mattermost's `LoadPluginConfiguration`.
///
/// The server hands out the stored settings over the manifest's defaults, with every key in lower
/// case. So that `MaxVotes` of the manifest finds its field, a field matches a key without regard
/// to case: a struct with `#[serde(default, rename_all = "camelCase")]` and a field `max_votes`
/// reads `MaxVotes`, `maxVotes` and `maxvotes`. That holds for the fields of the struct itself, not
/// below it, and not for `#[serde(flatten)]`.
///
/// The console stores some numbers and switches as text; [`number`], [`flag`] and [`list`] read
/// both:
///
/// ```
/// # let platform = wasmoat::testing::Platform::new();
/// #[derive(Default, serde::Deserialize)]
/// #[serde(default, rename_all = "camelCase")]
/// struct Settings {
///     #[serde(deserialize_with = "wasmoat::config::number")]
///     max_votes: u32,
/// }
///
/// # platform.set_setting("MaxVotes", "12");
/// let settings: Settings = wasmoat::config::load()?;
/// # assert_eq!(settings.max_votes, 12);
/// # Ok::<(), wasmoat::Error>(())
/// ```
///
/// # Errors
///
/// The settings do not fit the struct; the error says what is wrong.
pub fn load<T: DeserializeOwned>() -> Result<T> {
    let text = load_plugin_configuration();
    // An empty text stands for an empty object.
    let text = if text.is_empty() { "{}" } else { &text };
    let mut json = serde_json::Deserializer::from_str(text);
    T::deserialize(fields::Settings(&mut json)).map_err(Error::json("the plugin's settings"))
}

#[cfg(test)]
mod tests;
