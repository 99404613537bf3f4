//! `wit/groups.wit`: who is in a group.

use serde_json::{Value, json};

use crate::{
    Case, error,
    groups::{NO_ROWS, count, group, group_of},
    success,
    world::{NOBODY, id},
};

async fn members(case: &Case, group: &Value) -> Value {
    case.admin.get(&format!("/api/v4/groups/{}/members", id(group))).await.ok()["members"].clone()
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
