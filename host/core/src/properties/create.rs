//! New fields.

use sqlx::AnyConnection;
use wasmoat_model::{AppError, PropertyAttrs, PropertyField, PropertyGroup, new_id, now_ms};

use super::{FIELDS_PER_GROUP, PropertyCaller, USER_ATTRIBUTES, denied, invalid_field, links, store::Filter};
use crate::{
    Core,
    store::{Queries as _, StoreError, args},
};

impl Core {
    /// Mattermost's `CreatePropertyField`.
    ///
    /// # Errors
    ///
    /// 400 for what is not valid, 403 for what is not the caller's to set, 404 for an unknown group,
    /// 409 for a name that is taken, 422 past the limit of the group.
    pub async fn create_property_field(
        &self,
        caller: &PropertyCaller,
        field: PropertyField,
    ) -> Result<PropertyField, AppError> {
        let at = "CreatePropertyField";
        if !field.id.is_empty() {
            return Err(invalid_field(at, "A new field has no id."));
        }
        if field.protected && *caller != PropertyCaller::Core {
            let text = "Only the server makes protected fields.";
            return Err(AppError::new(at, "app.property_field.create.protected.app_error", 400, text));
        }
        let group = self.property_group(at, &field.group_id).await?;
        let mut field = fresh(caller, field);
        if group.version >= 2 && !field.has_object_type() {
            return Err(invalid_field(at, "A field of this group has an object type."));
        }
        let mut attrs = PropertyAttrs::of(&field)?;
        stamp(at, caller, &mut attrs)?;
        let mut tx = self.store.write().await?;
        links::follow(&mut tx, at, caller, &mut field, &mut attrs).await?;
        attrs.prepare(&field)?;
        field.attrs = attrs.text();
        field.is_valid()?;
        check_limit(&mut tx, at, &group, &field).await?;
        check_name(&mut tx, at, &field).await?;
        tx.insert(&field).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.publish_property_field("property_field_created", caller, &field);
        Ok(field)
    }
}

fn fresh(caller: &PropertyCaller, field: PropertyField) -> PropertyField {
    let now = now_ms();
    PropertyField {
        id: new_id(),
        name: field.name.trim().to_owned(),
        linked_field_id: field.linked_field_id.filter(|id| !id.is_empty()),
        create_at: now,
        update_at: now,
        delete_at: 0,
        created_by: caller.user_id().to_owned(),
        updated_by: caller.user_id().to_owned(),
        ..field
    }
}

/// Names the plugin that a new field comes from; nobody else may name one.
fn stamp(at: &str, caller: &PropertyCaller, attrs: &mut PropertyAttrs) -> Result<(), AppError> {
    match caller {
        PropertyCaller::Core => Ok(()),
        PropertyCaller::Plugin { id, .. } => {
            if !attrs.owners().is_empty() {
                return Err(denied(at, "An admin names the first owners of a field."));
            }
            attrs.set_source(id);
            Ok(())
        }
        PropertyCaller::User { .. } if attrs.is_protected() || !attrs.source().is_empty() => {
            Err(denied(at, "Only a plugin makes fields that are protected or have a source."))
        }
        PropertyCaller::User { .. } => Ok(()),
    }
}

async fn check_limit(
    store: &mut AnyConnection,
    at: &str,
    group: &PropertyGroup,
    field: &PropertyField,
) -> Result<(), AppError> {
    let filter = Filter::new().exactly("group_id", &group.id).live(false);
    if group.version >= 2 && field.object_type == "user" {
        let fields = filter.exactly("object_type", "user").count::<PropertyField>(store).await?;
        if fields >= USER_ATTRIBUTES {
            let text = format!("There are at most {USER_ATTRIBUTES} user attributes.");
            return Err(AppError::new(at, "app.custom_profile_attributes.limit_reached.app_error", 422, text));
        }
    } else if filter.count::<PropertyField>(store).await? >= FIELDS_PER_GROUP {
        let text = format!("A group has at most {FIELDS_PER_GROUP} fields.");
        return Err(AppError::new(at, "app.property_field.create.limit_reached.app_error", 422, text));
    }
    Ok(())
}

/// A name is free where no field of the same target has it, nor, in the second generation, one of
/// the levels above or below: the system, the team, its channels.
///
/// # Errors
///
/// 409 where it is taken.
pub(super) async fn check_name(store: &mut AnyConnection, at: &str, field: &PropertyField) -> Result<(), AppError> {
    let same = "SELECT COUNT(*) FROM property_fields AS other
        WHERE other.group_id = $1 AND other.object_type = $2 AND other.name = $3 AND other.delete_at = 0
        AND other.id <> $4";
    let args = args![field.group_id, field.object_type, field.name, field.id, field.target_id];
    let taken: Option<i64> = if field.has_object_type() {
        let levels = "other.target_type = 'system' OR $5 = '' OR other.target_id = $5
            OR (other.target_type = 'team'
                AND other.target_id = (SELECT channels.team_id FROM channels WHERE channels.id = $5))
            OR (other.target_type = 'channel' AND EXISTS
                (SELECT 1 FROM channels WHERE channels.id = other.target_id AND channels.team_id = $5))";
        store.value(&format!("{same} AND ({levels})"), args).await?
    } else {
        store.value(&format!("{same} AND other.target_id = $5"), args).await?
    };
    if taken.unwrap_or_default() == 0 {
        return Ok(());
    }
    let text = format!("There is a field `{}` already.", field.name);
    Err(AppError::new(at, "app.property_field.create.name_conflict.app_error", 409, text))
}
