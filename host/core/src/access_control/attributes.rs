//! User attributes: the user fields of the group `access_control`, and their values.

use std::collections::{BTreeMap, HashMap};

use cel::Value;
use serde_json::Value as Json;
use wasmoat_model::{ACCESS_CONTROL_GROUP, AppError, PropertyAttrs, PropertyField, PropertyValue};

use super::expression::Attributes;
use crate::{Core, properties::store::Filter};

/// Attributes read at most; there are far fewer.
const FIELDS: i64 = 1000;

/// The attributes there are, by name.
#[derive(Debug, Default)]
pub(super) struct Schema {
    group_id: String,
    fields: BTreeMap<String, Known>,
}

/// One attribute.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) field: PropertyField,
    pub(super) attrs: PropertyAttrs,
    /// Names of the options, by id.
    options: HashMap<String, String>,
}

impl Known {
    /// Whether it holds a list.
    pub(super) fn is_list(&self) -> bool {
        matches!(self.field.r#type.as_str(), "multiselect" | "multiuser")
    }

    /// A value as expressions see it; none for an empty one.
    fn read(&self, text: &str) -> Option<Value> {
        let name = |id: &str| match self.field.has_options() {
            true => self.options.get(id).cloned(),
            false => Some(id.to_owned()).filter(|text| !text.is_empty()),
        };
        match (serde_json::from_str(text).ok()?, self.is_list()) {
            (Json::String(id), false) => name(&id).map(Value::from),
            (Json::Array(ids), true) => {
                let names: Vec<String> = ids.iter().filter_map(Json::as_str).filter_map(name).collect();
                (!names.is_empty()).then(|| Value::from(names))
            }
            _ => None,
        }
    }
}

impl Schema {
    /// An attribute by name.
    pub(super) fn get(&self, name: &str) -> Option<&Known> {
        self.fields.get(name)
    }

    /// All attributes, in the order of their ids.
    pub(super) fn by_id(&self) -> Vec<&Known> {
        let mut fields: Vec<&Known> = self.fields.values().collect();
        fields.sort_by(|a, b| a.field.id.cmp(&b.field.id));
        fields
    }
}

impl Core {
    /// The attributes that expressions may name now.
    pub(super) async fn attribute_schema(&self) -> Result<Schema, AppError> {
        let group = self.get_property_group(ACCESS_CONTROL_GROUP).await?;
        let filter = Filter::new().exactly("group_id", &group.id).exactly("object_type", "user").live(false);
        let found: Vec<PropertyField> = filter.rows(&mut *self.store.read().await?, FIELDS).await?;
        let mut fields = BTreeMap::new();
        for field in found {
            let attrs = PropertyAttrs::of(&field)?;
            let options = attrs.options().into_iter().collect();
            fields.entry(field.name.clone()).or_insert(Known { field, attrs, options });
        }
        Ok(Schema { group_id: group.id, fields })
    }

    /// What users hold of the attributes, by user.
    pub(super) async fn user_attributes(
        &self,
        schema: &Schema,
        user_ids: &[String],
    ) -> Result<HashMap<String, Attributes>, AppError> {
        let mut held: HashMap<String, Attributes> = HashMap::new();
        if user_ids.is_empty() {
            return Ok(held);
        }
        let filter = Filter::new()
            .exactly("group_id", &schema.group_id)
            .exactly("target_type", "user")
            .any("target_id", user_ids)
            .live(false);
        let values: Vec<PropertyValue> = filter.rows(&mut *self.store.read().await?, i64::MAX).await?;
        let known: HashMap<&str, &Known> =
            schema.fields.values().map(|known| (known.field.id.as_str(), known)).collect();
        for value in values {
            let Some(known) = known.get(value.field_id.as_str()) else { continue };
            if let Some(read) = known.read(&value.value) {
                held.entry(value.target_id).or_default().insert(known.field.name.clone(), read);
            }
        }
        Ok(held)
    }
}
