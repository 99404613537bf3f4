use serde_json::json;

use crate::world::{World, names, refusal};

#[tokio::test]
async fn an_admin_makes_a_bot_whose_token_works() {
    let (world, admin) = World::new().await;
    let body = json!({"username": "robot", "display_name": "Robot", "description": "helps"});
    assert_eq!(refusal(&admin.post("bots", body.clone()).await), (403, "api.bot.create_disabled"));
    admin.put("config/patch", json!({"ServiceSettings": {"EnableBotAccountCreation": true}})).await;
    let (status, bot) = admin.post("bots", body).await;
    assert_eq!((status, bot["owner_id"].as_str()), (201, Some(admin.id.as_str())));
    let id = bot["user_id"].as_str().unwrap();

    let (_, token) = admin.post(&format!("users/{id}/tokens"), json!({"description": "d"})).await;
    let mut robot = world.stranger();
    robot.token = token["token"].as_str().unwrap().to_owned();
    let (_, me) = robot.get("users/me").await;
    assert_eq!((me["is_bot"].as_bool(), me["first_name"].as_str()), (Some(true), Some("Robot")));

    let (_, patched) = admin.put(&format!("bots/{id}"), json!({"display_name": "Helper"})).await;
    assert_eq!((patched["display_name"].as_str(), patched["username"].as_str()), (Some("Helper"), Some("robot")));
    let (_, off) = admin.post(&format!("bots/{id}/disable"), json!({})).await;
    assert!(off["delete_at"].as_i64().unwrap() > 0);
    assert_eq!(robot.get("users/me").await.0, 401);
    assert_eq!(admin.get(&format!("bots/{id}")).await.0, 404);
    let (_, all) = admin.get("bots?include_deleted=true").await;
    assert_eq!(names(&all, "username"), ["robot"]);
    assert_eq!(admin.post(&format!("bots/{id}/enable"), json!({})).await.1["delete_at"], 0);

    let bob = world.user(&admin, "bob").await;
    assert_eq!(refusal(&bob.get(&format!("bots/{id}")).await), (404, "store.sql_bot.get.missing.app_error"));
    assert_eq!(bob.get("bots").await.0, 403);
    let (_, assigned) = admin.post(&format!("bots/{id}/assign/{}", bob.id), json!({})).await;
    assert_eq!(assigned["owner_id"], bob.id.as_str());
}
