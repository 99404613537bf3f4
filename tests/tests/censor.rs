//! A plugin that decides what others read: nothing of what it hides gets out on any way.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use wasmoat_tests::{Channel, Events, Rest, TestServer, guest};

/// What is said, and what its readers see.
const SAID: &str = "my secret number";
const SEEN: &str = "my *** number for somebody";

struct House {
    _server: TestServer,
    ada: Rest,
    bob: Rest,
    channel: Channel,
}

impl House {
    async fn new() -> Self {
        let server = TestServer::start().await;
        let ada = server.admin().await;
        let bob = ada.sign_up("bob").await;
        let channel = ada.new_channel("plans", &[&bob]).await;
        Self { _server: server, ada, bob, channel }
    }

    async fn censored(&self) {
        self.ada.install("censor", "censor.wasm", guest("censor")).await;
    }
}

fn text(post: &Value) -> &str {
    post["message"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_of_reading_goes_by_the_plugin() {
    let house = House::new().await;
    let (ada, bob, channel) = (&house.ada, &house.bob, &house.channel.id);
    let root = bob.say(&house.channel, SAID).await.ok();
    let id = root["id"].as_str().unwrap();
    house.censored().await;
    let me = bob.my_id().await;
    let team = &house.channel.team_id;
    bob.post(&format!("/api/v4/posts/{id}/pin"), &json!({})).await.ok();
    let flag = json!([{"user_id": me, "category": "flagged_post", "name": id, "value": "true"}]);
    bob.put("/api/v4/users/me/preferences", &flag).await.ok();
    let reply = json!({"channel_id": channel, "root_id": id, "message": "as I said"});
    ada.post("/api/v4/posts", &reply).await.ok();
    assert_eq!(text(&bob.get(&format!("/api/v4/posts/{id}")).await.ok()), SEEN);
    assert_eq!(text(&bob.post("/api/v4/posts/ids", &json!([id])).await.ok()[0]), SEEN);
    for list in [
        format!("posts/{id}/thread"),
        format!("channels/{channel}/posts"),
        format!("channels/{channel}/posts?since=1"),
        format!("channels/{channel}/pinned"),
        "users/me/posts/flagged".to_owned(),
        format!("users/me/channels/{channel}/posts/unread"),
    ] {
        let list = bob.get(&format!("/api/v4/{list}")).await.ok();
        assert_eq!(text(&list["posts"][id]), SEEN);
        assert!(list["posts"].get("made-up").is_none());
    }
    let found = bob.post(&format!("/api/v4/teams/{team}/posts/search"), &json!({"terms": "number"})).await.ok();
    assert_eq!(text(&found["posts"][id]), SEEN);
    let thread = bob.get(&format!("/api/v4/users/me/teams/{team}/threads/{id}")).await.ok();
    assert_eq!(text(&thread["post"]), SEEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_clients_are_told_goes_by_the_plugin() {
    let house = House::new().await;
    house.censored().await;
    let (bob, mut events) = (&house.bob, Events::of(&house.ada).await);
    let told = |event: &Value| -> Value { serde_json::from_str(event["data"]["post"].as_str().unwrap()).unwrap() };
    let post = bob.say(&house.channel, SAID).await.ok();
    assert_eq!(text(&post), SEEN);
    let path = format!("/api/v4/posts/{}", post["id"].as_str().unwrap());
    let is_meant = |event: &Value| event["data"]["post"].to_string().contains("***");
    events.next_where("posted", is_meant).await;
    let edited = bob.put(&format!("{path}/patch"), &json!({"message": "another secret"})).await.ok();
    assert_eq!(text(&edited), "another *** for somebody");
    assert_eq!(text(&told(&events.next("post_edited").await)), "another *** for somebody");
    let history = bob.get(&format!("{path}/edit_history")).await.ok();
    assert_eq!(text(&history[0]), SEEN);
    bob.delete(&path).await.ok();
    assert!(!events.next("post_deleted").await.to_string().contains("secret"));
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_and_scheduled_posts_are_asked_about() {
    let house = House::new().await;
    house.censored().await;
    let (bob, channel) = (&house.bob, &house.channel.id);
    let me = bob.my_id().await;
    let mut events = Events::of(bob).await;
    let draft = bob.post("/api/v4/drafts", &json!({"channel_id": channel, "message": "a secret"})).await;
    assert_eq!(draft.status, 201);
    assert_eq!((text(&draft.body), &draft.body["user_id"]), ("a ***", &json!(me)), "whose it is stays");
    events.next("draft_created").await;
    let refused = bob.post("/api/v4/drafts", &json!({"channel_id": channel, "message": "forbidden"})).await;
    assert_eq!((refused.status.as_u16(), refused.text("id")), (400, "app.draft.upsert.rejected_by_plugin.app_error"));
    assert!(refused.text("message").contains("not that word"));
    let path = format!("/api/v4/users/me/teams/{}/drafts", house.channel.team_id);
    assert_eq!(text(&bob.get(&path).await.ok()[0]), "a ***");
    bob.delete(&format!("/api/v4/users/me/channels/{channel}/drafts")).await.ok();
    events.next("draft_deleted").await;
    assert_eq!(bob.get(&path).await.ok(), json!([]));

    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let soon = i64::try_from(now.as_millis()).unwrap() + 1_500;
    let scheduled = |message: &str| json!({"channel_id": channel, "message": message, "scheduled_at": soon});
    let refused = bob.post("/api/v4/posts/schedule", &scheduled("forbidden")).await;
    let id = "app.save_scheduled_post.rejected_by_plugin.app_error";
    assert_eq!((refused.status.as_u16(), refused.text("id")), (400, id));
    let kept = bob.post("/api/v4/posts/schedule", &scheduled("a secret")).await;
    assert_eq!((kept.status.as_u16(), text(&kept.body)), (201, "a ***"));
    assert_eq!(kept.text("channel_id"), channel, "where it goes stays");
    events.next("scheduled_post_created").await;
    let path = format!("/api/v4/posts/scheduled/team/{}?includeDirectChannels=true", house.channel.team_id);
    let listed = bob.get(&path).await.ok();
    assert_eq!(listed[&house.channel.team_id][0]["id"], kept.body["id"]);
    assert_eq!(listed["directChannels"], json!([]));
    events.next_where("posted", |event| event["data"]["post"].to_string().contains("a ***")).await;
    events.next("scheduled_post_deleted").await;
    let gone = bob.delete(&format!("/api/v4/posts/schedule/{}", kept.text("id"))).await;
    assert_eq!(gone.status, 404);
}
