//! `wit/properties.wit`: values.

use serde_json::{Value, json};

use crate::{
    Case, error,
    properties::{DENIED, NO_FIELD, field, group, named_group, template, value, value_of, values_of},
    success,
    world::NOBODY,
};

const NO_VALUE: &str = "app.property.not_found.app_error";

/// A field whose values only this plugin sets, and only as the scope `entra`.
async fn owned(case: &Case, group: &str) -> Value {
    let groups = case.call_other("properties.get-property-group", json!({"name": group})).await;
    let path = format!("/api/v4/properties/groups/{group}/user/fields");
    let owners = json!([{"id": "conformance", "type": "plugin", "scopes": ["entra"]}]);
    let field =
        json!({"name": case.name("owned"), "type": "text", "target_type": "system", "attrs": {"owners": owners}});
    let field = case.admin.post(&path, &field).await.ok();
    assert_eq!(field["group_id"], groups["id"]);
    field
}

fn entra() -> Value {
    json!({"acting_as_scope": "entra"})
}

fn okta() -> Value {
    json!({"acting_as_scope": "okta"})
}

/// A value of an owned field.
async fn owned_value(case: &Case) -> (Value, Value) {
    let (name, _) = named_group(case).await;
    let owned = owned(case, &name).await;
    let given = json!({"value": value_of(case, &owned, "red"), "options": entra()});
    let value = case.call_other("properties.upsert-property-value-with-options", given).await;
    (owned, value)
}

#[test]
fn create_property_value_sets_it() {
    success("properties.create-property-value").run(async |case| {
        let (name, group) = named_group(case).await;
        let field = field(case, &group).await;
        let mut events = case.events(&case.bob.rest).await;
        case.call(json!({"value": value_of(case, &field, " red ")})).await;
        let is_meant = |event: &Value| event["data"]["field_id"] == field["id"];
        events.next_where("property_values_updated", is_meant).await;
        let path = format!("/api/v4/properties/groups/{name}/user/values/{}", case.bob.id);
        assert_eq!(case.bob.rest.get(&path).await.ok()[0]["value"], "red");
    });
}

#[test]
fn create_property_value_refuses_a_second_one() {
    error("properties.create-property-value").run(async |case| {
        let field = field(case, &group(case).await).await;
        value(case, &field, "red").await;
        let refused = case.refused(json!({"value": value_of(case, &field, "blue")})).await;
        refused.is("app.property_value.create.duplicate.app_error", 409);
    });
}

#[test]
fn get_property_value_gives_it() {
    success("properties.get-property-value").run(async |case| {
        let field = field(case, &group(case).await).await;
        let value = value(case, &field, "red").await;
        let got = case.call(json!({"group_id": field["group_id"], "value_id": value["id"]})).await;
        assert_eq!(got, value);
    });
}

#[test]
fn get_property_value_knows_only_what_there_is() {
    error("properties.get-property-value").run(async |case| {
        let group = group(case).await;
        case.refused(json!({"group_id": group, "value_id": NOBODY})).await.is(NO_VALUE, 404);
    });
}

#[test]
fn get_property_values_gives_them() {
    success("properties.get-property-values").run(async |case| {
        let group = group(case).await;
        let (one, two) = (field(case, &group).await, field(case, &group).await);
        let (one, two) = (value(case, &one, "red").await, value(case, &two, "blue").await);
        let got = case.call(json!({"group_id": group, "ids": [two["id"], one["id"]]})).await;
        assert_eq!(got, json!([two, one]));
    });
}

#[test]
fn get_property_values_wants_all_of_them() {
    error("properties.get-property-values").run(async |case| {
        let group = group(case).await;
        case.refused(json!({"group_id": group, "ids": [NOBODY]})).await.is(NO_VALUE, 404);
    });
}

#[test]
fn update_property_value_changes_it() {
    success("properties.update-property-value").run(async |case| {
        let field = field(case, &group(case).await).await;
        let mut value = value(case, &field, "red").await;
        value["value"] = r#""blue""#.into();
        case.call(json!({"group_id": field["group_id"], "value": value})).await;
        assert_eq!(values_of(case, &field).await, ["blue"]);
    });
}

#[test]
fn update_property_value_wants_one() {
    error("properties.update-property-value").run(async |case| {
        let field = field(case, &group(case).await).await;
        let mut value = value_of(case, &field, "red");
        value["id"] = NOBODY.into();
        case.refused(json!({"group_id": field["group_id"], "value": value})).await.is(NO_VALUE, 404);
    });
}

#[test]
fn update_property_values_changes_all() {
    success("properties.update-property-values").run(async |case| {
        let group = group(case).await;
        let (one, two) = (field(case, &group).await, field(case, &group).await);
        let (mut first, mut second) = (value(case, &one, "a").await, value(case, &two, "b").await);
        (first["value"], second["value"]) = (r#""c""#.into(), r#""d""#.into());
        case.call(json!({"group_id": group, "values": [first, second]})).await;
        assert_eq!((values_of(case, &one).await, values_of(case, &two).await), (vec!["c".into()], vec!["d".into()]));
    });
}

#[test]
fn update_property_values_wants_some() {
    error("properties.update-property-values").run(async |case| {
        let group = group(case).await;
        let refused = case.refused(json!({"group_id": group, "values": []})).await;
        refused.is("app.property_value.invalid_input.app_error", 400);
    });
}

#[test]
fn upsert_property_value_sets_and_replaces() {
    success("properties.upsert-property-value").run(async |case| {
        let field = field(case, &group(case).await).await;
        let first = case.call(json!({"value": value_of(case, &field, "red")})).await;
        let second = case.call(json!({"value": value_of(case, &field, "blue")})).await;
        assert_eq!(first["id"], second["id"]);
        assert_eq!(values_of(case, &field).await, ["blue"]);
    });
}

#[test]
fn upsert_property_value_sets_none_of_a_template() {
    error("properties.upsert-property-value").run(async |case| {
        let template = template(case, &group(case).await).await;
        let refused = case.refused(json!({"value": value_of(case, &template, "red")})).await;
        refused.is("app.property_value.template_no_values.app_error", 400);
    });
}

#[test]
fn upsert_property_values_sets_all() {
    success("properties.upsert-property-values").run(async |case| {
        let group = group(case).await;
        let (one, two) = (field(case, &group).await, field(case, &group).await);
        case.call(json!({"values": [value_of(case, &one, "a"), value_of(case, &two, "b")]})).await;
        assert_eq!((values_of(case, &one).await, values_of(case, &two).await), (vec!["a".into()], vec!["b".into()]));
    });
}

#[test]
fn upsert_property_values_wants_some() {
    error("properties.upsert-property-values").run(async |case| {
        case.refused(json!({"values": []})).await.is("app.property_value.invalid_input.app_error", 400);
    });
}

#[test]
fn delete_property_value_takes_it_away() {
    success("properties.delete-property-value").run(async |case| {
        let field = field(case, &group(case).await).await;
        let value = value(case, &field, "red").await;
        let mut events = case.events(&case.bob.rest).await;
        case.call(json!({"group_id": field["group_id"], "value_id": value["id"]})).await;
        let is_meant = |event: &Value| event["data"]["field_id"] == field["id"] && event["data"]["values"] == "[]";
        events.next_where("property_values_updated", is_meant).await;
        assert!(values_of(case, &field).await.is_empty());
    });
}

#[test]
fn delete_property_value_wants_one() {
    error("properties.delete-property-value").run(async |case| {
        let group = group(case).await;
        case.refused(json!({"group_id": group, "value_id": NOBODY})).await.is(NO_VALUE, 404);
    });
}

#[test]
fn delete_property_values_for_target_takes_them_away() {
    success("properties.delete-property-values-for-target").run(async |case| {
        let field = field(case, &group(case).await).await;
        value(case, &field, "red").await;
        case.call(json!({"group_id": field["group_id"], "target_type": "user", "target_id": case.bob.id})).await;
        assert!(values_of(case, &field).await.is_empty());
    });
}

#[test]
fn delete_property_values_for_target_spares_what_others_own() {
    error("properties.delete-property-values-for-target").run(async |case| {
        let (name, group) = named_group(case).await;
        let owned = owned(case, &name).await;
        let given = json!({"value": value_of(case, &owned, "red"), "options": entra()});
        case.call_other("properties.upsert-property-value-with-options", given).await;
        let target = json!({"group_id": group, "target_type": "user", "target_id": case.bob.id});
        case.refused(target).await.is(DENIED, 403);
        assert_eq!(values_of(case, &owned).await, ["red"]);
    });
}

#[test]
fn delete_property_values_for_field_takes_them_away() {
    success("properties.delete-property-values-for-field").run(async |case| {
        let field = field(case, &group(case).await).await;
        value(case, &field, "red").await;
        case.call(json!({"group_id": field["group_id"], "field_id": field["id"]})).await;
        assert!(values_of(case, &field).await.is_empty());
    });
}

#[test]
fn delete_property_values_for_field_wants_a_field() {
    error("properties.delete-property-values-for-field").run(async |case| {
        let group = group(case).await;
        case.refused(json!({"group_id": group, "field_id": NOBODY})).await.is(NO_FIELD, 404);
    });
}

#[test]
fn search_property_values_finds_the_same_json() {
    success("properties.search-property-values").run(async |case| {
        let group = group(case).await;
        let (one, two) = (field(case, &group).await, field(case, &group).await);
        let red = value(case, &one, "red").await;
        value(case, &two, "blue").await;
        let found = case.call(json!({"group_id": group, "opts": {"per_page": 9, "value": r#" "red" "#}})).await;
        assert_eq!(found, json!([red]));
    });
}

#[test]
fn search_property_values_wants_a_whole_cursor() {
    error("properties.search-property-values").run(async |case| {
        let group = group(case).await;
        let opts = json!({"per_page": 1, "cursor": {"property_value_id": NOBODY, "create_at": 0}});
        let refused = case.refused(json!({"group_id": group, "opts": opts})).await;
        refused.is("app.property_value.search.app_error", 400);
    });
}

#[test]
fn upsert_property_value_with_options_acts_as_a_scope() {
    success("properties.upsert-property-value-with-options").run(async |case| {
        let (name, _) = named_group(case).await;
        let owned = owned(case, &name).await;
        case.call(json!({"value": value_of(case, &owned, "red"), "options": entra()})).await;
        assert_eq!(values_of(case, &owned).await, ["red"]);
    });
}

#[test]
fn upsert_property_value_with_options_keeps_to_its_scopes() {
    error("properties.upsert-property-value-with-options").run(async |case| {
        let (name, _) = named_group(case).await;
        let owned = owned(case, &name).await;
        case.refused(json!({"value": value_of(case, &owned, "red"), "options": okta()})).await.is(DENIED, 403);
    });
}

#[test]
fn upsert_property_values_with_options_acts_as_a_scope() {
    success("properties.upsert-property-values-with-options").run(async |case| {
        let (name, _) = named_group(case).await;
        let owned = owned(case, &name).await;
        case.call(json!({"values": [value_of(case, &owned, "red")], "options": entra()})).await;
        assert_eq!(values_of(case, &owned).await, ["red"]);
    });
}

#[test]
fn upsert_property_values_with_options_keeps_to_its_scopes() {
    error("properties.upsert-property-values-with-options").run(async |case| {
        let (name, _) = named_group(case).await;
        let owned = owned(case, &name).await;
        case.refused(json!({"values": [value_of(case, &owned, "red")], "options": okta()})).await.is(DENIED, 403);
    });
}

#[test]
fn delete_property_value_with_options_acts_as_a_scope() {
    success("properties.delete-property-value-with-options").run(async |case| {
        let (owned, value) = owned_value(case).await;
        case.call(json!({"group_id": owned["group_id"], "value_id": value["id"], "options": entra()})).await;
        assert!(values_of(case, &owned).await.is_empty());
    });
}

#[test]
fn delete_property_value_with_options_keeps_to_its_scopes() {
    error("properties.delete-property-value-with-options").run(async |case| {
        let (owned, value) = owned_value(case).await;
        let asked = json!({"group_id": owned["group_id"], "value_id": value["id"], "options": okta()});
        case.refused(asked).await.is(DENIED, 403);
        assert_eq!(values_of(case, &owned).await, ["red"]);
    });
}

#[test]
fn delete_property_values_for_target_with_options_acts_as_a_scope() {
    success("properties.delete-property-values-for-target-with-options").run(async |case| {
        let (owned, _) = owned_value(case).await;
        let target = json!({
            "group_id": owned["group_id"], "target_type": "user", "target_id": case.bob.id, "options": entra(),
        });
        case.call(target).await;
        assert!(values_of(case, &owned).await.is_empty());
    });
}

#[test]
fn delete_property_values_for_target_with_options_keeps_to_its_scopes() {
    error("properties.delete-property-values-for-target-with-options").run(async |case| {
        let (owned, _) = owned_value(case).await;
        let target = json!({
            "group_id": owned["group_id"], "target_type": "user", "target_id": case.bob.id, "options": okta(),
        });
        case.refused(target).await.is(DENIED, 403);
    });
}

#[test]
fn delete_property_values_for_field_with_options_acts_as_a_scope() {
    success("properties.delete-property-values-for-field-with-options").run(async |case| {
        let (owned, _) = owned_value(case).await;
        case.call(json!({"group_id": owned["group_id"], "field_id": owned["id"], "options": entra()})).await;
        assert!(values_of(case, &owned).await.is_empty());
    });
}

#[test]
fn delete_property_values_for_field_with_options_keeps_to_its_scopes() {
    error("properties.delete-property-values-for-field-with-options").run(async |case| {
        let (owned, _) = owned_value(case).await;
        let asked = json!({"group_id": owned["group_id"], "field_id": owned["id"], "options": okta()});
        case.refused(asked).await.is(DENIED, 403);
    });
}
