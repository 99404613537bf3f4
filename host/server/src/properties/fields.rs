//! Fields.

use axum::{Json, extract::Path};
use serde::Deserialize;
use serde_json::{Map, Value};
use wasmoat_core::properties::PropertyCaller;
use wasmoat_model::{PropertyField, PropertyFieldSearchCursor, PropertyFieldSearchOpts};

use crate::{Answer, Auth, Body, Created, Error, Params, RequestContext, ok};

/// Fields of a page where the request names no number.
const PER_PAGE: i64 = 60;

/// Kinds of objects in one search.
const OBJECT_TYPES: usize = 10;

/// What a client may set of a new field.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewField {
    name: String,
    r#type: String,
    attrs: Map<String, Value>,
    target_type: String,
    target_id: String,
    permission_field: Option<String>,
    permission_values: Option<String>,
    permission_options: Option<String>,
    linked_field_id: Option<String>,
}

/// What a client changes of a field.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct FieldPatch {
    name: Option<String>,
    r#type: Option<String>,
    attrs: Option<Map<String, Value>>,
    permission_field: Option<String>,
    permission_values: Option<String>,
    permission_options: Option<String>,
    linked_field_id: Option<String>,
}

/// A search over several kinds of objects.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct FieldSearch {
    object_types: Vec<String>,
    target_type: String,
    target_id: String,
    channel_id: String,
    team_id: String,
    since: i64,
    cursor_id: String,
    cursor_create_at: i64,
    per_page: i32,
}

fn text(attrs: &Map<String, Value>) -> String {
    if attrs.is_empty() { String::new() } else { Value::Object(attrs.clone()).to_string() }
}

pub(super) async fn create_field(
    Auth(rc): Auth,
    Path((group, object_type)): Path<(String, String)>,
    Body(new): Body<NewField>,
) -> Result<Created<PropertyField>, Error> {
    let group = rc.core.get_property_group(&group).await?;
    let mut field = PropertyField {
        group_id: group.id,
        object_type,
        name: new.name,
        r#type: new.r#type,
        attrs: text(&new.attrs),
        target_type: new.target_type,
        target_id: new.target_id,
        linked_field_id: new.linked_field_id,
        ..PropertyField::default()
    };
    rc.require_field_admin(&field).await?;
    // Others leave the levels as they are by default.
    if rc.require("manage_system").await.is_ok() {
        field.permission_field = new.permission_field;
        field.permission_values = new.permission_values;
        field.permission_options = new.permission_options;
    }
    Ok(Created(rc.core.create_property_field(&rc.property_caller(), field).await?))
}

/// The stored field of a path, whatever the user sees of it.
async fn stored(rc: &RequestContext, group: &str, object_type: &str, id: &str) -> Result<PropertyField, Error> {
    let group = rc.core.get_property_group(group).await?;
    let field = rc.core.get_property_field(&PropertyCaller::Core, &group.id, id).await?;
    if field.object_type == object_type && field.delete_at == 0 {
        return Ok(field);
    }
    Err(Error::new("app.property_field.not_found.app_error", 404, "There is no such property field."))
}

pub(super) async fn patch_field(
    Auth(rc): Auth,
    Path((group, object_type, id)): Path<(String, String, String)>,
    Body(patch): Body<FieldPatch>,
) -> Answer<PropertyField> {
    let mut field = stored(&rc, &group, &object_type, &id).await?;
    rc.require_field_target(&field).await?;
    let only_attrs = patch.name.is_none() && patch.r#type.is_none() && patch.linked_field_id.is_none();
    let only_options = only_attrs
        && patch.attrs.as_ref().is_some_and(|attrs| attrs.len() == 1 && attrs.contains_key("options"))
        && field.permission_options.is_some();
    let level = if only_options { &field.permission_options } else { &field.permission_field };
    rc.require_level(level.as_deref(), &field).await?;
    if let Some(attrs) = patch.attrs {
        let mut merged: Map<String, Value> = serde_json::from_str(&field.attrs).unwrap_or_default();
        merged.extend(attrs);
        field.attrs = text(&merged);
    }
    field.name = patch.name.unwrap_or(field.name);
    field.r#type = patch.r#type.unwrap_or(field.r#type);
    field.linked_field_id = patch.linked_field_id.or(field.linked_field_id);
    if rc.require("manage_system").await.is_ok() {
        field.permission_field = patch.permission_field.or(field.permission_field);
        field.permission_values = patch.permission_values.or(field.permission_values);
        field.permission_options = patch.permission_options.or(field.permission_options);
    }
    let (caller, group_id) = (rc.property_caller(), field.group_id.clone());
    Ok(Json(rc.core.update_property_field(&caller, &group_id, field).await?))
}

pub(super) async fn delete_field(
    Auth(rc): Auth,
    Path((group, object_type, id)): Path<(String, String, String)>,
) -> Answer<Value> {
    let field = stored(&rc, &group, &object_type, &id).await?;
    rc.require_level(field.permission_field.as_deref(), &field).await?;
    rc.core.delete_property_field(&rc.property_caller(), &field.group_id, &field.id).await?;
    Ok(ok())
}

pub(super) async fn get_fields(
    Auth(rc): Auth,
    Path((group, object_type)): Path<(String, String)>,
    params: Params,
) -> Answer<Vec<PropertyField>> {
    let search = FieldSearch {
        object_types: vec![object_type],
        target_type: params.text("target_type").to_owned(),
        target_id: params.text("target_id").to_owned(),
        channel_id: params.text("channel_id").to_owned(),
        team_id: params.text("team_id").to_owned(),
        since: params.number("since", 0),
        cursor_id: params.text("cursor_id").to_owned(),
        cursor_create_at: params.number("cursor_create_at", 0),
        per_page: i32::try_from(params.number("per_page", PER_PAGE)).unwrap_or_default(),
    };
    Ok(Json(search_in(&rc, &group, search).await?))
}

pub(super) async fn search_fields(
    Auth(rc): Auth,
    Path(group): Path<String>,
    Body(search): Body<FieldSearch>,
) -> Answer<Vec<PropertyField>> {
    if search.object_types.is_empty() || search.object_types.len() > OBJECT_TYPES {
        return Err(Error::invalid_body("object_types"));
    }
    Ok(Json(search_in(&rc, &group, search).await?))
}

/// The fields of a scope that the user sees: the system's, those of a team and of a channel.
async fn search_in(rc: &RequestContext, group: &str, search: FieldSearch) -> Result<Vec<PropertyField>, Error> {
    let group = rc.core.get_property_group(group).await?;
    let per_page = if search.per_page > 0 { search.per_page.min(200) } else { 60 };
    let mut found = Vec::new();
    for (target_type, target_id) in scopes(&search) {
        let target = PropertyField {
            target_type: target_type.to_owned(),
            target_id: target_id.to_owned(),
            ..PropertyField::default()
        };
        rc.require_field_target(&target).await?;
        for object_type in &search.object_types {
            let opts = PropertyFieldSearchOpts {
                group_id: group.id.clone(),
                object_type: object_type.clone(),
                target_type: target_type.to_owned(),
                target_ids: if target_id.is_empty() { Vec::new() } else { vec![target_id.to_owned()] },
                since_update_at: search.since,
                include_deleted: search.since > 0,
                cursor: PropertyFieldSearchCursor {
                    property_field_id: search.cursor_id.clone(),
                    create_at: search.cursor_create_at,
                },
                per_page,
            };
            found.extend(rc.core.search_property_fields(&rc.property_caller(), &opts).await?);
        }
    }
    found.sort_by(|a, b| (a.create_at, &a.id).cmp(&(b.create_at, &b.id)));
    found.truncate(usize::try_from(per_page).unwrap_or_default());
    Ok(found)
}

fn scopes(search: &FieldSearch) -> Vec<(&str, &str)> {
    match search.target_type.as_str() {
        "team" | "channel" => return vec![(search.target_type.as_str(), search.target_id.as_str())],
        "system" => return vec![("system", "")],
        _ => {}
    }
    let mut scopes = vec![("system", "")];
    if !search.team_id.is_empty() {
        scopes.push(("team", search.team_id.as_str()));
    }
    if !search.channel_id.is_empty() {
        scopes.push(("channel", search.channel_id.as_str()));
    }
    scopes
}
