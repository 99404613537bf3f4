//! The keys of a field's `attrs` that have a meaning for the server.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{AppError, PropertyField, new_id};

/// Owners a field has at most.
const OWNERS: usize = 20;

/// Scopes an owner has at most.
const SCOPES: usize = 32;

/// Longest scope, in characters.
const SCOPE_MAX_RUNES: usize = 64;

/// Longest id of an owner, in characters.
const OWNER_ID_MAX_RUNES: usize = 255;

/// Options a field has at most.
const OPTIONS: usize = 500;

/// Longest name of an option, in characters.
const OPTION_NAME_MAX_RUNES: usize = 255;

/// Who sees options and values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PropertyAccessMode {
    /// Everybody.
    #[default]
    Public,
    /// The plugin that made the field.
    SourceOnly,
    /// That plugin; others as far as they hold the same value.
    SharedOnly,
}

/// An identity that a field's values are in the care of. Where a field has owners, nobody else
/// writes its values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PropertyOwner {
    /// Id of the plugin, service, role or user.
    pub id: String,
    /// `plugin`, `service`, `role` or `user`.
    pub r#type: String,
    /// The scopes it may act as; none for all.
    pub scopes: Vec<String>,
}

/// A field's `attrs`, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PropertyAttrs(Map<String, Value>);

impl PropertyAttrs {
    /// Reads the attributes of a field.
    ///
    /// # Errors
    ///
    /// 400 where they are no JSON object.
    pub fn of(field: &PropertyField) -> Result<Self, AppError> {
        if field.attrs.is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_str(&field.attrs).map(Self).map_err(|error| invalid("attrs", "a JSON object.").detail(error))
    }

    /// Writes them as a field keeps them.
    #[must_use]
    pub fn text(&self) -> String {
        if self.0.is_empty() { String::new() } else { Value::Object(self.0.clone()).to_string() }
    }

    fn string(&self, key: &str) -> &str {
        self.0.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether only the plugin that made the field writes it and its values.
    #[must_use]
    pub fn is_protected(&self) -> bool {
        self.0.get("protected").and_then(Value::as_bool).unwrap_or_default()
    }

    /// Sets the protection.
    pub fn set_protected(&mut self, protected: bool) {
        self.0.insert("protected".to_owned(), protected.into());
    }

    /// The plugin that made the field; empty for none.
    #[must_use]
    pub fn source(&self) -> &str {
        self.string("source_plugin_id")
    }

    /// Names the plugin that made the field.
    pub fn set_source(&mut self, plugin_id: &str) {
        if plugin_id.is_empty() {
            self.0.remove("source_plugin_id");
        } else {
            self.0.insert("source_plugin_id".to_owned(), plugin_id.into());
        }
    }

    /// Who sees options and values. A mode nobody knows hides most.
    #[must_use]
    pub fn access_mode(&self) -> PropertyAccessMode {
        match self.0.get("access_mode") {
            None | Some(Value::Null) => PropertyAccessMode::Public,
            Some(mode) => match mode.as_str() {
                Some("") => PropertyAccessMode::Public,
                Some("shared_only") => PropertyAccessMode::SharedOnly,
                _ => PropertyAccessMode::SourceOnly,
            },
        }
    }

    /// Takes options, protection and access mode over from a template.
    pub fn inherit(&mut self, template: &Self) {
        for key in ["options", "protected", "access_mode"] {
            match template.0.get(key) {
                Some(value) => self.0.insert(key.to_owned(), value.clone()),
                None => self.0.remove(key),
            };
        }
    }

    /// The owners. What cannot be read as owners shuts everybody out: it is one nobody is.
    #[must_use]
    pub fn owners(&self) -> Vec<PropertyOwner> {
        match self.0.get("owners") {
            None | Some(Value::Null) => Vec::new(),
            Some(owners) => serde_json::from_value(owners.clone()).unwrap_or_else(|_| vec![PropertyOwner::default()]),
        }
    }

    /// Ids and names of the options.
    #[must_use]
    pub fn options(&self) -> Vec<(String, String)> {
        let options = self.0.get("options").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let text = |option: &Value, key: &str| option.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        options.iter().map(|option| (text(option, "id"), text(option, "name"))).collect()
    }

    /// Keeps the options that `keep` wants, by id.
    pub fn retain_options(&mut self, keep: impl Fn(&str) -> bool) {
        if let Some(Value::Array(options)) = self.0.get_mut("options") {
            options.retain(|option| keep(option.get("id").and_then(Value::as_str).unwrap_or_default()));
        }
    }

    /// Gives every option an id, and checks what the server reads.
    ///
    /// # Errors
    ///
    /// 400 `model.property_field.is_valid.app_error` for the first rule that is broken.
    pub fn prepare(&mut self, field: &PropertyField) -> Result<(), AppError> {
        self.check_access(field)?;
        self.check_owners()?;
        if field.has_options() {
            return self.prepare_options();
        }
        if self.options().is_empty() { Ok(()) } else { Err(invalid("options", "only for select and multiselect.")) }
    }

    fn check_access(&self, field: &PropertyField) -> Result<(), AppError> {
        if self.0.get("protected").is_some_and(|flag| !flag.is_boolean() && !flag.is_null()) {
            return Err(invalid("protected", "true or false."));
        }
        let mode = self.string("access_mode");
        if self.0.get("access_mode").is_some_and(|mode| !mode.is_string() && !mode.is_null())
            || !matches!(mode, "" | "source_only" | "shared_only")
        {
            return Err(invalid("access_mode", "empty, source_only or shared_only."));
        }
        if !mode.is_empty() && !self.is_protected() {
            return Err(invalid("access_mode", "a field that is not public is protected."));
        }
        if mode == "shared_only" && field.permission_values.as_deref() == Some("member") {
            return Err(invalid("access_mode", "not shared_only where every member sets values."));
        }
        Ok(())
    }

    fn check_owners(&self) -> Result<(), AppError> {
        let Some(owners) = self.0.get("owners").filter(|owners| !owners.is_null()) else { return Ok(()) };
        let owners: Vec<PropertyOwner> = serde_json::from_value(owners.clone())
            .map_err(|error| invalid("owners", "a list of `{id, type, scopes}`.").detail(error))?;
        if owners.len() > OWNERS {
            return Err(invalid("owners", "at most 20."));
        }
        for owner in &owners {
            let kind = matches!(owner.r#type.as_str(), "plugin" | "service" | "role" | "user");
            if !kind || owner.id.is_empty() || owner.id.chars().count() > OWNER_ID_MAX_RUNES {
                return Err(invalid("owners", "each is a plugin, service, role or user with an id."));
            }
            if owner.scopes.len() > SCOPES || !owner.scopes.iter().all(|scope| is_valid_scope(scope)) {
                return Err(invalid("owners", "at most 32 scopes of 64 letters, digits, `.`, `_`, `:` and `-`."));
            }
        }
        Ok(())
    }

    fn prepare_options(&mut self) -> Result<(), AppError> {
        let options = match self.0.get_mut("options") {
            None | Some(Value::Null) => return Ok(()),
            Some(Value::Array(options)) => options,
            Some(_) => return Err(invalid("options", "a list.")),
        };
        if options.len() > OPTIONS {
            return Err(invalid("options", "at most 500."));
        }
        let (mut ids, mut names) = (HashSet::new(), HashSet::new());
        for option in options {
            let Value::Object(option) = option else { return Err(invalid("options", "each is an object.")) };
            let name = option.get("name").and_then(Value::as_str).unwrap_or_default().trim().to_owned();
            if name.is_empty() || name.chars().count() > OPTION_NAME_MAX_RUNES || !names.insert(name) {
                return Err(invalid("options", "each has a name of its own, of 1 to 255 characters."));
            }
            let id = match option.get("id") {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(id)) => id.clone(),
                Some(_) => return Err(invalid("options", "an id is text.")),
            };
            let id = if id.is_empty() { new_id() } else { id };
            if !ids.insert(id.clone()) {
                return Err(invalid("options", "each has an id of its own."));
            }
            option.insert("id".to_owned(), id.into());
        }
        Ok(())
    }
}

impl PropertyOwner {
    /// Whether this owner may write as `scope`.
    #[must_use]
    pub fn allows(&self, scope: &str) -> bool {
        self.scopes.is_empty() || self.scopes.iter().any(|allowed| allowed == scope)
    }
}

fn is_valid_scope(scope: &str) -> bool {
    (1..=SCOPE_MAX_RUNES).contains(&scope.len())
        && scope.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'-'))
}

fn invalid(key: &str, reason: &str) -> AppError {
    let text = format!("`attrs.{key}`: {reason}");
    AppError::new("PropertyField.IsValid", "model.property_field.is_valid.app_error", 400, text)
}
