//! Reading values.

use std::collections::{HashMap, HashSet};

use wasmoat_model::{AppError, PropertyField, PropertyValue, PropertyValueSearchOpts};

use super::{
    PropertyCaller, access::Reader, check::canonical_filter, check_batch, invalid_value, read::page, store,
    value_not_found,
};
use crate::Core;

impl Core {
    /// Mattermost's `GetPropertyValue`: deleted or not; none where the caller may not see it.
    ///
    /// # Errors
    ///
    /// 404 for an unknown one.
    pub async fn get_property_value(
        &self,
        caller: &PropertyCaller,
        group_id: &str,
        value_id: &str,
    ) -> Result<Option<PropertyValue>, AppError> {
        let ids = [value_id.to_owned()];
        let found: Vec<PropertyValue> = store::by_ids(&mut *self.store.read().await?, group_id, &ids).await?;
        if found.is_empty() {
            return Err(value_not_found("GetPropertyValue"));
        }
        Ok(self.visible_property_values(caller, found).await?.pop())
    }

    /// Mattermost's `GetPropertyValues`: in the order of the ids, those that the caller may see.
    ///
    /// # Errors
    ///
    /// 404 when one is missing, 400 when more than 1000 are asked for.
    pub async fn get_property_values(
        &self,
        caller: &PropertyCaller,
        group_id: &str,
        ids: &[String],
    ) -> Result<Vec<PropertyValue>, AppError> {
        let at = "GetPropertyValues";
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        check_batch(at, ids.len(), invalid_value)?;
        let found: Vec<PropertyValue> = store::by_ids(&mut *self.store.read().await?, group_id, ids).await?;
        let mut found: HashMap<String, PropertyValue> =
            found.into_iter().map(|value| (value.id.clone(), value)).collect();
        let mut seen = HashSet::new();
        let wanted = ids.iter().filter(|id| seen.insert(id.as_str()));
        let values = wanted.map(|id| found.remove(id).ok_or_else(|| value_not_found(at))).collect::<Result<_, _>>()?;
        self.visible_property_values(caller, values).await
    }

    /// Mattermost's `SearchPropertyValues`: a page by time of creation, then id, of which those
    /// stay that the caller may see.
    ///
    /// # Errors
    ///
    /// 400 for less than 1 per page, half a cursor, too many targets or a value that is no JSON.
    pub async fn search_property_values(
        &self,
        caller: &PropertyCaller,
        opts: PropertyValueSearchOpts,
    ) -> Result<Vec<PropertyValue>, AppError> {
        let at = "SearchPropertyValues";
        let id = "app.property_value.search.app_error";
        let limit = page(at, id, opts.per_page, opts.cursor.is_valid(), opts.target_ids.len())?;
        let opts = PropertyValueSearchOpts { value: canonical_filter(at, &opts.value)?, ..opts };
        let found: Vec<PropertyValue> = store::values(&opts).rows(&mut *self.store.read().await?, limit).await?;
        self.visible_property_values(caller, found).await
    }

    /// What a caller sees of values.
    async fn visible_property_values(
        &self,
        caller: &PropertyCaller,
        values: Vec<PropertyValue>,
    ) -> Result<Vec<PropertyValue>, AppError> {
        let fields = self.fields_of_values(&values).await?;
        let mut reader = Reader::new(self, caller);
        let mut visible = Vec::with_capacity(values.len());
        for value in values {
            // A value without its field is nobody's.
            let Some(field) = fields.get(&value.field_id) else { continue };
            visible.extend(reader.value(field, value).await?);
        }
        Ok(visible)
    }

    /// The fields of values, by id, deleted ones too.
    pub(super) async fn fields_of_values(
        &self,
        values: &[PropertyValue],
    ) -> Result<HashMap<String, PropertyField>, AppError> {
        let ids: HashSet<&String> = values.iter().map(|value| &value.field_id).collect();
        let ids: Vec<String> = ids.into_iter().cloned().collect();
        let fields: Vec<PropertyField> = store::by_ids(&mut *self.store.read().await?, "", &ids).await?;
        Ok(fields.into_iter().map(|field| (field.id.clone(), field)).collect())
    }
}
