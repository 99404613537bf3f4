//! Setting values.

use std::collections::{HashMap, HashSet};

use sqlx::AnyConnection;
use wasmoat_model::{AppError, PropertyField, PropertyValue, is_valid_id, new_id, now_ms};

use super::{
    PropertyCaller, access::check_value_write, check::canonical, check_batch, field_not_found, invalid_value, store,
    value_not_found,
};
use crate::{
    Core,
    store::{Queries as _, StoreError},
};

/// How values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Write {
    /// Where none is.
    Create,
    /// Over the one of the same id.
    Update,
    /// Whether one is there or not.
    Upsert,
}

impl Core {
    /// Mattermost's `CreatePropertyValue`.
    ///
    /// # Errors
    ///
    /// 400 for what is not valid, 403 for what is not the caller's, 404 for an unknown field, 409
    /// where the target has a value.
    pub async fn create_property_value(
        &self,
        caller: &PropertyCaller,
        value: PropertyValue,
    ) -> Result<PropertyValue, AppError> {
        let at = "CreatePropertyValue";
        if !value.id.is_empty() {
            return Err(invalid_value(at, "A new value has no id."));
        }
        let group_id = value.group_id.clone();
        let written = self.write_property_values(at, caller, &group_id, vec![value], Write::Create).await?;
        self.publish_written_values(caller, &written).await?;
        last(at, written)
    }

    /// Mattermost's `UpdatePropertyValue`.
    ///
    /// # Errors
    ///
    /// As [`Core::update_property_values`].
    pub async fn update_property_value(
        &self,
        caller: &PropertyCaller,
        group_id: &str,
        value: PropertyValue,
    ) -> Result<PropertyValue, AppError> {
        let mut updated = self.update_property_values(caller, group_id, vec![value]).await?;
        updated.pop().ok_or_else(|| value_not_found("UpdatePropertyValue"))
    }

    /// Mattermost's `UpdatePropertyValues`: all or none.
    ///
    /// # Errors
    ///
    /// 400 for what is not valid, 403 for what is not the caller's, 404 for an unknown value.
    pub async fn update_property_values(
        &self,
        caller: &PropertyCaller,
        group_id: &str,
        values: Vec<PropertyValue>,
    ) -> Result<Vec<PropertyValue>, AppError> {
        let at = "UpdatePropertyValues";
        check_batch(at, values.len(), invalid_value)?;
        let values = self.merged(at, group_id, values).await?;
        let written = self.write_property_values(at, caller, group_id, values, Write::Update).await?;
        self.publish_written_values(caller, &written).await?;
        Ok(written.into_iter().map(|one| one.1).collect())
    }

    /// Mattermost's `UpsertPropertyValue`. A plugin's upsert sends no event, as in Mattermost.
    ///
    /// # Errors
    ///
    /// As [`Core::upsert_property_values`].
    pub async fn upsert_property_value(
        &self,
        caller: &PropertyCaller,
        value: PropertyValue,
    ) -> Result<PropertyValue, AppError> {
        let mut written = self.upsert_property_values(caller, vec![value]).await?;
        written.pop().ok_or_else(|| value_not_found("UpsertPropertyValue"))
    }

    /// Mattermost's `UpsertPropertyValues`: all or none. A plugin's upsert sends no event, as in
    /// Mattermost.
    ///
    /// # Errors
    ///
    /// 400 for what is not valid, for more than one group and for a target's field twice; 403 for
    /// what is not the caller's, 404 for an unknown field.
    pub async fn upsert_property_values(
        &self,
        caller: &PropertyCaller,
        values: Vec<PropertyValue>,
    ) -> Result<Vec<PropertyValue>, AppError> {
        let at = "UpsertPropertyValues";
        check_batch(at, values.len(), invalid_value)?;
        check_upsert(at, &values)?;
        let group_id = values.first().map(|value| value.group_id.clone()).unwrap_or_default();
        let written = self.write_property_values(at, caller, &group_id, values, Write::Upsert).await?;
        if !matches!(caller, PropertyCaller::Plugin { .. }) {
            self.publish_written_values(caller, &written).await?;
        }
        Ok(written.into_iter().map(|one| one.1).collect())
    }

    /// The stored values with the JSON given for them.
    async fn merged(
        &self,
        at: &str,
        group_id: &str,
        given: Vec<PropertyValue>,
    ) -> Result<Vec<PropertyValue>, AppError> {
        let ids: Vec<String> = given.iter().map(|value| value.id.clone()).collect();
        let stored: Vec<PropertyValue> = store::by_ids(&mut *self.store.read().await?, group_id, &ids).await?;
        let mut stored: HashMap<String, PropertyValue> =
            stored.into_iter().filter(|value| value.delete_at == 0).map(|value| (value.id.clone(), value)).collect();
        let merge = |given: PropertyValue| {
            let stored = stored.remove(&given.id).ok_or_else(|| value_not_found(at))?;
            Ok(PropertyValue { value: given.value, ..stored })
        };
        given.into_iter().map(merge).collect()
    }

    async fn write_property_values(
        &self,
        at: &str,
        caller: &PropertyCaller,
        group_id: &str,
        values: Vec<PropertyValue>,
        write: Write,
    ) -> Result<Vec<(PropertyField, PropertyValue)>, AppError> {
        let fields = self.fields_of_values(&values).await?;
        let mut ready = Vec::with_capacity(values.len());
        for value in values {
            let field = fields
                .get(&value.field_id)
                .filter(|field| field.delete_at == 0 && field.group_id == group_id)
                .ok_or_else(|| field_not_found(at))?;
            check_value_write(at, caller, field)?;
            check_target(at, field, &value)?;
            let value = PropertyValue { value: canonical(at, field, &value.value)?, ..value };
            ready.push((field.clone(), value));
        }
        let mut tx = self.store.write().await?;
        for (_, value) in &mut ready {
            store_value(&mut tx, at, caller, value, write).await?;
        }
        tx.commit().await.map_err(StoreError::from)?;
        Ok(ready)
    }
}

/// Stores one value, and fills in what the store knows of it.
async fn store_value(
    tx: &mut AnyConnection,
    at: &str,
    caller: &PropertyCaller,
    value: &mut PropertyValue,
    write: Write,
) -> Result<(), AppError> {
    let now = now_ms();
    let old = store::value_of(tx, value).await?;
    value.delete_at = 0;
    caller.user_id().clone_into(&mut value.updated_by);
    match old {
        Some(_) if write == Write::Create => {
            let text = "The target has a value of this field.";
            return Err(AppError::new(at, "app.property_value.create.duplicate.app_error", 409, text));
        }
        Some(old) => {
            value.update_at = now.max(old.update_at + 1);
            (value.id, value.create_at, value.created_by) = (old.id, old.create_at, old.created_by);
            value.is_valid()?;
            tx.update(value).await?;
        }
        // It was deleted since it was read.
        None if write == Write::Update => return Err(value_not_found(at)),
        None => {
            (value.id, value.create_at, value.update_at) = (new_id(), now, now);
            caller.user_id().clone_into(&mut value.created_by);
            value.is_valid()?;
            tx.insert(value).await?;
        }
    }
    Ok(())
}

fn check_upsert(at: &str, values: &[PropertyValue]) -> Result<(), AppError> {
    let refuse = |why: &str, text: &str| {
        Err(AppError::new(at, &format!("app.property_value.upsert.{why}.app_error"), 400, text))
    };
    let mut seen = HashSet::new();
    for value in values {
        if Some(&value.group_id) != values.first().map(|first| &first.group_id) {
            return refuse("mixed_groups", "All values are of the same group.");
        }
        if !is_valid_id(&value.field_id) {
            return refuse("invalid_field_id", "A value names its field.");
        }
        if !seen.insert((&value.field_id, &value.target_id)) {
            return refuse("duplicate_field_id", "A target has one value of a field.");
        }
    }
    Ok(())
}

/// A template bears no values; a field with an object type bears values of such objects.
fn check_target(at: &str, field: &PropertyField, value: &PropertyValue) -> Result<(), AppError> {
    if field.object_type == "template" {
        let text = "A template has no values.";
        return Err(AppError::new(at, "app.property_value.template_no_values.app_error", 400, text));
    }
    if field.has_object_type() && field.object_type != value.target_type {
        let text = format!("Values of this field are of the target type `{}`.", field.object_type);
        return Err(invalid_value(at, &text));
    }
    Ok(())
}

fn last(at: &str, mut written: Vec<(PropertyField, PropertyValue)>) -> Result<PropertyValue, AppError> {
    written.pop().map(|one| one.1).ok_or_else(|| value_not_found(at))
}
