//! `wit/reactions.wit`.

use serde_json::{Value, json};

use crate::{
    Case, error, success,
    world::{NOBODY, id},
};

async fn reactions_of(case: &Case, post: &Value) -> Value {
    case.admin.get(&format!("/api/v4/posts/{}/reactions", id(post))).await.ok()
}

fn thumbs_up(case: &Case, post_id: &str) -> Value {
    json!({"reaction": {"user_id": case.bob.id, "post_id": post_id, "emoji_name": "+1"}})
}

#[test]
fn add_reaction_shows_it_to_everybody() {
    success("reactions.add-reaction").run(async |case| {
        let post = case.post("nice").await;
        let mut events = case.events(&case.bob.rest).await;
        let reaction = case.call(thumbs_up(case, &id(&post))).await;
        assert_eq!(reaction["emoji_name"], "+1");
        assert_eq!(reactions_of(case, &post).await[0]["user_id"], *case.bob.id);
        let is_meant = |event: &Value| event["data"]["reaction"].to_string().contains(&id(&post));
        events.next_where("reaction_added", is_meant).await;
    });
}

#[test]
fn add_reaction_wants_a_post() {
    error("reactions.add-reaction").run(async |case| {
        case.refused(thumbs_up(case, NOBODY)).await.is("app.post.get.app_error", 404);
    });
}

#[test]
fn remove_reaction_takes_it_away() {
    success("reactions.remove-reaction").run(async |case| {
        let post = case.post("nice").await;
        case.call_other("reactions.add-reaction", thumbs_up(case, &id(&post))).await;
        case.call(thumbs_up(case, &id(&post))).await;
        assert_eq!(reactions_of(case, &post).await.as_array().map(Vec::len), Some(0));
    });
}

#[test]
fn remove_reaction_wants_a_post() {
    error("reactions.remove-reaction").run(async |case| {
        case.refused(thumbs_up(case, NOBODY)).await.is("app.post.get.app_error", 404);
    });
}

#[test]
fn get_reactions_lists_them() {
    success("reactions.get-reactions").run(async |case| {
        let post = case.post("nice").await;
        let reaction = json!({"user_id": case.bob.id, "post_id": id(&post), "emoji_name": "tada"});
        case.bob.rest.post("/api/v4/reactions", &reaction).await.ok();
        let reactions = case.call(json!({"post_id": id(&post)})).await;
        assert_eq!(reactions[0]["emoji_name"], "tada");
    });
}

#[test]
fn get_reactions_tells_of_a_broken_store() {
    error("reactions.get-reactions").without_table("reactions").run(async |case| {
        case.refused(json!({"post_id": NOBODY})).await.is_of_the_store();
    });
}
