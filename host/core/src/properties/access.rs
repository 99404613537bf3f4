//! Who may write a field and its values, and what of them a caller sees.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use wasmoat_model::{AppError, PropertyAccessMode, PropertyAttrs, PropertyField, PropertyValue};

use super::{ITEMS_AT_ONCE, PropertyCaller, denied, store::Filter};
use crate::Core;

/// Whether the caller may change the field itself.
///
/// # Errors
///
/// 403 where an owner or the source plugin has it in its care.
pub(super) fn check_field_write(
    at: &str,
    caller: &PropertyCaller,
    field: &PropertyField,
    attrs: &PropertyAttrs,
) -> Result<(), AppError> {
    if *caller == PropertyCaller::Core {
        return Ok(());
    }
    if field.protected {
        return Err(denied(at, "The server keeps this field as it is."));
    }
    let owners = attrs.owners();
    if !owners.is_empty() {
        return match caller {
            PropertyCaller::Plugin { id, .. }
                if !owners.iter().any(|owner| owner.r#type == "plugin" && owner.id == *id) =>
            {
                Err(denied(at, "The plugin is no owner of this field."))
            }
            _ => Ok(()),
        };
    }
    if attrs.is_protected() && !caller.is_plugin(attrs.source()) {
        return Err(denied(at, "Only the plugin that made this field changes it."));
    }
    Ok(())
}

/// Whether the caller may write values of the field.
///
/// # Errors
///
/// 403 where an owner or the source plugin has them in its care.
pub(super) fn check_value_write(at: &str, caller: &PropertyCaller, field: &PropertyField) -> Result<(), AppError> {
    if *caller == PropertyCaller::Core {
        return Ok(());
    }
    let attrs = PropertyAttrs::of(field)?;
    let owners = attrs.owners();
    if !owners.is_empty() {
        let allowed = match caller {
            PropertyCaller::Plugin { id, scope } => {
                owners.iter().any(|owner| owner.r#type == "plugin" && owner.id == *id && owner.allows(scope))
            }
            PropertyCaller::User { .. } | PropertyCaller::Core => false,
        };
        return if allowed {
            Ok(())
        } else {
            Err(denied(at, "Only the owners of this field set its values, as their scopes."))
        };
    }
    if attrs.is_protected() && !caller.is_plugin(attrs.source()) {
        return Err(denied(at, "Only the plugin that made this field sets its values."));
    }
    Ok(())
}

/// What a caller sees of fields and values.
pub(super) struct Reader<'a> {
    core: &'a Core,
    caller: &'a PropertyCaller,
    /// What the caller holds of the fields asked for so far.
    held: HashMap<String, HashSet<String>>,
}

/// How much of a field a caller sees.
enum Sight {
    All,
    None,
    /// What the caller holds too.
    Shared(HashSet<String>),
}

impl<'a> Reader<'a> {
    pub(super) fn new(core: &'a Core, caller: &'a PropertyCaller) -> Self {
        Self { core, caller, held: HashMap::new() }
    }

    async fn sight(&mut self, field: &PropertyField, attrs: &PropertyAttrs) -> Result<Sight, AppError> {
        if *self.caller == PropertyCaller::Core || self.caller.is_plugin(attrs.source()) {
            return Ok(Sight::All);
        }
        Ok(match (attrs.access_mode(), self.caller) {
            (PropertyAccessMode::Public, _) => Sight::All,
            (PropertyAccessMode::SharedOnly, PropertyCaller::User { id, .. }) => {
                Sight::Shared(self.held(field, id).await?)
            }
            _ => Sight::None,
        })
    }

    async fn held(&mut self, field: &PropertyField, user_id: &str) -> Result<HashSet<String>, AppError> {
        if let Some(held) = self.held.get(&field.id) {
            return Ok(held.clone());
        }
        let filter = Filter::new().exactly("field_id", &field.id).exactly("target_id", user_id).live(false);
        let values: Vec<PropertyValue> = filter.rows(&mut *self.core.store.read().await?, 1).await?;
        let held: HashSet<String> = values.iter().flat_map(items).collect();
        if self.held.len() < ITEMS_AT_ONCE {
            self.held.insert(field.id.clone(), held.clone());
        }
        Ok(held)
    }

    /// The field, with the options that the caller may see.
    pub(super) async fn field(&mut self, mut field: PropertyField) -> Result<PropertyField, AppError> {
        let mut attrs = PropertyAttrs::of(&field)?;
        match self.sight(&field, &attrs).await? {
            Sight::All => return Ok(field),
            Sight::None => attrs.retain_options(|_| false),
            Sight::Shared(held) => attrs.retain_options(|id| held.contains(id)),
        }
        field.attrs = attrs.text();
        Ok(field)
    }

    /// The value as far as the caller may see it.
    pub(super) async fn value(
        &mut self,
        field: &PropertyField,
        mut value: PropertyValue,
    ) -> Result<Option<PropertyValue>, AppError> {
        let attrs = PropertyAttrs::of(field)?;
        let held = match self.sight(field, &attrs).await? {
            Sight::All => return Ok(Some(value)),
            Sight::None => return Ok(None),
            Sight::Shared(held) => held,
        };
        let shared: Vec<String> = items(&value).into_iter().filter(|item| held.contains(item)).collect();
        if shared.is_empty() {
            return Ok(None);
        }
        if value.value.starts_with('[') {
            value.value = Value::from(shared).to_string();
        }
        Ok(Some(value))
    }
}

/// The texts of a value: itself, or those in its list.
fn items(value: &PropertyValue) -> Vec<String> {
    match serde_json::from_str(&value.value) {
        Ok(Value::String(text)) => vec![text],
        Ok(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
