use serde_json::json;

use crate::{scene::Scene, world::refusal};

#[tokio::test]
async fn a_post_is_the_authors_to_change() {
    let scene = Scene::new().await;
    let post = scene.say(&scene.bob, &scene.square, "frist").await;
    let path = format!("posts/{}", post["id"].as_str().unwrap());
    assert_eq!((&post["user_id"], &post["metadata"]), (&scene.bob.id.as_str().into(), &json!({})));
    let (status, edited) = scene.bob.put(&format!("{path}/patch"), json!({"message": "first"})).await;
    assert_eq!((status, &edited["message"]), (200, &"first".into()));
    let carl = scene.world.user(&scene.ada, "carl").await;
    scene.ada.post(&format!("teams/{}/members", scene.team), json!({"team_id": scene.team, "user_id": carl.id})).await;
    assert_eq!(carl.put(&format!("{path}/patch"), json!({"message": "mine"})).await.0, 403);
    assert_eq!(carl.delete(&path).await.0, 403);
    assert_eq!(carl.post(&format!("{path}/pin"), json!({})).await.0, 200);
    assert_eq!(carl.get(&format!("channels/{}/pinned", scene.square)).await.1["order"][0], post["id"]);
    assert_eq!(scene.bob.get(&format!("{path}/edit_history")).await.1[0]["message"], "frist");
    assert_eq!(scene.bob.delete(&path).await.0, 200);
    assert_eq!(scene.bob.get(&path).await.0, 404);
    assert_eq!(scene.ada.get(&format!("{path}?include_deleted=true")).await.0, 200);
    assert_eq!(scene.bob.get(&format!("{path}?include_deleted=true")).await.0, 403);
}

#[tokio::test]
async fn the_author_of_a_post_is_who_sends_it() {
    let scene = Scene::new().await;
    let forged = json!({
        "channel_id": scene.square, "message": "hi", "user_id": scene.ada.id, "create_at": 5,
        "props": {"from_webhook": "true", "override_username": "boss", "from_plugin": "true", "mine": 1},
    });
    let (status, post) = scene.bob.post("posts", forged).await;
    assert_eq!((status, &post["user_id"], &post["props"]), (201, &scene.bob.id.as_str().into(), &json!({"mine": 1})));
    assert!(post["create_at"].as_i64().unwrap() > 5);
    let system = json!({"channel_id": scene.square, "type": "system_join_channel", "message": "x"});
    assert_eq!(scene.bob.post("posts", system).await.0, 400);
    let long = json!({"channel_id": scene.square, "message": "x".repeat(16384)});
    assert_eq!(refusal(&scene.bob.post("posts", long).await), (400, "model.post.is_valid.message_length.app_error"));
    assert_eq!(scene.bob.post("posts", json!({"message": "nowhere"})).await.0, 400);
    assert_eq!(scene.bob.post("posts", json!({"channel_id": "a".repeat(26), "message": "x"})).await.0, 404);
}

#[tokio::test]
async fn pages_of_posts_end() {
    let scene = Scene::new().await;
    let id = scene.channel(&scene.bob, "plans", "O").await;
    for number in 0..3 {
        scene.say(&scene.bob, &id, &number.to_string()).await;
    }
    let page = async |query: &str| scene.bob.get(&format!("channels/{id}/posts?{query}")).await.1;
    let first = page("page=0&per_page=2").await;
    assert_eq!(first["posts"][first["order"][0].as_str().unwrap()]["message"], "2");
    assert_eq!(page("page=1&per_page=2").await["order"].as_array().unwrap().len(), 2);
    let empty = page("page=2&per_page=2").await;
    assert_eq!((&empty["order"], &empty["posts"]), (&json!([]), &json!({})));
    let (_, thread) = scene.bob.get(&format!("posts/{}/thread", first["order"][0].as_str().unwrap())).await;
    assert_eq!(thread["order"], json!([first["order"][0]]));
    assert_eq!(scene.bob.get(&format!("channels/{id}/posts?since=nonsense")).await.0, 400);
    let (_, unread) = scene.bob.get(&format!("users/me/channels/{id}/posts/unread?limit_before=2")).await;
    assert_eq!(unread["order"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn reactions_are_the_own_ones() {
    let scene = Scene::new().await;
    let post = scene.say(&scene.ada, &scene.square, "party").await;
    let id = post["id"].as_str().unwrap();
    let reaction = json!({"user_id": scene.bob.id, "post_id": id, "emoji_name": "tada"});
    let (status, saved) = scene.bob.post("reactions", reaction.clone()).await;
    assert_eq!((status, &saved["emoji_name"]), (200, &"tada".into()));
    assert_eq!(scene.ada.post("reactions", reaction).await.0, 403);
    assert_eq!(scene.ada.get(&format!("posts/{id}/reactions")).await.1[0]["user_id"], scene.bob.id.as_str());
    assert_eq!(scene.ada.get(&format!("posts/{id}")).await.1["metadata"]["reactions"][0]["emoji_name"], "tada");
    assert_eq!(scene.ada.post("posts/ids/reactions", json!([id])).await.1[id].as_array().unwrap().len(), 1);
    assert_eq!(scene.bob.delete(&format!("users/me/posts/{id}/reactions/tada")).await.0, 200);
    assert_eq!(scene.ada.get(&format!("posts/{id}/reactions")).await.1, json!([]));
}

#[tokio::test]
async fn threads_have_followers() {
    let scene = Scene::new().await;
    let root = scene.say(&scene.ada, &scene.square, "root").await;
    let id = root["id"].as_str().unwrap();
    let reply = json!({"channel_id": scene.square, "message": "reply", "root_id": id});
    assert_eq!(scene.bob.post("posts", reply).await.0, 201);
    let base = format!("users/me/teams/{}/threads", scene.team);
    let (_, threads) = scene.ada.get(&base).await;
    assert_eq!((&threads["total"], &threads["threads"][0]["unread_replies"]), (&1.into(), &1.into()));
    let read = format!("{base}/{id}/read/{}", i64::MAX);
    assert_eq!(scene.ada.put(&read, json!({})).await.1["unread_replies"], 0);
    assert_eq!(scene.ada.delete(&format!("{base}/{id}/following")).await.0, 200);
    assert_eq!(scene.ada.get(&format!("{base}/{id}")).await.0, 404);
}

#[tokio::test]
async fn an_ephemeral_post_is_for_admins_to_make() {
    let scene = Scene::new().await;
    let body = json!({"user_id": scene.bob.id, "post": {"channel_id": scene.square, "message": "psst"}});
    assert_eq!(scene.bob.post("posts/ephemeral", body.clone()).await.0, 403);
    let (status, post) = scene.ada.post("posts/ephemeral", body).await;
    assert_eq!((status, &post["type"]), (201, &"system_ephemeral".into()));
}
