//! Preferences.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::{AppError, is_valid_id};

/// One setting of one user; the key is user, category and name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct Preference {
    /// Whose setting.
    #[component(name = "user-id")]
    pub user_id: String,
    /// 1 to 32 bytes; plugins use `pp_` and their id, cut to 32.
    pub category: String,
    /// At most 32 bytes.
    pub name: String,
    /// At most 20000 characters.
    pub value: String,
}

impl Preference {
    /// Checks what is stored.
    ///
    /// # Errors
    ///
    /// `model.preference.is_valid.…` (400) naming the field.
    pub fn is_valid(&self) -> Result<(), AppError> {
        let field = if !is_valid_id(&self.user_id) {
            "id"
        } else if self.category.is_empty() || self.category.len() > 32 {
            "category"
        } else if self.name.len() > 32 {
            "name"
        } else if self.value.chars().count() > 20_000 {
            "value"
        } else if self.category == "theme" && !is_map_of_texts(&self.value) {
            "theme"
        } else if self.category == "sidebar_settings"
            && self.name == "limit_visible_dms_gms"
            && !is_one_to_forty(&self.value)
        {
            "limit_visible_dms_gms"
        } else {
            return Ok(());
        };
        let id = format!("model.preference.is_valid.{field}.app_error");
        Err(AppError::new("Preference.IsValid", &id, 400, format!("The preference's `{field}` is not valid.")))
    }
}

fn is_map_of_texts(value: &str) -> bool {
    serde_json::from_str::<std::collections::BTreeMap<String, String>>(value).is_ok()
}

fn is_one_to_forty(value: &str) -> bool {
    value.parse::<i64>().is_ok_and(|number| (1..=40).contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_broken_rule_names_its_field() {
        let good = Preference { user_id: crate::new_id(), category: "c".into(), name: "n".into(), value: "v".into() };
        good.is_valid().unwrap();
        let id = |change: fn(&mut Preference)| {
            let mut preference = good.clone();
            change(&mut preference);
            preference.is_valid().unwrap_err().id
        };
        assert_eq!(id(|p| p.user_id.clear()), "model.preference.is_valid.id.app_error");
        assert_eq!(id(|p| p.category = "c".repeat(33)), "model.preference.is_valid.category.app_error");
        assert_eq!(id(|p| p.name = "n".repeat(33)), "model.preference.is_valid.name.app_error");
        assert_eq!(id(|p| p.value = "v".repeat(20_001)), "model.preference.is_valid.value.app_error");
        assert_eq!(id(|p| p.category = "theme".into()), "model.preference.is_valid.theme.app_error");
    }
}
