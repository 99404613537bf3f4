//! `wit/users.wit`.

use serde_json::{Value, json};

use crate::{
    Case, error,
    picture::{bmp, is_png},
    success,
    world::{NOBODY, Person},
};

const UNKNOWN: &str = "app.user.missing_account.const";

async fn user(case: &Case, id: &str) -> Value {
    case.admin.get(&format!("/api/v4/users/{id}")).await.ok()
}

fn has_id(users: &Value, id: &str) -> bool {
    users.as_array().unwrap().iter().any(|user| user["id"] == id)
}

fn account(name: &str) -> Value {
    json!({"user": {"username": name, "email": format!("{name}@example.org"), "password": "correct-Horse-1"}})
}

#[test]
fn create_user_makes_an_account() {
    success("users.create-user").run(async |case| {
        let name = case.name("made");
        let mut events = case.events(&case.bob.rest).await;
        let made = case.call(account(&name)).await;
        assert_eq!((&made["password"], &made["roles"]), (&json!(""), &json!("system_user")));
        events.next_where("new_user", |event| event["data"]["user_id"] == made["id"]).await;
        case.server.stranger().log_in(&name).await;
    });
}

#[test]
fn create_user_wants_a_free_name() {
    error("users.create-user").run(async |case| {
        case.refused(account("bob")).await.is("app.user.save.username_exists.app_error", 400);
    });
}

#[test]
fn delete_user_deactivates() {
    success("users.delete-user").run(async |case| {
        let person = case.user().await;
        case.call(json!({"user_id": person.id})).await;
        assert!(user(case, &person.id).await["delete_at"].as_i64() > Some(0));
        assert_eq!(person.rest.get("/api/v4/users/me").await.status, 401, "the session has ended");
    });
}

#[test]
fn delete_user_wants_a_user() {
    error("users.delete-user").run(async |case| {
        case.refused(json!({"user_id": NOBODY})).await.is(UNKNOWN, 404);
    });
}

#[test]
fn get_users_gives_a_page() {
    success("users.get-users").run(async |case| {
        let options = json!({"options": {"role": "system_admin", "active": true, "page": 0, "per_page": 10_000}});
        let admins = case.call(options).await;
        assert!(has_id(&admins, &case.admin_id) && !has_id(&admins, &case.bob.id));
        let none = case.call(json!({"options": {"page": 0, "per_page": 0}})).await;
        assert_eq!(none, json!([]));
    });
}

#[test]
fn get_users_tells_of_a_broken_store() {
    error("users.get-users").without_table("users").run(async |case| {
        case.refused(json!({"options": {"per_page": 1}})).await.is_of_the_store();
    });
}

#[test]
fn get_users_by_ids_leaves_out_unknown_ones() {
    success("users.get-users-by-ids").run(async |case| {
        let users = case.call(json!({"user_ids": [case.bob.id, NOBODY, case.admin_id]})).await;
        assert!(has_id(&users, &case.bob.id) && has_id(&users, &case.admin_id));
        assert_eq!(users.as_array().map(Vec::len), Some(2));
    });
}

#[test]
fn get_users_by_ids_takes_a_thousand() {
    error("users.get-users-by-ids").run(async |case| {
        let ids = vec![NOBODY; 1001];
        case.refused(json!({"user_ids": ids})).await.is("plugin.api.get_users_by_ids.too_many", 400);
    });
}

#[test]
fn get_user_gives_a_deactivated_one_too() {
    success("users.get-user").run(async |case| {
        let person = case.user().await;
        case.admin.delete(&format!("/api/v4/users/{}", person.id)).await.ok();
        let found = case.call(json!({"user_id": person.id})).await;
        assert_eq!((&found["username"], &found["password"]), (&json!(person.name), &json!("")));
        assert!(found["delete_at"].as_i64() > Some(0));
    });
}

#[test]
fn get_user_wants_a_user() {
    error("users.get-user").run(async |case| {
        case.refused(json!({"user_id": NOBODY})).await.is(UNKNOWN, 404);
    });
}

#[test]
fn get_user_by_email_does_not_mind_case() {
    success("users.get-user-by-email").run(async |case| {
        assert_eq!(case.call(json!({"email": "BOB@example.org"})).await["id"], *case.bob.id);
    });
}

#[test]
fn get_user_by_email_wants_a_user() {
    error("users.get-user-by-email").run(async |case| {
        case.refused(json!({"email": "nobody@example.org"})).await.is(UNKNOWN, 404);
    });
}

#[test]
fn get_user_by_username_does_not_mind_case() {
    success("users.get-user-by-username").run(async |case| {
        assert_eq!(case.call(json!({"name": "Bob"})).await["id"], *case.bob.id);
    });
}

#[test]
fn get_user_by_username_wants_a_user() {
    error("users.get-user-by-username").run(async |case| {
        case.refused(json!({"name": "nobody-of-that-name"})).await.is(UNKNOWN, 404);
    });
}

#[test]
fn get_users_by_usernames_leaves_out_unknown_ones() {
    success("users.get-users-by-usernames").run(async |case| {
        let users = case.call(json!({"usernames": ["bob", "nobody-of-that-name"]})).await;
        assert_eq!(users.as_array().map(Vec::len), Some(1));
        assert!(has_id(&users, &case.bob.id));
    });
}

#[test]
fn get_users_by_usernames_tells_of_a_broken_store() {
    error("users.get-users-by-usernames").without_table("users").run(async |case| {
        case.refused(json!({"usernames": ["bob"]})).await.is_of_the_store();
    });
}

#[test]
fn get_users_in_team_pages_the_members() {
    success("users.get-users-in-team").run(async |case| {
        let team = case.admin.new_channel(&case.name("in-team"), &[&case.bob.rest]).await.team_id;
        let page = async |number: i32| case.call(json!({"team_id": team, "page": number, "per_page": 1})).await;
        let (first, second) = (page(0).await, page(1).await);
        let both = json!([first[0], second[0]]);
        assert!(has_id(&both, &case.bob.id) && has_id(&both, &case.admin_id));
        assert_eq!(page(2).await, json!([]));
    });
}

#[test]
fn get_users_in_team_tells_of_a_broken_store() {
    error("users.get-users-in-team").without_table("team_members").run(async |case| {
        case.refused(json!({"team_id": case.team_id, "page": 0, "per_page": 1})).await.is_of_the_store();
    });
}

fn profile(person: &Person) -> Value {
    json!({"id": person.id, "username": person.name, "email": format!("{}@example.org", person.name)})
}

#[test]
fn update_user_replaces_the_profile() {
    success("users.update-user").run(async |case| {
        let person = case.user().await;
        let mut events = case.events(&case.bob.rest).await;
        let mut wanted = profile(&person);
        wanted["nickname"] = json!("Ace");
        wanted["roles"] = json!("system_admin");
        case.call(json!({"user": wanted})).await;
        let stored = user(case, &person.id).await;
        assert_eq!((&stored["nickname"], &stored["roles"]), (&json!("Ace"), &json!("system_user")));
        events.next_where("user_updated", |event| event["data"]["user"]["id"] == *person.id).await;
    });
}

#[test]
fn update_user_wants_a_user() {
    error("users.update-user").run(async |case| {
        let wanted = json!({"id": NOBODY, "username": case.name("nobody"), "email": "n@example.org"});
        case.refused(json!({"user": wanted})).await.is(UNKNOWN, 404);
    });
}

#[test]
fn update_user_active_ends_sessions_and_takes_back() {
    success("users.update-user-active").run(async |case| {
        let person = case.user().await;
        case.call(json!({"user_id": person.id, "active": false})).await;
        assert_eq!(person.rest.get("/api/v4/users/me").await.status, 401);
        case.call(json!({"user_id": person.id, "active": true})).await;
        case.server.stranger().log_in(&person.name).await;
    });
}

#[test]
fn update_user_active_wants_a_user() {
    error("users.update-user-active").run(async |case| {
        case.refused(json!({"user_id": NOBODY, "active": false})).await.is(UNKNOWN, 404);
    });
}

fn members_of(channel: &Value, sort_by: &str) -> Value {
    json!({"channel_id": channel["id"], "sort_by": sort_by, "page": 0, "per_page": 60})
}

#[test]
fn get_users_in_channel_sorts_the_members() {
    success("users.get-users-in-channel").run(async |case| {
        let channel = case.channel().await;
        for sort_by in ["username", "status"] {
            assert!(has_id(&case.call(members_of(&channel, sort_by)).await, &case.bob.id), "{sort_by}");
        }
    });
}

#[test]
fn get_users_in_channel_knows_two_orders() {
    error("users.get-users-in-channel").run(async |case| {
        let channel = case.channel().await;
        case.refused(members_of(&channel, "age")).await.is("plugin.api.get_users_in_channel", 400);
    });
}

#[test]
fn get_ldap_user_attributes_is_empty_for_who_is_not_of_the_directory() {
    let on = json!({"ServiceSettings": {"LicensedFeatures": ["ldap"]}, "LdapSettings": {"Enable": true}});
    success("users.get-ldap-user-attributes").settings(on).run(async |case| {
        assert_eq!(case.call(json!({"user_id": case.bob.id, "attributes": ["mail"]})).await, json!([]));
        case.refused(json!({"user_id": NOBODY, "attributes": ["mail"]})).await.is(UNKNOWN, 404);
    });
}

#[test]
fn get_ldap_user_attributes_wants_a_directory() {
    error("users.get-ldap-user-attributes").run(async |case| {
        let arguments = json!({"user_id": case.bob.id, "attributes": ["mail"]});
        case.refused(arguments).await.is("ent.ldap.disabled.app_error", 501);
    });
}

#[test]
fn search_users_looks_where_it_is_told() {
    success("users.search-users").run(async |case| {
        let person = case.user().await;
        let search = |more: Value| {
            let mut search = json!({"term": format!(" {} ", person.name), "limit": 10});
            search.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({"search": search})
        };
        assert!(has_id(&case.call(search(json!({}))).await, &person.id));
        assert!(has_id(&case.call(search(json!({"team_id": case.team_id}))).await, &person.id));
        assert!(!has_id(&case.call(search(json!({"not_in_team_id": case.team_id}))).await, &person.id));
        assert_eq!(case.call(search(json!({"limit": 0}))).await, json!([]));
    });
}

#[test]
fn search_users_tells_of_a_broken_store() {
    error("users.search-users").without_table("users").run(async |case| {
        case.refused(json!({"search": {"term": "bob", "limit": 1}})).await.is_of_the_store();
    });
}

#[test]
fn get_profile_image_makes_one_for_who_has_none() {
    success("users.get-profile-image").run(async |case| {
        let person = case.user().await;
        let picture = case.call(json!({"user_id": person.id})).await;
        assert!(is_png(&picture));
        assert_ne!(case.call(json!({"user_id": case.admin_id})).await, picture);
    });
}

#[test]
fn get_profile_image_wants_a_user() {
    error("users.get-profile-image").run(async |case| {
        case.refused(json!({"user_id": NOBODY})).await.is(UNKNOWN, 404);
    });
}

#[test]
fn set_profile_image_is_seen_by_others() {
    success("users.set-profile-image").run(async |case| {
        let person = case.user().await;
        let who = json!({"user_id": person.id});
        let before = case.call_other("users.get-profile-image", who.clone()).await;
        let mut events = case.events(&case.bob.rest).await;
        case.call(json!({"user_id": person.id, "data": bmp([0, 0, 255])})).await;
        events.next_where("user_updated", |event| event["data"]["user"]["id"] == *person.id).await;
        let after = case.call_other("users.get-profile-image", who).await;
        assert!(is_png(&after) && after != before);
        let shown = case.bob.rest.get(&format!("/api/v4/users/{}/image", person.id)).await;
        assert_eq!((shown.status.as_u16(), shown.headers["content-type"].to_str().unwrap()), (200, "image/png"));
        let changed = user(case, &person.id).await["last_picture_update"].clone();
        case.call(json!({"user_id": person.id, "data": bmp([0, 0, 255])})).await;
        assert_eq!(user(case, &person.id).await["last_picture_update"], changed, "the same again changes nothing");
    });
}

#[test]
fn set_profile_image_wants_an_image() {
    error("users.set-profile-image").run(async |case| {
        let arguments = json!({"user_id": case.bob.id, "data": [1, 2, 3]});
        case.refused(arguments).await.is("api.user.upload_profile_user.decode.app_error", 400);
        case.refused(json!({"user_id": NOBODY, "data": bmp([0; 3])})).await.is(UNKNOWN, 404);
    });
}

fn gitlab(user_id: &str, data: &str) -> Value {
    json!({"user_id": user_id, "user_auth": {"auth_service": "gitlab", "auth_data": data}})
}

#[test]
fn update_user_auth_takes_the_password_away() {
    success("users.update-user-auth").run(async |case| {
        let person = case.user().await;
        let data = case.name("gitlab");
        let auth = case.call(gitlab(&person.id, &data)).await;
        assert_eq!((&auth["auth_service"], &auth["auth_data"]), (&json!("gitlab"), &json!(data)));
        assert_eq!(user(case, &person.id).await["auth_service"], "gitlab");
        let login = json!({"login_id": person.name, "password": "correct-Horse-1"});
        assert_eq!(case.server.stranger().post("/api/v4/users/login", &login).await.status, 401);
    });
}

#[test]
fn update_user_auth_wants_data_that_nobody_else_has() {
    error("users.update-user-auth").run(async |case| {
        let (one, other) = (case.user().await, case.user().await);
        let data = case.name("gitlab");
        case.call(gitlab(&one.id, &data)).await;
        let taken = "app.user.update_auth_data.email_exists.app_error";
        case.refused(gitlab(&other.id, &data)).await.is(taken, 400);
        case.refused(gitlab(NOBODY, "x")).await.is(UNKNOWN, 404);
    });
}

#[test]
fn update_user_roles_counts_at_once() {
    success("users.update-user-roles").run(async |case| {
        let person = case.user().await;
        let mut events = case.events(&person.rest).await;
        assert_eq!(person.rest.get("/api/v4/config").await.status, 403);
        case.call(json!({"user_id": person.id, "new_roles": "system_user system_admin"})).await;
        events.next("user_role_updated").await;
        person.rest.get("/api/v4/config").await.ok();
    });
}

#[test]
fn update_user_roles_wants_roles_and_a_user() {
    error("users.update-user-roles").run(async |case| {
        let arguments = json!({"user_id": case.bob.id, "new_roles": "system_king"});
        case.refused(arguments).await.is("app.role.check_roles_exist.role_not_found", 400);
        case.refused(json!({"user_id": NOBODY, "new_roles": "system_user"})).await.is(UNKNOWN, 400);
    });
}
