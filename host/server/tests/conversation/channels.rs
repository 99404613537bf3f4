use serde_json::{Value, json};

use crate::{
    scene::Scene,
    world::{names, refusal},
};

#[tokio::test]
async fn a_private_channel_is_its_members() {
    let scene = Scene::new().await;
    let id = scene.channel(&scene.ada, "plans", "P").await;
    let path = format!("channels/{id}");
    assert_eq!(refusal(&scene.bob.get(&path).await), (403, "api.context.permissions.app_error"));
    let by_name = format!("teams/{}/channels/name/plans", scene.team);
    assert_eq!(scene.bob.get(&by_name).await.0, 404, "by name it does not even exist");
    assert_eq!(scene.bob.post("posts", json!({"channel_id": id, "message": "hi"})).await.0, 403);
    let (status, member) = scene.ada.post(&format!("{path}/members"), json!({"user_id": scene.bob.id})).await;
    assert_eq!((status, &member["roles"]), (201, &"channel_user".into()));
    assert_eq!(scene.bob.get(&path).await.1["name"], "plans");
    assert_eq!(scene.bob.delete(&format!("{path}/members/me")).await, (200, json!({"status": "OK"})));
    assert_eq!(scene.bob.get(&path).await.0, 403);
}

#[tokio::test]
async fn an_open_channel_is_for_everybody_in_the_team() {
    let scene = Scene::new().await;
    let id = scene.channel(&scene.ada, "plans", "O").await;
    scene.say(&scene.ada, &id, "welcome").await;
    let (_, posts) = scene.bob.get(&format!("channels/{id}/posts")).await;
    assert_eq!(posts["order"].as_array().unwrap().len(), 2, "read without being a member");
    assert_eq!(scene.bob.post(&format!("channels/{id}/members"), json!({"user_id": scene.bob.id})).await.0, 201);
    let carl = scene.world.user(&scene.ada, "carl").await;
    assert_eq!(carl.get(&format!("channels/{id}")).await.0, 403, "outside the team");
    let added = scene.ada.post(&format!("channels/{id}/members"), json!({"user_id": carl.id})).await;
    assert_eq!(added.0, 404, "who is not in the team cannot be in its channel");
}

#[tokio::test]
async fn channels_are_changed_archived_and_restored() {
    let scene = Scene::new().await;
    let id = scene.channel(&scene.ada, "plans", "O").await;
    let path = format!("channels/{id}");
    let (status, channel) = scene.ada.put(&format!("{path}/patch"), json!({"header": "h", "display_name": null})).await;
    assert_eq!((status, &channel["header"], &channel["display_name"]), (200, &"h".into(), &"plans".into()));
    let (_, whole) =
        scene.ada.put(&path, json!({"id": id, "type": "O", "display_name": "Our plans", "header": "h"})).await;
    assert_eq!((&whole["display_name"], &whole["name"]), (&"Our plans".into(), &"plans".into()));
    let taken = json!({"team_id": scene.team, "name": "plans", "display_name": "x", "type": "O"});
    assert_eq!(
        refusal(&scene.ada.post("channels", taken).await),
        (400, "store.sql_channel.save_channel.exists.app_error")
    );
    let nameless = json!({"team_id": scene.team, "name": "other", "display_name": " ", "type": "O"});
    assert_eq!(scene.ada.post("channels", nameless).await.0, 400);
    assert_eq!(scene.ada.put(&format!("{path}/privacy"), json!({"privacy": "P"})).await.1["type"], "P");
    assert_eq!(scene.ada.delete(&path).await.0, 200);
    let (_, mine) = scene.ada.get(&format!("users/me/teams/{}/channels", scene.team)).await;
    assert!(!names(&mine, "name").contains(&"plans"));
    let (_, archived) = scene.ada.get(&format!("users/me/teams/{}/channels?include_deleted=true", scene.team)).await;
    assert!(names(&archived, "name").contains(&"plans"));
    assert_eq!(scene.ada.post(&format!("{path}/restore"), json!({})).await.1["delete_at"], 0);
}

#[tokio::test]
async fn conversations_are_found_again() {
    let scene = Scene::new().await;
    let pair = json!([scene.ada.id, scene.bob.id]);
    let (status, direct) = scene.ada.post("channels/direct", pair.clone()).await;
    assert_eq!((status, &direct["type"]), (201, &"D".into()));
    assert_eq!(scene.bob.post("channels/direct", pair).await.1["id"], direct["id"]);
    let carl = scene.world.user(&scene.ada, "carl").await;
    let (status, group) = scene.ada.post("channels/group", json!([scene.bob.id, carl.id])).await;
    assert_eq!((status, &group["type"]), (201, &"G".into()), "who asks is one of them");
    let strangers = scene.bob.post("channels/direct", json!([scene.ada.id, carl.id])).await;
    assert_eq!(strangers.0, 403, "nobody makes channels for others");
}

#[tokio::test]
async fn lists_come_as_clients_expect_them() {
    let scene = Scene::new().await;
    let response = scene.bob.send("GET", "users/me/channel_members?page=-1", None).await;
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    let lines = response.text().await.unwrap();
    let members: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((members.len(), &members[0]["team_name"]), (2, &"dev".into()));
    let (_, page) = scene.bob.get("users/me/channel_members?page=1&per_page=60").await;
    assert_eq!(page, json!([]), "the page after the last is empty");
    let (_, categories) = scene.bob.get(&format!("users/me/teams/{}/channels/categories", scene.team)).await;
    assert_eq!(categories["order"].as_array().unwrap().len(), 3);
    assert_eq!(categories["categories"][1]["channel_ids"].as_array().unwrap().len(), 2);
    let (_, found) = scene.bob.get(&format!("teams/{}/channels/autocomplete?name=town", scene.team)).await;
    assert_eq!(names(&found, "name"), ["town-square"]);
    let (_, all) = scene.ada.get("channels?include_total_count=true&per_page=1").await;
    assert_eq!((all["channels"].as_array().unwrap().len(), &all["total_count"]), (1, &2.into()));
    assert_eq!(scene.bob.get("channels").await.0, 403);
}

#[tokio::test]
async fn viewing_makes_read() {
    let scene = Scene::new().await;
    scene.say(&scene.ada, &scene.square, "news for @bob").await;
    let unread = format!("users/me/channels/{}/unread", scene.square);
    assert_eq!(scene.bob.get(&unread).await.1["mention_count"], 1);
    let (status, viewed) = scene.bob.post("channels/members/me/view", json!({"channel_id": scene.square})).await;
    assert_eq!((status, &viewed["status"]), (200, &"OK".into()));
    assert!(viewed["last_viewed_at_times"][&scene.square].as_i64().unwrap() > 0);
    assert_eq!(scene.bob.get(&unread).await.1["mention_count"], 0);
    assert_eq!(scene.bob.post(&format!("channels/members/{}/view", scene.ada.id), json!({})).await.0, 403);
}
