//! Posts and reactions.

use serde_json::{Value, json};
use wasmoat_tests::{Call, Reply};

use crate::{
    filters::{Asked, Filtered, shows_filter},
    observers::shows_observer,
    operation::{Operation, Way},
    scene::{Scene, id, on_stage, shown, text},
};

/// Ada posts.
macro_rules! posting {
    ($operation:ident, $hook:literal) => {
        struct $operation;

        impl Operation for $operation {
            const HOOK: &'static str = $hook;
            const COMMAND: bool = true;

            async fn prepare(&self, _: &Scene) -> Value {
                Scene::name("message").into()
            }

            async fn rest(&self, scene: &Scene, target: &Value) -> Reply {
                scene.ada.rest.say(&scene.channel, target.as_str().unwrap()).await
            }

            async fn command(&self, scene: &Scene, target: &Value) -> Reply {
                scene.command(&scene.channel.id, &format!("/shrug {}", target.as_str().unwrap())).await
            }

            fn api(&self, scene: &Scene, target: &Value) -> Option<(&'static str, Value)> {
                let post = json!({"channel_id": scene.channel.id, "user_id": scene.bob.id, "message": target});
                Some(("posts.create-post", json!({"post": post})))
            }

            fn is_meant(&self, call: &Call, target: &Value) -> bool {
                call.text("post/message").split(' ').next() == target.as_str()
            }

            fn check(&self, scene: &Scene, call: &Call, _: &Value, way: Way) {
                let author = if way == Way::Plugin { &scene.bob.id } else { &scene.ada.id };
                assert_eq!(call.text("post/user_id"), author);
                assert_eq!(call.text("post/channel_id"), scene.channel.id);
                assert_eq!(call.text("post/metadata"), "", "posts carry no metadata");
                let by_plugin = call.text("post/props").contains("from_plugin");
                assert_eq!(by_plugin, way == Way::Plugin, "what a plugin posts is marked: {call:?}");
                let stored = Self::HOOK == "message-has-been-posted";
                assert_eq!(call.text("post/id").is_empty(), !stored, "a post has its id once it is stored");
            }
        }
    };
}

posting!(Asking, "message-will-be-posted");
posting!(Telling, "message-has-been-posted");

impl Asked for Asking {
    const REFUSED: &'static str = "api.post.create_post.rejected_by_plugin.app_error";

    async fn state(&self, scene: &Scene, target: &Value) -> Value {
        let page = scene.ada.rest.get(&format!("/api/v4/channels/{}/posts", scene.channel.id)).await.ok();
        let posts = page["posts"].as_object().into_iter().flatten().map(|(_, post)| post["message"].clone());
        posts.filter(|message| message == target).collect()
    }
}

impl Filtered for Asking {
    const SUBJECT: &'static str = "post";

    fn patches(&self) -> [Value; 2] {
        [json!({"message": "what the first makes of it"}), json!({"message": "what the second makes of it"})]
    }

    async fn result(&self, scene: &Scene, _: &Value, reply: &Reply) -> Value {
        stored(scene, &id(&reply.body)).await
    }
}

async fn stored(scene: &Scene, post_id: &str) -> Value {
    scene.ada.rest.get(&format!("/api/v4/posts/{post_id}")).await.ok()
}

#[test]
fn message_will_be_posted() {
    shows_filter(&Asking);
}

#[test]
fn message_has_been_posted() {
    shows_observer(&Telling);
}

#[test]
fn message_will_be_posted_may_drop_a_post_quietly() {
    on_stage(async |scene| {
        scene.first.program(Asking::HOOK, json!({"then": {"answer": "dismiss"}})).await;
        let reply = scene.ada.rest.say(&scene.channel, "dropped").await;
        let dismissed = "plugin.message_will_be_posted.dismiss_post";
        assert_eq!((reply.status.as_u16(), reply.text("id")), (400, dismissed), "clients know the id and show nothing");
        assert!(scene.second.calls(Asking::HOOK).await.is_empty(), "the round is over");
        shown(Asking::HOOK, &["outcomes"]);
    });
}

#[test]
fn a_replacement_changes_what_is_said_and_not_by_whom_or_where() {
    on_stage(async |scene| {
        let elsewhere = scene.new_channel().await;
        let patch = json!({"user_id": scene.bob.id, "channel_id": id(&elsewhere), "message": "said by ada"});
        scene.first.program(Asking::HOOK, json!({"then": {"patch": patch}})).await;
        let post = scene.post("hello").await;
        assert_eq!(text(&post, "message"), "said by ada");
        assert_eq!((text(&post, "user_id"), text(&post, "channel_id")), (&*scene.ada.id, &*scene.channel.id));
    });
}

#[test]
fn an_observer_that_answers_every_post_with_a_post_is_cut_short() {
    on_stage(async |scene| {
        let post = json!({"channel_id": scene.channel.id, "user_id": scene.bob.id, "message": "echo"});
        let call = json!({"function": "posts.create-post", "arguments": {"post": post}});
        scene.first.program(Telling::HOOK, json!({"call": call})).await;
        scene.post("hello").await;
        crate::observers::until_logged(scene, Telling::HOOK, "too deep").await;
        let posts = scene.first.calls(Telling::HOOK).await.len();
        assert!((2..=8).contains(&posts), "told {posts} times");
    });
}

/// Ada edits a post of hers.
macro_rules! editing {
    ($operation:ident, $hook:literal) => {
        struct $operation;

        impl Operation for $operation {
            const HOOK: &'static str = $hook;

            async fn prepare(&self, scene: &Scene) -> Value {
                scene.post("as it was").await
            }

            async fn rest(&self, scene: &Scene, target: &Value) -> Reply {
                let path = format!("/api/v4/posts/{}/patch", id(target));
                scene.ada.rest.put(&path, &json!({"message": "as it is"})).await
            }

            fn api(&self, _: &Scene, target: &Value) -> Option<(&'static str, Value)> {
                Some(("posts.update-post", json!({"post": {"id": id(target), "message": "as it is"}})))
            }

            fn is_meant(&self, call: &Call, target: &Value) -> bool {
                call.text("new_post/id") == id(target)
            }

            fn check(&self, scene: &Scene, call: &Call, target: &Value, _: Way) {
                assert_eq!((call.text("new_post/message"), call.text("old_post/message")), ("as it is", "as it was"));
                for post in ["new_post", "old_post"] {
                    assert_eq!(call.text(&format!("{post}/id")), id(target));
                    assert_eq!(call.text(&format!("{post}/user_id")), scene.ada.id);
                    assert_eq!(call.text(&format!("{post}/metadata")), "", "posts carry no metadata");
                }
            }
        }
    };
}

editing!(AskingToEdit, "message-will-be-updated");
editing!(TellingOfEdit, "message-has-been-updated");

impl Asked for AskingToEdit {
    const REFUSED: &'static str = "api.post.update_post.rejected_by_plugin.app_error";

    async fn state(&self, scene: &Scene, target: &Value) -> Value {
        stored(scene, &id(target)).await["message"].clone()
    }
}

impl Filtered for AskingToEdit {
    const SUBJECT: &'static str = "new_post";

    fn patches(&self) -> [Value; 2] {
        Asking.patches()
    }

    async fn result(&self, scene: &Scene, target: &Value, _: &Reply) -> Value {
        stored(scene, &id(target)).await
    }
}

#[test]
fn message_will_be_updated() {
    shows_filter(&AskingToEdit);
}

#[test]
fn message_has_been_updated() {
    shows_observer(&TellingOfEdit);
}

/// Ada deletes a post of hers.
struct Deleting;

impl Operation for Deleting {
    const HOOK: &'static str = "message-has-been-deleted";

    async fn prepare(&self, scene: &Scene) -> Value {
        scene.post("short-lived").await
    }

    async fn rest(&self, scene: &Scene, target: &Value) -> Reply {
        scene.ada.rest.delete(&format!("/api/v4/posts/{}", id(target))).await
    }

    fn api(&self, _: &Scene, target: &Value) -> Option<(&'static str, Value)> {
        Some(("posts.delete-post", json!({"post_id": id(target)})))
    }

    fn is_meant(&self, call: &Call, target: &Value) -> bool {
        call.text("post/id") == id(target)
    }

    fn check(&self, _: &Scene, call: &Call, _: &Value, _: Way) {
        assert_eq!((call.text("post/message"), call.text("post/metadata")), ("short-lived", ""));
        assert_ne!(call.get("post/delete_at"), 0);
    }
}

#[test]
fn message_has_been_deleted() {
    shows_observer(&Deleting);
}

#[test]
fn a_deleted_thread_is_told_once_for_its_root() {
    on_stage(async |scene| {
        let root = scene.post("root").await;
        let reply = json!({"channel_id": scene.channel.id, "root_id": id(&root), "message": "reply"});
        scene.bob.rest.post("/api/v4/posts", &reply).await.ok();
        Deleting.rest(scene, &root).await.ok();
        let last = scene.post("last").await;
        Deleting.rest(scene, &last).await.ok();
        scene.first.wait_for(Deleting::HOOK, |call| Deleting.is_meant(call, &last)).await;
        let told = scene.first.calls(Deleting::HOOK).await;
        let told: Vec<_> = told.iter().map(|call| call.text("post/message")).collect();
        assert_eq!(told, ["root", "last"], "not for its replies");
    });
}

fn reaction(scene: &Scene, target: &Value) -> Value {
    json!({"user_id": scene.ada.id, "post_id": id(target), "emoji_name": "tada"})
}

fn check_reaction(scene: &Scene, call: &Call) {
    assert_eq!((call.text("reaction/user_id"), call.text("reaction/emoji_name")), (&*scene.ada.id, "tada"));
}

/// Ada reacts to a post.
struct Reacting;

impl Operation for Reacting {
    const HOOK: &'static str = "reaction-has-been-added";

    async fn prepare(&self, scene: &Scene) -> Value {
        scene.post("nice").await
    }

    async fn rest(&self, scene: &Scene, target: &Value) -> Reply {
        scene.ada.rest.post("/api/v4/reactions", &reaction(scene, target)).await
    }

    fn api(&self, scene: &Scene, target: &Value) -> Option<(&'static str, Value)> {
        Some(("reactions.add-reaction", json!({"reaction": reaction(scene, target)})))
    }

    fn is_meant(&self, call: &Call, target: &Value) -> bool {
        call.text("reaction/post_id") == id(target)
    }

    fn check(&self, scene: &Scene, call: &Call, _: &Value, _: Way) {
        check_reaction(scene, call);
        assert_ne!(call.get("reaction/create_at"), 0);
    }
}

#[test]
fn reaction_has_been_added() {
    shows_observer(&Reacting);
}

/// Ada takes a reaction back.
struct TakingBack;

impl Operation for TakingBack {
    const HOOK: &'static str = "reaction-has-been-removed";

    async fn prepare(&self, scene: &Scene) -> Value {
        let post = scene.post("nice").await;
        Reacting.rest(scene, &post).await.ok();
        post
    }

    async fn rest(&self, scene: &Scene, target: &Value) -> Reply {
        let path = format!("/api/v4/users/{}/posts/{}/reactions/tada", scene.ada.id, id(target));
        scene.ada.rest.delete(&path).await
    }

    fn api(&self, scene: &Scene, target: &Value) -> Option<(&'static str, Value)> {
        Some(("reactions.remove-reaction", json!({"reaction": reaction(scene, target)})))
    }

    fn is_meant(&self, call: &Call, target: &Value) -> bool {
        call.text("reaction/post_id") == id(target)
    }

    fn check(&self, scene: &Scene, call: &Call, _: &Value, _: Way) {
        check_reaction(scene, call);
    }
}

#[test]
fn reaction_has_been_removed() {
    shows_observer(&TakingBack);
}
