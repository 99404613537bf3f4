//! What hooks show to a plugin that is kept to a channel.

use serde_json::json;
use wasmoat_tests::{Recorder, Rest};

use crate::Moat;

#[tokio::test(flavor = "multi_thread")]
async fn hooks_are_not_told_of_other_channels() {
    let moat = Moat::new().await;
    let outside = moat.admin.new_channel("vault", &[]).await;
    let recorder = recorder(&moat).await;
    let secret = moat.say(&outside, "secret books").await;
    let open = moat.say(&moat.channel, "open books").await;
    for post in [&secret, &open] {
        let patch = json!({"message": "changed books"});
        moat.admin.put(&format!("/api/v4/posts/{post}/patch"), &patch).await.ok();
        let reaction = json!({"user_id": moat.admin.my_id().await, "post_id": post, "emoji_name": "books"});
        moat.admin.post("/api/v4/reactions", &reaction).await.ok();
    }
    for channel in [&outside, &moat.channel] {
        let path = format!("/api/v4/files?channel_id={}&filename=a.txt", channel.id);
        Rest::send(moat.admin.request(reqwest::Method::POST, &path).body("books")).await.ok();
        let draft = json!({"channel_id": channel.id, "message": "a book to come"});
        moat.admin.post("/api/v4/drafts", &draft).await.ok();
        moat.admin.get(&format!("/api/v4/channels/{}/posts", channel.id)).await.ok();
        let person = moat.admin.sign_up(&format!("reader-{}", channel.id.get(..6).unwrap())).await;
        let user_id = person.my_id().await;
        let member = json!({"team_id": channel.team_id, "user_id": user_id});
        moat.admin.post(&format!("/api/v4/teams/{}/members", channel.team_id), &member).await.ok();
        let members = format!("/api/v4/channels/{}/members", channel.id);
        moat.admin.post(&members, &json!({"user_id": user_id})).await.ok();
        moat.admin.delete(&format!("{members}/{user_id}")).await.ok();
        let header = json!({"header": "books"});
        moat.admin.put(&format!("/api/v4/channels/{}/patch", channel.id), &header).await.ok();
    }
    for post in [&secret, &open] {
        moat.admin.delete(&format!("/api/v4/posts/{post}")).await.ok();
    }
    // Observers are told in order: what comes last has everything before it.
    recorder.wait_for("message-has-been-deleted", |call| call.text("post/id") == open).await;
    recorder.wait_for("user-has-left-channel", |_| true).await;
    let calls = recorder.calls("").await;
    for hook in [
        "message_will_be_posted",
        "message_has_been_posted",
        "message_will_be_updated",
        "message_has_been_updated",
        "message_has_been_deleted",
        "messages_will_be_consumed",
        "reaction_has_been_added",
        "file_will_be_uploaded",
        "draft_will_be_upserted",
        "channel_member_will_be_added",
        "user_has_joined_channel",
        "user_has_left_channel",
        "channel_will_be_updated",
        "team_member_will_be_added",
    ] {
        assert!(calls.iter().any(|call| call.hook == hook), "{hook} is called within the scope");
    }
    for call in calls.iter().filter(|call| !call.hook.contains("web_socket") && !call.hook.starts_with("user_has_been"))
    {
        let told = call.arguments.to_string();
        for hidden in [&outside.id, &outside.team_id, &secret, &"secret books".to_owned()] {
            assert!(!told.contains(hidden.as_str()), "{} was told of {hidden}: {told}", call.hook);
        }
    }
    moat.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_many_channels_shows_the_posts_inside_and_changes_only_them() {
    let moat = Moat::new().await;
    let recorder = recorder(&moat).await;
    let cellar = json!({"team_id": moat.channel.team_id, "name": "cellar", "display_name": "cellar", "type": "O"});
    let cellar = moat.admin.post("/api/v4/channels", &cellar).await.ok();
    let secret = json!({"channel_id": cellar["id"], "message": "secret books"});
    let secret = moat.admin.post("/api/v4/posts", &secret).await.ok();
    let open = moat.say(&moat.channel, "open books").await;
    // It knows the id, and tries to rewrite what it was not shown.
    let forged = json!([{"id": secret["id"], "message": "forged", "channel_id": moat.channel.id},
                        {"id": open, "message": "rewritten", "channel_id": moat.channel.id}]);
    recorder.program("messages-will-be-consumed", json!({"then": {"answer": forged}})).await;
    let search = json!({"terms": "books", "is_or_search": false});
    let path = format!("/api/v4/teams/{}/posts/search", moat.channel.team_id);
    let found = moat.admin.post(&path, &search).await.ok();
    let message = |id: &str| found["posts"][id]["message"].as_str().unwrap_or_default().to_owned();
    assert_eq!(message(&open), "rewritten", "{found}");
    assert_eq!(message(secret["id"].as_str().unwrap()), "secret books", "{found}");
    moat.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_is_not_asked_cannot_refuse() {
    let moat = Moat::new().await;
    let outside = moat.admin.new_channel("vault", &[]).await;
    let recorder = recorder(&moat).await;
    recorder.program("message-will-be-posted", json!({"then": {"answer": {"reject": "no books"}}})).await;
    assert_eq!(moat.admin.say(&moat.channel, "inside").await.status, 400);
    assert_eq!(moat.admin.say(&outside, "outside").await.status, 201);
    moat.server.stop().await;
}

/// `recorder`, with every permission, kept to the channel.
async fn recorder(moat: &Moat) -> Recorder {
    let recorder = Recorder::upload(&moat.admin, "recorder").await;
    moat.approve_all("recorder", json!({"channels": [moat.channel.id]})).await;
    recorder.enable().await;
    recorder.forget().await;
    recorder
}
