//! `wit/properties.wit`.

use serde_json::{Value, json};

use crate::{
    Case, error, success,
    world::{NOBODY, id},
};

const DENIED: &str = "app.property.access_denied.app_error";
const NO_FIELD: &str = "app.property_field.not_found.app_error";
const NO_VALUE: &str = "app.property.not_found.app_error";

/// A group of the case's own.
async fn group(case: &Case) -> String {
    let name = case.name("group").replace('-', "_");
    id(&case.call_other("properties.register-property-group", json!({"name": name})).await)
}

fn text_field(group: &str, name: &str) -> Value {
    json!({"field": {"group_id": group, "name": name, "type": "text", "object_type": "user", "target_type": "system"}})
}

/// A text field about users.
async fn field(case: &Case, group: &str) -> Value {
    let name = case.name("field");
    case.call_other("properties.create-property-field", text_field(group, &name)).await
}

/// A template of three colours.
async fn template(case: &Case, group: &str) -> Value {
    let field = json!({
        "group_id": group, "name": case.name("template"), "type": "select", "object_type": "template",
        "target_type": "system", "attrs": r#"{"options":[{"id":"red","name":"Red"}]}"#,
    });
    case.call_other("properties.create-property-field", json!({"field": field})).await
}

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

/// A group's name and id.
async fn named_group(case: &Case) -> (String, String) {
    let name = case.name("group").replace('-', "_");
    let group = case.call_other("properties.register-property-group", json!({"name": name})).await;
    (name, id(&group))
}

fn value_of(case: &Case, field: &Value, value: &str) -> Value {
    json!({
        "group_id": field["group_id"], "field_id": field["id"], "target_id": case.bob.id, "target_type": "user",
        "value": Value::from(value).to_string(),
    })
}

async fn value(case: &Case, field: &Value, value: &str) -> Value {
    let value = json!({"value": value_of(case, field, value)});
    case.call_other("properties.upsert-property-value", value).await
}

/// The stored values of a field, from outside.
async fn values_of(case: &Case, field: &Value) -> Vec<String> {
    let opts = json!({"field_id": field["id"], "per_page": 100});
    let opts = json!({"group_id": field["group_id"], "opts": opts});
    let found = case.call_other("properties.search-property-values", opts).await;
    let texts = found.as_array().unwrap().iter();
    texts.map(|value| value["value"].as_str().unwrap().trim_matches('"').to_owned()).collect()
}

fn entra() -> Value {
    json!({"acting_as_scope": "entra"})
}

fn okta() -> Value {
    json!({"acting_as_scope": "okta"})
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

/// A value of an owned field.
async fn owned_value(case: &Case) -> (Value, Value) {
    let (name, _) = named_group(case).await;
    let owned = owned(case, &name).await;
    let given = json!({"value": value_of(case, &owned, "red"), "options": entra()});
    let value = case.call_other("properties.upsert-property-value-with-options", given).await;
    (owned, value)
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
