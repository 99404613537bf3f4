//! `wit/files.wit`.

use reqwest::Method;
use serde_json::{Value, json};
use wasmoat_tests::{Reply, Rest};

use crate::{
    Case, error,
    file_content::content,
    success,
    world::{NOBODY, World, id},
};

/// Sends a file of a channel.
pub(crate) async fn upload(rest: &Rest, channel: &Value, name: &str, bytes: Vec<u8>) -> Reply {
    let path = format!("/api/v4/files?channel_id={}&filename={name}", id(channel));
    Rest::send(rest.request(Method::POST, &path).body(bytes)).await
}

/// The record of a file that was sent.
pub(crate) async fn uploaded(rest: &Rest, channel: &Value, name: &str, bytes: Vec<u8>) -> Value {
    upload(rest, channel, name, bytes).await.ok()["file_infos"][0].clone()
}

/// A file in a post of bob.
pub(crate) async fn posted(world: &World, name: &str, bytes: Vec<u8>) -> Value {
    let channel = world.channel().await;
    let file = uploaded(&world.bob.rest, &channel, name, bytes).await;
    let post = json!({"channel_id": id(&channel), "message": "a file", "file_ids": [id(&file)]});
    let post = world.bob.rest.post("/api/v4/posts", &post).await.ok();
    post["metadata"]["files"][0].clone()
}

/// A picture of 200 × 150 pixels.
pub(crate) fn png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(200, 150).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

pub(crate) fn link_settings() -> Value {
    json!({"FileSettings": {"EnablePublicLink": true}})
}

const MISSING: (&str, u16) = ("app.file_info.get.app_error", 404);

fn options(case: &Case, channel: &Value) -> Value {
    json!({
        "user_ids": [case.bob.id], "channel_ids": [id(channel)], "since": 0, "include_deleted": false,
        "sort_by": "Size", "sort_descending": true,
    })
}

#[test]
fn copy_file_infos_makes_a_file_of_another_creator() {
    success("files.copy-file-infos").run(async |case| {
        let file = posted(case, "note.txt", b"shared".to_vec()).await;
        let copies = case.call(json!({"user_id": case.admin_id, "file_ids": [id(&file)]})).await;
        let copy = case.admin.get(&format!("/api/v4/files/{}/info", copies[0].as_str().unwrap())).await.ok();
        assert_eq!((&copy["user_id"], copy.get("post_id")), (&json!(case.admin_id), None));
        assert_eq!(content(&case.admin, &copy).await, "shared");
    });
}

#[test]
fn copy_file_infos_ends_at_the_first_unknown_file() {
    error("files.copy-file-infos").run(async |case| {
        let refusal = case.refused(json!({"user_id": case.admin_id, "file_ids": [NOBODY]})).await;
        refusal.is(MISSING.0, MISSING.1);
    });
}

#[test]
fn get_file_info_tells_what_is_known_with_the_text() {
    success("files.get-file-info").run(async |case| {
        let file = posted(case, "note.txt", b"findable".to_vec()).await;
        let info = case.call(json!({"file_id": id(&file)})).await;
        assert_eq!((&info["name"], &info["size"], &info["post_id"]), (&json!("note.txt"), &json!(8), &file["post_id"]));
        assert_eq!(info["content"], "findable");
    });
}

#[test]
fn get_file_info_wants_a_file() {
    error("files.get-file-info").run(async |case| {
        case.refused(json!({"file_id": NOBODY})).await.is(MISSING.0, MISSING.1);
    });
}

#[test]
fn set_file_searchable_content_makes_a_file_found() {
    success("files.set-file-searchable-content").run(async |case| {
        let file = posted(case, "photo.png", png()).await;
        let word = case.name("needle");
        case.call(json!({"file_id": id(&file), "content": format!("a {word} in the hay")})).await;
        let path = format!("/api/v4/teams/{}/files/search", case.team_id);
        let found = case.bob.rest.post(&path, &json!({"terms": word, "is_or_search": false})).await.ok();
        assert_eq!(found["order"], json!([id(&file)]));
    });
}

#[test]
fn set_file_searchable_content_wants_a_file() {
    error("files.set-file-searchable-content").run(async |case| {
        case.refused(json!({"file_id": NOBODY, "content": "x"})).await.is(MISSING.0, MISSING.1);
    });
}

#[test]
fn get_file_infos_pages_and_sorts() {
    success("files.get-file-infos").run(async |case| {
        let channel = case.channel().await;
        let small = uploaded(&case.bob.rest, &channel, "small.txt", b"1".to_vec()).await;
        let large = uploaded(&case.bob.rest, &channel, "large.txt", b"12345".to_vec()).await;
        let page = |page: i32| json!({"page": page, "per_page": 1, "opt": options(case, &channel)});
        assert_eq!(case.call(page(0)).await[0]["id"], large["id"]);
        assert_eq!(case.call(page(1)).await[0]["id"], small["id"]);
        assert_eq!(case.call(page(2)).await, json!([]));
    });
}

#[test]
fn get_file_infos_wants_a_page_and_an_order() {
    error("files.get-file-infos").run(async |case| {
        let channel = case.channel().await;
        let id = "app.file_info.get_with_options.app_error";
        let mut strange = options(case, &channel);
        strange["sort_by"] = json!("Name");
        case.refused(json!({"page": 0, "per_page": 1, "opt": strange})).await.is(id, 400);
        case.refused(json!({"page": -1, "per_page": 1, "opt": options(case, &channel)})).await.is(id, 400);
    });
}

#[test]
fn get_file_gives_the_bytes() {
    success("files.get-file").run(async |case| {
        let file = posted(case, "note.txt", b"hello".to_vec()).await;
        assert_eq!(case.call(json!({"file_id": id(&file)})).await, json!(b"hello"));
    });
}

#[test]
fn get_file_wants_a_file() {
    error("files.get-file").run(async |case| {
        case.refused(json!({"file_id": NOBODY})).await.is(MISSING.0, MISSING.1);
    });
}

#[test]
fn get_file_link_opens_the_file_for_everybody() {
    success("files.get-file-link").settings(link_settings()).run(async |case| {
        let file = posted(case, "note.txt", b"for everybody".to_vec()).await;
        let link = case.call(json!({"file_id": id(&file)})).await;
        let path = link.as_str().unwrap().split_once("/files/").unwrap().1.to_owned();
        let stranger = case.server.stranger();
        assert_eq!(stranger.get(&format!("/files/{path}")).await.ok(), "for everybody");
        let forged = stranger.get(&format!("/files/{}/public?h=forged", id(&file))).await;
        assert_eq!((forged.status.as_u16(), forged.text("id")), (400, "api.file.get_file.public_invalid.app_error"));
    });
}

#[test]
fn get_file_link_is_off_by_default() {
    error("files.get-file-link").run(async |case| {
        let file = posted(case, "note.txt", b"x".to_vec()).await;
        let refusal = case.refused(json!({"file_id": id(&file)})).await;
        refusal.is("plugin_api.get_file_link.disabled.app_error", 501);
    });
}

#[test]
fn get_file_link_wants_a_post() {
    error("files.get-file-link").settings(link_settings()).run(async |case| {
        let file = uploaded(&case.bob.rest, &case.channel().await, "note.txt", b"x".to_vec()).await;
        let refusal = case.refused(json!({"file_id": id(&file)})).await;
        refusal.is("plugin_api.get_file_link.no_post.app_error", 400);
    });
}

#[test]
fn read_file_reads_by_path() {
    success("files.read-file").run(async |case| {
        let file = posted(case, "note.txt", b"by path".to_vec()).await;
        let info = case.call_other("files.get-file-info", json!({"file_id": id(&file)})).await;
        assert_eq!(case.call(json!({"path": info["path"]})).await, json!(b"by path"));
    });
}

#[test]
fn read_file_stays_in_the_store() {
    error("files.read-file").run(async |case| {
        for path in ["../config.json", "/etc/../etc/passwd", "a/../../wasmoat.db", ""] {
            case.refused(json!({"path": path})).await.is("api.file.read_file.app_error", 400);
        }
        case.refused(json!({"path": "no/such/file"})).await.is("api.file.read_file.app_error", 404);
    });
}

#[test]
fn upload_file_makes_a_file_that_a_post_takes() {
    success("files.upload-file").run(async |case| {
        let channel = case.channel().await;
        let info = case.call(json!({"data": png(), "channel_id": id(&channel), "filename": "../a photo.png"})).await;
        assert_eq!(
            (&info["name"], &info["user_id"], &info["width"]),
            (&json!("a photo.png"), &json!("nouser"), &json!(200))
        );
        let post = json!({"channel_id": id(&channel), "message": "look", "file_ids": [id(&info)]});
        case.bob.rest.post("/api/v4/posts", &post).await.ok();
        let reply = case.bob.rest.get(&format!("/api/v4/files/{}/thumbnail", id(&info))).await;
        assert_eq!((reply.status.as_u16(), &reply.headers["content-type"]), (200, &"image/jpeg".parse().unwrap()));
    });
}

#[test]
fn upload_file_wants_a_channel_or_none() {
    error("files.upload-file").run(async |case| {
        let refusal = case.refused(json!({"data": [1], "channel_id": NOBODY, "filename": "a.txt"})).await;
        refusal.is("api.file.upload_file.incorrect_channelId.app_error", 400);
    });
}
