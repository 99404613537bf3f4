//! Channels and who is in them.

use serde_json::{Value, json};
use wasmoat_tests::{Call, Reply};

use crate::{
    filters::{Asked, Filtered, shows_filter, shows_veto},
    observers::shows_observer,
    operation::{Operation, Way},
    scene::{Scene, id, on_stage, text},
};

async fn channel(scene: &Scene, channel_id: &str) -> Value {
    scene.ada.rest.get(&format!("/api/v4/channels/{channel_id}")).await.ok()
}

/// Ada makes a channel.
struct Creating;

impl Operation for Creating {
    const HOOK: &'static str = "channel-has-been-created";
    const COMMAND: bool = true;

    async fn prepare(&self, scene: &Scene) -> Value {
        json!({"name": Scene::name("new"), "user": scene.member().await.id, "username": ""})
    }

    async fn rest(&self, scene: &Scene, target: &Value) -> Reply {
        let channel =
            json!({"team_id": scene.channel.team_id, "name": target["name"], "display_name": "New", "type": "P"});
        scene.ada.rest.post("/api/v4/channels", &channel).await
    }

    /// The first message to somebody makes the channel of the two.
    async fn command(&self, scene: &Scene, target: &Value) -> Reply {
        let path = format!("/api/v4/users/{}", text(target, "user"));
        let user = scene.ada.rest.get(&path).await.ok();
        scene.command(&scene.channel.id, &format!("/msg @{} hello", text(&user, "username"))).await
    }

    fn api(&self, scene: &Scene, target: &Value) -> Option<(&'static str, Value)> {
        let channel = json!({
            "team_id": scene.channel.team_id, "name": target["name"], "display_name": "New", "type": "private",
        });
        Some(("channels.create-channel", json!({"channel": channel})))
    }

    fn is_meant(&self, call: &Call, target: &Value) -> bool {
        let name = call.text("channel/name");
        name == text(target, "name") || name.contains(text(target, "user"))
    }

    fn check(&self, scene: &Scene, call: &Call, _: &Value, way: Way) {
        let direct = way == Way::Command;
        assert_eq!(call.text("channel/type"), if direct { "direct" } else { "private" });
        assert_eq!(call.text("channel/team_id"), if direct { "" } else { &scene.channel.team_id });
        assert!(!call.text("channel/id").is_empty());
    }
}

#[test]
fn channel_has_been_created() {
    shows_observer(&Creating);
}

#[test]
fn the_default_channels_of_a_team_are_not_told() {
    on_stage(async |scene| {
        scene.ada.rest.new_channel("other", &[]).await;
        scene.first.wait_for(Creating::HOOK, |call| call.text("channel/name") == "other").await;
        let told = scene.first.calls(Creating::HOOK).await;
        assert!(told.iter().all(|call| call.text("channel/name") != "town-square"), "{told:?}");
    });
}

/// Ada changes a channel's header.
struct Changing;

impl Operation for Changing {
    const HOOK: &'static str = "channel-will-be-updated";
    const COMMAND: bool = true;

    async fn prepare(&self, scene: &Scene) -> Value {
        scene.new_channel().await
    }

    async fn rest(&self, scene: &Scene, target: &Value) -> Reply {
        let path = format!("/api/v4/channels/{}/patch", id(target));
        scene.ada.rest.put(&path, &json!({"header": "new"})).await
    }

    async fn command(&self, scene: &Scene, target: &Value) -> Reply {
        scene.command(&id(target), "/header new").await
    }

    fn api(&self, _: &Scene, target: &Value) -> Option<(&'static str, Value)> {
        let same = ["id", "team_id", "name", "display_name", "creator_id", "create_at"];
        let mut channel: Value = same.into_iter().map(|name| (name, target[name].clone())).collect();
        channel["type"] = "open".into();
        channel["header"] = "new".into();
        Some(("channels.update-channel", json!({"channel": channel})))
    }

    fn is_meant(&self, call: &Call, target: &Value) -> bool {
        call.text("new_channel/id") == id(target)
    }

    fn check(&self, _: &Scene, call: &Call, target: &Value, _: Way) {
        assert_eq!((call.text("new_channel/header"), call.text("old_channel/header")), ("new", ""));
        assert_eq!(call.text("old_channel/id"), id(target));
        for channel in ["new_channel", "old_channel"] {
            assert_eq!(call.text(&format!("{channel}/name")), text(target, "name"));
        }
    }
}

impl Asked for Changing {
    const REFUSED: &'static str = "app.channel.update_channel.rejected_by_plugin.app_error";

    async fn state(&self, scene: &Scene, target: &Value) -> Value {
        channel(scene, &id(target)).await["header"].clone()
    }
}

impl Filtered for Changing {
    const SUBJECT: &'static str = "new_channel";

    fn patches(&self) -> [Value; 2] {
        [json!({"purpose": "of the first"}), json!({"purpose": "of the second"})]
    }

    async fn result(&self, scene: &Scene, target: &Value, _: &Reply) -> Value {
        channel(scene, &id(target)).await
    }
}

#[test]
fn channel_will_be_updated() {
    shows_filter(&Changing);
}

/// Ada archives a channel.
struct Archiving;

impl Operation for Archiving {
    const HOOK: &'static str = "channel-will-be-archived";

    async fn prepare(&self, scene: &Scene) -> Value {
        scene.new_channel().await
    }

    async fn rest(&self, scene: &Scene, target: &Value) -> Reply {
        scene.ada.rest.delete(&format!("/api/v4/channels/{}", id(target))).await
    }

    fn api(&self, _: &Scene, target: &Value) -> Option<(&'static str, Value)> {
        Some(("channels.delete-channel", json!({"channel_id": id(target)})))
    }

    fn is_meant(&self, call: &Call, target: &Value) -> bool {
        call.text("channel/id") == id(target)
    }

    fn check(&self, _: &Scene, call: &Call, _: &Value, _: Way) {
        assert_eq!(call.get("channel/delete_at"), 0, "not yet");
    }
}

impl Asked for Archiving {
    const REFUSED: &'static str = "app.channel.delete_channel.rejected_by_plugin.app_error";

    async fn state(&self, scene: &Scene, target: &Value) -> Value {
        (channel(scene, &id(target)).await["delete_at"] != 0).into()
    }
}

#[test]
fn channel_will_be_archived() {
    shows_veto(&Archiving);
}

/// Ada brings a channel back.
struct Restoring;

impl Operation for Restoring {
    const HOOK: &'static str = "channel-will-be-restored";

    async fn prepare(&self, scene: &Scene) -> Value {
        let channel = scene.new_channel().await;
        Archiving.rest(scene, &channel).await.ok();
        channel
    }

    async fn rest(&self, scene: &Scene, target: &Value) -> Reply {
        scene.ada.rest.post(&format!("/api/v4/channels/{}/restore", id(target)), &json!({})).await
    }

    fn api(&self, _: &Scene, target: &Value) -> Option<(&'static str, Value)> {
        Some(("channels.restore-channel", json!({"channel_id": id(target)})))
    }

    fn is_meant(&self, call: &Call, target: &Value) -> bool {
        call.text("channel/id") == id(target)
    }

    fn check(&self, _: &Scene, call: &Call, _: &Value, _: Way) {
        assert_ne!(call.get("channel/delete_at"), 0, "still archived");
    }
}

impl Asked for Restoring {
    const REFUSED: &'static str = "app.channel.restore_channel.rejected_by_plugin.app_error";

    async fn state(&self, scene: &Scene, target: &Value) -> Value {
        Archiving.state(scene, target).await
    }
}

#[test]
fn channel_will_be_restored() {
    shows_veto(&Restoring);
}
