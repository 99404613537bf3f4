//! Changes of fields.

use std::collections::HashSet;

use sqlx::AnyConnection;
use wasmoat_model::{AppError, PropertyAttrs, PropertyField, PropertyValue, now_ms};

use super::{
    PropertyCaller,
    access::check_field_write,
    check_batch,
    create::check_name,
    denied, field_not_found, invalid_field, links,
    store::{self, Filter},
};
use crate::{
    Core,
    store::{Queries as _, StoreError},
};

const AT: &str = "UpdatePropertyFields";

impl Core {
    /// Mattermost's `UpdatePropertyField`.
    ///
    /// # Errors
    ///
    /// As [`Core::update_property_fields`].
    pub async fn update_property_field(
        &self,
        caller: &PropertyCaller,
        group_id: &str,
        field: PropertyField,
    ) -> Result<PropertyField, AppError> {
        let mut updated = self.update_property_fields(caller, group_id, vec![field]).await?;
        updated.pop().ok_or_else(|| field_not_found(AT))
    }

    /// Mattermost's `UpdatePropertyFields`: all or none.
    ///
    /// # Errors
    ///
    /// 400 for what is not valid, 403 for what is not the caller's to change, 404 for an unknown
    /// field, 409 for a name that is taken and for a template's type while fields link to it.
    pub async fn update_property_fields(
        &self,
        caller: &PropertyCaller,
        group_id: &str,
        fields: Vec<PropertyField>,
    ) -> Result<Vec<PropertyField>, AppError> {
        check_batch(AT, fields.len(), invalid_field)?;
        let mut seen = HashSet::new();
        if !fields.iter().all(|field| seen.insert(field.id.clone())) {
            return Err(invalid_field(AT, "Each field is changed once."));
        }
        let (mut updated, mut linked) = (Vec::new(), Vec::new());
        let mut tx = self.store.write().await?;
        for field in fields {
            let (field, followers) = update(&mut tx, caller, group_id, field).await?;
            updated.push(field);
            linked.extend(followers);
        }
        tx.commit().await.map_err(StoreError::from)?;
        for field in updated.iter().chain(&linked) {
            self.publish_property_field("property_field_updated", caller, field);
        }
        Ok(updated)
    }
}

/// Changes one field, and those linked to it.
async fn update(
    tx: &mut AnyConnection,
    caller: &PropertyCaller,
    group_id: &str,
    given: PropertyField,
) -> Result<(PropertyField, Vec<PropertyField>), AppError> {
    let ids = [given.id.clone()];
    let stored = store::by_ids::<PropertyField>(tx, group_id, &ids).await?.pop();
    let Some(stored) = stored.filter(|field| field.delete_at == 0) else { return Err(field_not_found(AT)) };
    let field = merge(caller, &stored, given)?;
    if (&field.name, &field.target_id, &field.target_type) != (&stored.name, &stored.target_id, &stored.target_type) {
        check_name(tx, AT, &field).await?;
    }
    let mut followers = Vec::new();
    if field.r#type != stored.r#type {
        if !links::followers(tx, &field.id).await?.is_empty() {
            let text = "The type stays while fields link to this template.";
            return Err(AppError::new(AT, "app.property_field.update.has_linked_fields.app_error", 409, text));
        }
        let values = Filter::new().exactly("field_id", &field.id).live(false);
        values.delete::<PropertyValue>(tx, field.update_at, caller.user_id()).await?;
    }
    tx.update(&field).await?;
    if field.object_type == "template" {
        followers = links::hand_on(tx, &field).await?;
    }
    Ok((field, followers))
}

/// The stored field with what the caller may change of it.
fn merge(caller: &PropertyCaller, stored: &PropertyField, given: PropertyField) -> Result<PropertyField, AppError> {
    let before = PropertyAttrs::of(stored)?;
    check_field_write(AT, caller, stored, &before)?;
    if given.protected != stored.protected {
        let text = "Only the server protects a field.";
        return Err(AppError::new(AT, "app.property_field.update.protected.app_error", 400, text));
    }
    let mut attrs = PropertyAttrs::of(&given)?;
    check_attrs(caller, &before, &attrs)?;
    attrs.set_source(before.source());
    let mut field = PropertyField {
        group_id: stored.group_id.clone(),
        name: given.name.trim().to_owned(),
        object_type: stored.object_type.clone(),
        create_at: stored.create_at,
        created_by: stored.created_by.clone(),
        update_at: now_ms().max(stored.update_at + 1),
        updated_by: caller.user_id().to_owned(),
        delete_at: 0,
        linked_field_id: link(stored, &given)?,
        ..given
    };
    if field.link().is_some() {
        field.r#type.clone_from(&stored.r#type);
        attrs.inherit(&before);
    }
    attrs.prepare(&field)?;
    field.attrs = attrs.text();
    field.is_valid()?;
    Ok(field)
}

/// A link stays where the caller names it or none, and goes where it names the empty one.
fn link(stored: &PropertyField, given: &PropertyField) -> Result<Option<String>, AppError> {
    match (&given.linked_field_id, stored.link()) {
        (None, link) => Ok(link.map(str::to_owned)),
        (Some(id), _) if id.is_empty() => Ok(None),
        (Some(id), Some(link)) if id == link => Ok(Some(id.clone())),
        (Some(_), _) => Err(AppError::new(
            AT,
            "app.property_field.invalid_link.app_error",
            400,
            "A field is linked when it is made; later it can only be unlinked.",
        )),
    }
}

/// Source, protection and owners have rules of their own.
fn check_attrs(caller: &PropertyCaller, before: &PropertyAttrs, after: &PropertyAttrs) -> Result<(), AppError> {
    if !after.source().is_empty() && after.source() != before.source() {
        return Err(invalid_field(AT, "The plugin that made a field stays its source."));
    }
    let by_source = *caller == PropertyCaller::Core || caller.is_plugin(before.source());
    if after.is_protected() && !before.is_protected() && !by_source {
        return Err(denied(AT, "Only the plugin that made a field protects it."));
    }
    let machine = matches!(caller, PropertyCaller::Plugin { .. });
    if machine && before.owners().is_empty() && !after.owners().is_empty() {
        return Err(denied(AT, "An admin names the first owners of a field."));
    }
    Ok(())
}
