//! `wit/posts.wit`: writing and reading. Searching is in `posts_search`, moving in `posts_move`.

use serde_json::{Value, json};

use crate::{
    Case, edge, error, success,
    world::{NOBODY, id},
};

const UNKNOWN: &str = "app.post.get.app_error";

/// A post of bob's, not yet stored.
fn by_bob(case: &Case, channel: &Value, message: &str) -> Value {
    json!({"post": {"user_id": case.bob.id, "channel_id": id(channel), "message": message}})
}

async fn read(case: &Case, post: &Value) -> Value {
    case.admin.get(&format!("/api/v4/posts/{}", id(post))).await.ok()
}

/// The messages of a list, in its order.
fn messages(list: &Value) -> Vec<String> {
    let posts = list["posts"].as_array().unwrap();
    let message = |id: &Value| posts.iter().find(|post| post["id"] == *id).unwrap()["message"].as_str().unwrap();
    list["order"].as_array().unwrap().iter().map(|id| message(id).to_owned()).collect()
}

/// A channel in which bob said `0`, `1` and so on.
async fn counted(case: &Case, count: usize) -> (Value, Vec<Value>) {
    let channel = case.channel().await;
    let mut posts = Vec::new();
    for number in 0..count {
        posts.push(case.say(&channel, &number.to_string()).await);
    }
    (channel, posts)
}

fn is_post<'a>(post_id: &'a str) -> impl Fn(&Value) -> bool + 'a {
    move |event| event["data"]["post"].as_str().is_some_and(|post| post.contains(post_id))
}

#[test]
fn create_post_stores_it_and_tells_the_channel() {
    success("posts.create-post").run(async |case| {
        let (channel, carl) = (case.channel().await, case.user().await);
        let mut events = case.events(&case.bob.rest).await;
        let mut post = by_bob(case, &channel, "hello");
        post["post"]["user_id"] = json!(carl.id);
        post["post"]["pending_post_id"] = json!(case.name("pending"));
        let stored = case.call(post.clone()).await;
        assert_eq!(stored["metadata"], "", "plugins see no metadata");
        let seen = read(case, &stored).await;
        assert_eq!((&seen["message"], &seen["props"]), (&json!("hello"), &json!({"from_plugin": "true"})));
        events.next_where("posted", is_post(&id(&stored))).await;
        assert_eq!(id(&case.call(post).await), id(&stored), "a repeated pending post is the first one");
        let status = case.admin.get(&format!("/api/v4/users/{}/status", carl.id)).await.ok();
        assert_eq!(status["status"], "online");
    });
}

#[test]
fn create_post_wants_a_channel_an_author_and_a_root() {
    error("posts.create-post").run(async |case| {
        let channel = case.channel().await;
        let nowhere = json!({"post": {"user_id": case.bob.id, "channel_id": NOBODY, "message": "x"}});
        case.refused(nowhere).await.is("app.channel.get.existing.app_error", 404);
        let nobodys = json!({"post": {"user_id": NOBODY, "channel_id": id(&channel), "message": "x"}});
        case.refused(nobodys).await.is("app.user.missing_account.const", 404);
        let mut reply = by_bob(case, &channel, "x");
        reply["post"]["root_id"] = json!(NOBODY);
        case.refused(reply.clone()).await.is("api.post.create_post.root_id.app_error", 400);
        reply["post"]["root_id"] = case.post("elsewhere").await["id"].clone();
        case.refused(reply).await.is("api.post.create_post.channel_root_id.app_error", 400);
        let long = by_bob(case, &channel, &"x".repeat(16_384));
        case.refused(long).await.is("model.post.is_valid.message_length.app_error", 400);
        let mut again = by_bob(case, &channel, "x");
        again["post"]["id"] = json!(NOBODY);
        case.refused(again).await.is("api.post.create_post.id.app_error", 400);
    });
}

fn ephemeral(case: &Case, channel: &Value, message: &str) -> Value {
    let actions = json!([{"name": "Yes", "integration": {"url": "/plugins/x/y"}}]);
    let props = json!({"attachments": [{"actions": actions}]}).to_string();
    json!({"user_id": case.bob.id, "post": {"channel_id": id(channel), "message": message, "props": props}})
}

#[test]
fn send_ephemeral_post_shows_it_to_one_user() {
    success("posts.send-ephemeral-post").run(async |case| {
        let channel = case.channel().await;
        let mut events = case.events(&case.bob.rest).await;
        let post = case.call(ephemeral(case, &channel, "psst")).await;
        assert_eq!(post["type"], "system_ephemeral");
        let event = events.next_where("ephemeral_message", is_post(&id(&post))).await;
        let shown: Value = serde_json::from_str(event["data"]["post"].as_str().unwrap()).unwrap();
        let action = &shown["props"]["attachments"][0]["actions"][0];
        assert!(action["id"].as_str().is_some_and(|id| id.len() == 26), "actions have ids: {action}");
        let kept = case.bob.rest.get(&format!("/api/v4/posts/{}", id(&post))).await;
        assert_eq!(kept.status, 404);
    });
}

#[test]
fn send_ephemeral_post_to_nobody_is_heard_by_nobody() {
    edge("posts.send-ephemeral-post").run(async |case| {
        let channel = case.channel().await;
        let mut asked = ephemeral(case, &channel, "psst");
        asked["user_id"] = json!(NOBODY);
        let post = case.call(asked).await;
        assert_eq!((post["type"].as_str(), post["metadata"].as_str()), (Some("system_ephemeral"), Some("")));
        assert!(post["create_at"].as_i64() > Some(0) && id(&post).len() == 26, "{post}");
    });
}

#[test]
fn update_ephemeral_post_shows_another_text() {
    success("posts.update-ephemeral-post").run(async |case| {
        let channel = case.channel().await;
        let post = case.call_other("posts.send-ephemeral-post", ephemeral(case, &channel, "psst")).await;
        let mut events = case.events(&case.bob.rest).await;
        let changed = json!({"id": id(&post), "channel_id": id(&channel), "message": "never mind"});
        let updated = case.call(json!({"user_id": case.bob.id, "post": changed})).await;
        assert_eq!((&updated["id"], &updated["type"]), (&post["id"], &json!("system_ephemeral")));
        let event = events.next_where("post_edited", is_post(&id(&post))).await;
        assert!(event["data"]["post"].as_str().unwrap().contains("never mind"));
    });
}

#[test]
fn update_ephemeral_post_knows_of_no_earlier_one() {
    edge("posts.update-ephemeral-post").run(async |case| {
        let updated = case.call(json!({"user_id": NOBODY, "post": {"id": NOBODY, "message": "x"}})).await;
        assert!(updated["id"] == NOBODY && updated["update_at"].as_i64() > Some(0), "{updated}");
    });
}

#[test]
fn delete_ephemeral_post_takes_it_away() {
    success("posts.delete-ephemeral-post").run(async |case| {
        let channel = case.channel().await;
        let post = case.call_other("posts.send-ephemeral-post", ephemeral(case, &channel, "psst")).await;
        let mut events = case.events(&case.bob.rest).await;
        case.call(json!({"user_id": case.bob.id, "post_id": id(&post)})).await;
        events.next_where("post_deleted", is_post(&id(&post))).await;
    });
}

#[test]
fn delete_ephemeral_post_does_not_touch_a_real_one() {
    edge("posts.delete-ephemeral-post").run(async |case| {
        let post = case.post("here to stay").await;
        let answer = case.call(json!({"user_id": case.bob.id, "post_id": id(&post)})).await;
        assert_eq!(answer, Value::Null);
        assert_eq!(read(case, &post).await["message"], "here to stay");
    });
}

#[test]
fn delete_post_takes_replies_and_drafts_along() {
    success("posts.delete-post").run(async |case| {
        let channel = case.channel().await;
        let root = case.say(&channel, "root").await;
        let mut reply = by_bob(case, &channel, "reply");
        reply["post"]["root_id"] = root["id"].clone();
        let reply = case.call_other("posts.create-post", reply).await;
        let draft = json!({"channel_id": id(&channel), "root_id": id(&root), "message": "and"});
        case.bob.rest.post("/api/v4/drafts", &draft).await.ok();
        let mut events = case.events(&case.bob.rest).await;
        case.call(json!({"post_id": id(&root)})).await;
        events.next_where("post_deleted", is_post(&id(&root))).await;
        for post in [&root, &reply] {
            assert_eq!(case.admin.get(&format!("/api/v4/posts/{}", id(post))).await.status, 404);
        }
        let drafts = format!("/api/v4/users/{}/teams/{}/drafts", case.bob.id, case.team_id);
        assert!(!case.bob.rest.get(&drafts).await.ok().to_string().contains(&id(&root)));
    });
}

#[test]
fn delete_post_wants_a_live_one_in_a_live_channel() {
    error("posts.delete-post").run(async |case| {
        case.refused(json!({"post_id": NOBODY})).await.is(UNKNOWN, 400);
        let channel = case.channel().await;
        let post = case.say(&channel, "for the archive").await;
        case.admin.delete(&format!("/api/v4/channels/{}", id(&channel))).await.ok();
        let archived = "api.post.delete_post.can_not_delete_post_in_deleted.error";
        case.refused(json!({"post_id": id(&post)})).await.is(archived, 400);
    });
}

#[test]
fn get_post_thread_gives_root_and_replies() {
    success("posts.get-post-thread").run(async |case| {
        let channel = case.channel().await;
        let root = case.say(&channel, "root").await;
        let mut reply = by_bob(case, &channel, "reply");
        reply["post"]["root_id"] = root["id"].clone();
        let reply = case.call_other("posts.create-post", reply).await;
        let thread = case.call(json!({"post_id": id(&reply)})).await;
        assert_eq!(messages(&thread), ["reply", "root"]);
    });
}

#[test]
fn get_post_thread_wants_a_post() {
    error("posts.get-post-thread").run(async |case| {
        case.refused(json!({"post_id": NOBODY})).await.is(UNKNOWN, 404);
    });
}

#[test]
fn get_post_gives_the_post() {
    success("posts.get-post").run(async |case| {
        let post = case.post("hello").await;
        let answer = case.call(json!({"post_id": id(&post)})).await;
        assert_eq!((answer["message"].as_str(), answer["metadata"].as_str()), (Some("hello"), Some("")));
    });
}

#[test]
fn get_post_does_not_find_a_deleted_one() {
    error("posts.get-post").run(async |case| {
        case.refused(json!({"post_id": NOBODY})).await.is(UNKNOWN, 404);
        let post = case.post("gone").await;
        case.bob.rest.delete(&format!("/api/v4/posts/{}", id(&post))).await.ok();
        case.refused(json!({"post_id": id(&post)})).await.is(UNKNOWN, 404);
    });
}

#[test]
fn get_posts_since_gives_what_was_deleted_too() {
    success("posts.get-posts-since").run(async |case| {
        let (channel, posts) = counted(case, 3).await;
        let time = posts[1]["update_at"].as_i64().unwrap();
        case.bob.rest.delete(&format!("/api/v4/posts/{}", id(&posts[0]))).await.ok();
        let list = case.call(json!({"channel_id": id(&channel), "time": time})).await;
        assert_eq!(messages(&list), ["2", "0"]);
        assert!(list["posts"].to_string().contains("delete_at"));
    });
}

#[test]
fn get_posts_since_tells_of_a_broken_store() {
    error("posts.get-posts-since").without_table("posts").run(async |case| {
        case.refused(json!({"channel_id": NOBODY, "time": 0})).await.is_of_the_store();
    });
}

#[test]
fn get_posts_after_gives_the_nearest_page() {
    success("posts.get-posts-after").run(async |case| {
        let (channel, posts) = counted(case, 4).await;
        let asked = json!({"channel_id": id(&channel), "post_id": id(&posts[0]), "page": 0, "per_page": 2});
        let list = case.call(asked).await;
        assert_eq!(messages(&list), ["2", "1"]);
        assert_eq!(list["next_post_id"], posts[3]["id"]);
    });
}

#[test]
fn get_posts_after_counts_from_nothing_less_than_zero() {
    error("posts.get-posts-after").run(async |case| {
        let (channel, posts) = counted(case, 1).await;
        for (page, per_page) in [(-1, 1), (0, -1)] {
            let asked =
                json!({"channel_id": id(&channel), "post_id": id(&posts[0]), "page": page, "per_page": per_page});
            case.refused(asked).await.is("app.post.get_posts_around.get.app_error", 400);
        }
        let asked = json!({"channel_id": id(&channel), "post_id": NOBODY, "page": 0, "per_page": 1});
        case.refused(asked).await.is(UNKNOWN, 404);
    });
}

#[test]
fn get_posts_before_gives_older_ones() {
    success("posts.get-posts-before").run(async |case| {
        let (channel, posts) = counted(case, 4).await;
        let asked = json!({"channel_id": id(&channel), "post_id": id(&posts[3]), "page": 1, "per_page": 1});
        assert_eq!(messages(&case.call(asked).await), ["1"]);
    });
}

#[test]
fn get_posts_before_counts_from_nothing_less_than_zero() {
    error("posts.get-posts-before").run(async |case| {
        let (channel, posts) = counted(case, 1).await;
        let asked = json!({"channel_id": id(&channel), "post_id": id(&posts[0]), "page": -1, "per_page": 1});
        case.refused(asked).await.is("app.post.get_posts_around.get.app_error", 400);
        let elsewhere = case.post("elsewhere").await;
        let asked = json!({"channel_id": id(&channel), "post_id": id(&elsewhere), "page": 0, "per_page": 1});
        case.refused(asked).await.is(UNKNOWN, 404);
    });
}

#[test]
fn get_posts_for_channel_gives_the_newest() {
    success("posts.get-posts-for-channel").run(async |case| {
        let (channel, _) = counted(case, 3).await;
        let list = case.call(json!({"channel_id": id(&channel), "page": 0, "per_page": 2})).await;
        assert_eq!(messages(&list), ["2", "1"]);
        let empty = case.call(json!({"channel_id": id(&channel), "page": 9, "per_page": 2})).await;
        assert_eq!(empty["order"], json!([]));
    });
}

#[test]
fn get_posts_for_channel_has_pages_of_a_thousand() {
    error("posts.get-posts-for-channel").run(async |case| {
        let asked = json!({"channel_id": NOBODY, "page": 0, "per_page": 1001});
        case.refused(asked).await.is("app.post.get_posts.app_error", 400);
    });
}

#[test]
fn update_post_changes_the_text_and_nothing_of_its_origin() {
    success("posts.update-post").run(async |case| {
        let post = case.post("frist").await;
        let mut events = case.events(&case.bob.rest).await;
        let new = json!({"id": id(&post), "message": "first", "is_pinned": true, "user_id": case.admin_id});
        let updated = case.call(json!({"post": new})).await;
        assert!(updated["edit_at"].as_i64() > Some(0));
        let seen = read(case, &post).await;
        assert_eq!((&seen["message"], &seen["is_pinned"]), (&json!("first"), &json!(true)));
        assert_eq!(seen["user_id"], *case.bob.id);
        events.next_where("post_edited", is_post(&id(&post))).await;
    });
}

#[test]
fn update_post_refuses_what_is_unknown_gone_or_the_servers() {
    error("posts.update-post").run(async |case| {
        case.refused(json!({"post": {"id": NOBODY, "message": "x"}})).await.is(UNKNOWN, 404);
        let channel = case.channel().await;
        let list = case.admin.get(&format!("/api/v4/channels/{}/posts", id(&channel))).await.ok();
        let line = json!({"post": {"id": list["order"][0], "message": "x"}});
        case.refused(line).await.is("api.post.update_post.system_message.app_error", 400);
        let post = case.say(&channel, "for the archive").await;
        case.admin.delete(&format!("/api/v4/channels/{}", id(&channel))).await.ok();
        let archived = "api.post.update_post.can_not_update_post_in_deleted.error";
        case.refused(json!({"post": {"id": id(&post), "message": "x"}})).await.is(archived, 400);
    });
}
