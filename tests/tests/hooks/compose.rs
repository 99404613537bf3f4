//! What is written and not posted yet: drafts and scheduled posts. No function of the Plugin API
//! makes one.

use serde_json::{Value, json};
use wasmoat_model::now_ms;
use wasmoat_tests::{Call, Reply};

use crate::{
    filters::{Asked, Filtered, shows_filter},
    operation::{Operation, Way},
    scene::{Scene, id, on_stage, shown, text},
};

/// Ada writes something in a new channel.
struct Drafting;

impl Operation for Drafting {
    const HOOK: &'static str = "draft-will-be-upserted";

    async fn prepare(&self, scene: &Scene) -> Value {
        scene.new_channel().await
    }

    async fn rest(&self, scene: &Scene, target: &Value) -> Reply {
        let draft = json!({"channel_id": id(target), "message": "not yet"});
        scene.ada.rest.post("/api/v4/drafts", &draft).await
    }

    fn api(&self, _: &Scene, _: &Value) -> Option<(&'static str, Value)> {
        None
    }

    fn is_meant(&self, call: &Call, target: &Value) -> bool {
        call.text("draft/channel_id") == id(target)
    }

    fn check(&self, scene: &Scene, call: &Call, _: &Value, _: Way) {
        assert_eq!((call.text("draft/user_id"), call.text("draft/message")), (&*scene.ada.id, "not yet"));
        assert_eq!(call.text("draft/metadata"), "");
    }
}

async fn draft_in(scene: &Scene, target: &Value) -> Value {
    let path = format!("/api/v4/users/me/teams/{}/drafts", scene.channel.team_id);
    let drafts = scene.ada.rest.get(&path).await.ok();
    let mut drafts = drafts.as_array().into_iter().flatten();
    drafts.find(|draft| text(draft, "channel_id") == id(target)).cloned().unwrap_or_default()
}

impl Asked for Drafting {
    const REFUSED: &'static str = "app.draft.upsert.rejected_by_plugin.app_error";

    async fn state(&self, scene: &Scene, target: &Value) -> Value {
        draft_in(scene, target).await["message"].clone()
    }
}

impl Filtered for Drafting {
    const SUBJECT: &'static str = "draft";

    fn patches(&self) -> [Value; 2] {
        [json!({"message": "of the first"}), json!({"message": "of the second"})]
    }

    async fn result(&self, scene: &Scene, target: &Value, _: &Reply) -> Value {
        draft_in(scene, target).await
    }
}

#[test]
fn draft_will_be_upserted() {
    shows_filter(&Drafting);
}

#[test]
fn an_empty_draft_is_deleted_and_nobody_is_asked() {
    on_stage(async |scene| {
        let target = Drafting.prepare(scene).await;
        Drafting.rest(scene, &target).await.ok();
        scene.forget().await;
        let draft = json!({"channel_id": id(&target), "message": ""});
        scene.ada.rest.post("/api/v4/drafts", &draft).await.ok();
        assert!(draft_in(scene, &target).await.is_null());
        assert!(scene.first.calls(Drafting::HOOK).await.is_empty());
    });
}

/// Ada schedules something for a new channel.
struct Scheduling;

impl Operation for Scheduling {
    const HOOK: &'static str = "scheduled-post-will-be-created";

    async fn prepare(&self, scene: &Scene) -> Value {
        scene.new_channel().await
    }

    async fn rest(&self, scene: &Scene, target: &Value) -> Reply {
        let at = now_ms() + 86_400_000;
        let scheduled = json!({"channel_id": id(target), "message": "tomorrow", "scheduled_at": at});
        scene.ada.rest.post("/api/v4/posts/schedule", &scheduled).await
    }

    fn api(&self, _: &Scene, _: &Value) -> Option<(&'static str, Value)> {
        None
    }

    fn is_meant(&self, call: &Call, target: &Value) -> bool {
        call.text("scheduled_post/channel_id") == id(target)
    }

    fn check(&self, scene: &Scene, call: &Call, _: &Value, _: Way) {
        let post = call.get("scheduled_post");
        assert_eq!((text(post, "user_id"), text(post, "message")), (&*scene.ada.id, "tomorrow"));
        assert!(post["scheduled_at"].as_i64() > Some(now_ms()), "{post}");
        assert_eq!(post["processed_at"], 0);
    }
}

async fn scheduled_in(scene: &Scene, target: &Value) -> Value {
    let path = format!("/api/v4/posts/scheduled/team/{}", scene.channel.team_id);
    let posts = scene.ada.rest.get(&path).await.ok();
    let mut posts = posts[&scene.channel.team_id].as_array().into_iter().flatten();
    posts.find(|post| text(post, "channel_id") == id(target)).cloned().unwrap_or_default()
}

impl Asked for Scheduling {
    const REFUSED: &'static str = "app.save_scheduled_post.rejected_by_plugin.app_error";

    async fn state(&self, scene: &Scene, target: &Value) -> Value {
        scheduled_in(scene, target).await["message"].clone()
    }
}

impl Filtered for Scheduling {
    const SUBJECT: &'static str = "scheduled_post";

    fn patches(&self) -> [Value; 2] {
        Drafting.patches()
    }

    async fn result(&self, scene: &Scene, target: &Value, _: &Reply) -> Value {
        scheduled_in(scene, target).await
    }
}

#[test]
fn scheduled_post_will_be_created() {
    shows_filter(&Scheduling);
}

#[test]
fn a_scheduled_post_that_is_changed_is_asked_about_again() {
    on_stage(async |scene| {
        let target = Scheduling.prepare(scene).await;
        let mut scheduled = Scheduling.rest(scene, &target).await.ok();
        scheduled["message"] = "the day after".into();
        scene.forget().await;
        let reject = json!({"then": {"answer": {"reject": "not then"}}});
        scene.first.program(Scheduling::HOOK, reject).await;
        let path = format!("/api/v4/posts/schedule/{}", id(&scheduled));
        let reply = scene.ada.rest.put(&path, &scheduled).await;
        Scheduling.check_refusal(&reply, "not then");
        assert_eq!(scheduled_in(scene, &target).await["message"], "tomorrow");
        shown(Scheduling::HOOK, &["outcomes"]);
    });
}
