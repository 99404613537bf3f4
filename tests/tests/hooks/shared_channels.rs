//! Channels that a plugin carries to another server.

use std::time::Duration;

use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use wasmoat_tests::{Call, Rest};

use crate::{
    observers::until_logged,
    scene::{FAULTS, Scene, id, on_a_stage_of_its_own, shown, text},
};

const SYNC: &str = "on-shared-channels-sync-msg";
const PING: &str = "on-shared-channels-ping";
const FILE: &str = "on-shared-channels-attachment-sync-msg";
const PICTURE: &str = "on-shared-channels-profile-image-sync-msg";

/// A bitmap of one pixel in this shade of blue.
fn pixel(shade: u8) -> Vec<u8> {
    let mut bitmap = b"BM".to_vec();
    for field in [58_u32, 0, 54, 40, 1, 1] {
        bitmap.extend(field.to_le_bytes());
    }
    // One plane of 24 bits, no compression, 4 bytes of it.
    bitmap.extend([1, 0, 24, 0, 0, 0, 0, 0, 4, 0, 0, 0]);
    bitmap.extend([0; 16]);
    bitmap.extend([shade, 0, 0, 0]);
    bitmap
}

/// Shares the scene's channel with a remote of the first recorder, which is well.
async fn share(scene: &Scene) -> String {
    let settings = json!({
        "ServiceSettings": {"LicensedFeatures": ["shared_channels"]},
        "ConnectedWorkspacesSettings": {"EnableSharedChannels": true, "EnableRemoteClusterService": true},
    });
    scene.ada.rest.put("/api/v4/config/patch", &settings).await.ok();
    scene.first.program(PING, json!({"then": {"answer": true}})).await;
    let opts = json!({"displayname": "East", "creator_id": scene.bob.id, "site_url": Scene::name("https://east")});
    let remote = scene.first.api("shared-channels.register-plugin-for-shared-channels", json!({"opts": opts})).await;
    let remote = remote.ok().as_str().unwrap().to_owned();
    let path = format!("/api/v4/remotecluster/{remote}/channels/{}/invite", scene.channel.id);
    scene.ada.rest.post(&path, &json!({})).await.ok();
    remote
}

/// Whether a batch has this post.
fn has(call: &Call, post: &Value) -> bool {
    call.get("msg/posts").as_array().into_iter().flatten().any(|sent| sent["id"] == post["id"])
}

async fn count(scene: &Scene, post: &Value) -> usize {
    scene.first.calls(SYNC).await.iter().filter(|call| has(call, post)).count()
}

#[test]
fn a_new_remote_is_asked_whether_it_is_there() {
    on_a_stage_of_its_own(async |scene| {
        let remote = share(scene).await;
        let call = scene.first.wait_for(PING, |call| call.text("remote/remote_id") == remote).await;
        assert_eq!((call.text("remote/plugin_id"), call.text("remote/display_name")), ("recorder-a", "East"));
        assert_eq!(call.text("remote/token"), "", "no secrets");
        assert!(scene.second.calls(PING).await.is_empty(), "only the plugin of the remote");
        let pinged = async || {
            let info = scene.ada.rest.get(&format!("/api/v4/sharedchannels/remote_info/{remote}")).await.ok();
            info["last_ping_at"].as_i64().unwrap_or_default()
        };
        while pinged().await == 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // Who says no, traps or never answers is not there.
        for (then, logged) in
            [(json!({"answer": false}), ""), (json!("trap"), "told to trap"), (json!("loop"), "out of fuel")]
        {
            scene.forget().await;
            scene.first.program(PING, json!({"then": then})).await;
            let opts =
                json!({"displayname": "West", "creator_id": scene.bob.id, "site_url": Scene::name("https://west")});
            let west =
                scene.first.api("shared-channels.register-plugin-for-shared-channels", json!({"opts": opts})).await;
            let west = west.ok().as_str().unwrap().to_owned();
            scene.first.wait_for(PING, |call| call.text("remote/remote_id") == west).await;
            if !logged.is_empty() {
                until_logged(scene, PING, logged).await;
            }
            let info = scene.ada.rest.get(&format!("/api/v4/sharedchannels/remote_info/{west}")).await.ok();
            assert_eq!(info["last_ping_at"], 0, "{then}: {info}");
        }
        shown(PING, &["fired", "payload", "chain", "outcomes", "fault", "success"]);
    });
}

#[test]
fn what_happens_in_a_shared_channel_is_sent_until_it_is_taken() {
    on_a_stage_of_its_own(async |scene| {
        let remote = share(scene).await;
        let post = scene.post("to the east").await;
        let call = scene.first.wait_for(SYNC, |call| has(call, &post)).await;
        assert_eq!((call.text("msg/channel_id"), call.text("remote/remote_id")), (&*scene.channel.id, &*remote));
        let users = call.get("msg/users").to_string();
        assert!(users.contains(&scene.ada.id), "who it is from comes along: {users}");
        assert!(scene.second.calls(SYNC).await.is_empty(), "only the plugin of the remote");

        // A plugin's post is sent too.
        let message = json!({"channel_id": scene.channel.id, "user_id": scene.bob.id, "message": "by a plugin"});
        let by_plugin = scene.second.api("posts.create-post", json!({"post": message})).await.ok();
        scene.first.wait_for(SYNC, |call| has(call, &by_plugin)).await;
        assert_eq!(count(scene, &post).await, 1, "what was taken is not sent again");
        shown(SYNC, &["fired", "payload", "chain"]);

        for (then, logged) in [
            (json!({"answer": {"error": "storm"}}), ""),
            (json!("trap"), "told to trap"),
            (json!("loop"), "out of fuel"),
        ] {
            scene.first.program(SYNC, json!({"once": true, "then": then})).await;
            let post = scene.post("again").await;
            scene.first.wait_for(SYNC, |call| has(call, &post)).await;
            if !logged.is_empty() {
                until_logged(scene, SYNC, logged).await;
            }
            while count(scene, &post).await < 2 {
                scene.second.api("shared-channels.sync-shared-channel", json!({"channel_id": scene.channel.id})).await;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        shown(SYNC, &["outcomes", "fault", "success"]);
    });
}

async fn post_with_file(scene: &Scene) -> (Value, String) {
    let part = Part::bytes(&b"carried"[..]).file_name("a.txt");
    let form = Form::new().text("channel_id", scene.channel.id.clone()).part("files", part);
    let files = Rest::send(scene.ada.rest.request(Method::POST, "/api/v4/files").multipart(form)).await.ok();
    let file = id(&files["file_infos"][0]);
    let post = json!({"channel_id": scene.channel.id, "message": "see", "file_ids": [file]});
    (scene.ada.rest.post("/api/v4/posts", &post).await.ok(), file)
}

#[test]
fn the_files_of_sent_posts_follow() {
    on_a_stage_of_its_own(async |scene| {
        let remote = share(scene).await;
        // Inside the hook the plugin fetches the bytes.
        let (post, file) = post_with_file(scene).await;
        let is_it = |file: &str| {
            let file = file.to_owned();
            move |call: &Call| call.text("info/id") == file
        };
        let call = scene.first.wait_for(FILE, is_it(&file)).await;
        assert_eq!((call.text("post/id"), call.text("remote/remote_id")), (&*id(&post), &*remote));
        assert_eq!(call.text("info/name"), "a.txt");
        assert!(scene.second.calls(FILE).await.is_empty(), "only the plugin of the remote");
        let sent = scene.first.wait_for(SYNC, |call| has(call, &post)).await;
        assert!(sent.at < call.at, "after their post");
        shown(FILE, &["fired", "payload", "chain"]);
        for (then, logged) in
            [(json!({"answer": {"error": "too wet"}}), ""), (json!("trap"), FAULTS[0].1), (json!("loop"), FAULTS[1].1)]
        {
            scene.first.program(FILE, json!({"once": true, "then": then})).await;
            let (_, file) = post_with_file(scene).await;
            scene.first.wait_for(FILE, is_it(&file)).await;
            if !logged.is_empty() {
                until_logged(scene, FILE, logged).await;
            }
            while scene.first.calls(FILE).await.iter().filter(|call| is_it(&file)(call)).count() < 2 {
                scene.second.api("shared-channels.sync-shared-channel", json!({"channel_id": scene.channel.id})).await;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        shown(FILE, &["outcomes", "fault", "success"]);
    });
}

#[test]
fn the_pictures_of_sent_users_follow() {
    on_a_stage_of_its_own(async |scene| {
        let remote = share(scene).await;
        let picture = async |shade: u8| {
            let part = Part::bytes(pixel(shade)).file_name("me.bmp");
            let path = format!("/api/v4/users/{}/image", scene.ada.id);
            let form = Form::new().part("image", part);
            Rest::send(scene.ada.rest.request(Method::POST, &path).multipart(form)).await.ok();
        };
        picture(60).await;
        scene.post("look at me").await;
        let call = scene.first.wait_for(PICTURE, |call| call.text("user/id") == scene.ada.id).await;
        assert_eq!((call.text("user/username"), call.text("remote/remote_id")), ("ada", &*remote));
        assert!(scene.second.calls(PICTURE).await.is_empty(), "only the plugin of the remote");
        shown(PICTURE, &["fired", "payload", "chain"]);
        for (shade, then, logged) in [
            (120, json!({"answer": {"error": "too dark"}}), ""),
            (180, json!("trap"), FAULTS[0].1),
            (240, json!("loop"), FAULTS[1].1),
        ] {
            scene.forget_calls().await;
            scene.first.program(PICTURE, json!({"once": true, "then": then})).await;
            // The same picture again would be no news.
            picture(shade).await;
            scene.post("and again").await;
            scene.first.wait_for(PICTURE, |_| true).await;
            if !logged.is_empty() {
                until_logged(scene, PICTURE, logged).await;
            }
            while scene.first.calls(PICTURE).await.len() < 2 {
                scene.second.api("shared-channels.sync-shared-channel", json!({"channel_id": scene.channel.id})).await;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        assert_eq!(
            text(scene.first.calls(PICTURE).await[1].get("user"), "id"),
            scene.ada.id,
            "after an error once more"
        );
        shown(PICTURE, &["outcomes", "fault", "success"]);
    });
}
