//! What fields and values of properties must look like.

use crate::{
    AppError, PropertyField, PropertyFieldSearchCursor, PropertyGroup, PropertyValue, PropertyValueSearchCursor,
    is_valid_id,
};

/// Longest name, target id and target type, in characters.
pub const PROPERTY_TEXT_MAX_RUNES: usize = 255;

/// Longest attributes of a field, in bytes.
pub const PROPERTY_ATTRS_MAX_BYTES: usize = 65_536;

/// Longest value, in bytes.
pub const PROPERTY_VALUE_MAX_BYTES: usize = 65_536;

/// The types of fields.
pub const PROPERTY_FIELD_TYPES: &[&str] = &["text", "select", "multiselect", "date", "user", "multiuser"];

/// What a field of the second generation is about. A template bears no values: others link to it.
pub const PROPERTY_OBJECT_TYPES: &[&str] = &["post", "channel", "user", "template"];

/// Name of the group that access control reads user attributes from.
pub const ACCESS_CONTROL_GROUP: &str = "access_control";

/// Its name on older servers.
pub const CUSTOM_PROFILE_ATTRIBUTES_GROUP: &str = "custom_profile_attributes";

const LEVELS: &[&str] = &["none", "sysadmin", "member"];

fn invalid(place: &str, id: &str, field: &str, reason: &str) -> AppError {
    AppError::new(place, id, 400, format!("`{field}`: {reason}"))
}

impl PropertyGroup {
    /// Mattermost's rule for names of groups: letters, digits and `_`, not beginning with `_`.
    ///
    /// # Errors
    ///
    /// 400 `model.property_group.is_valid.app_error`.
    pub fn is_valid(&self) -> Result<(), AppError> {
        let head = self.name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        let rest = self.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if head && rest && self.name.len() <= 64 {
            return Ok(());
        }
        let reason = "1 to 64 lower-case letters, digits and `_`, the first no `_`.";
        Err(invalid("PropertyGroup.IsValid", "model.property_group.is_valid.app_error", "name", reason))
    }
}

impl PropertyField {
    /// Whether the field is of the second generation.
    #[must_use]
    pub fn has_object_type(&self) -> bool {
        !self.object_type.is_empty()
    }

    /// Whether its values are among options.
    #[must_use]
    pub fn has_options(&self) -> bool {
        matches!(self.r#type.as_str(), "select" | "multiselect")
    }

    /// The template it takes type and options from.
    #[must_use]
    pub fn link(&self) -> Option<&str> {
        self.linked_field_id.as_deref().filter(|id| !id.is_empty())
    }

    /// Mattermost's `PropertyField.IsValid`. The attributes have rules of their own, see
    /// [`crate::PropertyAttrs`].
    ///
    /// # Errors
    ///
    /// 400 `model.property_field.is_valid.app_error` for the first rule that is broken.
    pub fn is_valid(&self) -> Result<(), AppError> {
        let broken = |field: &str, reason: &str| {
            Err(invalid("PropertyField.IsValid", "model.property_field.is_valid.app_error", field, reason))
        };
        if !is_valid_id(&self.id) {
            return broken("id", "no id.");
        }
        if !is_valid_id(&self.group_id) {
            return broken("group_id", "no id.");
        }
        if self.name.is_empty() || is_too_long(&self.name) {
            return broken("name", "1 to 255 characters.");
        }
        if !PROPERTY_FIELD_TYPES.contains(&self.r#type.as_str()) {
            return broken("type", "text, select, multiselect, date, user or multiuser.");
        }
        if is_too_long(&self.target_id) || is_too_long(&self.target_type) || is_too_long(&self.object_type) {
            return broken("target", "at most 255 characters each.");
        }
        if self.attrs.len() > PROPERTY_ATTRS_MAX_BYTES {
            return broken("attrs", "at most 64 KiB.");
        }
        if self.create_at == 0 || self.update_at == 0 {
            return broken("create_at", "not set.");
        }
        if self.has_object_type() { self.is_valid_second() } else { self.is_valid_first() }
    }

    fn is_valid_first(&self) -> Result<(), AppError> {
        let levels = [&self.permission_field, &self.permission_values, &self.permission_options];
        if self.protected || self.link().is_some() || levels.iter().any(|level| level.is_some()) {
            let reason = "permissions, protection and links are for fields with an object type.";
            let id = "model.property_field.is_valid.app_error";
            return Err(invalid("PropertyField.IsValid", id, "object_type", reason));
        }
        Ok(())
    }

    fn is_valid_second(&self) -> Result<(), AppError> {
        let broken = |field: &str, reason: &str| {
            Err(invalid("PropertyField.IsValid", "model.property_field.is_valid.app_error", field, reason))
        };
        if !PROPERTY_OBJECT_TYPES.contains(&self.object_type.as_str()) {
            return broken("object_type", "post, channel, user or template.");
        }
        match self.target_type.as_str() {
            "system" if self.target_id.is_empty() => {}
            "team" | "channel" if is_valid_id(&self.target_id) => {}
            "system" => return broken("target_id", "the system has none."),
            "team" | "channel" => return broken("target_id", "no id."),
            _ => return broken("target_type", "system, team or channel."),
        }
        for level in [&self.permission_field, &self.permission_values, &self.permission_options].into_iter().flatten() {
            if !LEVELS.contains(&level.as_str()) {
                return broken("permission", "none, sysadmin or member.");
            }
        }
        if self.protected && self.permission_field.as_deref() != Some("none") {
            return broken("permission_field", "none for a protected field.");
        }
        if self.link().is_some_and(|id| !is_valid_id(id)) {
            return broken("linked_field_id", "no id.");
        }
        if self.link().is_some() && self.object_type == "template" {
            return broken("linked_field_id", "a template links to nothing.");
        }
        Ok(())
    }
}

impl PropertyValue {
    /// Mattermost's `PropertyValue.IsValid`.
    ///
    /// # Errors
    ///
    /// 400 `model.property_value.is_valid.app_error` for the first rule that is broken.
    pub fn is_valid(&self) -> Result<(), AppError> {
        let broken = |field: &str, reason: &str| {
            Err(invalid("PropertyValue.IsValid", "model.property_value.is_valid.app_error", field, reason))
        };
        for (name, id) in [
            ("id", &self.id),
            ("target_id", &self.target_id),
            ("group_id", &self.group_id),
            ("field_id", &self.field_id),
        ] {
            if !is_valid_id(id) {
                return broken(name, "no id.");
            }
        }
        if self.target_type.is_empty() || is_too_long(&self.target_type) {
            return broken("target_type", "1 to 255 characters.");
        }
        if self.value.len() > PROPERTY_VALUE_MAX_BYTES {
            return broken("value", "at most 64 KiB.");
        }
        if self.create_at == 0 || self.update_at == 0 {
            return broken("create_at", "not set.");
        }
        Ok(())
    }
}

fn is_too_long(text: &str) -> bool {
    text.len() > PROPERTY_TEXT_MAX_RUNES && text.chars().count() > PROPERTY_TEXT_MAX_RUNES
}

/// Both halves of a cursor, or none.
fn is_valid_cursor(id: &str, create_at: i64) -> bool {
    (id.is_empty() && create_at == 0) || (is_valid_id(id) && create_at > 0)
}

impl PropertyFieldSearchCursor {
    /// Whether it names a field and its time, or neither.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        is_valid_cursor(&self.property_field_id, self.create_at)
    }
}

impl PropertyValueSearchCursor {
    /// Whether it names a value and its time, or neither.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        is_valid_cursor(&self.property_value_id, self.create_at)
    }
}
