use reqwest::multipart::{Form, Part};
use serde_json::json;

use crate::world::{Client, Reply, World, refusal};

/// A bitmap of one pixel: blue, green, red.
fn pixel(colour: [u8; 3]) -> Vec<u8> {
    let head: [u32; 13] = [58, 0, 54, 40, 1, 1, 24 << 16 | 1, 0, 0, 0, 0, 0, 0];
    let numbers: Vec<u8> = head.into_iter().flat_map(u32::to_le_bytes).collect();
    [b"BM", &numbers[..], &colour, &[0]].concat()
}

async fn upload(client: &Client, path: &str, field: &'static str, data: Vec<u8>) -> Reply {
    let form = Form::new().part(field, Part::bytes(data).file_name("a.bmp"));
    let request = client.request("POST", path).bearer_auth(&client.token).multipart(form);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn a_picture_is_set_shown_and_taken_back() {
    let (world, admin) = World::new().await;
    let bob = world.user(&admin, "bob").await;
    let path = format!("users/{}/image", bob.id);
    assert_eq!(upload(&bob, &path, "image", pixel([0, 0, 255])).await.0, 200);
    let shown = admin.send("GET", &path, None).await;
    let tag = shown.headers()["etag"].clone();
    let picture = shown.bytes().await.unwrap();
    assert!(picture.starts_with(b"\x89PNG"));
    let again = admin.request("GET", &path).bearer_auth(&admin.token).header("if-none-match", tag);
    assert_eq!(again.send().await.unwrap().status(), 304);

    let carl = world.user(&admin, "carl").await;
    assert_eq!(upload(&carl, &path, "image", pixel([0; 3])).await.0, 403);
    let other = upload(&bob, &path, "picture", pixel([0; 3])).await;
    assert_eq!(refusal(&other), (400, "api.user.upload_profile_user.no_file.app_error"));
    let broken = upload(&bob, &path, "image", b"no image".to_vec()).await;
    assert_eq!(refusal(&broken), (400, "api.user.upload_profile_user.decode.app_error"));
    admin.put("config/patch", json!({"FileSettings": {"MaxFileSize": 10}})).await;
    let large = upload(&bob, &path, "image", pixel([0; 3])).await;
    assert_eq!(refusal(&large), (413, "api.user.upload_profile_user.too_large.app_error"));

    assert_eq!(bob.delete(&path).await.0, 200);
    let default = admin.send("GET", &format!("{path}/default"), None).await.bytes().await.unwrap();
    assert_eq!(admin.send("GET", &path, None).await.bytes().await.unwrap(), default);
}

#[tokio::test]
async fn an_icon_is_set_by_who_manages_the_team() {
    let (world, admin) = World::new().await;
    let bob = world.user(&admin, "bob").await;
    let (_, team) = admin.post("teams", json!({"name": "dev", "display_name": "Dev", "type": "O"})).await;
    let path = format!("teams/{}/image", team["id"].as_str().unwrap());
    let none = admin.get(&path).await;
    assert_eq!(refusal(&none), (404, "api.team.get_team_icon.read_file.app_error"));
    assert_eq!(upload(&admin, &path, "image", pixel([255, 0, 0])).await.0, 200);
    assert_eq!(admin.send("GET", &path, None).await.headers()["content-type"], "image/png");
    assert_eq!(bob.get(&path).await.0, 403, "a closed team is its members'");
    assert_eq!(upload(&bob, &path, "image", pixel([0; 3])).await.0, 403);
    assert_eq!(admin.delete(&path).await.0, 200);
    assert_eq!(admin.get(&path).await.0, 404);
}

#[tokio::test]
async fn a_custom_status_has_an_end_in_the_future_or_none() {
    let (world, admin) = World::new().await;
    let bob = world.user(&admin, "bob").await;
    let lunch = json!({"emoji": "hamburger", "text": "Lunch"});
    assert_eq!(bob.put("users/me/status/custom", lunch.clone()).await.0, 200);
    let past = json!({"text": "Lunch", "duration": "today", "expires_at": "2001-01-01T00:00:00Z"});
    assert_eq!(bob.put("users/me/status/custom", past).await.0, 400);
    assert_eq!(bob.put("users/me/status/custom", json!({})).await.0, 400);
    assert_eq!(bob.post("users/me/status/custom/recent/delete", lunch.clone()).await.0, 200);
    assert_eq!(bob.post("users/me/status/custom/recent/delete", lunch.clone()).await.0, 400);
    let carl = world.user(&admin, "carl").await;
    assert_eq!(carl.delete(&format!("users/{}/status/custom", bob.id)).await.0, 403);
    assert_eq!(bob.delete("users/me/status/custom").await.0, 200);
    admin.put("config/patch", json!({"TeamSettings": {"EnableCustomUserStatuses": false}})).await;
    assert_eq!(refusal(&bob.put("users/me/status/custom", lunch).await), (501, "api.custom_status.disabled"));
}
