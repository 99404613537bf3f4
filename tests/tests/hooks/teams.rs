//! Joining teams and leaving them.

use serde_json::{Value, json};
use wasmoat_tests::{Call, Reply};

use crate::{
    filters::{Asked, Filtered, shows_filter},
    observers::shows_observer,
    operation::{Operation, Way},
    scene::{Scene, on_stage, text},
};

async fn member(scene: &Scene, target: &Value) -> Reply {
    let path = format!("/api/v4/teams/{}/members/{}", scene.channel.team_id, text(target, "id"));
    scene.ada.rest.get(&path).await
}

/// Ada adds somebody to the team.
macro_rules! adding {
    ($operation:ident, $hook:literal, $check:expr) => {
        struct $operation;

        impl Operation for $operation {
            const HOOK: &'static str = $hook;

            async fn prepare(&self, scene: &Scene) -> Value {
                json!({"id": scene.stranger().await.id})
            }

            async fn rest(&self, scene: &Scene, target: &Value) -> Reply {
                let path = format!("/api/v4/teams/{}/members", scene.channel.team_id);
                let member = json!({"team_id": scene.channel.team_id, "user_id": target["id"]});
                scene.ada.rest.post(&path, &member).await
            }

            fn api(&self, scene: &Scene, target: &Value) -> Option<(&'static str, Value)> {
                let arguments = json!({"team_id": scene.channel.team_id, "user_id": target["id"]});
                Some(("team-members.create-team-member", arguments))
            }

            fn is_meant(&self, call: &Call, target: &Value) -> bool {
                call.text("member/user_id") == text(target, "id")
            }

            fn check(&self, scene: &Scene, call: &Call, _: &Value, way: Way) {
                assert_eq!(call.text("member/team_id"), scene.channel.team_id);
                assert_eq!(call.get("member/scheme_user"), true);
                $check(scene, call, way);
            }
        }
    };
}

adding!(Asking, "team-member-will-be-added", |_: &Scene, _: &Call, _: Way| ());
adding!(Telling, "user-has-joined-team", |scene: &Scene, call: &Call, way: Way| {
    if way == Way::Plugin {
        assert!(call.get("actor").is_null(), "nobody asked for it: {call:?}");
    } else {
        assert_eq!(call.text("actor/id"), scene.ada.id, "who added the user");
    }
});

impl Asked for Asking {
    const REFUSED: &'static str = "app.team.join_user_to_team.rejected_by_plugin";

    async fn state(&self, scene: &Scene, target: &Value) -> Value {
        member(scene, target).await.status.as_u16().into()
    }
}

impl Filtered for Asking {
    const SUBJECT: &'static str = "member";

    fn patches(&self) -> [Value; 2] {
        [json!({"scheme_admin": true}), json!({"scheme_admin": false})]
    }

    async fn result(&self, scene: &Scene, target: &Value, _: &Reply) -> Value {
        member(scene, target).await.ok()
    }
}

#[test]
fn team_member_will_be_added() {
    shows_filter(&Asking);
}

#[test]
fn user_has_joined_team() {
    shows_observer(&Telling);
}

#[test]
fn who_is_in_the_team_already_is_not_told_again() {
    on_stage(async |scene| {
        let target = Telling.prepare(scene).await;
        for _ in 0..2 {
            Telling.rest(scene, &target).await.ok();
        }
        let last = Telling.prepare(scene).await;
        Telling.rest(scene, &last).await.ok();
        scene.first.wait_for(Telling::HOOK, |call| Telling.is_meant(call, &last)).await;
        for hook in [Asking::HOOK, Telling::HOOK] {
            let calls = scene.first.calls(hook).await;
            assert_eq!(calls.iter().filter(|call| Telling.is_meant(call, &target)).count(), 1, "{hook}");
        }
    });
}

/// Ada removes somebody from the team.
struct Removing;

impl Operation for Removing {
    const HOOK: &'static str = "user-has-left-team";

    async fn prepare(&self, scene: &Scene) -> Value {
        json!({"id": scene.member().await.id})
    }

    async fn rest(&self, scene: &Scene, target: &Value) -> Reply {
        let path = format!("/api/v4/teams/{}/members/{}", scene.channel.team_id, text(target, "id"));
        scene.ada.rest.delete(&path).await
    }

    fn api(&self, scene: &Scene, target: &Value) -> Option<(&'static str, Value)> {
        let ids = json!({"team_id": scene.channel.team_id, "user_id": target["id"], "requestor_id": scene.bob.id});
        Some(("team-members.delete-team-member", ids))
    }

    fn is_meant(&self, call: &Call, target: &Value) -> bool {
        call.text("member/user_id") == text(target, "id")
    }

    fn check(&self, scene: &Scene, call: &Call, _: &Value, way: Way) {
        assert_eq!(call.text("member/team_id"), scene.channel.team_id);
        assert_ne!(call.get("member/delete_at"), 0, "marked as left");
        let actor = if way == Way::Plugin { &scene.bob.id } else { &scene.ada.id };
        assert_eq!(call.text("actor/id"), actor, "who removed the user");
    }
}

#[test]
fn user_has_left_team() {
    shows_observer(&Removing);
}

#[test]
fn who_leaves_a_team_is_not_told_of_its_channels_one_by_one() {
    on_stage(async |scene| {
        let target = Removing.prepare(scene).await;
        Removing.rest(scene, &target).await.ok();
        scene.first.wait_for(Removing::HOOK, |call| Removing.is_meant(call, &target)).await;
        let calls = scene.first.calls("user-has-left-channel").await;
        assert!(calls.iter().all(|call| !Removing.is_meant(call, &target)), "{calls:?}");
    });
}
