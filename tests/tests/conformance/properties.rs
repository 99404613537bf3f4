//! `wit/properties.wit`: groups and fields. Values are in `property_values.rs`.

use serde_json::{Value, json};

use crate::{
    Case, error, success,
    world::{NOBODY, id},
};

pub(crate) const DENIED: &str = "app.property.access_denied.app_error";
pub(crate) const NO_FIELD: &str = "app.property_field.not_found.app_error";

/// A group of the case's own.
pub(crate) async fn group(case: &Case) -> String {
    let name = case.name("group").replace('-', "_");
    id(&case.call_other("properties.register-property-group", json!({"name": name})).await)
}

fn text_field(group: &str, name: &str) -> Value {
    json!({"field": {"group_id": group, "name": name, "type": "text", "object_type": "user", "target_type": "system"}})
}

/// A text field about users.
pub(crate) async fn field(case: &Case, group: &str) -> Value {
    let name = case.name("field");
    case.call_other("properties.create-property-field", text_field(group, &name)).await
}

/// A template of three colours.
pub(crate) async fn template(case: &Case, group: &str) -> Value {
    let field = json!({
        "group_id": group, "name": case.name("template"), "type": "select", "object_type": "template",
        "target_type": "system", "attrs": r#"{"options":[{"id":"red","name":"Red"}]}"#,
    });
    case.call_other("properties.create-property-field", json!({"field": field})).await
}

/// A group's name and id.
pub(crate) async fn named_group(case: &Case) -> (String, String) {
    let name = case.name("group").replace('-', "_");
    let group = case.call_other("properties.register-property-group", json!({"name": name})).await;
    (name, id(&group))
}

pub(crate) fn value_of(case: &Case, field: &Value, value: &str) -> Value {
    json!({
        "group_id": field["group_id"], "field_id": field["id"], "target_id": case.bob.id, "target_type": "user",
        "value": Value::from(value).to_string(),
    })
}

pub(crate) async fn value(case: &Case, field: &Value, value: &str) -> Value {
    let value = json!({"value": value_of(case, field, value)});
    case.call_other("properties.upsert-property-value", value).await
}

/// The stored values of a field, from outside.
pub(crate) async fn values_of(case: &Case, field: &Value) -> Vec<String> {
    let opts = json!({"field_id": field["id"], "per_page": 100});
    let opts = json!({"group_id": field["group_id"], "opts": opts});
    let found = case.call_other("properties.search-property-values", opts).await;
    let texts = found.as_array().unwrap().iter();
    texts.map(|value| value["value"].as_str().unwrap().trim_matches('"').to_owned()).collect()
}

#[test]
fn create_property_field_stamps_its_source() {
    success("properties.create-property-field").run(async |case| {
        let (name, group) = named_group(case).await;
        let mut events = case.events(&case.bob.rest).await;
        let field = case.call(text_field(&group, "colour")).await;
        assert!(field["attrs"].as_str().unwrap().contains(r#""source_plugin_id":"conformance""#), "{field}");
        let is_meant = |event: &Value| event["data"]["property_field"].to_string().contains(&id(&field));
        events.next_where("property_field_created", is_meant).await;
        let path = format!("/api/v4/properties/groups/{name}/user/fields");
        assert_eq!(case.bob.rest.get(&path).await.ok()[0]["id"], field["id"]);
    });
}

#[test]
fn create_property_field_refuses_protection_by_the_server() {
    error("properties.create-property-field").run(async |case| {
        let group = group(case).await;
        let mut field = text_field(&group, "colour");
        field["field"]["protected"] = true.into();
        case.refused(field).await.is("app.property_field.create.protected.app_error", 400);
    });
}

#[test]
fn get_property_field_gives_it() {
    success("properties.get-property-field").run(async |case| {
        let field = field(case, &group(case).await).await;
        let got = case.call(json!({"group_id": field["group_id"], "field_id": field["id"]})).await;
        assert_eq!(got, field);
    });
}

#[test]
fn get_property_field_knows_only_what_there_is() {
    error("properties.get-property-field").run(async |case| {
        let group = group(case).await;
        case.refused(json!({"group_id": group, "field_id": NOBODY})).await.is(NO_FIELD, 404);
    });
}

#[test]
fn get_property_fields_keeps_the_order() {
    success("properties.get-property-fields").run(async |case| {
        let group = group(case).await;
        let (one, two) = (field(case, &group).await, field(case, &group).await);
        let got = case.call(json!({"group_id": group, "ids": [two["id"], one["id"]]})).await;
        assert_eq!(got, json!([two, one]));
    });
}

#[test]
fn get_property_fields_wants_all_of_them() {
    error("properties.get-property-fields").run(async |case| {
        let field = field(case, &group(case).await).await;
        let ids = json!({"group_id": field["group_id"], "ids": [field["id"], NOBODY]});
        case.refused(ids).await.is("app.property_field.get_many.app_error", 400);
    });
}

#[test]
fn get_property_field_by_name_finds_it() {
    success("properties.get-property-field-by-name").run(async |case| {
        let field = field(case, &group(case).await).await;
        let got = case.call(json!({"group_id": field["group_id"], "target_id": "", "name": field["name"]})).await;
        assert_eq!(got["id"], field["id"]);
    });
}

#[test]
fn get_property_field_by_name_knows_only_what_there_is() {
    error("properties.get-property-field-by-name").run(async |case| {
        let group = group(case).await;
        case.refused(json!({"group_id": group, "target_id": "", "name": "none"})).await.is(NO_FIELD, 404);
    });
}

#[test]
fn update_property_field_changes_it() {
    success("properties.update-property-field").run(async |case| {
        let mut field = field(case, &group(case).await).await;
        let mut events = case.events(&case.bob.rest).await;
        field["name"] = "renamed".into();
        case.call(json!({"group_id": field["group_id"], "field": field})).await;
        let is_meant = |event: &Value| event["data"]["property_field"].to_string().contains(&id(&field));
        events.next_where("property_field_updated", is_meant).await;
        let asked = json!({"group_id": field["group_id"], "field_id": field["id"]});
        assert_eq!(case.call_other("properties.get-property-field", asked).await["name"], "renamed");
    });
}

#[test]
fn update_property_field_leaves_owners_to_admins() {
    error("properties.update-property-field").run(async |case| {
        let mut field = field(case, &group(case).await).await;
        field["attrs"] = r#"{"owners":[{"id":"conformance","type":"plugin","scopes":[]}]}"#.into();
        case.refused(json!({"group_id": field["group_id"], "field": field})).await.is(DENIED, 403);
    });
}

#[test]
fn update_property_fields_changes_all() {
    success("properties.update-property-fields").run(async |case| {
        let group = group(case).await;
        let (mut one, mut two) = (field(case, &group).await, field(case, &group).await);
        (one["name"], two["name"]) = ("first".into(), "second".into());
        let changed = case.call(json!({"group_id": group, "fields": [one, two]})).await;
        assert_eq!((&changed[0]["name"], &changed[1]["name"]), (&json!("first"), &json!("second")));
        let asked = json!({"group_id": group, "target_id": "", "name": "second"});
        assert_eq!(case.call_other("properties.get-property-field-by-name", asked).await["id"], two["id"]);
    });
}

#[test]
fn update_property_fields_changes_all_or_none() {
    error("properties.update-property-fields").run(async |case| {
        let group = group(case).await;
        let (mut one, mut two) = (field(case, &group).await, field(case, &group).await);
        (one["name"], two["id"]) = ("first".into(), NOBODY.into());
        case.refused(json!({"group_id": group, "fields": [one, two]})).await.is(NO_FIELD, 404);
        let asked = json!({"group_id": group, "field_id": one["id"]});
        assert_ne!(case.call_other("properties.get-property-field", asked).await["name"], "first");
    });
}

#[test]
fn delete_property_field_takes_its_values_along() {
    success("properties.delete-property-field").run(async |case| {
        let field = field(case, &group(case).await).await;
        value(case, &field, "red").await;
        let mut events = case.events(&case.bob.rest).await;
        case.call(json!({"group_id": field["group_id"], "field_id": field["id"]})).await;
        let is_meant = |event: &Value| event["data"]["field_id"] == field["id"];
        events.next_where("property_field_deleted", is_meant).await;
        assert!(values_of(case, &field).await.is_empty());
    });
}

#[test]
fn delete_property_field_keeps_a_template_in_use() {
    error("properties.delete-property-field").run(async |case| {
        let group = group(case).await;
        let template = template(case, &group).await;
        let mut linked = text_field(&group, "linked");
        linked["field"]["linked_field_id"] = template["id"].clone();
        let linked = case.call_other("properties.create-property-field", linked).await;
        assert_eq!(linked["type"], "select");
        let refused = case.refused(json!({"group_id": group, "field_id": template["id"]})).await;
        refused.is("app.property_field.delete.has_linked_fields.app_error", 409);
    });
}

#[test]
fn search_property_fields_goes_by_pages() {
    success("properties.search-property-fields").run(async |case| {
        let group = group(case).await;
        let (one, two) = (field(case, &group).await, field(case, &group).await);
        let first = case.call(json!({"group_id": group, "opts": {"per_page": 1}})).await;
        let cursor = json!({"property_field_id": first[0]["id"], "create_at": first[0]["create_at"]});
        let second = case.call(json!({"group_id": group, "opts": {"per_page": 5, "cursor": cursor}})).await;
        let (first, second) = (id(&first[0]), id(&second[0]));
        assert!([id(&one), id(&two)].contains(&first) && [id(&one), id(&two)].contains(&second) && first != second);
    });
}

#[test]
fn search_property_fields_wants_a_page() {
    error("properties.search-property-fields").run(async |case| {
        let group = group(case).await;
        let refused = case.refused(json!({"group_id": group, "opts": {"per_page": 0}})).await;
        refused.is("app.property_field.search.app_error", 400);
    });
}

#[test]
fn count_property_fields_counts() {
    success("properties.count-property-fields").run(async |case| {
        let group = group(case).await;
        let gone = field(case, &group).await;
        field(case, &group).await;
        case.call_other("properties.delete-property-field", json!({"group_id": group, "field_id": gone["id"]})).await;
        assert_eq!(case.call(json!({"group_id": group, "include_deleted": false})).await, 1);
        assert_eq!(case.call(json!({"group_id": group, "include_deleted": true})).await, 2);
    });
}

#[test]
fn count_property_fields_tells_of_a_broken_store() {
    error("properties.count-property-fields").without_table("property_fields").run(async |case| {
        case.refused(json!({"group_id": NOBODY, "include_deleted": false})).await.is_of_the_store();
    });
}

#[test]
fn count_property_fields_for_target_counts() {
    success("properties.count-property-fields-for-target").run(async |case| {
        let group = group(case).await;
        field(case, &group).await;
        let system = json!({"group_id": group, "target_type": "system", "target_id": "", "include_deleted": false});
        assert_eq!(case.call(system).await, 1);
        let team = json!({
            "group_id": group, "target_type": "team", "target_id": case.team_id, "include_deleted": false,
        });
        assert_eq!(case.call(team).await, 0);
    });
}

#[test]
fn count_property_fields_for_target_tells_of_a_broken_store() {
    error("properties.count-property-fields-for-target").without_table("property_fields").run(async |case| {
        let asked = json!({"group_id": NOBODY, "target_type": "system", "target_id": "", "include_deleted": false});
        case.refused(asked).await.is_of_the_store();
    });
}

#[test]
fn register_property_group_makes_one() {
    success("properties.register-property-group").run(async |case| {
        let name = case.name("group").replace('-', "_");
        let group = case.call(json!({"name": name})).await;
        assert_eq!(case.call(json!({"name": name})).await, group);
        assert_eq!(case.call_other("properties.get-property-group", json!({"name": name})).await, group);
    });
}

#[test]
fn register_property_group_refuses_the_old_name() {
    error("properties.register-property-group").run(async |case| {
        let refused = case.refused(json!({"name": "custom_profile_attributes"})).await;
        refused.is("app.property_group.deprecated.app_error", 400);
    });
}

#[test]
fn get_property_group_finds_it() {
    success("properties.get-property-group").run(async |case| {
        let (name, group) = named_group(case).await;
        assert_eq!(id(&case.call(json!({"name": name})).await), group);
    });
}

#[test]
fn get_property_group_knows_only_what_there_is() {
    error("properties.get-property-group").run(async |case| {
        case.refused(json!({"name": "none"})).await.is("app.property_group.get.app_error", 500);
    });
}
