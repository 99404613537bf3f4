//! Properties: typed attributes that plugins and admins attach to posts, channels and users.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::json;

/// A namespace of properties.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct PropertyGroup {
    /// Id.
    pub id: String,
    /// Unique name of letters, digits and `_`.
    pub name: String,
    /// Generation of its properties: in a group of version 2 every field has an object type.
    pub version: i32,
    /// Version of the definitions of its fields.
    #[component(name = "schema-version")]
    pub schema_version: i32,
}

/// Definition of a property.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct PropertyField {
    /// Id; filled on create.
    pub id: String,
    /// Group.
    #[component(name = "group-id")]
    pub group_id: String,
    /// 1 to 255 characters.
    pub name: String,
    /// `text`, `select`, `multiselect`, `date`, `user` or `multiuser`.
    #[component(name = "type")]
    pub r#type: String,
    /// Free JSON object; some keys have a meaning, see [`crate::PropertyAttrs`].
    #[serde(with = "json::object")]
    pub attrs: String,
    /// Id of the team or channel; empty for the whole system.
    #[component(name = "target-id")]
    pub target_id: String,
    /// `system`, `team` or `channel` in the second generation; free text in the first.
    #[component(name = "target-type")]
    pub target_type: String,
    /// `post`, `channel`, `user` or `template`; empty in the first generation.
    #[component(name = "object-type")]
    pub object_type: String,
    /// Set by the server alone: nobody changes the field.
    pub protected: bool,
    /// Who changes the field: `none`, `sysadmin` or `member`; second generation only.
    #[component(name = "permission-field")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission_field: Option<String>,
    /// Who sets values.
    #[component(name = "permission-values")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission_values: Option<String>,
    /// Who changes the options.
    #[component(name = "permission-options")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission_options: Option<String>,
    /// Time of creation.
    #[component(name = "create-at")]
    pub create_at: i64,
    /// Time of the last change.
    #[component(name = "update-at")]
    pub update_at: i64,
    /// Time of deletion; 0 when live.
    #[component(name = "delete-at")]
    pub delete_at: i64,
    /// User who made it, or empty.
    #[component(name = "created-by")]
    pub created_by: String,
    /// User who changed it last, or empty.
    #[component(name = "updated-by")]
    pub updated_by: String,
    /// The template that its type and options come from.
    #[component(name = "linked-field-id")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linked_field_id: Option<String>,
}

/// Value of a property on one target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct PropertyValue {
    /// Id; filled on create.
    pub id: String,
    /// The post, channel, user or whatever else bears the value.
    #[component(name = "target-id")]
    pub target_id: String,
    /// Kind of the target, 1 to 255 characters; the field's object type where it has one.
    #[component(name = "target-type")]
    pub target_type: String,
    /// Group of the field.
    #[component(name = "group-id")]
    pub group_id: String,
    /// The field.
    #[component(name = "field-id")]
    pub field_id: String,
    /// JSON of the field's type.
    #[serde(with = "json::value")]
    pub value: String,
    /// Time of creation.
    #[component(name = "create-at")]
    pub create_at: i64,
    /// Time of the last change.
    #[component(name = "update-at")]
    pub update_at: i64,
    /// Time of deletion; 0 when live.
    #[component(name = "delete-at")]
    pub delete_at: i64,
    /// User who made it, or empty.
    #[component(name = "created-by")]
    pub created_by: String,
    /// User who changed it last, or empty.
    #[component(name = "updated-by")]
    pub updated_by: String,
}

/// Where a page of fields begins: after this one. Both fields or none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct PropertyFieldSearchCursor {
    /// The last field of the page before.
    #[component(name = "property-field-id")]
    pub property_field_id: String,
    /// Its time of creation.
    #[component(name = "create-at")]
    pub create_at: i64,
}

/// What to search fields by; empty and 0 filter nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct PropertyFieldSearchOpts {
    /// Group; the call's own argument wins.
    #[component(name = "group-id")]
    pub group_id: String,
    /// Object type.
    #[component(name = "object-type")]
    pub object_type: String,
    /// Target type.
    #[component(name = "target-type")]
    pub target_type: String,
    /// Targets, any of them.
    #[component(name = "target-ids")]
    pub target_ids: Vec<String>,
    /// Changed after this time.
    #[component(name = "since-update-at")]
    pub since_update_at: i64,
    /// Deleted ones too.
    #[component(name = "include-deleted")]
    pub include_deleted: bool,
    /// Where the page begins.
    pub cursor: PropertyFieldSearchCursor,
    /// Fields of a page, at least 1.
    #[component(name = "per-page")]
    pub per_page: i32,
}

/// Where a page of values begins: after this one. Both fields or none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct PropertyValueSearchCursor {
    /// The last value of the page before.
    #[component(name = "property-value-id")]
    pub property_value_id: String,
    /// Its time of creation.
    #[component(name = "create-at")]
    pub create_at: i64,
}

/// What to search values by; empty and 0 filter nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct PropertyValueSearchOpts {
    /// Group; the call's own argument wins.
    #[component(name = "group-id")]
    pub group_id: String,
    /// Target type.
    #[component(name = "target-type")]
    pub target_type: String,
    /// Targets, any of them.
    #[component(name = "target-ids")]
    pub target_ids: Vec<String>,
    /// Field.
    #[component(name = "field-id")]
    pub field_id: String,
    /// Changed after this time.
    #[component(name = "since-update-at")]
    pub since_update_at: i64,
    /// Deleted ones too.
    #[component(name = "include-deleted")]
    pub include_deleted: bool,
    /// Where the page begins.
    pub cursor: PropertyValueSearchCursor,
    /// Values of a page, at least 1.
    #[component(name = "per-page")]
    pub per_page: i32,
    /// This JSON exactly.
    #[serde(with = "json::value")]
    pub value: String,
}

/// What a plugin declares about a write of values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct PropertyRequestOptions {
    /// The scope it acts as, matched against the owners of owner-managed fields.
    #[component(name = "acting-as-scope")]
    pub acting_as_scope: Option<String>,
}
