//! `wit/posts.wit`: moving threads.

use serde_json::{Value, json};

use crate::{
    Case, error, success,
    world::{NOBODY, id},
};

/// A channel with a thread in it, which then becomes the backing channel of a board.
async fn board(case: &Case) -> (Value, Value) {
    let channel = case.channel().await;
    let root = case.say(&channel, "card").await;
    let reply = json!({"channel_id": id(&channel), "root_id": id(&root), "message": "comment"});
    case.bob.rest.post("/api/v4/posts", &reply).await.ok();
    let reaction = json!({"user_id": case.bob.id, "post_id": id(&root), "emoji_name": "+1"});
    case.bob.rest.post("/api/v4/reactions", &reaction).await.ok();
    case.sql(&format!("UPDATE channels SET type = 'BO' WHERE id = '{}'", id(&channel))).await;
    (channel, root)
}

#[test]
fn move_threads_to_backing_channel_takes_all_of_a_thread_along() {
    success("posts.move-threads-to-backing-channel").run(async |case| {
        let ((_, root), (target, _)) = (board(case).await, board(case).await);
        case.call(json!({"root_ids": [id(&root), NOBODY], "channel_id": id(&target)})).await;
        let thread = case.call_other("posts.get-post-thread", json!({"post_id": id(&root)})).await;
        let posts = thread["posts"].as_array().unwrap();
        assert_eq!(posts.len(), 2);
        for post in posts {
            assert_eq!(post["channel_id"], target["id"]);
        }
        assert!(posts.iter().any(|post| post["create_at"] == root["create_at"]), "times stay");
        let reactions = case.call_other("reactions.get-reactions", json!({"post_id": id(&root)})).await;
        assert_eq!(reactions[0]["channel_id"], target["id"]);
    });
}

#[test]
fn move_threads_to_backing_channel_leaves_messages_where_they_are() {
    error("posts.move-threads-to-backing-channel").run(async |case| {
        let (channel, root) = board(case).await;
        let message = case.post("a message").await;
        let open = "app.post.move_threads.not_backing_channel.app_error";
        let asked = json!({"root_ids": [id(&root)], "channel_id": message["channel_id"]});
        case.refused(asked).await.is(open, 400);
        case.refused(json!({"root_ids": [id(&message)], "channel_id": id(&channel)})).await.is(open, 400);
        let thread = case.call_other("posts.get-post-thread", json!({"post_id": id(&root)})).await;
        let reply = thread["order"].as_array().unwrap().iter().find(|id| **id != root["id"]).unwrap();
        let asked = json!({"root_ids": [reply], "channel_id": id(&channel)});
        case.refused(asked).await.is("app.post.move_threads.not_root.app_error", 400);
        let many = json!({"root_ids": vec![NOBODY; 201], "channel_id": id(&channel)});
        case.refused(many).await.is("app.post.move_threads.too_many.app_error", 400);
        let nowhere = json!({"root_ids": [id(&root)], "channel_id": NOBODY});
        case.refused(nowhere).await.is("app.channel.get.existing.app_error", 404);
    });
}
