use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::scene::Scene;

#[tokio::test]
async fn a_file_is_sent_posted_and_fetched() {
    let scene = Scene::new().await;
    let part = |text: &'static str, name: &'static str| Part::text(text).file_name(name);
    let form = Form::new()
        .text("channel_id", scene.square.clone())
        .text("client_ids", "mine")
        .part("files", part("hello", "a note.txt"))
        .part("files", part("<script>", "page.html"));
    let sent = scene.bob.request("POST", "files").bearer_auth(&scene.bob.token).multipart(form).send().await.unwrap();
    assert_eq!(sent.status(), 201);
    let sent: Value = sent.json().await.unwrap();
    assert_eq!(sent["client_ids"], json!(["mine"]));
    let ids: Vec<&str> =
        sent["file_infos"].as_array().unwrap().iter().map(|info| info["id"].as_str().unwrap()).collect();
    let post = json!({"channel_id": scene.square, "message": "", "file_ids": ids});
    let (status, post) = scene.bob.post("posts", post).await;
    assert_eq!((status, &post["metadata"]["files"][0]["name"]), (201, &"a note.txt".into()));
    let fetched = scene.ada.send("GET", &format!("files/{}", ids[0]), None).await;
    assert_eq!(fetched.headers()["content-type"], "text/plain");
    assert!(fetched.headers()["content-disposition"].to_str().unwrap().starts_with("inline"));
    assert_eq!(fetched.text().await.unwrap(), "hello");
    let page = scene.ada.send("GET", &format!("files/{}", ids[1]), None).await;
    assert!(
        page.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"),
        "never run in the browser"
    );
    let (_, infos) = scene.ada.get(&format!("posts/{}/files/info", post["id"].as_str().unwrap())).await;
    assert_eq!(infos.as_array().unwrap().len(), 2);
    let carl = scene.world.user(&scene.ada, "carl").await;
    assert_eq!(carl.get(&format!("files/{}/info", ids[0])).await.0, 403);
}

#[tokio::test]
async fn a_body_can_be_a_file() {
    let scene = Scene::new().await;
    let path = format!("files?channel_id={}&filename=big.bin", scene.square);
    let body = vec![7_u8; 600_000];
    let sent = scene.bob.request("POST", &path).bearer_auth(&scene.bob.token).body(body).send().await.unwrap();
    assert_eq!(sent.status(), 201, "larger than JSON may be");
    let sent: Value = sent.json().await.unwrap();
    assert_eq!(sent["file_infos"][0]["size"], 600_000);
    let carl = scene.world.user(&scene.ada, "carl").await;
    let refused = carl.request("POST", &path).bearer_auth(&carl.token).body("x").send().await.unwrap();
    assert_eq!(refused.status(), 403);
}
