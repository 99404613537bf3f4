//! Joining channels and leaving them.

use serde_json::{Value, json};
use wasmoat_tests::{Call, Reply};

use crate::{
    filters::{Asked, Filtered, shows_filter},
    observers::shows_observer,
    operation::{Operation, Way},
    scene::{Person, Scene, id, on_stage, text},
};

/// A channel, and a member of the team who is not in it.
async fn channel_and_outsider(scene: &Scene) -> (Value, Person) {
    let (channel, person) = (scene.new_channel().await, scene.member().await);
    let target = json!({"channel": id(&channel), "name": channel["name"], "user": person.id, "username": person.name});
    (target, person)
}

fn ids(target: &Value) -> Value {
    json!({"channel_id": target["channel"], "user_id": target["user"]})
}

fn is_meant(call: &Call, target: &Value) -> bool {
    (call.text("member/channel_id"), call.text("member/user_id")) == (text(target, "channel"), text(target, "user"))
}

async fn member(scene: &Scene, target: &Value) -> Reply {
    let path = format!("/api/v4/channels/{}/members/{}", text(target, "channel"), text(target, "user"));
    scene.ada.rest.get(&path).await
}

/// Ada adds somebody to a channel.
macro_rules! adding {
    ($operation:ident, $hook:literal, $check:expr) => {
        struct $operation;

        impl Operation for $operation {
            const HOOK: &'static str = $hook;
            const COMMAND: bool = true;

            async fn prepare(&self, scene: &Scene) -> Value {
                channel_and_outsider(scene).await.0
            }

            async fn rest(&self, scene: &Scene, target: &Value) -> Reply {
                let path = format!("/api/v4/channels/{}/members", text(target, "channel"));
                scene.ada.rest.post(&path, &json!({"user_id": target["user"]})).await
            }

            async fn command(&self, scene: &Scene, target: &Value) -> Reply {
                scene.command(text(target, "channel"), &format!("/invite @{}", text(target, "username"))).await
            }

            fn api(&self, scene: &Scene, target: &Value) -> Option<(&'static str, Value)> {
                let mut arguments = ids(target);
                arguments["as_user_id"] = scene.bob.id.as_str().into();
                Some(("channel-members.add-user-to-channel", arguments))
            }

            fn is_meant(&self, call: &Call, target: &Value) -> bool {
                is_meant(call, target)
            }

            fn check(&self, scene: &Scene, call: &Call, _: &Value, way: Way) {
                assert_eq!(call.get("member/scheme_user"), true);
                $check(scene, call, way);
            }
        }
    };
}

adding!(Asking, "channel-member-will-be-added", |_: &Scene, _: &Call, _: Way| ());
adding!(Telling, "user-has-joined-channel", |scene: &Scene, call: &Call, way: Way| {
    let actor = if way == Way::Plugin { &scene.bob.id } else { &scene.ada.id };
    assert_eq!(call.text("actor/id"), actor, "who added the user");
});

impl Asked for Asking {
    const REFUSED: &'static str = "app.channel.add_member.rejected_by_plugin.app_error";

    async fn state(&self, scene: &Scene, target: &Value) -> Value {
        member(scene, target).await.status.as_u16().into()
    }
}

impl Filtered for Asking {
    const SUBJECT: &'static str = "member";

    fn patches(&self) -> [Value; 2] {
        [json!({"scheme_admin": true, "urgent_mention_count": 1}), json!({"urgent_mention_count": 2})]
    }

    async fn result(&self, scene: &Scene, target: &Value, _: &Reply) -> Value {
        member(scene, target).await.ok()
    }
}

#[test]
fn channel_member_will_be_added() {
    shows_filter(&Asking);
}

#[test]
fn user_has_joined_channel() {
    shows_observer(&Telling);
}

#[test]
fn who_joins_or_leaves_alone_has_no_actor_and_is_the_actor() {
    on_stage(async |scene| {
        let (target, person) = channel_and_outsider(scene).await;
        let channel_id = text(&target, "channel");
        person.rest.post(&format!("/api/v4/channels/{channel_id}/members"), &json!({"user_id": person.id})).await.ok();
        let joined = scene.first.wait_for(Telling::HOOK, |call| is_meant(call, &target)).await;
        assert!(joined.get("actor").is_null(), "joined by themselves: {joined:?}");
        person.rest.delete(&format!("/api/v4/channels/{channel_id}/members/{}", person.id)).await.ok();
        let left = scene.first.wait_for(Removing::HOOK, |call| is_meant(call, &target)).await;
        assert_eq!(left.text("actor/id"), person.id);
    });
}

#[test]
fn nobody_is_asked_about_direct_messages_and_creators() {
    on_stage(async |scene| {
        let created = scene.new_channel().await;
        scene.ada.rest.post("/api/v4/channels/direct", &json!([scene.ada.id, scene.bob.id])).await.ok();
        // The last of the queue: what came before it has been told.
        let target = Telling.prepare(scene).await;
        Telling.rest(scene, &target).await.ok();
        scene.first.wait_for(Telling::HOOK, |call| is_meant(call, &target)).await;
        for hook in [Asking::HOOK, Telling::HOOK] {
            let calls = scene.first.calls(hook).await;
            assert!(calls.iter().all(|call| call.text("member/channel_id") != id(&created)), "{calls:?}");
            let direct = calls.iter().filter(|call| {
                call.text("member/user_id") == scene.bob.id && call.text("member/channel_id") != scene.channel.id
            });
            let direct: Vec<_> = direct.map(|call| call.text("member/channel_id").to_owned()).collect();
            for channel_id in direct {
                let channel = scene.ada.rest.get(&format!("/api/v4/channels/{channel_id}")).await.ok();
                assert_ne!(text(&channel, "type"), "D", "{hook}");
            }
        }
    });
}

/// Ada removes somebody from a channel.
struct Removing;

impl Operation for Removing {
    const HOOK: &'static str = "user-has-left-channel";
    const COMMAND: bool = true;

    async fn prepare(&self, scene: &Scene) -> Value {
        let (target, person) = channel_and_outsider(scene).await;
        scene.join(text(&target, "channel"), &person).await.ok();
        target
    }

    async fn rest(&self, scene: &Scene, target: &Value) -> Reply {
        let path = format!("/api/v4/channels/{}/members/{}", text(target, "channel"), text(target, "user"));
        scene.ada.rest.delete(&path).await
    }

    async fn command(&self, scene: &Scene, target: &Value) -> Reply {
        scene.command(text(target, "channel"), &format!("/kick @{}", text(target, "username"))).await
    }

    fn api(&self, _: &Scene, target: &Value) -> Option<(&'static str, Value)> {
        Some(("channel-members.delete-channel-member", ids(target)))
    }

    fn is_meant(&self, call: &Call, target: &Value) -> bool {
        is_meant(call, target)
    }

    fn check(&self, scene: &Scene, call: &Call, _: &Value, way: Way) {
        // A plugin makes the user leave.
        let actor = if way == Way::Plugin { call.text("member/user_id") } else { &scene.ada.id };
        assert_eq!(call.text("actor/id"), actor, "who removed the user");
    }
}

#[test]
fn user_has_left_channel() {
    shows_observer(&Removing);
}
