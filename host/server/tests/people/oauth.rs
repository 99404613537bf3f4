use serde_json::{Value, json};

use crate::world::{World, refusal};

fn board() -> Value {
    json!({
        "name": "Board", "homepage": "https://board.example.org", "is_trusted": true,
        "callback_urls": ["https://board.example.org/back"], "description": null,
    })
}

#[tokio::test]
async fn applications_are_managed_by_who_may_and_known_to_all() {
    let (world, admin) = World::new().await;
    let bob = world.user(&admin, "bob").await;
    let off = admin.post("oauth/apps", board()).await;
    assert_eq!(refusal(&off), (501, "api.oauth.register_oauth_app.turn_off.app_error"));
    admin.put("config/patch", json!({"ServiceSettings": {"EnableOAuthServiceProvider": true}})).await;
    assert_eq!(bob.post("oauth/apps", board()).await.0, 403);
    let (status, app) = admin.post("oauth/apps", board()).await;
    assert_eq!((status, &app["creator_id"], &app["is_trusted"]), (201, &json!(admin.id), &json!(true)));

    let path = format!("oauth/apps/{}", app["id"].as_str().unwrap());
    assert_eq!(bob.get(&path).await.0, 403);
    let (_, info) = bob.get(&format!("{path}/info")).await;
    assert_eq!((&info["name"], &info["client_secret"]), (&json!("Board"), &json!("")));
    let mut wanted = app.clone();
    wanted["name"] = json!("Boards");
    assert_eq!(admin.put(&path, wanted).await.1["name"], "Boards");
    let (_, renewed) = admin.post(&format!("{path}/regen_secret"), json!({})).await;
    assert_ne!(renewed["client_secret"], app["client_secret"]);
    assert_eq!(admin.get("oauth/apps").await.1, json!([renewed]));
    assert_eq!(bob.get("users/me/oauth/apps/authorized").await.1, json!([]));
    assert_eq!(admin.delete(&path).await.0, 200);
    assert_eq!(refusal(&admin.get(&path).await), (404, "app.oauth.get_app.find.app_error"));
}

#[tokio::test]
async fn only_admins_say_how_others_log_in() {
    let (world, admin) = World::new().await;
    let bob = world.user(&admin, "bob").await;
    let path = format!("users/{}/auth", bob.id);
    let auth = json!({"auth_service": "gitlab", "auth_data": "7"});
    assert_eq!(bob.put(&path, auth.clone()).await.0, 403);
    assert_eq!(admin.put(&path, auth.clone()).await, (200, auth));
    let half = admin.put(&path, json!({"auth_service": "gitlab"})).await;
    assert_eq!(refusal(&half), (400, "api.user.update_user_auth.invalid_request"));
}
