//! Deleting fields and values, softly.

use sqlx::AnyConnection;
use wasmoat_model::{AppError, PropertyAttrs, PropertyField, PropertyValue, now_ms};

use super::{
    ITEMS_AT_ONCE, PropertyCaller,
    access::{check_field_write, check_value_write},
    field_not_found, links,
    store::{self, Filter},
    value_not_found,
};
use crate::{
    Core,
    store::{Queries as _, StoreError, args},
};

impl Core {
    /// Mattermost's `DeletePropertyField`: with its values.
    ///
    /// # Errors
    ///
    /// 403 where it is not the caller's, 404 for an unknown one, 409 while others link to it.
    pub async fn delete_property_field(
        &self,
        caller: &PropertyCaller,
        group_id: &str,
        field_id: &str,
    ) -> Result<(), AppError> {
        let at = "DeletePropertyField";
        let field = self.live_property_field(at, group_id, field_id).await?;
        let attrs = PropertyAttrs::of(&field)?;
        // A field whose plugin is gone would otherwise stay for ever.
        let orphan = !attrs.source().is_empty() && self.plugins.registry().get(attrs.source()).is_none();
        if !(orphan && matches!(caller, PropertyCaller::User { .. }) && !field.protected) {
            check_field_write(at, caller, &field, &attrs)?;
        }
        let (now, user_id) = (now_ms(), caller.user_id());
        let mut tx = self.store.write().await?;
        if !links::followers(&mut tx, &field.id).await?.is_empty() {
            let text = "Other fields link to this template.";
            return Err(AppError::new(at, "app.property_field.delete.has_linked_fields.app_error", 409, text));
        }
        let values = Filter::new().exactly("field_id", &field.id).live(false);
        values.delete::<PropertyValue>(&mut tx, now, user_id).await?;
        let this = Filter::new().exactly("id", &field.id).live(false);
        this.delete::<PropertyField>(&mut tx, now, user_id).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.publish_property_field_deleted(caller, &field);
        Ok(())
    }

    /// Mattermost's `DeletePropertyValue`.
    ///
    /// # Errors
    ///
    /// 403 where it is not the caller's, 404 for an unknown one.
    pub async fn delete_property_value(
        &self,
        caller: &PropertyCaller,
        group_id: &str,
        value_id: &str,
    ) -> Result<(), AppError> {
        let at = "DeletePropertyValue";
        let ids = [value_id.to_owned()];
        let value: Option<PropertyValue> = store::by_ids(&mut *self.store.read().await?, group_id, &ids).await?.pop();
        let Some(value) = value.filter(|value| value.delete_at == 0) else { return Err(value_not_found(at)) };
        let field = self.live_property_field(at, &value.group_id, &value.field_id).await?;
        check_value_write(at, caller, &field)?;
        let mut tx = self.store.write().await?;
        let this = Filter::new().exactly("id", value_id).live(false);
        this.delete::<PropertyValue>(&mut tx, now_ms(), caller.user_id()).await?;
        tx.commit().await.map_err(StoreError::from)?;
        if field.has_object_type() {
            self.publish_property_values(caller, &field.object_type, &value.target_id, &field.id, &[]).await?;
        }
        Ok(())
    }

    /// Mattermost's `DeletePropertyValuesForTarget`: all of a target in a group, or none where one
    /// is not the caller's.
    ///
    /// # Errors
    ///
    /// 403 where one of the values is not the caller's.
    pub async fn delete_property_values_for_target(
        &self,
        caller: &PropertyCaller,
        group_id: &str,
        target_type: &str,
        target_id: &str,
    ) -> Result<(), AppError> {
        let at = "DeletePropertyValuesForTarget";
        let mut tx = self.store.write().await?;
        let fields = fields_of_target(&mut tx, group_id, target_type, target_id).await?;
        for field in &fields {
            check_value_write(at, caller, field)?;
        }
        let values = Filter::new()
            .exactly("group_id", group_id)
            .exactly("target_type", target_type)
            .exactly("target_id", target_id)
            .live(false);
        values.delete::<PropertyValue>(&mut tx, now_ms(), caller.user_id()).await?;
        tx.commit().await.map_err(StoreError::from)?;
        if let Some(field) = fields.iter().find(|field| field.has_object_type()) {
            self.publish_property_values(caller, &field.object_type, target_id, "", &[]).await?;
        }
        Ok(())
    }

    /// Mattermost's `DeletePropertyValuesForField`.
    ///
    /// # Errors
    ///
    /// 403 where they are not the caller's, 404 for an unknown field.
    pub async fn delete_property_values_for_field(
        &self,
        caller: &PropertyCaller,
        group_id: &str,
        field_id: &str,
    ) -> Result<(), AppError> {
        let at = "DeletePropertyValuesForField";
        let field = self.live_property_field(at, group_id, field_id).await?;
        check_value_write(at, caller, &field)?;
        let mut tx = self.store.write().await?;
        let filter = || Filter::new().exactly("field_id", &field.id).live(false);
        let limit = i64::try_from(ITEMS_AT_ONCE).unwrap_or(i64::MAX);
        let gone: Vec<PropertyValue> = filter().rows(&mut tx, limit).await?;
        filter().delete::<PropertyValue>(&mut tx, now_ms(), caller.user_id()).await?;
        tx.commit().await.map_err(StoreError::from)?;
        if field.has_object_type() {
            for value in &gone {
                self.publish_property_values(caller, &field.object_type, &value.target_id, &field.id, &[]).await?;
            }
        }
        Ok(())
    }

    /// A live field of a group.
    ///
    /// # Errors
    ///
    /// 404 where there is none.
    pub(super) async fn live_property_field(
        &self,
        at: &str,
        group_id: &str,
        field_id: &str,
    ) -> Result<PropertyField, AppError> {
        let ids = [field_id.to_owned()];
        let field: Option<PropertyField> = store::by_ids(&mut *self.store.read().await?, group_id, &ids).await?.pop();
        field.filter(|field| field.delete_at == 0).ok_or_else(|| field_not_found(at))
    }
}

/// The fields that a target has live values of.
async fn fields_of_target(
    tx: &mut AnyConnection,
    group_id: &str,
    target_type: &str,
    target_id: &str,
) -> Result<Vec<PropertyField>, StoreError> {
    let rest = "WHERE property_fields.id IN (SELECT property_values.field_id FROM property_values
        WHERE property_values.group_id = $1 AND property_values.target_type = $2
        AND property_values.target_id = $3 AND property_values.delete_at = 0)";
    tx.all(rest, args![group_id, target_type, target_id]).await
}
