use serde_json::json;

use crate::world::{World, account, names, refusal};

#[tokio::test]
async fn the_first_account_is_made_by_anybody_and_the_next_by_admins() {
    let (world, admin) = World::new().await;
    assert_eq!(
        refusal(&world.stranger().post("users", account("eve")).await),
        (403, "api.user.create_user.no_open_server")
    );
    let bob = world.user(&admin, "bob").await;
    let (_, me) = bob.get("users/me").await;
    assert_eq!(me["roles"], "system_user");
    assert_eq!(refusal(&admin.post("users", account("bob")).await), (400, "app.user.save.username_exists.app_error"));
    let weak = json!({"username": "weak", "email": "weak@example.org", "password": "short"});
    assert_eq!(refusal(&admin.post("users", weak).await), (400, "model.user.is_valid.pwd_min_length.app_error"));
}

#[tokio::test]
async fn accounts_are_found_in_every_way() {
    let (world, admin) = World::new().await;
    let bob = world.user(&admin, "bob").await;
    for path in [format!("users/{}", bob.id), "users/username/bob".into(), "users/email/bob@example.org".into()] {
        let (status, user) = admin.get(&path).await;
        assert_eq!((status, user["username"].as_str()), (200, Some("bob")), "{path}");
        assert!(user.get("notify_props").is_none(), "settings are nobody else's business");
    }
    assert_eq!(refusal(&bob.get("users/nobody").await).0, 400);
    assert_eq!(refusal(&bob.get("users/username/nobody").await), (404, "app.user.missing_account.const"));
    let (_, users) = bob.post("users/ids", json!([admin.id, bob.id, "unknown"])).await;
    assert_eq!(names(&users, "username"), ["ada", "bob"]);
    let (_, users) = bob.post("users/usernames", json!(["bob"])).await;
    assert_eq!(names(&users, "username"), ["bob"]);
    let (_, users) = bob.post("users/search", json!({"term": "ad"})).await;
    assert_eq!(names(&users, "username"), ["ada"]);
    let (_, found) = bob.get("users/autocomplete?name=bo").await;
    assert_eq!(names(&found["users"], "username"), ["bob"]);
    assert_eq!(bob.get("users/stats").await, (200, json!({"total_users_count": 2})));
}

#[tokio::test]
async fn the_page_after_the_last_is_empty() {
    let (world, admin) = World::new().await;
    world.user(&admin, "bob").await;
    let (_, first) = admin.get("users?page=0&per_page=1").await;
    let (_, second) = admin.get("users?page=1&per_page=1").await;
    let (_, third) = admin.get("users?page=2&per_page=1").await;
    assert_eq!((names(&first, "username"), names(&second, "username")), (vec!["ada"], vec!["bob"]));
    assert_eq!(third, json!([]));
}

#[tokio::test]
async fn people_change_themselves_and_nobody_else() {
    let (world, admin) = World::new().await;
    let bob = world.user(&admin, "bob").await;
    let (status, patched) =
        bob.put("users/me/patch", json!({"nickname": "Bobby", "roles": "system_admin", "props": null})).await;
    assert_eq!(
        (status, patched["nickname"].as_str(), patched["roles"].as_str()),
        (200, Some("Bobby"), Some("system_user"))
    );
    assert_eq!(bob.put(&format!("users/{}/patch", admin.id), json!({"nickname": "x"})).await.0, 403);
    assert_eq!(bob.put("users/me/roles", json!({"roles": "system_user system_admin"})).await.0, 403);
    assert_eq!(
        refusal(&bob.put("users/me/patch", json!({"email": "new@example.org"})).await).0,
        400,
        "the password is asked for"
    );
    let body = json!({"email": "new@example.org", "password": crate::world::PASSWORD});
    assert_eq!(bob.put("users/me/patch", body).await.1["email"], "new@example.org");
    let change = json!({"current_password": crate::world::PASSWORD, "new_password": "battery-staple"});
    assert_eq!(bob.put("users/me/password", change).await, (200, json!({"status": "OK"})));
    let (status, me) = bob.get("users/me").await;
    assert_eq!(status, 200, "the own session goes on: {me}");
}

#[tokio::test]
async fn an_admin_deactivates_and_activates() {
    let (world, admin) = World::new().await;
    let bob = world.user(&admin, "bob").await;
    assert_eq!(bob.delete("users/me").await.0, 401, "not by oneself, unless the configuration lets one");
    assert_eq!(admin.delete(&format!("users/{}", bob.id)).await.0, 200);
    assert_eq!(bob.get("users/me").await.0, 401);
    assert_eq!(admin.put(&format!("users/{}/active", bob.id), json!({"active": true})).await.0, 200);
    world.log_in("bob").await;
}

#[tokio::test]
async fn what_a_client_asks_for_first_is_there() {
    let (_world, admin) = World::new().await;
    for path in [
        "users/me/teams",
        "users/me/teams/members",
        "users/me/teams/unread?include_collapsed_threads=true",
        "users/me/preferences",
        "users/me/sessions",
        "users/me/status",
        "limits/server",
        "users/known",
        "roles",
    ] {
        assert_eq!(admin.get(path).await.0, 200, "{path}");
    }
    let (_, roles) = admin.post("roles/names", json!(["system_admin", "system_user"])).await;
    assert_eq!(names(&roles, "name"), ["system_admin", "system_user"]);
    let (_, statuses) = admin.post("users/status/ids", json!([admin.id])).await;
    assert_eq!(statuses[0]["status"], "offline");
    let image = admin.send("GET", "users/me/image", None).await;
    assert_eq!(image.headers()["content-type"], "image/png");
}

#[tokio::test]
async fn preferences_and_status_are_kept() {
    let (world, admin) = World::new().await;
    let bob = world.user(&admin, "bob").await;
    let preference =
        json!({"user_id": bob.id, "category": "display_settings", "name": "use_military_time", "value": "true"});
    assert_eq!(bob.put("users/me/preferences", json!([preference])).await.0, 200);
    assert_eq!(bob.get("users/me/preferences/display_settings/name/use_military_time").await.1, preference);
    assert_eq!(admin.put("users/me/preferences", json!([preference])).await.0, 403);
    assert_eq!(bob.post("users/me/preferences/delete", json!([preference])).await.0, 200);
    assert_eq!(bob.get("users/me/preferences/display_settings").await.0, 404);

    let (status, dnd) = bob.put("users/me/status", json!({"user_id": bob.id, "status": "dnd"})).await;
    assert_eq!((status, dnd["status"].as_str()), (200, Some("dnd")));
    assert_eq!(admin.get(&format!("users/{}/status", bob.id)).await.1["status"], "dnd");
    assert_eq!(bob.put("users/me/status", json!({"user_id": bob.id, "status": "asleep"})).await.0, 400);
}
