//! Fields that take their type and options from a template.

use sqlx::AnyConnection;
use wasmoat_model::{AppError, PropertyAttrs, PropertyField, now_ms};

use super::{ITEMS_AT_ONCE, PropertyCaller, denied, store::Filter};
use crate::store::{Queries as _, StoreError};

fn invalid(at: &str, reason: &str) -> AppError {
    AppError::new(at, "app.property_field.invalid_link.app_error", 400, reason)
}

/// Makes a new field one of its template's, where it names one.
///
/// # Errors
///
/// 400 where the template is none of the same group, 403 where it is another plugin's.
pub(super) async fn follow(
    store: &mut AnyConnection,
    at: &str,
    caller: &PropertyCaller,
    field: &mut PropertyField,
    attrs: &mut PropertyAttrs,
) -> Result<(), AppError> {
    let Some(link) = field.link() else { return Ok(()) };
    let filter = Filter::new().exactly("id", link).exactly("group_id", &field.group_id).live(false);
    let template = filter.rows::<PropertyField>(store, 1).await?.pop();
    let Some(template) = template.filter(|template| template.object_type == "template" && template.link().is_none())
    else {
        return Err(invalid(at, "A field links to a live template of its own group."));
    };
    let origin = PropertyAttrs::of(&template)?;
    if origin.is_protected() && !caller.is_plugin(origin.source()) && *caller != PropertyCaller::Core {
        return Err(denied(at, "Only the plugin that made this template links to it."));
    }
    field.r#type = template.r#type;
    attrs.inherit(&origin);
    Ok(())
}

/// The live fields linked to a template.
pub(super) async fn followers(store: &mut AnyConnection, template_id: &str) -> Result<Vec<PropertyField>, StoreError> {
    let limit = i64::try_from(ITEMS_AT_ONCE).unwrap_or(i64::MAX);
    Filter::new().exactly("linked_field_id", template_id).live(false).rows(store, limit).await
}

/// Hands a template's options on to the fields linked to it, and says which they are.
pub(super) async fn hand_on(
    store: &mut AnyConnection,
    template: &PropertyField,
) -> Result<Vec<PropertyField>, AppError> {
    let origin = PropertyAttrs::of(template)?;
    let mut changed = Vec::new();
    for mut field in followers(store, &template.id).await? {
        let mut attrs = PropertyAttrs::of(&field)?;
        attrs.inherit(&origin);
        field.attrs = attrs.text();
        field.update_at = now_ms().max(field.update_at + 1);
        field.updated_by.clone_from(&template.updated_by);
        store.update(&field).await?;
        changed.push(field);
    }
    Ok(changed)
}
