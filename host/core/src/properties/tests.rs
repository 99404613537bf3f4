use wasmoat_model::{
    AppError, PropertyField, PropertyFieldSearchCursor, PropertyFieldSearchOpts, PropertyGroup, PropertyValue,
    PropertyValueSearchOpts, new_id,
};

use super::PropertyCaller;
use crate::{
    Core,
    channels::tests::{World, inner},
};

fn plugin(id: &str) -> PropertyCaller {
    PropertyCaller::Plugin { id: id.into(), scope: String::new() }
}

fn user(id: &str) -> PropertyCaller {
    PropertyCaller::User { id: id.into(), connection_id: String::new() }
}

fn field(group: &PropertyGroup, name: &str, r#type: &str, attrs: &str) -> PropertyField {
    PropertyField {
        group_id: group.id.clone(),
        name: name.into(),
        r#type: r#type.into(),
        attrs: attrs.into(),
        ..PropertyField::default()
    }
}

fn user_field(group: &PropertyGroup, name: &str, r#type: &str, attrs: &str) -> PropertyField {
    PropertyField { object_type: "user".into(), target_type: "system".into(), ..field(group, name, r#type, attrs) }
}

fn value(field: &PropertyField, target_id: &str, json: &str) -> PropertyValue {
    PropertyValue {
        group_id: field.group_id.clone(),
        field_id: field.id.clone(),
        target_id: target_id.into(),
        target_type: "user".into(),
        value: json.into(),
        ..PropertyValue::default()
    }
}

fn what<T: std::fmt::Debug>(result: Result<T, AppError>) -> (String, i32) {
    let error = result.unwrap_err();
    (error.id, error.status_code)
}

const DENIED: &str = "app.property.access_denied.app_error";

async fn group(core: &Core) -> PropertyGroup {
    core.register_property_group("boards").await.unwrap()
}

#[tokio::test]
async fn a_group_is_made_once() {
    let core = Core::for_tests().await;
    let first = group(&core).await;
    assert_eq!(group(&core).await, first);
    assert_eq!(core.get_property_group("boards").await.unwrap(), first);
    assert_eq!(core.get_property_group("access_control").await.unwrap().version, 2);
    assert_eq!(what(core.get_property_group("none").await), ("app.property_group.get.app_error".into(), 500));
    assert_eq!(what(core.register_property_group("custom_profile_attributes").await).1, 400);
    assert_eq!(what(core.register_property_group("No Spaces").await).1, 400);
}

#[tokio::test]
async fn a_field_comes_from_its_plugin_and_a_protected_one_is_its_own() {
    let core = Core::for_tests().await;
    let group = group(&core).await;
    let (a, b) = (plugin("a"), plugin("b"));
    let made = core
        .create_property_field(
            &a,
            field(
                &group,
                " State ",
                "select",
                r#"{"protected":true,"access_mode":"source_only","source_plugin_id":"b","options":[{"name":"Open"}]}"#,
            ),
        )
        .await
        .unwrap();
    assert_eq!(made.name, "State");
    assert!(made.attrs.contains(r#""source_plugin_id":"a""#), "{}", made.attrs);
    assert_eq!(
        what(core.create_property_field(&a, field(&group, "State", "text", "")).await),
        ("app.property_field.create.name_conflict.app_error".into(), 409)
    );
    assert!(core.get_property_field(&a, &group.id, &made.id).await.unwrap().attrs.contains("Open"));
    assert!(!core.get_property_field(&b, &group.id, &made.id).await.unwrap().attrs.contains("Open"));
    let changed = PropertyField { name: "Mine".into(), ..made.clone() };
    assert_eq!(what(core.update_property_field(&b, &group.id, changed.clone()).await), (DENIED.into(), 403));
    assert_eq!(what(core.delete_property_field(&b, &group.id, &made.id).await), (DENIED.into(), 403));
    let updated = core.update_property_field(&a, &group.id, changed).await.unwrap();
    let option = wasmoat_model::PropertyAttrs::of(&updated).unwrap().options()[0].0.clone();
    let target = new_id();
    let json = format!("\"{option}\"");
    assert_eq!(what(core.create_property_value(&b, value(&made, &target, &json)).await), (DENIED.into(), 403));
    let stored = core.create_property_value(&a, value(&made, &target, &json)).await.unwrap();
    assert_eq!(core.get_property_value(&b, &group.id, &stored.id).await.unwrap(), None);
    assert_eq!(core.get_property_value(&a, &group.id, &stored.id).await.unwrap(), Some(stored));
    assert_eq!(what(core.create_property_value(&a, value(&made, &target, &json)).await).1, 409);
    assert_eq!(what(core.create_property_value(&a, value(&made, &new_id(), "\"Closed\"")).await).1, 400);
}

#[tokio::test]
async fn what_is_shared_is_seen_by_those_who_hold_it() {
    let core = Core::for_tests().await;
    let group = core.get_property_group("access_control").await.unwrap();
    let source = plugin("a");
    let attrs = r#"{"protected":true,"access_mode":"shared_only","options":[{"id":"x","name":"X"},{"id":"y","name":"Y"},{"id":"z","name":"Z"}]}"#;
    let made = core.create_property_field(&source, user_field(&group, "programs", "multiselect", attrs)).await.unwrap();
    let (ann, bob) = (core.new_user("ann").await.id, core.new_user("bob").await.id);
    core.upsert_property_values(&source, vec![value(&made, &ann, r#"["x","y"]"#), value(&made, &bob, r#"["y","z"]"#)])
        .await
        .unwrap();
    let seen = core.get_property_field(&user(&ann), &group.id, &made.id).await.unwrap().attrs;
    assert!(seen.contains("\"X\"") && !seen.contains("\"Z\""), "{seen}");
    let opts = PropertyValueSearchOpts {
        group_id: group.id.clone(),
        target_ids: vec![bob],
        per_page: 10,
        ..Default::default()
    };
    let seen = core.search_property_values(&user(&ann), opts.clone()).await.unwrap();
    assert_eq!(seen[0].value, r#"["y"]"#);
    assert!(core.search_property_values(&plugin("b"), opts).await.unwrap().is_empty());
}

#[tokio::test]
async fn only_owners_write_the_values_of_an_owned_field_and_only_in_their_scope() {
    let core = Core::for_tests().await;
    let group = core.get_property_group("access_control").await.unwrap();
    let ann = core.new_user("ann").await.id;
    let owned = r#"{"owners":[{"id":"sync","type":"plugin","scopes":["entra"]}]}"#;
    let declared = core.create_property_field(&plugin("sync"), user_field(&group, "dept", "text", owned)).await;
    assert_eq!(what(declared), (DENIED.into(), 403));
    let made = core.create_property_field(&user(&ann), user_field(&group, "dept", "text", owned)).await.unwrap();
    let scoped = |scope: &str| PropertyCaller::Plugin { id: "sync".into(), scope: scope.into() };
    let given = value(&made, &ann, "\"red\"");
    for caller in [user(&ann), plugin("sync"), scoped("okta"), plugin("other")] {
        assert_eq!(what(core.upsert_property_value(&caller, given.clone()).await), (DENIED.into(), 403), "{caller:?}");
    }
    let stored = core.upsert_property_value(&scoped("entra"), given).await.unwrap();
    assert_eq!(what(core.delete_property_value(&plugin("sync"), &group.id, &stored.id).await).1, 403);
    core.delete_property_values_for_target(&scoped("entra"), &group.id, "user", &ann).await.unwrap();
    let gone = core.get_property_value(&plugin("other"), &group.id, &stored.id).await.unwrap().unwrap();
    assert!(gone.delete_at > 0);
}

#[tokio::test]
async fn a_linked_field_follows_its_template() {
    let core = Core::for_tests().await;
    let group = group(&core).await;
    let a = plugin("a");
    let attrs = r#"{"options":[{"id":"o","name":"One"}]}"#;
    let template = PropertyField { object_type: "template".into(), ..user_field(&group, "colour", "select", attrs) };
    let template = core.create_property_field(&a, template).await.unwrap();
    let linked = PropertyField { linked_field_id: Some(template.id.clone()), ..user_field(&group, "own", "text", "") };
    let linked = core.create_property_field(&a, linked).await.unwrap();
    assert_eq!(linked.r#type, "select");
    let longer = PropertyField { attrs: r#"{"options":[{"id":"o","name":"Uno"}]}"#.into(), ..template.clone() };
    core.update_property_field(&a, &group.id, longer).await.unwrap();
    assert!(core.get_property_field(&a, &group.id, &linked.id).await.unwrap().attrs.contains("Uno"));
    let retyped = PropertyField { r#type: "text".into(), attrs: String::new(), ..template.clone() };
    assert_eq!(what(core.update_property_field(&a, &group.id, retyped).await).1, 409);
    assert_eq!(what(core.delete_property_field(&a, &group.id, &template.id).await).1, 409);
    assert_eq!(
        what(core.create_property_value(&a, value(&template, &new_id(), "\"o\"")).await),
        ("app.property_value.template_no_values.app_error".into(), 400)
    );
    let unlinked = PropertyField { linked_field_id: Some(String::new()), ..linked };
    let unlinked = core.update_property_field(&a, &group.id, unlinked).await.unwrap();
    assert_eq!(unlinked.linked_field_id, None);
    core.delete_property_field(&a, &group.id, &template.id).await.unwrap();
}

#[tokio::test]
async fn clients_hear_of_fields_with_an_object_type() {
    let world = World::new().await;
    let group = group(&world).await;
    let a = plugin("a");
    let mut ann = world.listen(&world.ann).await;
    let made = world.create_property_field(&a, user_field(&group, "team", "text", "")).await.unwrap();
    assert_eq!(inner(&ann.hear("property_field_created").await, "property_field")["id"], made.id.as_str());
    let stored = world.create_property_value(&a, value(&made, &world.bob.id, "\" red \"")).await.unwrap();
    assert_eq!(stored.value, "\"red\"");
    assert_eq!(inner(&ann.hear("property_values_updated").await, "values")[0]["value"], "red");
    world.update_property_field(&a, &group.id, PropertyField { r#type: "date".into(), ..made.clone() }).await.unwrap();
    ann.hear("property_field_updated").await;
    let stored = world.get_property_value(&a, &group.id, &stored.id).await.unwrap().unwrap();
    assert!(stored.delete_at > 0, "another type deletes the values");
    assert_eq!(what(world.upsert_property_value(&a, value(&made, &world.bob.id, "\"soon\"")).await).1, 400);
    world.upsert_property_value(&a, value(&made, &world.bob.id, "\"2026-11-21\"")).await.unwrap();
    world.delete_property_field(&a, &group.id, &made.id).await.unwrap();
    ann.hear("property_field_deleted").await;
    assert!(world.get_property_field(&a, &group.id, &made.id).await.unwrap().delete_at > 0);
}

#[tokio::test]
async fn pages_follow_the_cursor() {
    let core = Core::for_tests().await;
    let group = group(&core).await;
    let a = plugin("a");
    for name in ["one", "two", "three"] {
        core.create_property_field(&a, field(&group, name, "text", "")).await.unwrap();
    }
    let mut opts = PropertyFieldSearchOpts { group_id: group.id.clone(), per_page: 2, ..Default::default() };
    let first = core.search_property_fields(&a, &opts).await.unwrap();
    assert_eq!(first.len(), 2);
    opts.cursor = PropertyFieldSearchCursor { property_field_id: first[1].id.clone(), create_at: first[1].create_at };
    let second = core.search_property_fields(&a, &opts).await.unwrap();
    assert_eq!(second.len(), 1);
    assert!(!first.contains(&second[0]));
    opts.cursor.create_at = 0;
    assert_eq!(what(core.search_property_fields(&a, &opts).await), ("app.property_field.search.app_error".into(), 400));
    assert_eq!(core.count_property_fields(&group.id, false).await.unwrap(), 3);
}
