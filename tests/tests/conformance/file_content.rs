//! `wit/file-content.wit`, and the hooks around files: the guest `file-gate` does to a file what its
//! name says.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use wasmoat_tests::{Rest, guest, parity};

use crate::{
    Case, error,
    files::{link_settings, posted, upload, uploaded},
    success,
    world::{self, World, id},
};

/// The guest is installed once for all cases.
pub(crate) async fn gate(world: &World) {
    static ONCE: OnceCell<()> = OnceCell::const_new();
    ONCE.get_or_init(|| world.admin.install("file-gate", "file-gate.wasm", guest("file-gate"))).await;
}

/// A test of a hook, beside other cases.
fn hook(column: &str, name: &str, test: impl AsyncFnOnce(&'static World)) {
    world::block_on(async {
        let world = World::shared().await;
        gate(world).await;
        let _turn = world.turn.read().await;
        test(world).await;
    });
    parity::shown(column, name);
}

pub(crate) async fn content(rest: &Rest, file: &Value) -> String {
    let reply = rest.get(&format!("/api/v4/files/{}", id(file))).await;
    assert!(reply.status.is_success(), "{}: {}", reply.status, reply.body);
    reply.body.as_str().unwrap_or_default().to_owned()
}

/// The guest has 64 MiB of memory; a file of more than one reading goes through it piece by piece.
async fn shouted(case: &Case) {
    gate(case).await;
    let channel = case.channel().await;
    let words = "some words ".repeat(200_000);
    let file = uploaded(&case.bob.rest, &channel, "shout.txt", words.as_bytes().to_vec()).await;
    assert_eq!(content(&case.bob.rest, &file).await, words.to_uppercase());
    assert_eq!(file["size"], words.len());
    case.was_called();
}

#[test]
fn read_gives_the_file_in_pieces() {
    success("file-content.read").run(shouted);
}

#[test]
fn read_wants_to_be_in_the_hook() {
    error("file-content.read").run(async |case| {
        let refusal = case.refused(json!({"offset": 0, "length": 10})).await;
        refusal.is("api.plugin.file_content.no_file.app_error", 400);
    });
}

#[test]
fn write_makes_a_new_content() {
    success("file-content.write").run(shouted);
}

#[test]
fn write_wants_to_be_in_the_hook() {
    error("file-content.write").run(async |case| {
        let refusal = case.refused(json!({"chunk": [1, 2]})).await;
        refusal.is("api.plugin.file_content.no_file.app_error", 400);
    });
}

#[test]
fn file_will_be_uploaded_keeps_replaces_and_rejects() {
    hook("success", "file-will-be-uploaded", async |world| {
        let channel = world.channel().await;
        let bob = &world.bob.rest;
        let kept = uploaded(bob, &channel, "kept.txt", b"as it is".to_vec()).await;
        assert_eq!(content(bob, &kept).await, "as it is");
        let renamed = uploaded(bob, &channel, "shout-and-rename.txt", b"hello".to_vec()).await;
        assert_eq!((&renamed["name"], &renamed["size"]), (&json!("new.txt"), &json!(5)));
        assert_ne!(renamed["id"], "another");
        assert_eq!(content(bob, &renamed).await, "HELLO");
        let mut events = wasmoat_tests::Events::of(bob).await;
        let refused = upload(bob, &channel, "refuse.txt", b"hello".to_vec()).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert!(refused.text("message").contains("refuse.txt has 5 bytes"), "{}", refused.body);
        let event = events.next("file_upload_rejected").await;
        assert_eq!(event["data"]["file_name"], "refuse.txt");
    });
}

#[test]
fn a_fault_in_file_will_be_uploaded_keeps_the_file() {
    hook("fault", "file-will-be-uploaded", async |world| {
        let file = uploaded(&world.bob.rest, &world.channel().await, "crash.txt", b"as it is".to_vec()).await;
        assert_eq!(content(&world.bob.rest, &file).await, "as it is", "what was written before is dropped");
    });
}

#[test]
fn file_will_be_downloaded_refuses_every_way_out() {
    hook("success", "file-will-be-downloaded", async |world| {
        let bob = &world.bob.rest;
        let file = posted(world, "secret.png", super::files::png()).await;
        let mut events = wasmoat_tests::Events::of(bob).await;
        for (path, kind) in [("", "file"), ("/thumbnail", "thumbnail"), ("/preview", "preview")] {
            let reply = bob.get(&format!("/api/v4/files/{}{path}", id(&file))).await;
            assert_eq!((reply.status.as_u16(), reply.text("id")), (403, "api.file.get_file.rejected_by_plugin"));
            assert_eq!(reply.headers["X-Reject-Reason"], format!("no {kind}"));
            let event = events.next("file_download_rejected").await;
            assert_eq!(event["data"]["rejection_reason"], format!("no {kind}"));
            assert_eq!(event["data"]["download_type"], kind);
        }
        let range = bob.request(Method::GET, &format!("/api/v4/files/{}", id(&file))).header("Range", "bytes=0-3");
        assert_eq!(Rest::send(range).await.status, 403);
    });
}

#[test]
fn a_public_link_is_asked_about_too() {
    success("files.get-file-link").settings(link_settings()).run(async |case| {
        gate(case).await;
        let file = posted(case, "secret.txt", b"hidden".to_vec()).await;
        let link = case.call(json!({"file_id": id(&file)})).await;
        let path = link.as_str().unwrap().split_once("/files/").unwrap().1.to_owned();
        let reply = case.server.stranger().get(&format!("/files/{path}")).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.headers["X-Reject-Reason"]),
            (403, &"no public by nobody".parse().unwrap())
        );
    });
}

#[test]
fn a_fault_in_file_will_be_downloaded_lets_the_file_out() {
    hook("fault", "file-will-be-downloaded", async |world| {
        let file = posted(world, "stumble.txt", b"hello".to_vec()).await;
        assert_eq!(content(&world.bob.rest, &file).await, "hello");
    });
}

#[test]
fn plugins_that_think_too_long_about_a_download_refuse_it() {
    // The time is to end it, not the fuel.
    let settings = json!({"PluginSettings": {"Wasmoat": {
        "DownloadMilliseconds": 300, "Defaults": {"fuel_per_call": 1_000_000_000_000_u64},
    }}});
    success("files.get-file").settings(settings).run(async |case| {
        gate(case).await;
        let file = posted(case, "endless.txt", b"hello".to_vec()).await;
        let reply = case.bob.rest.get(&format!("/api/v4/files/{}", id(&file))).await;
        assert_eq!((reply.status.as_u16(), reply.text("id")), (403, "api.file.get_file.rejected_by_plugin"));
        let event = reply.headers["X-Reject-Reason"].to_str().unwrap().to_owned();
        assert!(event.contains("300 ms"), "{event}");
        // Plugins read what they may read.
        assert_eq!(case.call(json!({"file_id": id(&file)})).await, json!(b"hello"));
    });
}
