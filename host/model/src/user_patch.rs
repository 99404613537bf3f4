//! A change of an account, as clients send it.

use serde::{Deserialize, Serialize};

use crate::{StringMap, User, json};

/// A map of texts in JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Texts(#[serde(with = "json::map")] pub StringMap);

/// What of an account its owner may change; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserPatch {
    /// New username.
    pub username: Option<String>,
    /// The current password, where the e-mail address changes.
    pub password: Option<String>,
    /// New nickname.
    pub nickname: Option<String>,
    /// New first name.
    pub first_name: Option<String>,
    /// New last name.
    pub last_name: Option<String>,
    /// New position.
    pub position: Option<String>,
    /// New e-mail address.
    pub email: Option<String>,
    /// New free map.
    pub props: Option<Texts>,
    /// New notification settings.
    pub notify_props: Option<Texts>,
    /// New language.
    pub locale: Option<String>,
    /// New time zone.
    pub timezone: Option<Texts>,
}

impl User {
    /// Applies a patch.
    pub fn patch(&mut self, patch: UserPatch) {
        fn set<T>(field: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *field = value;
            }
        }
        set(&mut self.username, patch.username);
        set(&mut self.nickname, patch.nickname);
        set(&mut self.first_name, patch.first_name);
        set(&mut self.last_name, patch.last_name);
        set(&mut self.position, patch.position);
        set(&mut self.email, patch.email);
        set(&mut self.locale, patch.locale);
        set(&mut self.props, patch.props.map(|map| map.0));
        set(&mut self.notify_props, patch.notify_props.map(|map| map.0));
        set(&mut self.timezone, patch.timezone.map(|map| map.0));
    }
}
