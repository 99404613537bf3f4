//! Values.

use axum::{Json, extract::Path};
use serde::Deserialize;
use serde_json::Value;
use wasmoat_core::properties::PropertyCaller;
use wasmoat_model::{PropertyValue, PropertyValueSearchCursor, PropertyValueSearchOpts};

use crate::{Answer, Auth, Body, Error, Params, RequestContext, users::valid_id};

/// Values of one request.
const AT_ONCE: usize = 100;

/// One value of a request.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewValue {
    field_id: String,
    value: Value,
}

pub(super) async fn get_values(
    Auth(rc): Auth,
    Path((group, object_type, target_id)): Path<(String, String, String)>,
    params: Params,
) -> Answer<Vec<PropertyValue>> {
    let group = rc.core.get_property_group(&group).await?;
    require_object(&rc, &object_type, &target_id, false).await?;
    let since = params.number("since", 0);
    let opts = PropertyValueSearchOpts {
        group_id: group.id,
        target_type: object_type,
        target_ids: vec![target_id],
        since_update_at: since,
        include_deleted: since > 0,
        cursor: PropertyValueSearchCursor {
            property_value_id: params.text("cursor_id").to_owned(),
            create_at: params.number("cursor_create_at", 0),
        },
        per_page: i32::try_from(params.number("per_page", 60).clamp(1, 200)).unwrap_or(60),
        ..PropertyValueSearchOpts::default()
    };
    Ok(Json(rc.core.search_property_values(&rc.property_caller(), opts).await?))
}

pub(super) async fn patch_values(
    Auth(rc): Auth,
    Path((group, object_type, target_id)): Path<(String, String, String)>,
    Body(values): Body<Vec<NewValue>>,
) -> Answer<Vec<PropertyValue>> {
    if values.is_empty() || values.len() > AT_ONCE {
        return Err(Error::invalid_body("values"));
    }
    let group = rc.core.get_property_group(&group).await?;
    require_object(&rc, &object_type, &target_id, true).await?;
    let mut given = Vec::with_capacity(values.len());
    for value in values {
        let field = rc.core.get_property_field(&PropertyCaller::Core, &group.id, &value.field_id).await?;
        match field.permission_values.as_deref() {
            None => {}
            level => rc.require_level(level, &field).await?,
        }
        given.push(PropertyValue {
            group_id: group.id.clone(),
            field_id: value.field_id,
            target_id: target_id.clone(),
            target_type: object_type.clone(),
            value: value.value.to_string(),
            ..PropertyValue::default()
        });
    }
    Ok(Json(rc.core.upsert_property_values(&rc.property_caller(), given).await?))
}

/// Whether the user sees an object, or may set values of it.
async fn require_object(rc: &RequestContext, object_type: &str, id: &str, write: bool) -> Result<(), Error> {
    let id = valid_id(id, "target_id")?;
    match object_type {
        "user" if write => rc.require_user(id).await,
        "user" => match rc.core.user_can_see_other_user(&rc.session, id).await {
            true => Ok(()),
            false => Err(Error::forbidden()),
        },
        "channel" | "post" => {
            let channel = match object_type {
                "post" => rc.core.get_post(id).await?.channel_id,
                _ => id.to_owned(),
            };
            match write {
                // Who may speak in a channel may label what is in it.
                true => rc.require_channel(&channel, "create_post").await,
                false => rc.require_readable_channel(&channel).await,
            }
        }
        _ => Err(Error::invalid_url("object_type")),
    }
}
