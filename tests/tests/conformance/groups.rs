//! `wit/groups.wit`: groups themselves. Who is in them is in `group_members`, what they are linked to
//! in `group_syncables`.

use serde_json::{Value, json};

use crate::{
    Case,
    case::Plan,
    error, success,
    world::{NOBODY, Person, id},
};

pub(crate) const NO_ROWS: &str = "app.group.no_rows";

/// A group of a plugin's source, by its name.
fn new_group(name: &str) -> Value {
    json!({
        "name": name, "display_name": name, "source": "plugin_conformance", "remote_id": name, "allow_reference": true,
    })
}

pub(crate) async fn group(case: &Case) -> Value {
    case.call_other("groups.create-group", json!({"group": new_group(&case.name("group"))})).await
}

pub(crate) async fn group_of(case: &Case, person: &Person) -> Value {
    let group = group(case).await;
    let member = json!({"group_id": id(&group), "user_id": person.id});
    case.call_other("groups.upsert-group-member", member).await;
    group
}

/// A server whose operator has not turned groups on.
pub(crate) fn unlicensed(function: &'static str) -> Plan {
    error(function).settings(json!({"ServiceSettings": {"LicensedFeatures": ["custom_groups"]}}))
}

pub(crate) fn count(list: &Value) -> Option<usize> {
    list.as_array().map(Vec::len)
}

#[test]
fn get_group_gives_it() {
    success("groups.get-group").run(async |case| {
        let group = group(case).await;
        let found = case.call(json!({"group_id": id(&group)})).await;
        let seen = case.admin.get(&format!("/api/v4/groups/{}", id(&group))).await.ok();
        assert_eq!((&found["name"], &found["source"]), (&seen["name"], &seen["source"]));
    });
}

#[test]
fn get_group_wants_one() {
    error("groups.get-group").run(async |case| case.refused(json!({"group_id": NOBODY})).await.is(NO_ROWS, 404));
}

#[test]
fn get_group_by_name_gives_it() {
    success("groups.get-group-by-name").run(async |case| {
        let group = group(case).await;
        assert_eq!(case.call(json!({"name": group["name"]})).await["id"], *id(&group));
    });
}

#[test]
fn get_group_by_name_wants_one() {
    error("groups.get-group-by-name").run(async |case| case.refused(json!({"name": "nothing"})).await.is(NO_ROWS, 404));
}

#[test]
fn get_groups_by_source_gives_the_live_ones() {
    success("groups.get-groups-by-source").run(async |case| {
        let source = case.name("plugin_source").replace('-', "_");
        let mut made = Vec::new();
        for _ in 0..2 {
            let mut new = new_group(&case.name("group"));
            new["source"] = json!(source);
            made.push(id(&case.call_other("groups.create-group", json!({"group": new})).await));
        }
        case.call_other("groups.delete-group", json!({"group_id": made[1]})).await;
        let found = case.call(json!({"group_source": source})).await;
        assert_eq!((count(&found), found[0]["id"].as_str()), (Some(1), Some(made[0].as_str())));
    });
}

#[test]
fn get_groups_by_source_tells_of_a_broken_store() {
    error("groups.get-groups-by-source").without_table("user_groups").run(async |case| {
        case.refused(json!({"group_source": "ldap"})).await.is_of_the_store();
    });
}

#[test]
fn get_group_by_remote_id_gives_it() {
    success("groups.get-group-by-remote-id").run(async |case| {
        let group = group(case).await;
        let at_its_source = json!({"remote_id": group["remote_id"], "group_source": "plugin_conformance"});
        assert_eq!(case.call(at_its_source).await["id"], group["id"]);
    });
}

#[test]
fn get_group_by_remote_id_wants_the_source() {
    error("groups.get-group-by-remote-id").run(async |case| {
        let group = group(case).await;
        let elsewhere = json!({"remote_id": group["remote_id"], "group_source": "ldap"});
        case.refused(elsewhere).await.is(NO_ROWS, 404);
    });
}

#[test]
fn create_group_tells_everybody() {
    success("groups.create-group").run(async |case| {
        let mut events = case.events(&case.bob.rest).await;
        let name = case.name("group");
        let group = case.call(json!({"group": new_group(&name)})).await;
        events.next_where("received_group", |event| event["data"]["group"].to_string().contains(&name)).await;
        let seen = case.admin.get(&format!("/api/v4/groups/{}", id(&group))).await.ok();
        assert_eq!(seen["display_name"], *name);
    });
}

#[test]
fn create_group_refuses_a_user_s_name() {
    error("groups.create-group").run(async |case| {
        let group = json!({"group": new_group(&case.bob.name)});
        case.refused(group).await.is("app.group.username_conflict", 400);
        let mut group = new_group(&case.name("group"));
        group["remote_id"] = Value::Null;
        case.refused(json!({"group": group})).await.is("model.group.remote_id.app_error", 400);
    });
}

#[test]
fn create_group_is_licensed() {
    unlicensed("groups.create-group").run(async |case| {
        let group = json!({"group": new_group(&case.name("group"))});
        case.refused(group).await.is("app.group.license_error", 403);
    });
}

#[test]
fn update_group_changes_it() {
    success("groups.update-group").run(async |case| {
        let mut group = group(case).await;
        let mut events = case.events(&case.bob.rest).await;
        group["display_name"] = json!("Another");
        assert_eq!(case.call(json!({"group": group})).await["display_name"], "Another");
        let is_meant = |event: &Value| event["data"]["group"].to_string().contains(&id(&group));
        events.next_where("received_group", is_meant).await;
        let seen = case.admin.get(&format!("/api/v4/groups/{}", id(&group))).await.ok();
        assert_eq!(seen["display_name"], "Another");
    });
}

#[test]
fn update_group_wants_one_and_a_free_name() {
    error("groups.update-group").run(async |case| {
        let (mut one, other) = (group(case).await, group(case).await);
        one["name"] = other["name"].clone();
        case.refused(json!({"group": one})).await.is("app.custom_group.unique_name", 400);
        one["id"] = json!(NOBODY);
        case.refused(json!({"group": one})).await.is(NO_ROWS, 404);
    });
}

#[test]
fn delete_group_takes_it_from_the_lists() {
    success("groups.delete-group").run(async |case| {
        let group = group_of(case, &case.bob).await;
        let gone = case.call(json!({"group_id": id(&group)})).await;
        assert!(gone["delete_at"].as_i64() > Some(0));
        assert_eq!(gone["member_count"], 1);
        let query = format!("/api/v4/groups?q={}", group["name"].as_str().unwrap_or_default());
        assert_eq!(count(&case.admin.get(&query).await.ok()), Some(0));
    });
}

#[test]
fn delete_group_wants_a_live_one() {
    error("groups.delete-group").run(async |case| {
        let group = group(case).await;
        case.call_other("groups.delete-group", json!({"group_id": id(&group)})).await;
        case.refused(json!({"group_id": id(&group)})).await.is(NO_ROWS, 404);
    });
}

#[test]
fn restore_group_brings_it_back() {
    success("groups.restore-group").run(async |case| {
        let group = group(case).await;
        case.call_other("groups.delete-group", json!({"group_id": id(&group)})).await;
        assert_eq!(case.call(json!({"group_id": id(&group)})).await["delete_at"], 0);
        let seen = case.admin.get(&format!("/api/v4/groups/{}", id(&group))).await.ok();
        assert_eq!(seen["delete_at"], 0);
    });
}

#[test]
fn restore_group_wants_a_deleted_one() {
    error("groups.restore-group").run(async |case| {
        let group = group(case).await;
        case.refused(json!({"group_id": id(&group)})).await.is(NO_ROWS, 404);
    });
}

#[test]
fn get_groups_finds_what_is_asked_for() {
    success("groups.get-groups").run(async |case| {
        let user = case.user().await;
        let group = group_of(case, &user).await;
        let opts = json!({"filter_has_member": user.id, "include_member_count": true, "include_member_ids": true});
        let found = case.call(json!({"page": 0, "per_page": 10, "opts": opts, "view_restrictions": null})).await;
        assert_eq!((count(&found), &found[0]["id"]), (Some(1), &group["id"]));
        assert_eq!((&found[0]["member_count"], &found[0]["member_ids"]), (&json!(1), &json!([user.id])));
        let nobody = json!({"teams": [], "channels": []});
        let found = case.call(json!({"page": 0, "per_page": 10, "opts": opts, "view_restrictions": nobody})).await;
        assert_eq!(found[0]["member_count"], 0, "who may see nobody counts nobody");
        let beyond = case.call(json!({"page": 1, "per_page": 10, "opts": opts, "view_restrictions": null})).await;
        assert_eq!(count(&beyond), Some(0));
    });
}

#[test]
fn get_groups_is_licensed() {
    unlicensed("groups.get-groups").run(async |case| {
        let all = json!({"page": 0, "per_page": 10, "opts": {}, "view_restrictions": null});
        case.refused(all).await.is("app.group.license_error", 403);
    });
}
