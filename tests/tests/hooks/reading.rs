//! Posts on their way to a reader: `messages-will-be-consumed`, then the same with the context.

use serde_json::{Value, json};
use wasmoat_tests::{Call, Events};

use crate::scene::{FAULTS, Scene, id, on_stage, shown, text};

const HOOKS: [&str; 2] = ["messages-will-be-consumed", "messages-will-be-consumed-with-context"];

async fn read(scene: &Scene, post: &Value) -> String {
    let post = scene.bob.rest.get(&format!("/api/v4/posts/{}", id(post))).await.ok();
    text(&post, "message").to_owned()
}

/// Answers the post with another text; other posts stay as they are.
fn rewrites(post: &Value, message: &str) -> Value {
    let mut changed = json!({"id": id(post)});
    for member in ["user_id", "channel_id", "create_at", "update_at"] {
        changed[member] = post[member].clone();
    }
    changed["message"] = message.into();
    json!({"then": {"answer": [changed]}})
}

fn shows(call: &Call, post: &Value) -> Option<Value> {
    let posts = call.get("posts").as_array().into_iter().flatten();
    posts.into_iter().find(|shown| shown["id"] == post["id"]).cloned()
}

#[test]
fn posts_are_shown_to_plugins_before_somebody_reads_them() {
    on_stage(async |scene| {
        let post = scene.post("as it was said").await;
        for (way, function) in [("REST", ""), ("a plugin", "posts.get-post")] {
            scene.forget().await;
            if function.is_empty() {
                assert_eq!(read(scene, &post).await, "as it was said", "nobody has an opinion");
            } else {
                scene.second.api(function, json!({"post_id": id(&post)})).await.ok();
            }
            for recorder in scene.recorders() {
                for hook in HOOKS {
                    let call = recorder.wait_for(hook, |call| shows(call, &post).is_some()).await;
                    let shown = shows(&call, &post).unwrap();
                    assert_eq!((text(&shown, "message"), text(&shown, "metadata")), ("as it was said", ""), "{way}");
                }
                let call = recorder.wait_for(HOOKS[1], |call| shows(call, &post).is_some()).await;
                let (user, plugin) =
                    if function.is_empty() { (&scene.bob.id, "") } else { (&scene.ada.id, "recorder-b") };
                assert_eq!((call.text("context/user_id"), call.text("context/source_plugin_id")), (&**user, plugin));
            }
            let order = |calls: Vec<Call>| calls.first().map(|call| call.at).unwrap();
            let [first, second] = [order(scene.first.calls(HOOKS[0]).await), order(scene.second.calls(HOOKS[0]).await)];
            let last = order(scene.first.calls(HOOKS[1]).await);
            assert!(first < second && second < last, "{way}: all of the one hook, then all of the other");
        }
        // A client that is told of a post reads it too.
        scene.forget().await;
        let mut events = Events::of(&scene.bob.rest).await;
        scene.first.program(HOOKS[0], json!({"then": {"patch": {"message": "what bob reads"}}})).await;
        let post = scene.post("what ada said").await;
        let posted = events.next_where("posted", |event| event["data"]["post"].to_string().contains(&id(&post))).await;
        assert!(posted["data"]["post"].to_string().contains("what bob reads"), "{posted}");
        for hook in HOOKS {
            shown(hook, &["fired", "payload"]);
        }
    });
}

#[test]
fn the_next_plugin_sees_what_the_one_before_it_made_of_the_posts() {
    on_stage(async |scene| {
        for hook in HOOKS {
            let post = scene.post("as it was said").await;
            scene.first.program(hook, rewrites(&post, "of the first")).await;
            scene.forget_calls().await;
            assert_eq!(read(scene, &post).await, "of the first");
            let call = scene.second.wait_for(hook, |call| shows(call, &post).is_some()).await;
            assert_eq!(text(&shows(&call, &post).unwrap(), "message"), "of the first");
            scene.second.program(hook, rewrites(&post, "of the second")).await;
            assert_eq!(read(scene, &post).await, "of the second");
            scene.forget().await;
            assert_eq!(read(scene, &post).await, "as it was said", "what is stored stays as it is");
            shown(hook, &["chain"]);
        }
    });
}

#[test]
fn only_changed_posts_are_answered_and_unknown_ones_are_passed_over() {
    on_stage(async |scene| {
        for hook in HOOKS {
            let (post, other) = (scene.post("as it was said").await, scene.post("not shown").await);
            scene.first.program(hook, json!({"then": {"answer": []}})).await;
            assert_eq!(read(scene, &post).await, "as it was said", "nothing was changed");
            scene.first.program(hook, rewrites(&other, "made up")).await;
            assert_eq!(read(scene, &post).await, "as it was said", "that is another post");
            scene.end_programs().await;
            assert_eq!(read(scene, &other).await, "not shown");
            shown(hook, &["outcomes", "success"]);
        }
    });
}

#[test]
fn a_fault_is_no_change() {
    on_stage(async |scene| {
        for hook in HOOKS {
            let post = scene.post("as it was said").await;
            for (fault, logged) in FAULTS {
                scene.first.program(hook, json!({"once": true, "then": fault})).await;
                scene.second.program(hook, rewrites(&post, "of the second")).await;
                assert_eq!(read(scene, &post).await, "of the second", "{fault}: the next one is asked");
                let log = scene.first.log().await;
                assert!(log.iter().any(|line| line.contains(hook) && line.contains(logged)), "{fault}: {log:?}");
                scene.forget().await;
            }
            shown(hook, &["fault"]);
        }
    });
}

#[test]
fn a_plugin_that_reads_in_the_hook_is_asked_again() {
    on_stage(async |scene| {
        for hook in HOOKS {
            let (outer, inner) = (scene.post("outer").await, scene.post("inner").await);
            let call = json!({"function": "posts.get-post", "arguments": {"post_id": id(&inner)}});
            scene.forget().await;
            scene.first.program(hook, json!({"once": true, "call": call})).await;
            assert_eq!(read(scene, &outer).await, "outer");
            scene.first.wait_for("called", |call| call.text("result/message") == "inner").await;
            scene.first.wait_for(hook, |call| shows(call, &inner).is_some()).await;
            shown(hook, &["reentry"]);
        }
    });
}
