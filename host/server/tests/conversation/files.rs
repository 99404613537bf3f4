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

#[tokio::test]
async fn a_file_is_fetched_in_ranges_and_once() {
    let scene = Scene::new().await;
    let path = format!("files?channel_id={}&filename=digits.txt", scene.square);
    let sent = scene.bob.request("POST", &path).bearer_auth(&scene.bob.token).body("0123456789").send().await.unwrap();
    let sent: Value = sent.json().await.unwrap();
    let path = format!("files/{}", sent["file_infos"][0]["id"].as_str().unwrap());
    let ask = async |name: &str, value: &str| {
        let request = scene.bob.request("GET", &path).bearer_auth(&scene.bob.token).header(name, value);
        request.send().await.unwrap()
    };
    let part = ask("Range", "bytes=2-4").await;
    assert_eq!((part.status().as_u16(), &part.headers()["content-range"]), (206, &"bytes 2-4/10".parse().unwrap()));
    let tag = part.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(part.text().await.unwrap(), "234");
    let beyond = ask("Range", "bytes=10-").await;
    assert_eq!((beyond.status().as_u16(), &beyond.headers()["content-range"]), (416, &"bytes */10".parse().unwrap()));
    assert_eq!(ask("If-None-Match", &tag).await.status(), 304);
    let head = scene.bob.request("HEAD", &path).bearer_auth(&scene.bob.token).send().await.unwrap();
    assert_eq!((head.status().as_u16(), &head.headers()["content-length"]), (200, &"10".parse().unwrap()));
    for picture in ["thumbnail", "preview"] {
        assert_eq!(scene.bob.get(&format!("{path}/{picture}")).await.0, 400, "text has none");
    }
    let (status, error) = scene.bob.get(&format!("{path}/link")).await;
    assert_eq!((status, &error["id"]), (501, &"api.file.get_public_link.disabled.app_error".into()));
}
