//! `wit/uploads.wit`.

use reqwest::Method;
use serde_json::{Value, json};
use wasmoat_tests::Rest;

use crate::{
    Case, error,
    file_content::{content, gate},
    success,
    world::{NOBODY, id},
};

fn session(case: &Case, channel: &str, name: &str, size: usize) -> Value {
    json!({
        "id": "", "type": "attachment", "create_at": 0, "user_id": case.bob.id, "channel_id": channel,
        "filename": name, "path": "", "file_size": size, "file_offset": 0, "remote_id": "", "req_file_id": "",
    })
}

async fn created(case: &Case, name: &str, size: usize) -> Value {
    let channel = case.channel().await;
    case.call_other("uploads.create-upload-session", json!({"us": session(case, &id(&channel), name, size)})).await
}

#[test]
fn create_upload_session_begins_an_upload() {
    success("uploads.create-upload-session").run(async |case| {
        let channel = case.channel().await;
        let us = case.call(json!({"us": session(case, &id(&channel), "film.bin", 10)})).await;
        let seen = case.bob.rest.get(&format!("/api/v4/uploads/{}", id(&us))).await.ok();
        assert_eq!(
            (&seen["filename"], &seen["file_size"], &seen["file_offset"]),
            (&json!("film.bin"), &json!(10), &json!(0))
        );
        let all = case.bob.rest.get("/api/v4/users/me/uploads").await.ok();
        assert!(all.as_array().unwrap().iter().any(|one| one["id"] == us["id"]));
    });
}

#[test]
fn create_upload_session_wants_a_size_and_a_channel() {
    error("uploads.create-upload-session").run(async |case| {
        let channel = case.channel().await;
        let refusal = case.refused(json!({"us": session(case, &id(&channel), "film.bin", 0)})).await;
        refusal.is("model.upload_session.is_valid.file_size.app_error", 400);
        let refusal = case.refused(json!({"us": session(case, NOBODY, "film.bin", 1)})).await;
        refusal.is("app.upload.create.incorrect_channel_id.app_error", 400);
    });
}

#[test]
fn upload_data_makes_the_file_of_its_parts() {
    success("uploads.upload-data").run(async |case| {
        gate(case).await;
        let first = vec![b'a'; 5 << 20];
        let us = created(case, "shout-in-parts.txt", first.len() + 4).await;
        // The large part by REST: JSON for the guest would be four times its size.
        let path = format!("/api/v4/uploads/{}", id(&us));
        let sent = Rest::send(case.bob.rest.request(Method::POST, &path).body(first)).await;
        assert_eq!(sent.status, 204, "{}", sent.body);
        let us = case.call_other("uploads.get-upload-session", json!({"upload_id": id(&us)})).await;
        let info = case.call(json!({"us": us, "data": b"the end"})).await;
        assert_eq!(info["size"], (5 << 20) + 4);
        let text = content(&case.bob.rest, &info).await;
        assert!(text.starts_with("AAAA") && text.ends_with("ATHE "), "plugins see the whole file");
        assert_eq!(case.bob.rest.get(&path).await.status, 404);
    });
}

#[test]
fn upload_data_wants_the_offset_and_a_large_first_part() {
    error("uploads.upload-data").run(async |case| {
        let mut us = created(case, "film.bin", 10 << 20).await;
        let refusal = case.refused(json!({"us": us, "data": [1, 2, 3]})).await;
        refusal.is("app.upload.upload_data.first_part_too_small.app_error", 400);
        us["file_offset"] = json!(7);
        let refusal = case.refused(json!({"us": us, "data": [1, 2, 3]})).await;
        refusal.is("app.upload.upload_data.concurrent.app_error", 400);
    });
}

#[test]
fn upload_data_ends_where_a_plugin_refuses() {
    error("uploads.upload-data").run(async |case| {
        gate(case).await;
        let us = created(case, "refuse.bin", 3).await;
        let refusal = case.refused(json!({"us": us, "data": [1, 2, 3]})).await;
        refusal.is("app.upload.run_plugins_hook.rejected", 400);
        assert_eq!(case.bob.rest.get(&format!("/api/v4/uploads/{}", id(&us))).await.status, 404);
    });
}

#[test]
fn get_upload_session_tells_where_it_is() {
    success("uploads.get-upload-session").run(async |case| {
        let us = created(case, "film.bin", 10).await;
        assert_eq!(case.call(json!({"upload_id": id(&us)})).await, us);
    });
}

#[test]
fn get_upload_session_wants_an_upload() {
    error("uploads.get-upload-session").run(async |case| {
        case.refused(json!({"upload_id": NOBODY})).await.is("app.upload.get.app_error", 404);
    });
}
