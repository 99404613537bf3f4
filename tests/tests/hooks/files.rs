//! Files on their way in and out.

use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use wasmoat_tests::{Call, Reply, Rest};

use crate::{
    filters::{Asked, Filtered, shows_filter, shows_veto},
    operation::{Operation, Way},
    scene::{FAULTS, Scene, id, on_stage, shown, text},
};

const CONTENT: &str = "what is in it";

async fn upload(scene: &Scene, name: &str) -> Reply {
    let part = Part::bytes(CONTENT.as_bytes()).file_name(name.to_owned());
    let form = Form::new().text("channel_id", scene.channel.id.clone()).part("files", part);
    Rest::send(scene.ada.rest.request(Method::POST, "/api/v4/files").multipart(form)).await
}

/// The file of an upload, by REST or by a plugin.
fn file_id(reply: &Reply) -> String {
    if reply.body["file_infos"].is_array() { id(&reply.body["file_infos"][0]) } else { id(&reply.body) }
}

async fn content(scene: &Scene, file_id: &str) -> Value {
    scene.ada.rest.get(&format!("/api/v4/files/{file_id}")).await.ok()
}

/// Ada uploads a file.
struct Uploading;

impl Operation for Uploading {
    const HOOK: &'static str = "file-will-be-uploaded";

    async fn prepare(&self, _: &Scene) -> Value {
        format!("{}.txt", Scene::name("file")).into()
    }

    async fn rest(&self, scene: &Scene, target: &Value) -> Reply {
        upload(scene, target.as_str().unwrap()).await
    }

    fn api(&self, scene: &Scene, target: &Value) -> Option<(&'static str, Value)> {
        let file = json!({"data": CONTENT.as_bytes(), "channel_id": scene.channel.id, "filename": target});
        Some(("files.upload-file", file))
    }

    fn is_meant(&self, call: &Call, target: &Value) -> bool {
        call.get("info/name") == target
    }

    fn check(&self, scene: &Scene, call: &Call, _: &Value, way: Way) {
        let info = call.get("info");
        assert_eq!((text(info, "extension"), info["size"].as_u64()), ("txt", Some(13)));
        assert_eq!(text(info, "channel_id"), scene.channel.id);
        if way == Way::Rest {
            assert_eq!(text(info, "user_id"), scene.ada.id);
        }
    }
}

impl Asked for Uploading {
    const REFUSED: &'static str = "api.file.upload_file.rejected_by_plugin.app_error";

    /// What there is of the name, as a search among all infos of the store.
    async fn state(&self, scene: &Scene, target: &Value) -> Value {
        let infos = json!({"page": 0, "per_page": 1000, "opt": {}});
        let infos = scene.second.api("files.get-file-infos", infos).await.ok();
        infos.as_array().into_iter().flatten().filter(|info| info["name"] == *target).count().into()
    }
}

impl Filtered for Uploading {
    const SUBJECT: &'static str = "info";

    fn patches(&self) -> [Value; 2] {
        [json!({"name": "of-the-first.txt"}), json!({"name": "of-the-second.txt"})]
    }

    async fn result(&self, scene: &Scene, _: &Value, reply: &Reply) -> Value {
        scene.ada.rest.get(&format!("/api/v4/files/{}/info", file_id(reply))).await.ok()
    }
}

#[test]
fn file_will_be_uploaded() {
    shows_filter(&Uploading);
}

fn writes(text: &str) -> Value {
    json!({"function": "file-content.write", "arguments": {"chunk": text.as_bytes()}})
}

fn reads() -> Value {
    json!({"function": "file-content.read", "arguments": {"offset": 0, "length": 1000}})
}

fn bytes(text: &str) -> Value {
    text.bytes().collect()
}

#[test]
fn what_a_plugin_writes_is_the_next_ones_file_and_then_the_stored_one() {
    on_stage(async |scene| {
        scene.first.program(Uploading::HOOK, json!({"call": writes("what the first makes of it")})).await;
        scene.second.program(Uploading::HOOK, json!({"call": reads()})).await;
        let file = file_id(&upload(scene, "a.txt").await);
        assert_eq!(content(scene, &file).await, "what the first makes of it");
        let called = scene.second.calls("called").await;
        assert_eq!(called[0].get("result"), &bytes("what the first makes of it"));
        let asked = scene.second.calls(Uploading::HOOK).await;
        assert_eq!(asked[0].get("info/name"), "a.txt");
        let info = scene.ada.rest.get(&format!("/api/v4/files/{file}/info")).await.ok();
        assert_eq!(info["size"], 26, "counted anew");

        // Who writes nothing keeps the content, whether it reads or not.
        scene.forget().await;
        scene.first.program(Uploading::HOOK, json!({"call": reads()})).await;
        let file = file_id(&upload(scene, "b.txt").await);
        assert_eq!(content(scene, &file).await, CONTENT);
        assert_eq!(scene.first.calls("called").await[0].get("result"), &bytes(CONTENT));
        let outside = scene.first.api("file-content.read", json!({"offset": 0, "length": 1})).await;
        assert_eq!(outside.body["refused"]["status"], 400, "only during the call");
        shown(Uploading::HOOK, &["outcomes"]);
    });
}

#[test]
fn what_a_plugin_wrote_before_it_failed_is_dropped() {
    on_stage(async |scene| {
        for (fault, _) in FAULTS {
            scene.first.program(Uploading::HOOK, json!({"call": writes("half"), "then": fault})).await;
            let file = file_id(&upload(scene, "a.txt").await);
            assert_eq!(content(scene, &file).await, CONTENT, "{fault}");
        }
        shown(Uploading::HOOK, &["fault"]);
    });
}

#[test]
fn who_uploads_is_told_of_a_refusal() {
    on_stage(async |scene| {
        let mut events = wasmoat_tests::Events::of(&scene.ada.rest).await;
        scene.first.program(Uploading::HOOK, json!({"then": {"answer": {"reject": "too secret"}}})).await;
        Uploading.check_refusal(&upload(scene, "a.txt").await, "too secret");
        let event = events.next("file_upload_rejected").await;
        assert_eq!(
            (&event["data"]["file_name"], &event["data"]["rejection_reason"]),
            (&"a.txt".into(), &"too secret".into())
        );
    });
}

/// Ada fetches a file.
struct Downloading;

impl Operation for Downloading {
    const HOOK: &'static str = "file-will-be-downloaded";

    async fn prepare(&self, scene: &Scene) -> Value {
        let reply = upload(scene, "a.txt").await;
        json!({"id": file_id(&reply)})
    }

    async fn rest(&self, scene: &Scene, target: &Value) -> Reply {
        let reply = scene.ada.rest.get(&format!("/api/v4/files/{}", id(target))).await;
        if reply.status.is_success() {
            assert_eq!(reply.body, CONTENT);
        }
        reply
    }

    fn api(&self, _: &Scene, _: &Value) -> Option<(&'static str, Value)> {
        None
    }

    fn is_meant(&self, call: &Call, target: &Value) -> bool {
        call.text("info/id") == id(target)
    }

    fn check(&self, scene: &Scene, call: &Call, _: &Value, _: Way) {
        assert_eq!((call.text("info/name"), call.text("user_id")), ("a.txt", &*scene.ada.id));
        assert_eq!(call.text("download_type"), "file");
    }
}

impl Asked for Downloading {
    const REFUSED: &'static str = "api.file.get_file.rejected_by_plugin";

    fn check_refusal(&self, reply: &Reply, reason: &str) {
        assert_eq!((reply.status.as_u16(), reply.text("id")), (403, Self::REFUSED), "{}", reply.body);
        assert!(reply.text("message").contains(reason), "{}", reply.body);
        assert_eq!(reply.headers["x-reject-reason"], reason, "where clients look for it");
    }

    /// A download changes nothing: what it would, is how often one succeeded.
    const CHANGES: bool = false;

    async fn state(&self, _: &Scene, _: &Value) -> Value {
        Value::Null
    }
}

#[test]
fn file_will_be_downloaded() {
    shows_veto(&Downloading);
}

#[test]
fn who_fetches_a_file_and_how_is_said_and_plugins_are_not_asked_about_plugins() {
    on_stage(async |scene| {
        let links = json!({"FileSettings": {"EnablePublicLink": true}});
        scene.ada.rest.put("/api/v4/config/patch", &links).await.ok();
        let file = id(&Downloading.prepare(scene).await);
        let post = json!({"channel_id": scene.channel.id, "message": "see", "file_ids": [file]});
        scene.ada.rest.post("/api/v4/posts", &post).await.ok();
        scene.forget().await;
        scene.first.api("files.get-file", json!({"file_id": file})).await.ok();
        assert!(scene.first.calls(Downloading::HOOK).await.is_empty(), "a plugin reads what it wants");

        let link = scene.ada.rest.get(&format!("/api/v4/files/{file}/link")).await.ok();
        let link = text(&link, "link");
        let path = &link[link.find("/files/").unwrap()..];
        assert_eq!(scene.server.stranger().get(path).await.ok(), CONTENT);
        let calls = scene.first.calls(Downloading::HOOK).await;
        assert_eq!((calls[0].text("download_type"), calls[0].text("user_id")), ("public", ""));

        let mut events = wasmoat_tests::Events::of(&scene.bob.rest).await;
        scene.first.program(Downloading::HOOK, json!({"then": {"answer": {"reject": "classified"}}})).await;
        let refused = scene.bob.rest.get(&format!("/api/v4/files/{file}")).await;
        Downloading.check_refusal(&refused, "classified");
        let event = events.next("file_download_rejected").await;
        assert_eq!(event["data"]["rejection_reason"], "classified");
        assert_eq!(event["data"]["download_type"], "file");
        shown(Downloading::HOOK, &["fired", "payload", "outcomes"]);
    });
}
