//! `wit/groups.wit`.

use serde_json::{Value, json};

use crate::{
    Case,
    case::Plan,
    error, success,
    world::{NOBODY, Person, id},
};

const NO_ROWS: &str = "app.group.no_rows";

/// A group of a plugin's source, by its name.
fn new_group(name: &str) -> Value {
    json!({
        "name": name, "display_name": name, "source": "plugin_conformance", "remote_id": name, "allow_reference": true,
    })
}

async fn group(case: &Case) -> Value {
    case.call_other("groups.create-group", json!({"group": new_group(&case.name("group"))})).await
}

async fn group_of(case: &Case, person: &Person) -> Value {
    let group = group(case).await;
    let member = json!({"group_id": id(&group), "user_id": person.id});
    case.call_other("groups.upsert-group-member", member).await;
    group
}

async fn members(case: &Case, group: &Value) -> Value {
    case.admin.get(&format!("/api/v4/groups/{}/members", id(group))).await.ok()["members"].clone()
}

fn link(group: &Value, kind: &str, syncable_id: &str) -> Value {
    json!({"group_id": id(group), "syncable_id": syncable_id, "auto_add": true, "type": kind})
}

async fn linked(case: &Case, group: &Value, kind: &str, syncable_id: &str) -> Value {
    let link = json!({"group_syncable": link(group, kind, syncable_id)});
    case.call_other("groups.upsert-group-syncable", link).await
}

async fn channels_of(case: &Case, group: &Value) -> Value {
    case.admin.get(&format!("/api/v4/groups/{}/channels", id(group))).await.ok()
}

fn of_link(group: &Value, kind: &str, syncable_id: &str) -> Value {
    json!({"group_id": id(group), "syncable_id": syncable_id, "syncable_type": kind})
}

/// A server whose operator has not turned groups on.
fn unlicensed(function: &'static str) -> Plan {
    error(function).settings(json!({"ServiceSettings": {"LicensedFeatures": ["custom_groups"]}}))
}

fn count(list: &Value) -> Option<usize> {
    list.as_array().map(Vec::len)
}

async fn is_member(case: &Case, channel: &Value, person: &Person) -> bool {
    let path = format!("/api/v4/channels/{}/members/{}", id(channel), person.id);
    case.admin.get(&path).await.status.is_success()
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
fn get_group_member_users_pages_by_name() {
    success("groups.get-group-member-users").run(async |case| {
        let (first, second) = (case.user().await, case.user().await);
        let group = group_of(case, &second).await;
        let member = json!({"group_id": id(&group), "user_id": first.id});
        case.call_other("groups.upsert-group-member", member).await;
        let mut names = [first.name, second.name];
        names.sort();
        for (page, name) in names.iter().enumerate() {
            let users = case.call(json!({"group_id": id(&group), "page": page, "per_page": 1})).await;
            assert_eq!(users[0]["username"], **name);
        }
        let beyond = case.call(json!({"group_id": id(&group), "page": 2, "per_page": 1})).await;
        assert_eq!(count(&beyond), Some(0));
    });
}

#[test]
fn get_group_member_users_tells_of_a_broken_store() {
    error("groups.get-group-member-users").without_table("group_members").run(async |case| {
        case.refused(json!({"group_id": NOBODY, "page": 0, "per_page": 10})).await.is_of_the_store();
    });
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
fn get_groups_for_user_gives_those_of_the_user() {
    success("groups.get-groups-for-user").run(async |case| {
        let user = case.user().await;
        let group = group_of(case, &user).await;
        let found = case.call(json!({"user_id": user.id})).await;
        assert_eq!((count(&found), &found[0]["id"]), (Some(1), &group["id"]));
        let seen = user.rest.get("/api/v4/users/me/groups").await.ok();
        assert_eq!(seen[0]["id"], group["id"]);
    });
}

#[test]
fn get_groups_for_user_tells_of_a_broken_store() {
    error("groups.get-groups-for-user").without_table("group_members").run(async |case| {
        case.refused(json!({"user_id": NOBODY})).await.is_of_the_store();
    });
}

#[test]
fn upsert_group_member_adds_and_tells_the_user() {
    success("groups.upsert-group-member").run(async |case| {
        let (user, group) = (case.user().await, group(case).await);
        let mut events = case.events(&user.rest).await;
        let member = case.call(json!({"group_id": id(&group), "user_id": user.id})).await;
        assert_eq!((member["user_id"].as_str(), member["delete_at"].as_i64()), (Some(user.id.as_str()), Some(0)));
        events.next("group_member_add").await;
        assert_eq!(members(case, &group).await[0]["id"], *user.id);
    });
}

#[test]
fn upsert_group_member_wants_a_user_and_a_group() {
    error("groups.upsert-group-member").run(async |case| {
        let group = group(case).await;
        for member in
            [json!({"group_id": id(&group), "user_id": NOBODY}), json!({"group_id": NOBODY, "user_id": case.bob.id})]
        {
            case.refused(member).await.is("app.group.uniqueness_error", 400);
        }
    });
}

#[test]
fn upsert_group_members_adds_many() {
    success("groups.upsert-group-members").run(async |case| {
        let (user, group) = (case.user().await, group(case).await);
        let added = case.call(json!({"group_id": id(&group), "user_ids": [user.id, case.bob.id]})).await;
        assert_eq!((count(&added), count(&members(case, &group).await)), (Some(2), Some(2)));
    });
}

#[test]
fn upsert_group_members_adds_all_or_none() {
    error("groups.upsert-group-members").run(async |case| {
        let group = group(case).await;
        let members_to_be = json!({"group_id": id(&group), "user_ids": [case.bob.id, NOBODY]});
        case.refused(members_to_be).await.is("app.group.uniqueness_error", 400);
        assert_eq!(count(&members(case, &group).await), Some(0));
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
fn delete_group_member_ends_it_and_tells_the_user() {
    success("groups.delete-group-member").run(async |case| {
        let user = case.user().await;
        let group = group_of(case, &user).await;
        let mut events = case.events(&user.rest).await;
        let member = case.call(json!({"group_id": id(&group), "user_id": user.id})).await;
        assert!(member["delete_at"].as_i64() > Some(0));
        events.next("group_member_deleted").await;
        assert_eq!(count(&members(case, &group).await), Some(0));
    });
}

#[test]
fn delete_group_member_wants_one() {
    error("groups.delete-group-member").run(async |case| {
        let group = group(case).await;
        case.refused(json!({"group_id": id(&group), "user_id": case.bob.id})).await.is(NO_ROWS, 404);
    });
}

#[test]
fn get_group_syncable_gives_the_link() {
    success("groups.get-group-syncable").run(async |case| {
        let (group, channel) = (group(case).await, case.channel().await);
        linked(case, &group, "channel", &id(&channel)).await;
        let found = case.call(of_link(&group, "channel", &id(&channel))).await;
        assert_eq!((found["type"].as_str(), found["auto_add"].as_bool()), (Some("channel"), Some(true)));
        let path = format!("/api/v4/groups/{}/channels/{}", id(&group), id(&channel));
        assert_eq!(case.admin.get(&path).await.ok()["channel_id"], channel["id"]);
    });
}

#[test]
fn get_group_syncable_wants_one() {
    error("groups.get-group-syncable").run(async |case| {
        let group = group(case).await;
        case.refused(of_link(&group, "team", NOBODY)).await.is(NO_ROWS, 404);
    });
}

#[test]
fn get_group_syncables_lists_those_of_a_kind() {
    success("groups.get-group-syncables").run(async |case| {
        let (group, channel) = (group(case).await, case.channel().await);
        linked(case, &group, "channel", &id(&channel)).await;
        let channels = case.call(json!({"group_id": id(&group), "syncable_type": "channel"})).await;
        assert_eq!((count(&channels), &channels[0]["channel_display_name"]), (Some(1), &channel["display_name"]));
        let teams = case.call(json!({"group_id": id(&group), "syncable_type": "team"})).await;
        assert_eq!((count(&teams), teams[0]["syncable_id"].as_str()), (Some(1), Some(case.team_id.as_str())));
    });
}

#[test]
fn get_group_syncables_is_licensed() {
    unlicensed("groups.get-group-syncables").run(async |case| {
        let links = json!({"group_id": NOBODY, "syncable_type": "team"});
        case.refused(links).await.is("app.group.license_error", 403);
    });
}

#[test]
fn upsert_group_syncable_links_the_team_too() {
    success("groups.upsert-group-syncable").run(async |case| {
        let (group, channel) = (group(case).await, case.channel().await);
        let mut events = case.events(&case.bob.rest).await;
        case.call(json!({"group_syncable": link(&group, "channel", &id(&channel))})).await;
        let is_meant = |event: &Value| event["data"]["group_id"] == group["id"];
        events.next_where("received_group_associated_to_team", is_meant).await;
        events.next_where("received_group_associated_to_channel", is_meant).await;
        assert_eq!(channels_of(case, &group).await[0]["channel_id"], channel["id"]);
        let teams = case.admin.get(&format!("/api/v4/groups/{}/teams", id(&group))).await.ok();
        assert_eq!(teams[0]["team_id"], *case.team_id);
    });
}

#[test]
fn upsert_group_syncable_respects_a_constrained_team() {
    error("groups.upsert-group-syncable").run(async |case| {
        let team = json!({"name": case.name("team"), "display_name": "T", "type": "O"});
        let team = id(&case.admin.post("/api/v4/teams", &team).await.ok());
        let channel = json!({"team_id": team, "name": "plans", "display_name": "Plans", "type": "O"});
        let channel = case.admin.post("/api/v4/channels", &channel).await.ok();
        let patch = json!({"group_constrained": true});
        case.admin.put(&format!("/api/v4/teams/{team}/patch"), &patch).await.ok();
        let link = json!({"group_syncable": link(&group(case).await, "channel", &id(&channel))});
        case.refused(link).await.is("group_not_associated_to_synced_team", 400);
    });
}

#[test]
fn update_group_syncable_changes_it_and_revives_it() {
    success("groups.update-group-syncable").run(async |case| {
        let (group, channel) = (group(case).await, case.channel().await);
        let mut link = linked(case, &group, "channel", &id(&channel)).await;
        link["scheme_admin"] = json!(true);
        case.call(json!({"group_syncable": link})).await;
        assert_eq!(channels_of(case, &group).await[0]["scheme_admin"], true);
        let gone = of_link(&group, "channel", &id(&channel));
        let gone = case.call_other("groups.delete-group-syncable", gone).await;
        assert_eq!(count(&channels_of(case, &group).await), Some(0));
        case.call(json!({"group_syncable": gone})).await;
        assert_eq!(count(&channels_of(case, &group).await), Some(1));
    });
}

#[test]
fn update_group_syncable_wants_one() {
    error("groups.update-group-syncable").run(async |case| {
        let link = json!({"group_syncable": link(&group(case).await, "team", NOBODY)});
        case.refused(link).await.is(NO_ROWS, 404);
    });
}

#[test]
fn delete_group_syncable_of_a_team_takes_its_channels_along() {
    success("groups.delete-group-syncable").run(async |case| {
        let (group, channel) = (group(case).await, case.channel().await);
        linked(case, &group, "channel", &id(&channel)).await;
        let mut events = case.events(&case.bob.rest).await;
        case.call(of_link(&group, "team", &case.team_id)).await;
        let is_meant = |event: &Value| event["data"]["group_id"] == group["id"];
        events.next_where("received_group_not_associated_to_team", is_meant).await;
        assert_eq!(count(&channels_of(case, &group).await), Some(0));
    });
}

#[test]
fn delete_group_syncable_wants_a_live_one() {
    error("groups.delete-group-syncable").run(async |case| {
        let (group, channel) = (group(case).await, case.channel().await);
        let of_link = of_link(&group, "channel", &id(&channel));
        case.refused(of_link.clone()).await.is(NO_ROWS, 404);
        linked(case, &group, "channel", &id(&channel)).await;
        case.call_other("groups.delete-group-syncable", of_link.clone()).await;
        case.refused(of_link).await.is("app.group.group_syncable_already_deleted", 400);
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

#[test]
fn create_default_syncable_memberships_brings_people_in() {
    success("groups.create-default-syncable-memberships").run(async |case| {
        let (user, channel) = (case.user().await, case.channel().await);
        let group = group_of(case, &user).await;
        linked(case, &group, "channel", &id(&channel)).await;
        assert!(!is_member(case, &channel, &user).await);
        let scope =
            |again: bool| json!({"params": {"scoped_channel_id": id(&channel), "re_add_removed_members": again}});
        case.call(scope(false)).await;
        assert!(is_member(case, &channel, &user).await);
        user.rest.delete(&format!("/api/v4/channels/{}/members/{}", id(&channel), user.id)).await.ok();
        case.call(scope(false)).await;
        assert!(!is_member(case, &channel, &user).await, "who left stays away");
        case.call(scope(true)).await;
        assert!(is_member(case, &channel, &user).await);
    });
}

#[test]
fn create_default_syncable_memberships_is_licensed() {
    unlicensed("groups.create-default-syncable-memberships").run(async |case| {
        case.refused(json!({"params": {}})).await.is("app.group.license_error", 403);
    });
}

#[test]
fn delete_group_constrained_memberships_takes_strangers_out() {
    success("groups.delete-group-constrained-memberships").run(async |case| {
        let (user, channel) = (case.user().await, case.channel().await);
        case.join(&channel, &user).await;
        let group = group_of(case, &user).await;
        linked(case, &group, "channel", &id(&channel)).await;
        let mut constrained = case.call_other("channels.get-channel", json!({"channel_id": id(&channel)})).await;
        constrained["group_constrained"] = json!(true);
        case.call_other("channels.update-channel", json!({"channel": constrained})).await;
        assert!(is_member(case, &channel, &case.bob).await);
        case.call(json!({})).await;
        assert!(!is_member(case, &channel, &case.bob).await);
        assert!(is_member(case, &channel, &user).await);
        let path = format!("/api/v4/channels/{}/members", id(&channel));
        let refused = case.admin.post(&path, &json!({"user_id": case.bob.id})).await;
        assert_eq!(refused.text("id"), "api.channel.add_members.user_denied");
    });
}

#[test]
fn delete_group_constrained_memberships_is_licensed() {
    unlicensed("groups.delete-group-constrained-memberships").run(async |case| {
        case.refused(json!({})).await.is("app.group.license_error", 403);
    });
}
