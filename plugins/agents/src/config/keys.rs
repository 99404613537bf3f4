//! The keys of services, in a setting that is never shown to anybody.

use std::{collections::BTreeMap, fmt};

use serde::Deserialize;

/// Id of a service to its key.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct ApiKeys(BTreeMap<String, String>);

impl ApiKeys {
    /// The key of a service.
    pub fn of(&self, service_id: &str) -> Option<&str> {
        self.0.get(service_id).map(|key| key.trim()).filter(|key| !key.is_empty())
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
