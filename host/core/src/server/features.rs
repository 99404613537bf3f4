//! What Mattermost opens by licence.
//!
//! This server has no licences. It answers as an unlicensed Mattermost does until an operator turns
//! a feature on in `ServiceSettings.LicensedFeatures`, by its name in a licence's `features`.

use wasmoat_model::AppError;

use crate::Core;

/// A feature that needs a licence in Mattermost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// Accounts of a directory.
    Ldap,
    /// Groups of a directory and of plugins, and their links to teams and channels.
    LdapGroups,
    /// Groups that users make.
    CustomGroups,
    /// Deleting old messages by policy.
    DataRetention,
    /// Channels shared with other servers.
    SharedChannels,
    /// Policies over attributes.
    AccessControl,
}

impl Feature {
    /// Its name in the setting.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ldap => "ldap",
            Self::LdapGroups => "ldap_groups",
            Self::CustomGroups => "custom_groups",
            Self::DataRetention => "data_retention",
            Self::SharedChannels => "shared_channels",
            Self::AccessControl => "access_control",
        }
    }
}

impl Core {
    /// Whether the operator has turned a feature on.
    #[must_use]
    pub fn has_feature(&self, feature: Feature) -> bool {
        self.config.get().list("ServiceSettings.LicensedFeatures").contains(&feature.name())
    }

    /// Refuses what the operator has not turned on, as Mattermost refuses what it has no licence for.
    ///
    /// # Errors
    ///
    /// `id` with `status`; the message names the setting.
    pub fn check_feature(&self, feature: Feature, place: &str, id: &str, status: u16) -> Result<(), AppError> {
        if self.has_feature(feature) {
            return Ok(());
        }
        let name = feature.name();
        let message = format!("`{name}` is off; an operator adds it to `ServiceSettings.LicensedFeatures`.");
        Err(AppError::new(place, id, status, message))
    }
}
