//! What the administrator wants.

use serde::Deserialize;
use wasmoat::{config, log};

use crate::words::Words;

/// The settings, ready for use.
#[derive(Debug, Default)]
pub struct Settings {
    /// What to look for.
    pub words: Words,
    /// What happens to a message that has one of them.
    pub action: Action,
}

/// What happens to a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is refused.
    Block,
    /// The word is replaced by asterisks.
    #[default]
    Mask,
    /// It is posted, and its author is told.
    Warn,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Stored {
    #[serde(deserialize_with = "config::list")]
    words: Vec<String>,
    action: Action,
}

impl Settings {
    /// Reads the configuration. A filter that cannot read its settings lets everything pass, and
    /// says so in the log.
    pub fn load() -> Self {
        match config::load::<Stored>() {
            Ok(stored) => Self { words: Words::new(stored.words), action: stored.action },
            Err(error) => {
                log::error!("the settings cannot be read; nothing is filtered", error = error);
                Self::default()
            }
        }
    }
}
